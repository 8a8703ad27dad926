// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calls by which graphs come, go, change and are launched.
 */
#include "shim.h"
#include "call.h"
#include "graph.h"

#define INSTANTIATE(name, flags, params, types, ...)				\
REAL_OF(name);									\
EXPORT cu_result name params							\
{										\
	cu_result ret = CALL(name, types, __VA_ARGS__);				\
										\
	if (ret == CU_OK && x && *x)						\
		cuda_graph_instantiated(*x, g, flags);			\
	return ret;								\
}
#define NOTED	(cu_exec *x, cu_graph g, cu_node *node, char *log, size_t n)
#define NOTED_TYPES	(cu_exec *, cu_graph, cu_node *, char *, size_t)
INSTANTIATE(cuGraphInstantiate, 0, NOTED, NOTED_TYPES, x, g, node, log, n)
INSTANTIATE(cuGraphInstantiate_v2, 0, NOTED, NOTED_TYPES, x, g, node, log, n)
INSTANTIATE(cuGraphInstantiateWithFlags, f, (cu_exec *x, cu_graph g, unsigned long long f),
	    (cu_exec *, cu_graph, unsigned long long), x, g, f)
/* Its parameters begin with the flags. */
INSTANTIATE(cuGraphInstantiateWithParams, p ? *p : 0, (cu_exec *x, cu_graph g, uint64_t *p),
	    (cu_exec *, cu_graph, uint64_t *), x, g, p)
INSTANTIATE(cuGraphInstantiateWithParams_ptsz, p ? *p : 0, (cu_exec *x, cu_graph g, uint64_t *p),
	    (cu_exec *, cu_graph, uint64_t *), x, g, p)

REAL_OF(cuGraphExecDestroy);
EXPORT cu_result cuGraphExecDestroy(cu_exec exec)
{
	struct graph *g = cuda_graph_take_off(exec);
	cu_result ret = CALL(cuGraphExecDestroy, (cu_exec), exec);

	cuda_graph_forget(g, false);
	return ret;
}

#define A uintptr_t
#define CHANGES3(name)								\
REAL_OF(name);									\
EXPORT cu_result name(cu_exec x, A a1, A a2)					\
{										\
	cuda_graph_changed(x);							\
	return CALL(name, (cu_exec, A, A), x, a1, a2);				\
}
#define CHANGES4(name)								\
REAL_OF(name);									\
EXPORT cu_result name(cu_exec x, A a1, A a2, A a3)				\
{										\
	cuda_graph_changed(x);							\
	return CALL(name, (cu_exec, A, A, A), x, a1, a2, a3);			\
}
CHANGES3(cuGraphExecKernelNodeSetParams)

REAL_OF(cuGraphExecKernelNodeSetParams_v2);
EXPORT cu_result cuGraphExecKernelNodeSetParams_v2(cu_exec x, cu_node node, const void *params)
{
	cu_result ret = CALL(cuGraphExecKernelNodeSetParams_v2, (cu_exec, cu_node, const void *),
			     x, node, params);

	if (ret == CU_OK)
		cuda_graph_set(x, node, params);
	return ret;
}

CHANGES4(cuGraphExecMemcpyNodeSetParams)
CHANGES4(cuGraphExecMemsetNodeSetParams)
CHANGES3(cuGraphExecHostNodeSetParams)
CHANGES3(cuGraphExecChildGraphNodeSetParams)
CHANGES3(cuGraphExecEventRecordNodeSetEvent)
CHANGES3(cuGraphExecEventWaitNodeSetEvent)
CHANGES3(cuGraphExecExternalSemaphoresSignalNodeSetParams)
CHANGES3(cuGraphExecExternalSemaphoresWaitNodeSetParams)
CHANGES3(cuGraphExecBatchMemOpNodeSetParams)
CHANGES3(cuGraphExecNodeSetParams)
CHANGES3(cuGraphNodeSetEnabled)

#define UPDATE(name, params, types, ...)					\
REAL_OF(name);									\
EXPORT cu_result name params							\
{										\
	cu_result ret = CALL(name, types, __VA_ARGS__);				\
										\
	if (ret == CU_OK)							\
		cuda_graph_updated(x, g);					\
	return ret;								\
}
UPDATE(cuGraphExecUpdate, (cu_exec x, cu_graph g, A node, A result), (cu_exec, cu_graph, A, A),
       x, g, node, result)
UPDATE(cuGraphExecUpdate_v2, (cu_exec x, cu_graph g, A info), (cu_exec, cu_graph, A), x, g, info)

#define LAUNCH(name, whose)							\
REAL_OF(name);									\
EXPORT cu_result name(cu_exec x, cu_stream s)					\
{										\
	cu_result (*real)(cu_exec, cu_stream) = cuda_slot(#name, &real_##name);	\
	struct graph *g;							\
	struct call c;								\
	cu_result ret;								\
										\
	if (unlikely(!real))							\
		return CU_NOT_INITIALIZED;					\
	call_begin(&c, s, whose);						\
	g = c.xq ? cuda_graph_find(x) : NULL;					\
	ret = g ? cuda_graph_launch(g, c.xq, s, real) : real(x, s);		\
	call_end(&c, ret);							\
	return ret;								\
}
LAUNCH(cuGraphLaunch, OF_ALL)
LAUNCH(cuGraphLaunch_ptsz, OF_THREAD)

const struct cuda_wrapper cuda_graphs[] = {
	ROW(cuGraphInstantiate, 10000) ROW(cuGraphInstantiate_v2, 11000)
	/* What version 12 has under the first one's name. */
	{ "cuGraphInstantiate_v12000", 12000, (void *)cuGraphInstantiateWithFlags,
	  &real_cuGraphInstantiateWithFlags },
	ROW(cuGraphInstantiateWithFlags, 0)
	ROW(cuGraphInstantiateWithParams, 0) ROW(cuGraphInstantiateWithParams_ptsz, 0)
	ROW(cuGraphExecDestroy, 0)
	ROW(cuGraphExecKernelNodeSetParams, 10010) ROW(cuGraphExecKernelNodeSetParams_v2, 12000)
	ROW(cuGraphExecMemcpyNodeSetParams, 0) ROW(cuGraphExecMemsetNodeSetParams, 0)
	ROW(cuGraphExecHostNodeSetParams, 0) ROW(cuGraphExecChildGraphNodeSetParams, 0)
	ROW(cuGraphExecEventRecordNodeSetEvent, 0) ROW(cuGraphExecEventWaitNodeSetEvent, 0)
	ROW(cuGraphExecExternalSemaphoresSignalNodeSetParams, 0)
	ROW(cuGraphExecExternalSemaphoresWaitNodeSetParams, 0)
	ROW(cuGraphExecBatchMemOpNodeSetParams, 0) ROW(cuGraphExecNodeSetParams, 0)
	ROW(cuGraphNodeSetEnabled, 0)
	ROW(cuGraphExecUpdate, 10020) ROW(cuGraphExecUpdate_v2, 12000)
	ROW(cuGraphLaunch, 10000) ROW(cuGraphLaunch_ptsz, 10000)
	{ 0 }
};
