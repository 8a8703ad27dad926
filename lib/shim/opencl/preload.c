// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The way in by LD_PRELOAD, for loaders that know no layers: the same names,
 * in front of the real ones, also for programs that dlopen() the loader.
 */
#define _GNU_SOURCE
#include "wrap.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* What the names mean without us: the ICD loader's functions. */
static cl_icd_dispatch loader, wrapped;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *loader_handle;

#define OTHER_CALLS(X)						\
	X(clEnqueueMarker)					\
	X(clCreateCommandQueue)					\
	X(clCreateCommandQueueWithProperties)			\
	X(clRetainCommandQueue)					\
	X(clReleaseCommandQueue)				\
	X(clFinish)						\
	X(clWaitForEvents)					\
	X(clGetExtensionFunctionAddress)			\
	X(clGetExtensionFunctionAddressForPlatform)

/* Not wrapped, but called by us. */
#define USED(X)							\
	X(clGetDeviceInfo) X(clGetCommandQueueInfo) X(clSetEventCallback)		\
	X(clReleaseEvent) X(clCreateUserEvent) X(clSetUserEventStatus)			\
	X(clGetEventInfo) X(clFlush) X(clRetainEvent)

typedef void *(*dlsym_fn)(void *, const char *);

static dlsym_fn real_dlsym(void)
{
	static dlsym_fn fn;
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
	unsigned int i;

	for (i = 0; !fn && i < sizeof(versions) / sizeof(versions[0]); i++)
		fn = (dlsym_fn)dlvsym(RTLD_NEXT, "dlsym", versions[i]);
	return fn;
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
	if (fn && dladdr(fn, &info) && info.dli_fname)
		h = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	if (!h)
		h = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_NOLOAD);
	if (!h)
		h = dlopen("libOpenCL.so.1", RTLD_LAZY);
	return h ? h : RTLD_NEXT;
}

static void fill(void)
{
	dlsym_fn sym = real_dlsym();

	loader_handle = find_loader();

#define FILL(name, ...)	loader.name = (void *)sym(loader_handle, #name);
	CALLS_CORE(FILL, FILL, FILL)
	OTHER_CALLS(FILL)
	USED(FILL)
	wrapped = loader;
	if (!xsched_enabled() || ocl_layer_active || !loader.clGetDeviceInfo)
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

EXPORT cl_int CL_API_CALL clEnqueueMarker(cl_command_queue q, cl_event *ev)
{
	return table()->clEnqueueMarker(q, ev);
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
	OTHER_CALLS(ROW)
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
	if (name[0] == 'c' && name[1] == 'l' && handle != RTLD_NEXT && xsched_enabled())
		return opencl_symbol(handle, name);
	return real_dlsym()(handle, name);
}
