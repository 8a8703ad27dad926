// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Programs that aren't linked with OpenCL: they open the loader themselves, by
 * name, more than once, or have a plugin that is linked with it.
 */
#include "../ktap.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#define N 64

static struct {
	__typeof__(clGetPlatformIDs) *GetPlatformIDs;
	__typeof__(clGetDeviceIDs) *GetDeviceIDs;
	__typeof__(clCreateContext) *CreateContext;
	__typeof__(clCreateCommandQueue) *CreateCommandQueue;
	__typeof__(clCreateBuffer) *CreateBuffer;
	__typeof__(clEnqueueFillBuffer) *EnqueueFillBuffer;
	__typeof__(clEnqueueReadBuffer) *EnqueueReadBuffer;
	__typeof__(clFinish) *Finish;
	__typeof__(clReleaseCommandQueue) *ReleaseCommandQueue;
	__typeof__(clReleaseMemObject) *ReleaseMemObject;
	__typeof__(clReleaseContext) *ReleaseContext;
} cl;

static void *loader(int flags)
{
	void *h = dlopen("libOpenCL.so.1", flags);

	if (!h)
		SKIP("%s", dlerror());
	return h;
}

static void look_up(void *h)
{
#define GET(f) do {							\
	dlerror();							\
	cl.f = (void *)dlsym(h, "cl" #f);				\
	if (!cl.f)							\
		FAIL("cl" #f ": %s", dlerror());			\
} while (0)
	GET(GetPlatformIDs);
	GET(GetDeviceIDs);
	GET(CreateContext);
	GET(CreateCommandQueue);
	GET(CreateBuffer);
	GET(EnqueueFillBuffer);
	GET(EnqueueReadBuffer);
	GET(Finish);
	GET(ReleaseCommandQueue);
	GET(ReleaseMemObject);
	GET(ReleaseContext);
}

/* Fills and reads back, a hundred commands. */
static void use(void)
{
	cl_platform_id p;
	cl_device_id d;
	cl_context ctx;
	cl_command_queue q;
	cl_uint i, out[N] = { 0 };
	cl_int err;
	cl_mem m;

	if (cl.GetPlatformIDs(1, &p, NULL) != CL_SUCCESS ||
	    cl.GetDeviceIDs(p, CL_DEVICE_TYPE_ALL, 1, &d, NULL) != CL_SUCCESS)
		SKIP("no OpenCL device");
	ctx = cl.CreateContext(NULL, 1, &d, NULL, NULL, &err);
	CHECK_EQ(err, CL_SUCCESS);
	q = cl.CreateCommandQueue(ctx, d, 0, &err);
	CHECK_EQ(err, CL_SUCCESS);
	m = cl.CreateBuffer(ctx, CL_MEM_READ_WRITE, sizeof(out), NULL, &err);
	CHECK_EQ(err, CL_SUCCESS);
	for (i = 0; i < 100; i++)
		CHECK_EQ(cl.EnqueueFillBuffer(q, m, &i, sizeof(i), 0, sizeof(out), 0, NULL, NULL),
			 CL_SUCCESS);
	CHECK_EQ(cl.EnqueueReadBuffer(q, m, CL_TRUE, 0, sizeof(out), out, 0, NULL, NULL), CL_SUCCESS);
	CHECK_EQ(out[0], 99);
	CHECK_EQ(out[N - 1], 99);
	CHECK_EQ(cl.Finish(q), CL_SUCCESS);
	CHECK_EQ(cl.ReleaseCommandQueue(q), CL_SUCCESS);
	CHECK_EQ(cl.ReleaseMemObject(m), CL_SUCCESS);
	CHECK_EQ(cl.ReleaseContext(ctx), CL_SUCCESS);
}

static void local(const void *arg)
{
	(void)arg;
	look_up(loader(RTLD_NOW | RTLD_LOCAL));
	use();
}

static void global(const void *arg)
{
	loader(RTLD_LAZY | RTLD_GLOBAL);
	look_up(arg ? RTLD_DEFAULT : dlopen(NULL, RTLD_NOW));
	use();
}

/* As programs do that first look whether there is OpenCL. */
static void again(const void *arg)
{
	unsigned int i;
	void *h;

	(void)arg;
	for (i = 0; i < 4; i++) {
		h = loader(RTLD_NOW | RTLD_LOCAL);
		look_up(h);
		use();
		dlclose(h);
		/* Something else may get the address that it had. */
		free(malloc(10 << 20));
		dlopen("libm.so.6", RTLD_NOW);
	}
}

/* Only a question, then the real thing. */
static void probe_first(const void *arg)
{
	void *h = loader(RTLD_LAZY);

	(void)arg;
	CHECK(dlsym(h, "clEnqueueNDRangeKernel"));
	CHECK(dlsym(h, "clFinish"));
	dlclose(h);
	look_up(loader(RTLD_NOW));
	use();
}

/* What isn't there isn't there, and dlerror() says so once. */
static void errors(const void *arg)
{
	void *h = loader(RTLD_NOW);

	(void)arg;
	dlerror();
	CHECK(!dlsym(h, "clNoSuchFunction"));
	CHECK(dlerror());
	CHECK(!dlerror());
	CHECK(!dlsym(h, "no_such_function_either"));
	CHECK(dlerror());
	CHECK(dlsym(h, "clGetPlatformIDs"));
	CHECK(!dlerror());
	/* Not OpenCL's, though it begins alike. */
	CHECK(dlsym(RTLD_DEFAULT, "clock") != NULL);
	CHECK(((clock_t (*)(void))dlsym(RTLD_DEFAULT, "clock"))() != (clock_t)-2);
}

/* A plugin that is linked with OpenCL, in a program that isn't: its symbols are in nobody else's scope. */
static void plugin(const void *arg)
{
	int flags = arg ? RTLD_NOW | RTLD_DEEPBIND : RTLD_NOW | RTLD_LOCAL;
	char path[PATH_MAX], *slash;
	int (*run)(void);
	ssize_t n;
	void *h;
	int ret;

	n = MUST(readlink("/proc/self/exe", path, sizeof(path) - 16));
	path[n] = 0;
	slash = strrchr(path, '/');
	strcpy(slash + 1, "plugin.so");
	h = dlopen(path, flags);
	if (!h)
		SKIP("%s", dlerror());
	run = (int (*)(void))dlsym(h, "plugin_run");
	CHECK(run);
	ret = run();
	if (ret == KTAP_SKIP)
		SKIP("no OpenCL device");
	CHECK_EQ(ret, 0);
	dlclose(h);
}

static const struct ktap_test tests[] = {
	{ "dlopen and dlsym", local, NULL },
	{ "dlsym by the program's own handle", global, NULL },
	{ "dlsym by RTLD_DEFAULT", global, "default" },
	{ "opened, used and closed again and again", again, NULL },
	{ "asked for, closed, then used", probe_first, NULL },
	{ "what dlsym doesn't find", errors, NULL },
	{ "a plugin that is linked with OpenCL", plugin, NULL },
	{ "a plugin that prefers its own symbols", plugin, "deepbind" },
};

KTAP_MAIN(tests)
