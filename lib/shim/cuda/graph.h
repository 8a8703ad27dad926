/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What calls about graphs mean to their twins (twin.c).
 */
#ifndef XSCHED_SHIM_CUDA_GRAPH_H
#define XSCHED_SHIM_CUDA_GRAPH_H

#include "shim.h"

struct graph;

/* NULL: not known, and so launched as it is. */
struct graph *cuda_graph_find(cu_exec exec);

void cuda_graph_instantiated(cu_exec exec, cu_graph graph, uint64_t flags);
/* In front of the call that destroys it, and behind it; lost: the driver has done so before. */
struct graph *cuda_graph_take_off(cu_exec exec);
void cuda_graph_forget(struct graph *g, bool lost);

/* The program has changed its own in a way that isn't followed. */
void cuda_graph_changed(cu_exec exec);
/* It has become what another graph is. */
void cuda_graph_updated(cu_exec exec, cu_graph graph);
/* A kernel has other parameters now. */
void cuda_graph_set(cu_exec exec, cu_node node, const void *params);

/* It, or a twin. */
cu_result cuda_graph_launch(struct graph *g, struct xqueue *xq, cu_stream s,
			    cu_result (*real)(cu_exec, cu_stream));

#endif
