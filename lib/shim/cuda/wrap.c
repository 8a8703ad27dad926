// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The calls of calls.h: each goes to the driver unchanged, with the runtime told before and
 * after.
 */
#include "shim.h"
#include "call.h"
#include "calls.h"

#define A uintptr_t
#define P1	(A a0)
#define P2	(A a0, A a1)
#define P3	(A a0, A a1, A a2)
#define P4	(A a0, A a1, A a2, A a3)
#define P5	(A a0, A a1, A a2, A a3, A a4)
#define P6	(A a0, A a1, A a2, A a3, A a4, A a5)
#define P8	(A a0, A a1, A a2, A a3, A a4, A a5, A a6, A a7)
#define P9	(A a0, A a1, A a2, A a3, A a4, A a5, A a6, A a7, A a8)
#define P10	(A a0, A a1, A a2, A a3, A a4, A a5, A a6, A a7, A a8, A a9)
#define P11	(A a0, A a1, A a2, A a3, A a4, A a5, A a6, A a7, A a8, A a9, A a10)
#define V1	(a0)
#define V2	(a0, a1)
#define V3	(a0, a1, a2)
#define V4	(a0, a1, a2, a3)
#define V5	(a0, a1, a2, a3, a4)
#define V6	(a0, a1, a2, a3, a4, a5)
#define V8	(a0, a1, a2, a3, a4, a5, a6, a7)
#define V9	(a0, a1, a2, a3, a4, a5, a6, a7, a8)
#define V10	(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9)
#define V11	(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10)

#define FUNCTION(name, n, stream, whose, begin, end)				\
REAL_OF(name);									\
EXPORT cu_result name P##n							\
{										\
	cu_result (*real) P##n = cuda_slot(#name, &real_##name);		\
	struct call c;								\
	cu_result ret;								\
										\
	if (unlikely(!real))							\
		return CU_NOT_INITIALIZED;					\
	begin(&c, (cu_stream)(stream), whose);					\
	ret = real V##n;							\
	end(&c, ret);								\
	return ret;								\
}

#define STREAM1(name, since, n, k)	FUNCTION(name, n, a##k, OF_ALL, call_begin, call_end)
#define STREAM(name, since, n, k)	STREAM1(name, since, n, k)		\
	FUNCTION(name##_ptsz, n, a##k, OF_THREAD, call_begin, call_end)
#define DEFAULT1(name, since, n)	FUNCTION(name, n, 0, OF_ALL, call_begin, call_end)
#define DEFAULT(name, since, n)		DEFAULT1(name, since, n)		\
	FUNCTION(name##_ptds, n, 0, OF_THREAD, call_begin, call_end)
#define READ1(name, since, n)		FUNCTION(name, n, 0, OF_ALL, read_begin, read_end)
#define READ(name, since, n)		READ1(name, since, n)			\
	FUNCTION(name##_ptds, n, 0, OF_THREAD, read_begin, read_end)

CU_CALLS(STREAM, STREAM1, DEFAULT, DEFAULT1, READ, READ1)

#define ROW_SZ(name, since, ...)	ROW(name, since) ROW(name##_ptsz, since)
#define ROW_DS(name, since, ...)	ROW(name, since) ROW(name##_ptds, since)
#define ROW_1(name, since, ...)	ROW(name, since)

const struct cuda_wrapper cuda_calls[] = {
	CU_CALLS(ROW_SZ, ROW_1, ROW_DS, ROW_1, ROW_DS, ROW_1)
	{ 0 }
};
