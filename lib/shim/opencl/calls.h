/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Every OpenCL call that puts a command into a queue, once.
 *
 * ENQUEUE(name, parameters, arguments, blocking)
 *	returns cl_int; the parameters include "q" (the queue), and "ev" (where the
 *	event goes, may be NULL); blocking is an expression over the parameters
 * ENQUEUE_MAP(...)	the same, returning a pointer and the error through "err"
 * ENQUEUE_NOEV(name, parameters, arguments)
 *	no way to get an event: counted as done when the call returns
 *
 * POINT(name, parameters, arguments)
 *	a marker or barrier
 *
 * CALLS_CORE and CALLS_POINT are members of the dispatch table; CALLS_EXT come from
 * clGetExtensionFunctionAddress*(), with the types of the extensions' texts.
 */

#define WAITS	cl_uint n, const cl_event *w, cl_event *ev

#define CALLS_CORE(ENQUEUE, ENQUEUE_MAP, ENQUEUE_NOEV)						\
ENQUEUE(clEnqueueNDRangeKernel,									\
	(cl_command_queue q, cl_kernel k, cl_uint dim, const size_t *off, const size_t *gws,	\
	 const size_t *lws, WAITS),								\
	(q, k, dim, off, gws, lws, n, w, ev), false)						\
ENQUEUE(clEnqueueTask, (cl_command_queue q, cl_kernel k, WAITS), (q, k, n, w, ev), false)	\
ENQUEUE(clEnqueueNativeKernel,									\
	(cl_command_queue q, void (CL_CALLBACK *fn)(void *), void *args, size_t size,		\
	 cl_uint n_mem, const cl_mem *mem, const void **mem_loc, WAITS),			\
	(q, fn, args, size, n_mem, mem, mem_loc, n, w, ev), false)				\
ENQUEUE(clEnqueueReadBuffer,									\
	(cl_command_queue q, cl_mem m, cl_bool blocking, size_t off, size_t size, void *ptr,	\
	 WAITS),										\
	(q, m, blocking, off, size, ptr, n, w, ev), blocking)					\
ENQUEUE(clEnqueueReadBufferRect,								\
	(cl_command_queue q, cl_mem m, cl_bool blocking, const size_t *bo, const size_t *ho,	\
	 const size_t *region, size_t brp, size_t bsp, size_t hrp, size_t hsp, void *ptr,	\
	 WAITS),										\
	(q, m, blocking, bo, ho, region, brp, bsp, hrp, hsp, ptr, n, w, ev), blocking)		\
ENQUEUE(clEnqueueWriteBuffer,									\
	(cl_command_queue q, cl_mem m, cl_bool blocking, size_t off, size_t size,		\
	 const void *ptr, WAITS),								\
	(q, m, blocking, off, size, ptr, n, w, ev), blocking)					\
ENQUEUE(clEnqueueWriteBufferRect,								\
	(cl_command_queue q, cl_mem m, cl_bool blocking, const size_t *bo, const size_t *ho,	\
	 const size_t *region, size_t brp, size_t bsp, size_t hrp, size_t hsp,			\
	 const void *ptr, WAITS),								\
	(q, m, blocking, bo, ho, region, brp, bsp, hrp, hsp, ptr, n, w, ev), blocking)		\
ENQUEUE(clEnqueueFillBuffer,									\
	(cl_command_queue q, cl_mem m, const void *pat, size_t psize, size_t off, size_t size,	\
	 WAITS),										\
	(q, m, pat, psize, off, size, n, w, ev), false)						\
ENQUEUE(clEnqueueCopyBuffer,									\
	(cl_command_queue q, cl_mem s, cl_mem d, size_t so, size_t dof, size_t size, WAITS),	\
	(q, s, d, so, dof, size, n, w, ev), false)						\
ENQUEUE(clEnqueueCopyBufferRect,								\
	(cl_command_queue q, cl_mem s, cl_mem d, const size_t *so, const size_t *dof,		\
	 const size_t *region, size_t srp, size_t ssp, size_t drp, size_t dsp, WAITS),		\
	(q, s, d, so, dof, region, srp, ssp, drp, dsp, n, w, ev), false)			\
ENQUEUE(clEnqueueReadImage,									\
	(cl_command_queue q, cl_mem m, cl_bool blocking, const size_t *o, const size_t *region,	\
	 size_t rp, size_t sp, void *ptr, WAITS),						\
	(q, m, blocking, o, region, rp, sp, ptr, n, w, ev), blocking)				\
ENQUEUE(clEnqueueWriteImage,									\
	(cl_command_queue q, cl_mem m, cl_bool blocking, const size_t *o, const size_t *region,	\
	 size_t rp, size_t sp, const void *ptr, WAITS),						\
	(q, m, blocking, o, region, rp, sp, ptr, n, w, ev), blocking)				\
