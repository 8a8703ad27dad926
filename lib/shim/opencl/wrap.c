// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The wrapped calls: each goes to the real one unchanged, with the runtime told
 * before and after.
 */
#include "wrap.h"

#include <stddef.h>
#include <string.h>

struct call {
	struct xqueue *xq;
	enum xqueue_mode mode;
	bool blocking;
	cl_event own;
};

static inline void begin(struct call *c, cl_command_queue q, bool blocking, cl_event **ev)
{
	c->xq = ocl_xqueue(q);
	c->blocking = blocking;
	c->own = NULL;
	c->mode = xqueue_begin(c->xq);
	if (blocking)
		xqueue_sync_begin(c->xq);
	else if (unlikely(c->mode == XQ_TRACKED) && !*ev)
		*ev = &c->own;
}

static inline void end(struct call *c, bool ok, cl_event *ev)
{
	bool report = unlikely(c->mode == XQ_TRACKED) && ok && !c->blocking;

	xqueue_end(c->xq, c->mode, !report);
	if (report) {
		xsched_opencl_track(c->xq, *ev);
		if (c->own)
			REAL(clReleaseEvent)(c->own);
	}
	if (c->blocking)
		xqueue_sync_end(c->xq);
}

#define WRAP(name, params, args, is_blocking)						\
static cl_int CL_API_CALL wrap_##name params						\
{											\
	struct call c;									\
	cl_int ret;									\
											\
	begin(&c, q, is_blocking, &ev);							\
	ret = REAL(name) args;								\
	end(&c, ret == CL_SUCCESS, ev);							\
	return ret;									\
}

#define WRAP_MAP(name, params, args, is_blocking)					\
static void *CL_API_CALL wrap_##name params						\
{											\
	cl_int mine = CL_SUCCESS;							\
	struct call c;									\
	void *ret;									\
											\
	if (!err)									\
		err = &mine;								\
	begin(&c, q, is_blocking, &ev);							\
	ret = REAL(name) args;								\
	end(&c, *err == CL_SUCCESS, ev);						\
	return ret;									\
}

#define WRAP_NOEV(name, params, args)							\
static cl_int CL_API_CALL wrap_##name params						\
{											\
	struct xqueue *xq = ocl_xqueue(q);						\
	enum xqueue_mode mode = xqueue_begin(xq);					\
	cl_int ret = REAL(name) args;							\
											\
	xqueue_end(xq, mode, true);							\
	return ret;									\
}

CALLS_CORE(WRAP, WRAP_MAP, WRAP_NOEV)

/* ------------------------------------------- queues: made, shared, waited for */

static cl_command_queue CL_API_CALL
wrap_clCreateCommandQueue(cl_context ctx, cl_device_id dev, cl_command_queue_properties props,
			  cl_int *err)
{
	cl_command_queue q = REAL(clCreateCommandQueue)(ctx, dev, props, err);

	if (q)
		ocl_queue_new(q, dev);
	return q;
}

static cl_command_queue CL_API_CALL
wrap_clCreateCommandQueueWithProperties(cl_context ctx, cl_device_id dev,
					const cl_queue_properties *props, cl_int *err)
{
	cl_command_queue q = REAL(clCreateCommandQueueWithProperties)(ctx, dev, props, err);

	if (q)
		ocl_queue_new(q, dev);
	return q;
}

static cl_int CL_API_CALL wrap_clRetainCommandQueue(cl_command_queue q)
{
	cl_int ret = REAL(clRetainCommandQueue)(q);

	if (ret == CL_SUCCESS)
		ocl_queue_retained(q);
	return ret;
}

static cl_int CL_API_CALL wrap_clReleaseCommandQueue(cl_command_queue q)
{
	ocl_queue_releasing(q);
	return REAL(clReleaseCommandQueue)(q);
}

