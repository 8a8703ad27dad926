/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * CUDA as the HAL and the shim share it.
 *
 *	level 1	the device stores how far it is; launches wait for a window
 *	level 2	gates in the stream, at which the device waits for the scheduler's word
 *	level 3	the same, and the hardware time slice of the process's channel groups is
 *		made short when it is held; what runs on all the same is disabled
 */
#ifndef XSCHED_HAL_CUDA_H
#define XSCHED_HAL_CUDA_H

#include "driver.h"
#include "../hal.h"
#include "../../lib/xqueue/xqueue.h"

/* What a runtime's queue has as its handle. */
struct xsched_cuda_stream {
	cu_stream handle;	/* CU_LEGACY, CU_PER_THREAD or the program's */
	cu_ctx ctx;
	uint64_t thread;	/* whose CU_PER_THREAD it is, 0 any other stream's */
	cu_ptr gate, suspended;	/* of the device, 0 until they are known, or if there is none */
	cu_ptr completed, arrive, pass;
	uint64_t generation;	/* of the attachment that these belong to */
};

/* Graphs being captured in this process: a stream may not be the driver's to use now. */
extern _Atomic uint32_t xsched_cuda_captures;

/* Does this stream take commands, rather than record them? Asks the driver only if need be. */
bool xsched_cuda_takes_commands(cu_stream s);

/**
 * xsched_cuda_hal - the table for streams of this process
 * @wanted: level, 0 for the default (2)
 *
 * A context must be current. What the driver can't do is said once. NULL: it can't be
 * scheduled.
 */
const struct xsched_hal_ops *xsched_cuda_hal(uint32_t wanted);

/* Around calls of our own: somebody may be capturing a graph. */
int xsched_cuda_relax(void);
void xsched_cuda_unrelax(int mode);
union cu_op xsched_cuda_op(uint32_t code, cu_ptr addr, uint32_t value);

/**
 * xsched_cuda_gate_graph - a graph's copy with gates inside
 * @q: queue of the stream that it is to be launched in, whose context is current
 * @g: the graph; stays as it is
 * @flags: as it was instantiated with
 * @spacing: nodes from one gate to the next
 *
 * Return: NULL if it has nodes that can't be had twice, or the driver doesn't like it.
 */
cu_exec xsched_cuda_gate_graph(struct xqueue *q, cu_graph g, uint64_t flags, size_t spacing);
/* How many nodes there should be, as things are, with many gates or with few. */
size_t xsched_cuda_graph_spacing(const struct xqueue *q, bool many);
/* Numbers of gates in a stream up to which those inside of graphs can be told from them. */
#define XSCHED_CUDA_GATES_MAX	0x7fff0000u

/* Has the words of a new queue be seen by its device; in its context. False: it can't be. */
bool xsched_cuda_connect(struct xqueue *q);

/* stop.c */
bool xsched_cuda_held(struct xqueue *q, uint64_t since_ns);

#endif