ENQUEUE(clEnqueueFillImage,									\
	(cl_command_queue q, cl_mem m, const void *color, const size_t *o,			\
	 const size_t *region, WAITS),								\
	(q, m, color, o, region, n, w, ev), false)						\
ENQUEUE(clEnqueueCopyImage,									\
	(cl_command_queue q, cl_mem s, cl_mem d, const size_t *so, const size_t *dof,		\
	 const size_t *region, WAITS),								\
	(q, s, d, so, dof, region, n, w, ev), false)						\
ENQUEUE(clEnqueueCopyImageToBuffer,								\
	(cl_command_queue q, cl_mem s, cl_mem d, const size_t *so, const size_t *region,	\
	 size_t dof, WAITS),									\
	(q, s, d, so, region, dof, n, w, ev), false)						\
ENQUEUE(clEnqueueCopyBufferToImage,								\
	(cl_command_queue q, cl_mem s, cl_mem d, size_t so, const size_t *dof,			\
	 const size_t *region, WAITS),								\
	(q, s, d, so, dof, region, n, w, ev), false)						\
ENQUEUE_MAP(clEnqueueMapBuffer,									\
	(cl_command_queue q, cl_mem m, cl_bool blocking, cl_map_flags flags, size_t off,	\
	 size_t size, WAITS, cl_int *err),							\
	(q, m, blocking, flags, off, size, n, w, ev, err), blocking)				\
ENQUEUE_MAP(clEnqueueMapImage,									\
	(cl_command_queue q, cl_mem m, cl_bool blocking, cl_map_flags flags, const size_t *o,	\
	 const size_t *region, size_t *rp, size_t *sp, WAITS, cl_int *err),			\
	(q, m, blocking, flags, o, region, rp, sp, n, w, ev, err), blocking)			\
ENQUEUE(clEnqueueUnmapMemObject, (cl_command_queue q, cl_mem m, void *ptr, WAITS),		\
	(q, m, ptr, n, w, ev), false)								\
ENQUEUE(clEnqueueMigrateMemObjects,								\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, cl_mem_migration_flags flags,	\
	 WAITS),										\
	(q, n_mem, mem, flags, n, w, ev), false)						\
ENQUEUE_NOEV(clEnqueueBarrier, (cl_command_queue q), (q))					\
ENQUEUE_NOEV(clEnqueueWaitForEvents,								\
	(cl_command_queue q, cl_uint n, const cl_event *w), (q, n, w))				\
ENQUEUE(clEnqueueSVMFree,									\
	(cl_command_queue q, cl_uint n_ptr, void **ptrs,					\
	 void (CL_CALLBACK *fn)(cl_command_queue, cl_uint, void **, void *), void *data, WAITS),	\
	(q, n_ptr, ptrs, fn, data, n, w, ev), false)						\
ENQUEUE(clEnqueueSVMMemcpy,									\
	(cl_command_queue q, cl_bool blocking, void *d, const void *s, size_t size, WAITS),	\
	(q, blocking, d, s, size, n, w, ev), blocking)						\
ENQUEUE(clEnqueueSVMMemFill,									\
	(cl_command_queue q, void *d, const void *pat, size_t psize, size_t size, WAITS),	\
	(q, d, pat, psize, size, n, w, ev), false)						\
ENQUEUE(clEnqueueSVMMap,									\
	(cl_command_queue q, cl_bool blocking, cl_map_flags flags, void *p, size_t size, WAITS),	\
	(q, blocking, flags, p, size, n, w, ev), blocking)					\
ENQUEUE(clEnqueueSVMUnmap, (cl_command_queue q, void *p, WAITS), (q, p, n, w, ev), false)	\
ENQUEUE(clEnqueueSVMMigrateMem,									\
	(cl_command_queue q, cl_uint n_ptr, const void **ptrs, const size_t *sizes,		\
	 cl_mem_migration_flags flags, WAITS),							\
	(q, n_ptr, ptrs, sizes, flags, n, w, ev), false)					\
ENQUEUE(clEnqueueAcquireGLObjects,								\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueReleaseGLObjects,								\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueAcquireEGLObjectsKHR,								\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueReleaseEGLObjectsKHR,								\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)

/* Points in a queue, to wait for or at. */
#define CALLS_POINT(POINT)									\
POINT(clEnqueueMarkerWithWaitList, (cl_command_queue q, WAITS), (q, n, w, ev))			\
POINT(clEnqueueBarrierWithWaitList, (cl_command_queue q, WAITS), (q, n, w, ev))			\
POINT(clEnqueueMarker, (cl_command_queue q, cl_event *ev), (q, ev))

