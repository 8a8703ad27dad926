// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The wrapped calls: each goes to the real one unchanged, with the runtime told
 * before and after.
 */
#include "wrap.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct call {
	struct xqueue *xq;
	enum xqueue_mode mode;
	bool blocking;
	cl_event own;
	/* an extended wait list */
	cl_event hold;
	cl_event *list, few[8];
};

static void add_to_list(struct call *c, cl_uint *n, const cl_event **w)
{
	cl_uint i;

	if (!n || (*n && !*w))
		return;		/* the driver has something to say about that */
	c->hold = xsched_opencl_hold(c->xq);
	if (!c->hold)
		return;
	c->list = *n + 1 <= 8 ? c->few : malloc((*n + 1) * sizeof(*c->list));
	if (!c->list)
		return;
	for (i = 0; i < *n; i++)
		c->list[i] = (*w)[i];
	c->list[i] = c->hold;
	*w = c->list;
	++*n;
}

static inline void begin(struct call *c, cl_command_queue q, bool blocking, cl_event **ev,
			 cl_uint *n, const cl_event **w)
{
	c->xq = ocl_xqueue(q);
	c->blocking = blocking;
	c->own = NULL;
	c->hold = NULL;
	c->list = NULL;
	c->mode = xqueue_begin(c->xq);
	if (unlikely(c->xq && c->xq->hal->unordered))
		add_to_list(c, n, w);
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
	if (unlikely(c->hold)) {
		REAL(clReleaseEvent)(c->hold);
		if (c->list != c->few)
			free(c->list);
	}
}