static cl_int CL_API_CALL wrap_clFinish(cl_command_queue q)
{
	struct xqueue *xq = ocl_xqueue(q);
	uint32_t begun = xqueue_finish_begin(xq);
	cl_int ret = REAL(clFinish)(q);

	if (ret == CL_SUCCESS)
		xqueue_finish_end(xq, begun);
	return ret;
}

/* The queue of the last event stands for all: what precedes it there is done too. */
static cl_int CL_API_CALL wrap_clWaitForEvents(cl_uint n, const cl_event *evs)
{
	cl_command_queue q = NULL;
	struct xqueue *xq = NULL;
	cl_int ret;

	if (xsched_enabled() && n && evs && evs[n - 1] &&
	    REAL(clGetEventInfo)(evs[n - 1], CL_EVENT_COMMAND_QUEUE, sizeof(q), &q, NULL) ==
	    CL_SUCCESS && q)
		xq = ocl_xqueue_known(q);	/* an event outlives the program's queue */
	xqueue_sync_begin(xq);
	ret = REAL(clWaitForEvents)(n, evs);
	xqueue_sync_end(xq);
	if (xq)
		xqueue_put(xq);
	return ret;
}

/* ------------------------------------------------------------- extensions */

#define EXT_ID(name, params, args, blocking)	EXT_##name,
enum {
	CALLS_EXT(EXT_ID)
	EXT_clCreateCommandQueueWithPropertiesKHR,
	EXT_clEnqueueCommandBufferKHR,
	EXT_clGetCommandBufferInfoKHR,
	EXT_MAX,
};

/* The last slot: of a platform beyond the table, or not known. */
static void *ext_real[EXT_MAX][MAX_PLATFORMS + 1];

static void *ext_of(unsigned int id, unsigned int platform)
{
	void *f = xs_load(&ext_real[id][platform]);
	unsigned int i;

	for (i = 0; !f && i <= MAX_PLATFORMS; i++)
		f = xs_load(&ext_real[id][i]);
	return f;
}

#define WRAP_EXT(name, params, args, is_blocking)					\
static cl_int CL_API_CALL wrap_##name params						\
{											\
	cl_int (CL_API_CALL *real) params = ext_of(EXT_##name, ocl_queue_platform(q));	\
	struct call c;									\
	cl_int ret;									\
											\
	begin(&c, q, is_blocking, &ev);							\
	ret = real args;								\
	end(&c, ret == CL_SUCCESS, ev);							\
	return ret;									\
}

CALLS_EXT(WRAP_EXT)

static cl_command_queue CL_API_CALL
wrap_clCreateCommandQueueWithPropertiesKHR(cl_context ctx, cl_device_id dev,
					   const cl_queue_properties *props, cl_int *err)
{
	cl_command_queue (CL_API_CALL *real)(cl_context, cl_device_id,
					     const cl_queue_properties *, cl_int *);
	cl_platform_id platform = NULL;
	cl_command_queue q;

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL);
	real = ext_of(EXT_clCreateCommandQueueWithPropertiesKHR, ocl_platform_index(platform));
	q = real(ctx, dev, props, err);
	if (q)
		ocl_queue_new(q, dev);
	return q;
}

/* The queue that the buffer was recorded for, when the call names none. */
static cl_command_queue buffer_queue(cl_command_buffer_khr buf)
{
	cl_int (CL_API_CALL *info)(cl_command_buffer_khr, cl_uint, size_t, void *, size_t *) =
		ext_of(EXT_clGetCommandBufferInfoKHR, MAX_PLATFORMS);
	cl_command_queue qs[16] = { NULL };
	size_t size = 0;

	if (!info || info(buf, CL_COMMAND_BUFFER_QUEUES_KHR, sizeof(qs), qs, &size) != CL_SUCCESS)
		return NULL;
	return qs[0];
}