#define CALLS_EXT(ENQUEUE)									\
ENQUEUE(clEnqueueAcquireExternalMemObjectsKHR,							\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueReleaseExternalMemObjectsKHR,							\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueWaitSemaphoresKHR,								\
	(cl_command_queue q, cl_uint n_sema, const void *semas, const void *payloads, WAITS),	\
	(q, n_sema, semas, payloads, n, w, ev), false)						\
ENQUEUE(clEnqueueSignalSemaphoresKHR,								\
	(cl_command_queue q, cl_uint n_sema, const void *semas, const void *payloads, WAITS),	\
	(q, n_sema, semas, payloads, n, w, ev), false)						\
ENQUEUE(clEnqueueMigrateMemObjectEXT,								\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, cl_bitfield flags, WAITS),	\
	(q, n_mem, mem, flags, n, w, ev), false)						\
ENQUEUE(clEnqueueMemcpyINTEL,									\
	(cl_command_queue q, cl_bool blocking, void *d, const void *s, size_t size, WAITS),	\
	(q, blocking, d, s, size, n, w, ev), blocking)						\
ENQUEUE(clEnqueueMemFillINTEL,									\
	(cl_command_queue q, void *d, const void *pat, size_t psize, size_t size, WAITS),	\
	(q, d, pat, psize, size, n, w, ev), false)						\
ENQUEUE(clEnqueueMemsetINTEL,									\
	(cl_command_queue q, void *d, cl_int value, size_t size, WAITS),			\
	(q, d, value, size, n, w, ev), false)							\
ENQUEUE(clEnqueueMigrateMemINTEL,								\
	(cl_command_queue q, const void *p, size_t size, cl_bitfield flags, WAITS),		\
	(q, p, size, flags, n, w, ev), false)							\
ENQUEUE(clEnqueueMemAdviseINTEL,								\
	(cl_command_queue q, const void *p, size_t size, cl_uint advice, WAITS),		\
	(q, p, size, advice, n, w, ev), false)							\
ENQUEUE(clEnqueueSVMFreeARM,									\
	(cl_command_queue q, cl_uint n_ptr, void **ptrs,					\
	 void (CL_CALLBACK *fn)(cl_command_queue, cl_uint, void **, void *), void *data, WAITS),	\
	(q, n_ptr, ptrs, fn, data, n, w, ev), false)						\
ENQUEUE(clEnqueueSVMMemcpyARM,									\
	(cl_command_queue q, cl_bool blocking, void *d, const void *s, size_t size, WAITS),	\
	(q, blocking, d, s, size, n, w, ev), blocking)						\
ENQUEUE(clEnqueueSVMMemFillARM,									\
	(cl_command_queue q, void *d, const void *pat, size_t psize, size_t size, WAITS),	\
	(q, d, pat, psize, size, n, w, ev), false)						\
ENQUEUE(clEnqueueSVMMapARM,									\
	(cl_command_queue q, cl_bool blocking, cl_map_flags flags, void *p, size_t size, WAITS),	\
	(q, blocking, flags, p, size, n, w, ev), blocking)					\
ENQUEUE(clEnqueueSVMUnmapARM, (cl_command_queue q, void *p, WAITS), (q, p, n, w, ev), false)	\
ENQUEUE(clEnqueueReadHostPipeINTEL,								\
	(cl_command_queue q, cl_program prog, const char *pipe, cl_bool blocking, void *ptr,	\
	 size_t size, WAITS),									\
	(q, prog, pipe, blocking, ptr, size, n, w, ev), blocking)				\
ENQUEUE(clEnqueueWriteHostPipeINTEL,								\
	(cl_command_queue q, cl_program prog, const char *pipe, cl_bool blocking,		\
	 const void *ptr, size_t size, WAITS),							\
	(q, prog, pipe, blocking, ptr, size, n, w, ev), blocking)				\
ENQUEUE(clEnqueueAcquireVA_APIMediaSurfacesINTEL,						\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueReleaseVA_APIMediaSurfacesINTEL,						\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueAcquireGrallocObjectsIMG,							\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueReleaseGrallocObjectsIMG,							\
	(cl_command_queue q, cl_uint n_mem, const cl_mem *mem, WAITS),				\
	(q, n_mem, mem, n, w, ev), false)							\
ENQUEUE(clEnqueueGenerateMipmapIMG,								\
	(cl_command_queue q, cl_mem s, cl_mem d, cl_uint filter, const size_t *o,		\
	 const size_t *region, WAITS),								\
	(q, s, d, filter, o, region, n, w, ev), false)

/* Other calls that are wrapped, and are members of the dispatch table. */
#define CALLS_OTHER(X)						\
	X(clCreateCommandQueue)					\
	X(clCreateCommandQueueWithProperties)			\
	X(clRetainCommandQueue)					\
	X(clReleaseCommandQueue)				\
	X(clFinish)						\
	X(clWaitForEvents)					\
	X(clGetExtensionFunctionAddress)			\
	X(clGetExtensionFunctionAddressForPlatform)