#define WRAP(name, params, args, is_blocking)						\
static cl_int CL_API_CALL wrap_##name params						\
{											\
	struct call c;									\
	cl_int ret;									\
											\
	begin(&c, q, is_blocking, &ev, &n, &w);							\
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
	begin(&c, q, is_blocking, &ev, &n, &w);							\
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

/*
 * Markers and barriers stop nothing by themselves, and a list makes them wait for
 * less than without one: theirs stays as it is.
 */
#define WRAP_POINT(name, params, args)							\
static cl_int CL_API_CALL wrap_##name params						\
{											\
	struct call c;									\
	cl_int ret;									\
											\
	begin(&c, q, false, &ev, NULL, NULL);						\
	ret = REAL(name) args;								\
	end(&c, ret == CL_SUCCESS, ev);							\
	return ret;									\
}

CALLS_POINT(WRAP_POINT)

/* ------------------------------------------- queues: made, shared, waited for */

static cl_command_queue CL_API_CALL
wrap_clCreateCommandQueue(cl_context ctx, cl_device_id dev, cl_command_queue_properties props,
			  cl_int *err)
{
	cl_command_queue q = ocl_override();

	if (q) {
		if (err)
			*err = CL_SUCCESS;
		return q;
	}
	q = REAL(clCreateCommandQueue)(ctx, dev, props, err);
	if (q) {
		ocl_queue_new(q, dev);
		ocl_override_with(q);
	}
	return q;
}

static cl_command_queue CL_API_CALL
wrap_clCreateCommandQueueWithProperties(cl_context ctx, cl_device_id dev,
					const cl_queue_properties *props, cl_int *err)
{
	cl_command_queue q = ocl_override();

	if (q) {
		if (err)
			*err = CL_SUCCESS;
		return q;
	}
	q = REAL(clCreateCommandQueueWithProperties)(ctx, dev, props, err);
	if (q) {
		ocl_queue_new(q, dev);
		ocl_override_with(q);
	}
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
	xsched_opencl_tidy();
	xsched_opencl_tidy_later();
	return REAL(clReleaseCommandQueue)(q);
}

static cl_int CL_API_CALL wrap_clFinish(cl_command_queue q)
{
	struct xqueue *xq = ocl_xqueue(q);
	struct xfinish f = xqueue_finish_begin(xq);
	cl_int ret = REAL(clFinish)(q);

	if (ret == CL_SUCCESS)
		xqueue_finish_end(xq, f);
	xsched_opencl_tidy();
	return ret;
}

/* The queue of the last event stands for all: what precedes it there is done too. */
static cl_int CL_API_CALL wrap_clWaitForEvents(cl_uint n, const cl_event *evs)
{
	cl_command_queue q = NULL;
	struct xqueue *xq = NULL;
	cl_int ret;

	if (ocl_wanted() && n && evs && evs[n - 1] &&
	    REAL(clGetEventInfo)(evs[n - 1], CL_EVENT_COMMAND_QUEUE, sizeof(q), &q, NULL) ==
	    CL_SUCCESS && q)
		xq = ocl_xqueue_known(q);	/* an event outlives the program's queue */
	xqueue_sync_begin(xq);
	ret = REAL(clWaitForEvents)(n, evs);
	xqueue_sync_end(xq);
	if (xq)
		xqueue_put(xq);
	xsched_opencl_tidy();
	return ret;
}

/* ------------------------------------------------------------- extensions */

#define EXT_ID(name, params, args, blocking)	EXT_##name,
enum {
	CALLS_EXT(EXT_ID)
	EXT_clCreateCommandQueueWithPropertiesKHR,
	EXT_clEnqueueCommandBufferKHR,
	EXT_clCreateCommandBufferKHR,
	EXT_clRetainCommandBufferKHR,
	EXT_clReleaseCommandBufferKHR,
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
	begin(&c, q, is_blocking, &ev, &n, &w);							\
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

/*
 * Command buffers and the queue that each was made for, which an enqueue that names
 * none goes to. Asking the vendor doesn't help: PoCL 3.1 answers with a pointer to them.
 */
static struct buffer {
	struct buffer *next;
	cl_command_buffer_khr handle;
	cl_command_queue q;
	int refs;
} *buffers;
static pthread_mutex_t buffers_lock = PTHREAD_MUTEX_INITIALIZER;

static cl_command_queue buffer_queue(cl_command_buffer_khr handle)
{
	cl_command_queue q = NULL;
	struct buffer *b;

	pthread_mutex_lock(&buffers_lock);
	for (b = buffers; b && b->handle != handle; b = b->next)
		;
	if (b)
		q = b->q;
	pthread_mutex_unlock(&buffers_lock);
	return q;
}

static unsigned int buffer_platform(cl_command_buffer_khr handle)
{
	cl_command_queue q = buffer_queue(handle);

	return q ? ocl_queue_platform(q) : MAX_PLATFORMS;
}

static void buffer_new(cl_command_buffer_khr handle, cl_command_queue q)
{
	struct buffer *b = calloc(1, sizeof(*b));

	if (!b)
		return;
	*b = (struct buffer){ .handle = handle, .q = q, .refs = 1 };
	pthread_mutex_lock(&buffers_lock);
	b->next = buffers;
	buffers = b;
	pthread_mutex_unlock(&buffers_lock);
}

static void buffer_refs(cl_command_buffer_khr handle, int change)
{
	struct buffer **at, *b;

	pthread_mutex_lock(&buffers_lock);
	for (at = &buffers; *at && (*at)->handle != handle; at = &(*at)->next)
		;
	b = *at;
	if (b && (b->refs += change) <= 0) {
		*at = b->next;
		free(b);
	}
	pthread_mutex_unlock(&buffers_lock);
}

static cl_command_buffer_khr CL_API_CALL
wrap_clCreateCommandBufferKHR(cl_uint n_q, const cl_command_queue *qs, const void *props, cl_int *err)
{
	cl_command_buffer_khr (CL_API_CALL *real)(cl_uint, const cl_command_queue *, const void *,
						  cl_int *) =
		ext_of(EXT_clCreateCommandBufferKHR,
		       n_q && qs ? ocl_queue_platform(qs[0]) : MAX_PLATFORMS);
	cl_command_buffer_khr b = real(n_q, qs, props, err);

	if (b)
		buffer_new(b, qs[0]);
	return b;
}

static cl_int CL_API_CALL wrap_clRetainCommandBufferKHR(cl_command_buffer_khr b)
{
	cl_int (CL_API_CALL *real)(cl_command_buffer_khr) =
		ext_of(EXT_clRetainCommandBufferKHR, buffer_platform(b));
	cl_int ret = real(b);

	if (ret == CL_SUCCESS)
		buffer_refs(b, 1);
	return ret;
}

static cl_int CL_API_CALL wrap_clReleaseCommandBufferKHR(cl_command_buffer_khr b)
{
	cl_int (CL_API_CALL *real)(cl_command_buffer_khr) =
		ext_of(EXT_clReleaseCommandBufferKHR, buffer_platform(b));

	buffer_refs(b, -1);
	return real(b);
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

	begin(&c, q, false, &ev, &n, &w);
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

static const struct {
	const char *name;
	void *wrapper;
	int ext;	/* -1: a member of the dispatch table, at offset */
	size_t offset;
} wrappers[] = {
#define CORE_ROW(name, ...)	{ #name, (void *)wrap_##name, -1, offsetof(cl_icd_dispatch, name) },
#define EXT_ROW(name, params, args, b)	{ #name, (void *)wrap_##name, EXT_##name, 0 },
	CALLS_CORE(CORE_ROW, CORE_ROW, CORE_ROW)
	CALLS_POINT(CORE_ROW)
	CALLS_OTHER(CORE_ROW)
	CALLS_EXT(EXT_ROW)
	EXT_ROW(clCreateCommandQueueWithPropertiesKHR, , , )
	EXT_ROW(clEnqueueCommandBufferKHR, , , )
	EXT_ROW(clCreateCommandBufferKHR, , , )
	EXT_ROW(clRetainCommandBufferKHR, , , )
	EXT_ROW(clReleaseCommandBufferKHR, , , )
};

void *ocl_wrapper(const char *name, void *real, unsigned int platform)
{
	unsigned int i;

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
	CALLS_POINT(PUT)
	CALLS_OTHER(PUT)
}
