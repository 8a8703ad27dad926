/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The part of CUDA's driver ABI that xsched itself calls, in its own words, so that
 * it builds where CUDA isn't installed.
 *
 * Names, numbers and layouts are those of the CUDA 13.0 driver API reference; the ABI
 * keeps them for good (a changed one gets a new name with _v2 and so on).
 */
#ifndef XSCHED_HAL_CUDA_DRIVER_H
#define XSCHED_HAL_CUDA_DRIVER_H

#include <stddef.h>
#include <stdint.h>

typedef int cu_result;
typedef int cu_device;
typedef uint64_t cu_ptr;
typedef struct cu_ctx_object *cu_ctx;
typedef struct cu_stream_object *cu_stream;
typedef struct cu_event_object *cu_event;
typedef struct cu_graph_object *cu_graph;
typedef struct cu_exec_object *cu_exec;
typedef struct cu_node_object *cu_node;

enum {
	CU_OK			= 0,
	CU_INVALID_VALUE	= 1,
	CU_NOT_INITIALIZED	= 3,
	CU_NOT_READY		= 600,
	CU_NOT_SUPPORTED	= 801,
};

/* Handles that mean the default streams, whatever the program was compiled for. */
#define CU_LEGACY	((cu_stream)1)
#define CU_PER_THREAD	((cu_stream)2)

#define CU_CAPTURE_NONE		0
#define CU_CAPTURE_RELAXED	2

#define CU_HOST_PORTABLE	1u
#define CU_HOST_DEVICEMAP	2u
#define CU_HOST_READ_ONLY	8u

#define CU_EVENT_NO_TIMING	2u

/* Of a graph's nodes: what can't be had twice. */
#define CU_NODE_MEM_ALLOC	10
#define CU_NODE_MEM_FREE	11
#define CU_NODE_CONDITIONAL	13

#define CU_GRAPH_UPLOAD		2u
#define CU_GRAPH_DEVICE_LAUNCH	4u

#define CU_ATTR_PCI_BUS		33
#define CU_ATTR_PCI_DEVICE	34
#define CU_ATTR_PCI_DOMAIN	50
#define CU_ATTR_MPS		133

/* cuGetProcAddress(): which of the two default streams a function means. */
#define CU_PROC_PER_THREAD	2u

/* One operation of cuStreamBatchMemOp(). */
enum {
	CU_OP_WAIT_32	= 1,
	CU_OP_WRITE_32	= 2,
};
#define CU_WAIT_EQ		1u

union cu_op {
	struct {
		uint32_t op;
		cu_ptr addr;
		uint64_t value;
		uint32_t flags;
		cu_ptr alias;
	};
	uint64_t pad[6];
};
_Static_assert(sizeof(union cu_op) == 48, "the size that the driver expects");
_Static_assert(offsetof(union cu_op, value) == 16, "where the driver looks");

/* A node of a graph that is such a batch. */
struct cu_batch_node {
	cu_ctx ctx;
	uint32_t n;
	union cu_op *ops;
	uint32_t flags;
};
_Static_assert(sizeof(struct cu_batch_node) == 32, "the size that the driver expects");

/* How cuLaunchKernelEx() is told the stream. */
struct cu_launch_config {
	uint32_t grid[3], block[3], shared_bytes;
	cu_stream stream;
	void *attrs;
	uint32_t n_attrs;
};
_Static_assert(offsetof(struct cu_launch_config, stream) == 32, "where the driver looks");

/* One launch of cuLaunchCooperativeKernelMultiDevice()'s. */
struct cu_launch_params {
	void *f;
	uint32_t grid[3], block[3], shared_bytes;
	cu_stream stream;
	void **params;
};
_Static_assert(sizeof(struct cu_launch_params) == 56, "the size that the driver expects");
_Static_assert(offsetof(struct cu_launch_params, stream) == 40, "where the driver looks");

