// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The way in by LD_PRELOAD, for loaders that know no layers: the same names,
 * in front of the real ones, also for programs that dlopen() the loader.
 */
#define _GNU_SOURCE
#include "wrap.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the names mean without us: the ICD loader's functions. */
static cl_icd_dispatch loader, wrapped;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *loader_handle;

/* Not wrapped, but called by us. */
#define USED(X)							\
	X(clGetDeviceInfo) X(clGetCommandQueueInfo) X(clSetEventCallback)		\
	X(clReleaseEvent) X(clCreateUserEvent) X(clSetUserEventStatus)			\
	X(clGetEventInfo) X(clFlush) X(clRetainEvent) X(clGetPlatformInfo)		\
	X(clCreateContext) X(clReleaseContext)

typedef void *(*dlsym_fn)(void *, const char *);

static dlsym_fn real_dlsym(void)
{
	static dlsym_fn fn;
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
	unsigned int i;
	void *libc;

	for (i = 0; !fn && i < sizeof(versions) / sizeof(versions[0]); i++)
		fn = (dlsym_fn)dlvsym(RTLD_NEXT, "dlsym", versions[i]);
	/* A program that is linked with us may have the C library in front of us. */
	libc = fn ? NULL : dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	for (i = 0; libc && !fn && i < sizeof(versions) / sizeof(versions[0]); i++)
		fn = (dlsym_fn)dlvsym(libc, "dlsym", versions[i]);
	return fn;
}

/* XSCHED_OPENCL_LIB: the library to use, if it is one. */
static void *asked_for(void)
{
	static unsigned int said;
	const char *path = getenv("XSCHED_OPENCL_LIB");
	void *h = path && *path ? dlopen(path, RTLD_LAZY) : NULL;
	Dl_info theirs, ours;
	void *fn;

	if (!path || !*path)
		return NULL;
	fn = h ? real_dlsym()(h, "clEnqueueNDRangeKernel") : NULL;
	if (fn && dladdr(fn, &theirs) && dladdr(&loader, &ours) &&
	    theirs.dli_fbase != ours.dli_fbase)
		return h;
	xsched_say_once(&said, "xsched: XSCHED_OPENCL_LIB=%s: not an OpenCL library; ignored", path);
	return NULL;
}

/*
 * The loader: the one that the program has, wherever it got it from; a plugin's is in
 * no global scope. Our reference keeps it, as programs may unload theirs.
 */
static void *find_loader(void)
{
	void *fn = real_dlsym()(RTLD_NEXT, "clGetDeviceInfo");
	Dl_info info;
	void *h = NULL;

	if (loader_handle)
		return loader_handle;
	h = asked_for();
	if (h)
		return h;
	if (fn && dladdr(fn, &info) && info.dli_fname)
		h = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	if (!h)
		h = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_NOLOAD);
	if (!h)
		h = dlopen("libOpenCL.so.1", RTLD_LAZY);
	return h ? h : RTLD_NEXT;
}

/* Is what the program gets under a name what is here? */
static bool is_first(const char *name)
{
	void *fn = real_dlsym()(RTLD_DEFAULT, name);
	Dl_info theirs, ours;

	return fn && dladdr(fn, &theirs) && dladdr(&loader, &ours) &&
	       theirs.dli_fbase == ours.dli_fbase;
}

static void fill(void)
{
	dlsym_fn sym = real_dlsym();

	loader_handle = find_loader();

#define FILL(name, ...)	loader.name = (void *)sym(loader_handle, #name);
	CALLS_CORE(FILL, FILL, FILL)
	CALLS_POINT(FILL)
	CALLS_OTHER(FILL)
	USED(FILL)
	wrapped = loader;
	if (!ocl_wanted() || ocl_layer_active || !loader.clGetDeviceInfo)
		return;
	xsched_opencl_real = &loader;
	ocl_wrap_dispatch(&wrapped);
}

/*
 * The loader may turn out to take us as a layer too: then this way in is just a
 * way through.
 */
static const cl_icd_dispatch *table(void)
{
	pthread_once(&once, fill);
	return ocl_layer_active ? &loader : &wrapped;
}

/* Where this library is, as OPENCL_LAYERS wants it. */
EXPORT const char *xsched_opencl_path(void)
{
	Dl_info info;

	return dladdr(&loader, &info) ? info.dli_fname : NULL;
}

