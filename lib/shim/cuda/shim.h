/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The CUDA shim's own parts: streams known to it, and who calls whom.
 */
#ifndef XSCHED_SHIM_CUDA_H
#define XSCHED_SHIM_CUDA_H

#include "../../../hal/cuda/cuda.h"
#include "../../include/xsched/types.h"

#define EXPORT __attribute__((visibility("default")))

/* Whose default stream a call means by stream 0. */
enum { OF_ALL, OF_THREAD };

/* Set before CUDA's first use by a program that makes XQueues itself. */
extern EXPORT bool xsched_cuda_explicit;

/*
 * In the child of a process that had used CUDA, whose driver refuses everything there: our locks may
 * be held by threads that it doesn't have.
 */
extern bool cuda_is_inherited;

/* Are calls to be wrapped: because of the environment, or of the program? */
static inline bool cuda_wanted(void)
{
	return (xsched_cuda_explicit || xsched_enabled()) && likely(!cuda_is_inherited);
}

/* schedule.c: level: of a queue that is an entity of its own; 0: as the environment says. */
struct xqueue *cuda_schedule(struct xsched_cuda_stream *s, uint32_t level);

/* queues.c */
/* NULL: not scheduled. For the stream as the program names it. */
struct xqueue *cuda_queue(cu_stream s, int whose);
/* The one that this thread used last. */
struct xqueue *cuda_queue_last(void);
/* The handle may have been another stream's, which went behind our back. */
void cuda_stream_new(cu_stream s);
void cuda_stream_going(cu_stream s);	/* before the driver's call, */
void cuda_stream_gone(cu_stream s);	/* and after it */
/* All of a context, with references; free() the array. */
unsigned int cuda_queues_of(cu_ctx ctx, struct xqueue ***out);
/* The context that a stream, or a default one, belongs to; NULL: none. */
cu_ctx cuda_ctx_of(cu_stream s);
/* An entity of its own from here on, of this level, in the stream's context; a reference, or NULL. */
struct xqueue *cuda_queue_own(cu_stream s, cu_ctx ctx, uint32_t level);
/* No more, if xq is what it has. */
void cuda_queue_disown(cu_stream s, cu_ctx ctx, const struct xqueue *xq);
/* Before the driver waits for all that is in it: what the program has suspended goes on. */
void cuda_ctx_going(cu_ctx ctx);
/* The context is destroyed or reset, with everything in it. */
void cuda_ctx_gone(cu_ctx ctx);

/* wrap.c, special.c, lives.c, graph.c: what is wrapped */
struct cuda_wrapper {
	const char *name;	/* as the library exports it */
	uint16_t since;		/* 0: its only form */
	void *fn;
	void *_Atomic *real;
};
extern const struct cuda_wrapper cuda_calls[], cuda_specials[], cuda_lives[], cuda_graphs[];

/* twin.c: the context is gone, and what was made in it. */
void cuda_graphs_gone(cu_ctx ctx);

/* api.c, for libhalcuda.so */
EXPORT XResult xsched_cuda_queue_create(HwQueueHandle *hwq, cu_stream stream);
EXPORT XResult xsched_cuda_queue_get(HwQueueHandle *hwq, cu_stream stream);

/* entry.c */
/* Has the driver been found? */
bool cuda_has_driver(void);
/* Do the program's own calls come by here? */
bool cuda_intercepts(void);
/* The driver's function; loads the driver if nobody has. */
void *cuda_real(const char *name, void *_Atomic *slot);
cu_result cuda_get_proc(const char *name, void **fn, int version, uint64_t flags,
			cu_result ret);

static inline void *cuda_slot(const char *name, void *_Atomic *slot)
{
	void *fn = xs_load(slot);

	return likely(fn) ? fn : cuda_real(name, slot);
}

#endif