static cl_int CL_API_CALL
wrap_clEnqueueCommandBufferKHR(cl_uint n_q, cl_command_queue *qs, cl_command_buffer_khr buf,
			       WAITS)
{
	cl_command_queue q = n_q && qs ? qs[0] : buffer_queue(buf);
	cl_int (CL_API_CALL *real)(cl_uint, cl_command_queue *, cl_command_buffer_khr, WAITS) =
		ext_of(EXT_clEnqueueCommandBufferKHR,
		       q ? ocl_queue_platform(q) : MAX_PLATFORMS);
	struct call c;
	cl_int ret;

	begin(&c, q, false, &ev);
	ret = real(n_q, qs, buf, n, w, ev);
	end(&c, ret == CL_SUCCESS, ev);
	return ret;
}

/* ------------------------------------------------------------ who is wrapped */

static void *CL_API_CALL wrap_clGetExtensionFunctionAddress(const char *name)
{
	void *real = REAL(clGetExtensionFunctionAddress)(name);

	return real ? ocl_wrapper(name, real, MAX_PLATFORMS) : NULL;
}

static void *CL_API_CALL
wrap_clGetExtensionFunctionAddressForPlatform(cl_platform_id platform, const char *name)
{
	void *real = REAL(clGetExtensionFunctionAddressForPlatform)(platform, name);

	return real ? ocl_wrapper(name, real, ocl_platform_index(platform)) : NULL;
}

#define OTHERS(X)						\
	X(clCreateCommandQueue)					\
	X(clCreateCommandQueueWithProperties)			\
	X(clRetainCommandQueue)					\
	X(clReleaseCommandQueue)				\
	X(clFinish)						\
	X(clWaitForEvents)					\
	X(clGetExtensionFunctionAddress)			\
	X(clGetExtensionFunctionAddressForPlatform)

static const struct {
	const char *name;
	void *wrapper;
	int ext;	/* -1: a member of the dispatch table, at offset */
	size_t offset;
} wrappers[] = {
#define CORE_ROW(name, ...)	{ #name, (void *)wrap_##name, -1, offsetof(cl_icd_dispatch, name) },
#define EXT_ROW(name, params, args, b)	{ #name, (void *)wrap_##name, EXT_##name, 0 },
	CALLS_CORE(CORE_ROW, CORE_ROW, CORE_ROW)
	OTHERS(CORE_ROW)
	CALLS_EXT(EXT_ROW)
	EXT_ROW(clCreateCommandQueueWithPropertiesKHR, , , )
	EXT_ROW(clEnqueueCommandBufferKHR, , , )
};

/* Which queue a command buffer goes to, only the vendor can tell. */
static void learn_buffer_info(unsigned int platform)
{
	cl_platform_id id = ocl_platform_at(platform);
	void *f = id && REAL(clGetExtensionFunctionAddressForPlatform) ?
		REAL(clGetExtensionFunctionAddressForPlatform)(id, "clGetCommandBufferInfoKHR") :
		REAL(clGetExtensionFunctionAddress)("clGetCommandBufferInfoKHR");

	xs_store_release(&ext_real[EXT_clGetCommandBufferInfoKHR][platform], f);
}

void *ocl_wrapper(const char *name, void *real, unsigned int platform)
{
	unsigned int i;

	if (!strcmp(name, "clEnqueueCommandBufferKHR"))
		learn_buffer_info(platform);
	for (i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
		if (strcmp(name, wrappers[i].name))
			continue;
		if (wrappers[i].ext >= 0)
			xs_store_release(&ext_real[wrappers[i].ext][platform], real);
		else if (!*(void *const *)((const char *)xsched_opencl_real + wrappers[i].offset))
			return real;	/* the loader below has no such function */
		return wrappers[i].wrapper;
	}
	return real;
}

void ocl_wrap_dispatch(cl_icd_dispatch *d)
{
#define PUT(name, ...)	if (d->name) d->name = (void *)wrap_##name;
	CALLS_CORE(PUT, PUT, PUT)
	OTHERS(PUT)
}