/* What is called: X(return type, name, exported as, parameters). */
#define CU_USED(X)									\
	X(cuCtxGetCurrent, "cuCtxGetCurrent", (cu_ctx *))				\
	X(cuCtxPushCurrent, "cuCtxPushCurrent_v2", (cu_ctx))				\
	X(cuCtxPopCurrent, "cuCtxPopCurrent_v2", (cu_ctx *))				\
	X(cuCtxGetDevice, "cuCtxGetDevice", (cu_device *))				\
	X(cuCtxFromGreenCtx, "cuCtxFromGreenCtx", (cu_ctx *, void *))			\
	X(cuDeviceGet, "cuDeviceGet", (cu_device *, int))				\
	X(cuDeviceGetName, "cuDeviceGetName", (char *, int, cu_device))			\
	X(cuDeviceGetAttribute, "cuDeviceGetAttribute", (int *, int, cu_device))	\
	X(cuDevicePrimaryCtxGetState, "cuDevicePrimaryCtxGetState",			\
	  (cu_device, uint32_t *, int *))						\
	X(cuMemHostRegister, "cuMemHostRegister_v2", (void *, size_t, uint32_t))	\
	X(cuMemHostUnregister, "cuMemHostUnregister", (void *))				\
	X(cuMemHostGetDevicePointer, "cuMemHostGetDevicePointer_v2",			\
	  (cu_ptr *, void *, uint32_t))							\
	X(cuStreamBatchMemOp, "cuStreamBatchMemOp_v2",					\
	  (cu_stream, uint32_t, union cu_op *, uint32_t))				\
	X(cuStreamIsCapturing, "cuStreamIsCapturing", (cu_stream, int *))		\
	X(cuStreamGetCtx, "cuStreamGetCtx", (cu_stream, cu_ctx *))			\
	X(cuThreadExchangeStreamCaptureMode, "cuThreadExchangeStreamCaptureMode", (int *)) \
	X(cuStreamWaitEvent, "cuStreamWaitEvent", (cu_stream, cu_event, uint32_t))	\
	X(cuEventCreate, "cuEventCreate", (cu_event *, uint32_t))			\
	X(cuEventDestroy, "cuEventDestroy_v2", (cu_event))				\
	X(cuEventRecord, "cuEventRecord", (cu_event, cu_stream))			\
	X(cuEventQuery, "cuEventQuery", (cu_event))					\
	X(cuEventSynchronize, "cuEventSynchronize", (cu_event))				\
	X(cuStreamQuery, "cuStreamQuery", (cu_stream))					\
	X(cuGraphClone, "cuGraphClone", (cu_graph *, cu_graph))				\
	X(cuGraphDestroy, "cuGraphDestroy", (cu_graph))					\
	X(cuGraphGetNodes, "cuGraphGetNodes", (cu_graph, cu_node *, size_t *))		\
	X(cuGraphGetEdges, "cuGraphGetEdges", (cu_graph, cu_node *, cu_node *, size_t *)) \
	X(cuGraphNodeGetType, "cuGraphNodeGetType", (cu_node, int *))			\
	X(cuGraphNodeFindInClone, "cuGraphNodeFindInClone", (cu_node *, cu_node, cu_graph)) \
	X(cuGraphKernelNodeSetParams, "cuGraphKernelNodeSetParams_v2", (cu_node, const void *)) \
	X(cuGraphAddBatchMemOpNode, "cuGraphAddBatchMemOpNode",				\
	  (cu_node *, cu_graph, const cu_node *, size_t, const struct cu_batch_node *))	\
	X(cuGraphAddDependencies, "cuGraphAddDependencies",				\
	  (cu_graph, const cu_node *, const cu_node *, size_t))				\
	X(cuGraphRemoveDependencies, "cuGraphRemoveDependencies",			\
	  (cu_graph, const cu_node *, const cu_node *, size_t))				\
	X(cuGraphInstantiateWithFlags, "cuGraphInstantiateWithFlags",			\
	  (cu_exec *, cu_graph, unsigned long long))					\
	X(cuGraphExecDestroy, "cuGraphExecDestroy", (cu_exec))

struct xsched_cuda_real {
#define CU_MEMBER(name, symbol, params)	cu_result (*name) params;
	CU_USED(CU_MEMBER)
#undef CU_MEMBER
};

/* The driver's functions; members are NULL in a driver that doesn't have them. */
extern struct xsched_cuda_real xsched_cuda_real;

#endif
