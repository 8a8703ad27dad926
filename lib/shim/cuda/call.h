/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What wrappers are made of: what happens before and after a call that gives work to a
 * stream, and where they find the driver's function.
 */
#ifndef XSCHED_SHIM_CUDA_CALL_H
#define XSCHED_SHIM_CUDA_CALL_H

#include "shim.h"

/* A wrapper's driver function, the call of it, and its line in a table. */
#define REAL_OF(name)	static void *_Atomic real_##name
#define CALL(name, params, ...)							\
	({ cu_result (*__f) params = cuda_slot(#name, &real_##name);		\
	   likely(__f) ? __f(__VA_ARGS__) : CU_NOT_INITIALIZED; })
#define ROW(name, since)	{ #name, since, (void *)name, &real_##name },

struct call {
	struct xqueue *xq;
	enum xqueue_mode mode;
	struct xfinish begun;
};

/* What is recorded into a graph is no work yet. */
static inline void call_begin(struct call *c, cu_stream s, int whose)
{
	if (unlikely(xs_load(&xsched_cuda_captures)) &&
	    !xsched_cuda_takes_commands(s ? s : whose == OF_THREAD ? CU_PER_THREAD : CU_LEGACY))
		c->xq = NULL;
	else
		c->xq = cuda_queue(s, whose);
	c->mode = xqueue_begin(c->xq);
}

/* A call that failed has reached the driver too, and left nothing in the stream. */
static inline void call_end(struct call *c, cu_result ret)
{
	(void)ret;
	xqueue_end(c->xq, c->mode, true);
}

/* When it returns everything before it in the stream has completed. */
static inline void read_begin(struct call *c, cu_stream s, int whose)
{
	call_begin(c, s, whose);
	c->begun = xqueue_finish_begin(c->xq);
}

static inline void read_end(struct call *c, cu_result ret)
{
	xqueue_end(c->xq, c->mode, true);
	if (ret == CU_OK)
		xqueue_finish_end(c->xq, c->begun);
}

#endif
