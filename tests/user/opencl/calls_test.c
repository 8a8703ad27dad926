// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every call that puts a command into a queue does what it does, several times
 * each so that gates and stops fall before, between and behind them.
 */
#include "cl.h"

#define REPEAT	12

static cl_command_queue q;
static cl_kernel step;
static cl_mem m, other;

static void open_all(void)
{
	cl_open();
	q = cl_queue(0);
	step = cl_kern("advance");
	m = cl_buffer(1);
	other = cl_buffer(2);
}

/* An event that a call gave: of the right kind, and it completes. */
static void event_is(cl_event ev, cl_command_type kind)
{
	cl_command_queue of = NULL;
	cl_command_type type = 0;

	CL(clGetEventInfo(ev, CL_EVENT_COMMAND_TYPE, sizeof(type), &type, NULL));
	CHECK_EQ(type, kind);
	CL(clGetEventInfo(ev, CL_EVENT_COMMAND_QUEUE, sizeof(of), &of, NULL));
	CHECK(of == q);
	CL(clWaitForEvents(1, &ev));
	CHECK_EQ(cl_status(ev), CL_COMPLETE);
	CL(clReleaseEvent(ev));
}

static void buffers(const void *arg)
{
	cl_uint in[N], out[N], pattern;
	cl_event ev;
	unsigned int i, j;

	(void)arg;
	open_all();
	for (i = 0; i < REPEAT; i++) {
		bool block = i & 1;

		for (j = 0; j < N; j++)
			in[j] = i * 1000 + j;
		CL(clEnqueueWriteBuffer(q, m, block, 0, BYTES, in, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_WRITE_BUFFER);
		CL(clEnqueueCopyBuffer(q, m, other, 0, 0, BYTES, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_COPY_BUFFER);
		CL(clEnqueueReadBuffer(q, other, block, 0, BYTES, out, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_READ_BUFFER);
		CHECK_EQ(memcmp(in, out, BYTES), 0);
		pattern = i * 77;
		CL(clEnqueueFillBuffer(q, other, &pattern, sizeof(pattern), 0, BYTES, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_FILL_BUFFER);
		cl_expect(q, other, pattern, "fill");
	}
}

/* An 8 x 8 square of elements; the middle 4 x 4 of one goes to the corner of another. */
static void rects(const void *arg)
{
	const size_t from[3] = { 2 * 4, 2, 0 }, to[3] = { 0, 0, 0 }, region[3] = { 4 * 4, 4, 1 };
	cl_uint in[N], out[N];
	unsigned int i, x, y;
	cl_event ev;

	(void)arg;
	open_all();
	for (i = 0; i < REPEAT; i++) {
		bool block = i & 1;

		for (x = 0; x < N; x++)
			in[x] = i * 100 + x;
		CL(clEnqueueWriteBufferRect(q, m, block, from, from, region, 32, 0, 32, 0, in, 0, NULL,
					    &ev));
		event_is(ev, CL_COMMAND_WRITE_BUFFER_RECT);
		CL(clEnqueueCopyBufferRect(q, m, other, from, to, region, 32, 0, 32, 0, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_COPY_BUFFER_RECT);
		memset(out, 0, sizeof(out));
		CL(clEnqueueReadBufferRect(q, other, block, to, to, region, 32, 0, 32, 0, out, 0, NULL,
					   &ev));
		event_is(ev, CL_COMMAND_READ_BUFFER_RECT);
		for (y = 0; y < 4; y++)
			for (x = 0; x < 4; x++)
				CHECK_EQ(out[8 * y + x], in[8 * (y + 2) + x + 2]);
	}
}

static cl_mem image(void)
{
	const cl_image_format format = { CL_RGBA, CL_UNSIGNED_INT8 };
	const cl_image_desc desc = {
		.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 8, .image_height = 8,
	};
	cl_int err;
	cl_mem im = clCreateImage(cl_ctx, CL_MEM_READ_WRITE, &format, &desc, NULL, &err);

	if (err != CL_SUCCESS)
		SKIP("the device has no such image: %d", err);
	return im;
}

static void images(const void *arg)
{
	const size_t zero[3] = { 0 }, region[3] = { 8, 8, 1 };
	cl_uint in[N], out[N], color[4] = { 1, 2, 3, 4 };
	cl_mem a, b;
	unsigned int i, j;
	size_t pitch;
	cl_event ev;
	cl_uint *p;

	(void)arg;
	open_all();
	a = image();
	b = image();
	for (i = 0; i < REPEAT; i++) {
		bool block = i & 1;

		for (j = 0; j < N; j++)
			in[j] = i * 1000 + j;
		CL(clEnqueueWriteImage(q, a, block, zero, region, 0, 0, in, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_WRITE_IMAGE);
		CL(clEnqueueCopyImage(q, a, b, zero, zero, region, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_COPY_IMAGE);
		CL(clEnqueueReadImage(q, b, block, zero, region, 0, 0, out, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_READ_IMAGE);
		CHECK_EQ(memcmp(in, out, BYTES), 0);
		CL(clEnqueueCopyImageToBuffer(q, b, m, zero, region, 0, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_COPY_IMAGE_TO_BUFFER);
		CL(clEnqueueReadBuffer(q, m, CL_TRUE, 0, BYTES, out, 0, NULL, NULL));
		CHECK_EQ(memcmp(in, out, BYTES), 0);
		cl_step(q, step, m, i, 0, NULL, NULL);
		CL(clEnqueueCopyBufferToImage(q, m, b, 0, zero, region, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_COPY_BUFFER_TO_IMAGE);
		p = CL_GET(clEnqueueMapImage(q, b, block, CL_MAP_READ, zero, region, &pitch, NULL, 0, NULL,
					     &ev, &cl_err));
		event_is(ev, CL_COMMAND_MAP_IMAGE);
		CHECK_EQ(p[0], cl_next(in[0], i));
		CHECK_EQ(p[7 * pitch / 4 + 7], cl_next(in[63], i));
		CL(clEnqueueUnmapMemObject(q, b, p, 0, NULL, NULL));
		CL(clEnqueueFillImage(q, b, color, zero, region, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_FILL_IMAGE);
		CL(clEnqueueReadImage(q, b, CL_TRUE, zero, region, 0, 0, out, 0, NULL, NULL));
		CHECK_EQ(out[0], 0x04030201);
		CHECK_EQ(out[63], 0x04030201);
	}
}

static void maps(const void *arg)
{
	cl_uint *p, value = 1, i;
	cl_event ev;

	(void)arg;
	open_all();
	for (i = 0; i < REPEAT; i++) {
		cl_step(q, step, m, i, 0, NULL, NULL);
		value = cl_next(value, i);
		p = CL_GET(clEnqueueMapBuffer(q, m, i & 1, CL_MAP_READ | CL_MAP_WRITE, 0, BYTES, 0, NULL,
					      &ev, &cl_err));
		event_is(ev, CL_COMMAND_MAP_BUFFER);
		CHECK_EQ(p[5], value);
		p[5] = value;
		CL(clEnqueueUnmapMemObject(q, m, p, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_UNMAP_MEM_OBJECT);
		/* Without a place for the error, which the specification allows. */
		p = clEnqueueMapBuffer(q, m, CL_TRUE, CL_MAP_READ, 0, BYTES, 0, NULL, NULL, NULL);
		CHECK(p);
		CHECK_EQ(p[5], value);
		CL(clEnqueueUnmapMemObject(q, m, p, 0, NULL, NULL));
		CL(clEnqueueMigrateMemObjects(q, 1, &m, i & 1 ? CL_MIGRATE_MEM_OBJECT_HOST : 0, 0, NULL,
					      &ev));
		event_is(ev, CL_COMMAND_MIGRATE_MEM_OBJECTS);
	}
	cl_expect(q, m, value, "maps");
}

static void CL_CALLBACK native(void *arg)
{
	struct { atomic_uint *to; cl_uint *mem; cl_uint k; } *a = arg;

	atomic_fetch_add(a->to, 1);
	a->mem[0] += a->k;
}

static void native_kernels(const void *arg)
{
	struct { atomic_uint *to; cl_uint *mem; cl_uint k; } a = { .k = 10 };
	const void *where = &a.mem;
	cl_device_exec_capabilities caps = 0;
	atomic_uint calls = 0;
	cl_uint out[N], i;
	cl_event ev;

	(void)arg;
	open_all();
	CL(clGetDeviceInfo(cl_device, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof(caps), &caps, NULL));
	if (!(caps & CL_EXEC_NATIVE_KERNEL))
		SKIP("the device runs no native kernels");
	a.to = &calls;
	for (i = 0; i < REPEAT; i++) {
		CL(clEnqueueNativeKernel(q, native, &a, sizeof(a), 1, &m, &where, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_NATIVE_KERNEL);
		CHECK_EQ(atomic_load(&calls), i + 1);
	}
	CL(clEnqueueReadBuffer(q, m, CL_TRUE, 0, BYTES, out, 0, NULL, NULL));
	CHECK_EQ(out[0], 1 + 10 * REPEAT);
}

static void tasks(const void *arg)
{
	cl_uint k = 3, out[N], value = 1, i;
	cl_event ev;

	(void)arg;
	open_all();
	CL(clSetKernelArg(step, 0, sizeof(m), &m));
	CL(clSetKernelArg(step, 1, sizeof(k), &k));
	for (i = 0; i < REPEAT; i++) {
		CL(clEnqueueTask(q, step, 0, NULL, &ev));
		CL(clWaitForEvents(1, &ev));
		CL(clReleaseEvent(ev));
		value = cl_next(value, k);
	}
	CL(clEnqueueReadBuffer(q, m, CL_TRUE, 0, BYTES, out, 0, NULL, NULL));
	CHECK_EQ(out[0], value);
	CHECK_EQ(out[1], 1);
}

/* PoCL 3.1 aborts the program in clEnqueueWaitForEvents(). */
static bool is_pocl(void)
{
	char name[64] = "";

	clGetPlatformInfo(cl_platform, CL_PLATFORM_NAME, sizeof(name) - 1, name, NULL);
	return !strcmp(name, "Portable Computing Language");
}

/* Markers, barriers and waits, in the forms of all versions. */
static void syncs(const void *arg)
{
	cl_uint value = 1, i;
	cl_event ev, step_ev;

	(void)arg;
	open_all();
	for (i = 0; i < REPEAT; i++) {
		cl_step(q, step, m, i, 0, NULL, &step_ev);
		value = cl_next(value, i);
		CL(clEnqueueMarker(q, &ev));
		event_is(ev, CL_COMMAND_MARKER);
		CL(clEnqueueMarkerWithWaitList(q, 1, &step_ev, &ev));
		event_is(ev, CL_COMMAND_MARKER);
		CL(clEnqueueBarrier(q));
		CL(clEnqueueBarrierWithWaitList(q, 0, NULL, NULL));
		CL(clEnqueueBarrierWithWaitList(q, 1, &step_ev, &ev));
		event_is(ev, CL_COMMAND_BARRIER);
		if (!is_pocl())
			CL(clEnqueueWaitForEvents(q, 1, &step_ev));
		CL(clReleaseEvent(step_ev));
	}
	cl_expect(q, m, value, "syncs");
}

static atomic_uint freed;

static void CL_CALLBACK on_free(cl_command_queue of, cl_uint n, void **ptrs, void *data)
{
	(void)of;
	if (n == 1 && data == &freed)
		clSVMFree(cl_ctx, ptrs[0]);
	atomic_fetch_add(&freed, 1);
}

static void svm(const void *arg)
{
	cl_device_svm_capabilities caps = 0;
	cl_uint *a, *b, pattern = 9, i;
	cl_event ev;
	void *p;

	(void)arg;
	open_all();
	if (clGetDeviceInfo(cl_device, CL_DEVICE_SVM_CAPABILITIES, sizeof(caps), &caps, NULL) !=
	    CL_SUCCESS || !caps) {
		/* It still has to say so in its own words. */
		RESULT("SVM map: %d", clEnqueueSVMMap(q, CL_TRUE, CL_MAP_READ, &pattern, 4, 0, NULL, NULL));
		RESULT("SVM copy: %d", clEnqueueSVMMemcpy(q, CL_TRUE, &pattern, &i, 4, 0, NULL, NULL));
		SKIP("the device has no shared virtual memory");
	}
	a = clSVMAlloc(cl_ctx, CL_MEM_READ_WRITE, BYTES, 0);
	b = clSVMAlloc(cl_ctx, CL_MEM_READ_WRITE, BYTES, 0);
	CHECK(a && b);
	for (i = 0; i < REPEAT; i++) {
		CL(clEnqueueSVMMemFill(q, a, &pattern, sizeof(pattern), BYTES, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_SVM_MEMFILL);
		CL(clEnqueueSVMMemcpy(q, i & 1, b, a, BYTES, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_SVM_MEMCPY);
		CL(clEnqueueSVMMap(q, i & 1, CL_MAP_READ, b, BYTES, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_SVM_MAP);
		CHECK_EQ(b[N - 1], pattern);
		CL(clEnqueueSVMUnmap(q, b, 0, NULL, &ev));
		event_is(ev, CL_COMMAND_SVM_UNMAP);
		CL(clEnqueueSVMMigrateMem(q, 1, (const void **)&b, NULL, 0, 0, NULL, NULL));
	}
	p = a;
	CL(clEnqueueSVMFree(q, 1, &p, on_free, &freed, 0, NULL, &ev));
	event_is(ev, CL_COMMAND_SVM_FREE);
	CHECK_EQ(atomic_load(&freed), 1);
	p = b;
	CL(clEnqueueSVMFree(q, 1, &p, NULL, NULL, 0, NULL, NULL));
	CL(clFinish(q));
}

static void *ext(const char *name, bool for_platform)
{
	return for_platform ? clGetExtensionFunctionAddressForPlatform(cl_platform, name) :
		clGetExtensionFunctionAddress(name);
}

/* A queue made by the extension's function works like any other. */
static void queue_by_extension(const void *arg)
{
	clCreateCommandQueueWithPropertiesKHR_fn create;
	cl_uint value = 1, i;

	open_all();
	create = ext("clCreateCommandQueueWithPropertiesKHR", arg != NULL);
	RESULT("clCreateCommandQueueWithPropertiesKHR: %s", create ? "there" : "not there");
	if (create) {
		q = CL_GET(create(cl_ctx, cl_device, NULL, &cl_err));
	} else {
		q = CL_GET(clCreateCommandQueueWithProperties(cl_ctx, cl_device, NULL, &cl_err));
	}
	for (i = 0; i < 50; i++) {
		cl_step(q, step, m, i, 0, NULL, NULL);
		value = cl_next(value, i);
	}
	cl_expect(q, m, value, "its queue");
	CL(clReleaseCommandQueue(q));
	if (!create)
		SKIP("the platform has no clCreateCommandQueueWithPropertiesKHR");
}

/* Functions that don't exist don't begin to, and core functions keep working by address. */
static void addresses(const void *arg)
{
	static const char *const names[] = {
		"clEnqueueNDRangeKernel", "clEnqueueSVMFreeARM", "clEnqueueMemcpyINTEL",
		"clEnqueueAcquireEGLObjectsKHR", "clEnqueueAcquireGLObjects", "clNoSuchFunction",
		"clEnqueueCommandBufferKHR", "clEnqueueSignalSemaphoresKHR", "clGetPlatformInfo",
		"clCreateCommandQueueWithPropertiesKHR", "",
	};
	unsigned int i;

	(void)arg;
	open_all();
	for (i = 0; i < ARRAY_SIZE(names); i++)
		RESULT("\"%s\": %s, %s for the platform", names[i],
		       ext(names[i], false) ? "there" : "not there",
		       ext(names[i], true) ? "there" : "not there");
}

static void command_buffer(const void *arg)
{
	clCreateCommandBufferKHR_fn create;
	clCommandNDRangeKernelKHR_fn record;
	clFinalizeCommandBufferKHR_fn finalize;
	clEnqueueCommandBufferKHR_fn enqueue;
	clReleaseCommandBufferKHR_fn release;
	cl_command_buffer_khr buf;
	cl_uint value = 1, k = 5, i;
	size_t gws = N;
	cl_event ev;

	(void)arg;
	open_all();
	create = ext("clCreateCommandBufferKHR", true);
	record = ext("clCommandNDRangeKernelKHR", true);
	finalize = ext("clFinalizeCommandBufferKHR", true);
	enqueue = ext("clEnqueueCommandBufferKHR", true);
	release = ext("clReleaseCommandBufferKHR", true);
	if (!create || !record || !finalize || !enqueue || !release)
		SKIP("the platform has no command buffers");
	buf = CL_GET(create(1, &q, NULL, &cl_err));
	CL(clSetKernelArg(step, 0, sizeof(m), &m));
	CL(clSetKernelArg(step, 1, sizeof(k), &k));
	CL(record(buf, NULL, NULL, step, 1, NULL, &gws, NULL, 0, NULL, NULL, NULL));
	CL(record(buf, NULL, NULL, step, 1, NULL, &gws, NULL, 0, NULL, NULL, NULL));
	CL(finalize(buf));
	for (i = 0; i < REPEAT; i++) {
		/* With the queue named, with the one it was recorded for, with an event and without. */
		CL(enqueue(i & 1, i & 1 ? &q : NULL, buf, 0, NULL, i & 2 ? &ev : NULL));
		value = cl_next(cl_next(value, k), k);
		if (i & 2)
			event_is(ev, CL_COMMAND_COMMAND_BUFFER_KHR);
		else
			CL(clFinish(q));
	}
	cl_expect(q, m, value, "command buffers");
	CL(release(buf));
}

static const struct ktap_test tests[] = {
	{ "read, write, copy and fill buffers", buffers, NULL },
	{ "rectangles of buffers", rects, NULL },
	{ "images", images, NULL },
	{ "map, unmap and migrate", maps, NULL },
	{ "native kernels", native_kernels, NULL },
	{ "tasks", tasks, NULL },
	{ "markers, barriers and waits of all versions", syncs, NULL },
	{ "shared virtual memory", svm, NULL },
	{ "a queue by the extension's function", queue_by_extension, NULL },
	{ "a queue by the extension's function, for the platform", queue_by_extension, "platform" },
	{ "functions by address", addresses, NULL },
	{ "command buffers", command_buffer, NULL },
};

KTAP_MAIN(tests)
