/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Every call of CUDA's driver API that gives work to a device, once.
 *
 * STREAM(name, since, n, k)	n arguments, argument k (from 0) is the stream; there is a
 *				name_ptsz, for which stream 0 is the thread's own
 * STREAM1(...)			there is not: an older form of the call
 * DEFAULT(name, since, n)	goes to the default stream; there is a name_ptds
 * DEFAULT1(...)		there is not
 * READ(...), READ1(...)	the same, and returns when everything before it is done
 *
 * since is the CUDA version that brought this form, as cuGetProcAddress() counts. All
 * arguments are integers, pointers and a struct of 8 bytes: one register or stack slot
 * each in the calling conventions of x86-64 and arm64, so their types don't matter.
 */
/* The one whose first argument the shim may replace: graph.c. */
#define CU_GRAPH_CALLS(STREAM)						\
	STREAM(cuGraphLaunch, 10000, 2, 1)

#define CU_CALLS(STREAM, STREAM1, DEFAULT, DEFAULT1, READ, READ1)	\
	/* kernels and graphs */					\
	STREAM(cuLaunchKernel, 4000, 11, 8)				\
	STREAM(cuLaunchCooperativeKernel, 9000, 10, 8)			\
	STREAM(cuGraphUpload, 11010, 2, 1)				\
	DEFAULT1(cuLaunch, 2000, 1)					\
	DEFAULT1(cuLaunchGrid, 2000, 3)					\
	STREAM1(cuLaunchGridAsync, 2000, 4, 3)				\
	/* functions of the host, in stream order */			\
	STREAM(cuLaunchHostFunc, 10000, 3, 0)				\
	STREAM(cuLaunchHostFunc_v2, 13020, 4, 0)			\
	STREAM(cuStreamAddCallback, 5000, 4, 0)				\
	/* copies */							\
	STREAM(cuMemcpyAsync, 4000, 4, 3)				\
	STREAM(cuMemcpyPeerAsync, 4000, 6, 5)				\
	STREAM(cuMemcpyHtoDAsync_v2, 3020, 4, 3)			\
	STREAM(cuMemcpyDtoHAsync_v2, 3020, 4, 3)			\
	STREAM(cuMemcpyDtoDAsync_v2, 3020, 4, 3)			\
	STREAM(cuMemcpyHtoAAsync_v2, 3020, 5, 4)			\
	STREAM(cuMemcpyAtoHAsync_v2, 3020, 5, 4)			\
	STREAM(cuMemcpy2DAsync_v2, 3020, 2, 1)				\
	STREAM(cuMemcpy3DAsync_v2, 3020, 2, 1)				\
	STREAM(cuMemcpy3DPeerAsync, 4000, 2, 1)				\
	STREAM(cuMemcpyBatchAsync, 12080, 9, 8)				\
	STREAM(cuMemcpyBatchAsync_v2, 13000, 8, 7)			\
	STREAM(cuMemcpy3DBatchAsync, 12080, 5, 4)			\
	STREAM(cuMemcpy3DBatchAsync_v2, 13000, 4, 3)			\
	STREAM(cuMemcpyWithAttributesAsync, 13020, 5, 4)		\
	STREAM(cuMemcpy3DWithAttributesAsync, 13020, 3, 2)		\
	STREAM1(cuMemcpyHtoDAsync, 2000, 4, 3)				\
	STREAM1(cuMemcpyDtoHAsync, 2000, 4, 3)				\
	STREAM1(cuMemcpyDtoDAsync, 2000, 4, 3)				\
	STREAM1(cuMemcpyHtoAAsync, 2000, 5, 4)				\
	STREAM1(cuMemcpyAtoHAsync, 2000, 5, 4)				\
	STREAM1(cuMemcpy2DAsync, 2000, 2, 1)				\
	STREAM1(cuMemcpy3DAsync, 2000, 2, 1)				\
	DEFAULT(cuMemcpy, 4000, 3)					\
	DEFAULT(cuMemcpyPeer, 4000, 5)					\
	DEFAULT(cuMemcpy3DPeer, 4000, 1)				\
	DEFAULT(cuMemcpyHtoD_v2, 3020, 3)				\
	DEFAULT(cuMemcpyDtoD_v2, 3020, 3)				\
	DEFAULT(cuMemcpyDtoA_v2, 3020, 4)				\
	DEFAULT(cuMemcpyAtoD_v2, 3020, 4)				\
	DEFAULT(cuMemcpyHtoA_v2, 3020, 4)				\
	DEFAULT(cuMemcpyAtoA_v2, 3020, 5)				\
	DEFAULT(cuMemcpy2D_v2, 3020, 1)					\
	DEFAULT(cuMemcpy2DUnaligned_v2, 3020, 1)			\
	DEFAULT(cuMemcpy3D_v2, 3020, 1)					\
	READ(cuMemcpyDtoH_v2, 3020, 3)					\
	READ(cuMemcpyAtoH_v2, 3020, 4)					\
	DEFAULT1(cuMemcpyHtoD, 2000, 3)					\
	DEFAULT1(cuMemcpyDtoD, 2000, 3)					\
	DEFAULT1(cuMemcpyDtoA, 2000, 4)					\
	DEFAULT1(cuMemcpyAtoD, 2000, 4)					\
	DEFAULT1(cuMemcpyHtoA, 2000, 4)					\
	DEFAULT1(cuMemcpyAtoA, 2000, 5)					\
	DEFAULT1(cuMemcpy2D, 2000, 1)					\
	DEFAULT1(cuMemcpy2DUnaligned, 2000, 1)				\
	DEFAULT1(cuMemcpy3D, 2000, 1)					\
	READ1(cuMemcpyDtoH, 2000, 3)					\
	READ1(cuMemcpyAtoH, 2000, 4)					\
	/* fills */							\
	STREAM(cuMemsetD8Async, 3020, 4, 3)				\
	STREAM(cuMemsetD16Async, 3020, 4, 3)				\
	STREAM(cuMemsetD32Async, 3020, 4, 3)				\
	STREAM(cuMemsetD2D8Async, 3020, 6, 5)				\
	STREAM(cuMemsetD2D16Async, 3020, 6, 5)				\
	STREAM(cuMemsetD2D32Async, 3020, 6, 5)				\
	DEFAULT(cuMemsetD8_v2, 3020, 3)					\
	DEFAULT(cuMemsetD16_v2, 3020, 3)				\
	DEFAULT(cuMemsetD32_v2, 3020, 3)				\
	DEFAULT(cuMemsetD2D8_v2, 3020, 5)				\
	DEFAULT(cuMemsetD2D16_v2, 3020, 5)				\
	DEFAULT(cuMemsetD2D32_v2, 3020, 5)				\
	DEFAULT1(cuMemsetD8, 2000, 3)					\
	DEFAULT1(cuMemsetD16, 2000, 3)					\
	DEFAULT1(cuMemsetD32, 2000, 3)					\
	DEFAULT1(cuMemsetD2D8, 2000, 5)					\
	DEFAULT1(cuMemsetD2D16, 2000, 5)				\
	DEFAULT1(cuMemsetD2D32, 2000, 5)				\
	/* memory that comes, goes and moves in stream order */		\
	STREAM(cuMemAllocAsync, 11020, 3, 2)				\
	STREAM(cuMemAllocFromPoolAsync, 11020, 4, 3)			\
	STREAM(cuMemFreeAsync, 11020, 2, 1)				\
	STREAM(cuMemPrefetchAsync, 8000, 4, 3)				\
	STREAM(cuMemPrefetchAsync_v2, 12020, 5, 4)			\
	STREAM(cuMemPrefetchBatchAsync, 13000, 8, 7)			\
	STREAM(cuMemDiscardBatchAsync, 13000, 5, 4)			\
	STREAM(cuMemDiscardAndPrefetchBatchAsync, 13000, 8, 7)		\
	STREAM(cuMemBatchDecompressAsync, 12060, 5, 4)			\
	STREAM(cuMemMapArrayAsync, 11010, 3, 2)				\
	STREAM(cuStreamAttachMemAsync, 6000, 4, 0)			\
	/* other users of the device */					\
	STREAM(cuGraphicsMapResources, 3000, 3, 2)			\
	STREAM(cuGraphicsUnmapResources, 3000, 3, 2)