const cl_icd_dispatch *ocl_real(void)
{
	table();
	return xsched_opencl_real ? xsched_opencl_real : &loader;
}

bool ocl_intercepts(void)
{
	table();
	return xsched_opencl_real && (ocl_layer_active || is_first("clEnqueueNDRangeKernel"));
}

#define GATE(name, params, args, blocking)						\
EXPORT cl_int CL_API_CALL name params							\
{											\
	const cl_icd_dispatch *t = table();						\
	return t->name ? t->name args : CL_INVALID_OPERATION;				\
}
#define GATE_MAP(name, params, args, blocking)						\
EXPORT void *CL_API_CALL name params { return table()->name args; }
#define GATE_NOEV(name, params, args)	GATE(name, params, args, false)

CALLS_CORE(GATE, GATE_MAP, GATE_NOEV)
CALLS_POINT(GATE_NOEV)

EXPORT cl_command_queue CL_API_CALL
clCreateCommandQueue(cl_context ctx, cl_device_id dev, cl_command_queue_properties props,
		     cl_int *err)
{
	return table()->clCreateCommandQueue(ctx, dev, props, err);
}

EXPORT cl_command_queue CL_API_CALL
clCreateCommandQueueWithProperties(cl_context ctx, cl_device_id dev,
				   const cl_queue_properties *props, cl_int *err)
{
	return table()->clCreateCommandQueueWithProperties(ctx, dev, props, err);
}

EXPORT cl_int CL_API_CALL clRetainCommandQueue(cl_command_queue q)
{
	return table()->clRetainCommandQueue(q);
}

EXPORT cl_int CL_API_CALL clReleaseCommandQueue(cl_command_queue q)
{
	return table()->clReleaseCommandQueue(q);
}

EXPORT cl_int CL_API_CALL clFinish(cl_command_queue q)
{
	return table()->clFinish(q);
}

EXPORT cl_int CL_API_CALL clWaitForEvents(cl_uint n, const cl_event *evs)
{
	return table()->clWaitForEvents(n, evs);
}

EXPORT void *CL_API_CALL clGetExtensionFunctionAddress(const char *name)
{
	return table()->clGetExtensionFunctionAddress(name);
}

EXPORT void *CL_API_CALL clGetExtensionFunctionAddressForPlatform(cl_platform_id platform,
								   const char *name)
{
	return table()->clGetExtensionFunctionAddressForPlatform(platform, name);
}

static const struct {
	const char *name;
	void *fn;
} exported[] = {
#define ROW(name, ...) { #name, (void *)name },
	CALLS_CORE(ROW, ROW, ROW)
	CALLS_POINT(ROW)
	CALLS_OTHER(ROW)
};

static void *exported_as(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(exported) / sizeof(exported[0]); i++)
		if (!strcmp(name, exported[i].name))
			return exported[i].fn;
	return NULL;
}

/* A function of an ICD loader, as opposed to a vendor's of the same name. */
static bool from_loader(void *fn)
{
	Dl_info info;
	const char *base;

	if (!dladdr(fn, &info) || !info.dli_fname)
		return false;
	base = strrchr(info.dli_fname, '/');
	base = base ? base + 1 : info.dli_fname;
	return !strncmp(base, "libOpenCL.so", 12);
}

static void *opencl_symbol(void *handle, const char *name)
{
	void *real = real_dlsym()(handle, name);
	void *mine = real ? exported_as(name) : NULL;
	Dl_info info;

	if (!mine || !from_loader(real))
		return real;
	/* Before the first call: this is the loader that the program uses. */
	if (!loader_handle && handle != RTLD_DEFAULT && dladdr(real, &info))
		loader_handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	return mine;
}

/*
 * Programs that dlopen() the loader ask here for its functions. Everything else is
 * a tail call: RTLD_NEXT means "after whoever called", and the caller must still be it.
 */
__attribute__((optimize("O2"), no_stack_protector, no_sanitize("address", "thread", "undefined")))
EXPORT void *dlsym(void *restrict handle, const char *restrict name)
{
	if (name[0] == 'c' && name[1] == 'l' && handle != RTLD_NEXT && ocl_wanted())
		return opencl_symbol(handle, name);
	return real_dlsym()(handle, name);
}
