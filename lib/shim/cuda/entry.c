// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The ways into the wrappers: the library's own symbols, in front of the driver's,
 * dlsym() for programs that load the driver themselves, and cuGetProcAddress(). And
 * ioctl(), by which the driver speaks to the kernel.
 */
#define _GNU_SOURCE
#include "shim.h"
#include "../../../hal/cuda/rm.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define KNOWN_VERSION 13000	/* of CUDA: all its forms of functions are */

typedef void *(*dlsym_fn)(void *, const char *);

/* Sanitizers look for functions before they are ready themselves. */
#define UNSANITIZED __attribute__((no_sanitize("address", "thread", "undefined")))

UNSANITIZED static void *libc_symbol(const char *name)
{
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
	void *fn = NULL, *libc;
	unsigned int i;

	for (i = 0; !fn && i < sizeof(versions) / sizeof(versions[0]); i++)
		fn = dlvsym(RTLD_NEXT, name, versions[i]);
	/* A program that is linked with us may have the C library in front of us. */
	libc = fn ? NULL : dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	for (i = 0; libc && !fn && i < sizeof(versions) / sizeof(versions[0]); i++)
		fn = dlvsym(libc, name, versions[i]);
	return fn;
}

UNSANITIZED static dlsym_fn real_dlsym(void)
{
	static dlsym_fn fn;

	if (!fn)
		fn = (dlsym_fn)libc_symbol("dlsym");
	return fn;
}

/* ------------------------------------------------------------- the real driver */

static void *driver;
static _Atomic bool seen;	/* somebody has been given a wrapper */
static pthread_mutex_t driver_lock = PTHREAD_MUTEX_INITIALIZER;

/* Is a function of the driver's library, as opposed to one that wraps it? */
static bool from_driver(void *fn)
{
	const char *base, *ours = getenv("XSCHED_CUDA_LIB");
	Dl_info info;

	if (!dladdr(fn, &info) || !info.dli_fname)
		return false;
	if (ours && !strcmp(info.dli_fname, ours))
		return true;
	base = strrchr(info.dli_fname, '/');
	base = base ? base + 1 : info.dli_fname;
	return !strncmp(base, "libcuda.so", 10);
}

static void fill_real(void *handle)
{
	dlsym_fn sym = real_dlsym();

#define FILL(name, symbol, params)						\
	if (!xsched_cuda_real.name)						\
		xs_store_release(&xsched_cuda_real.name, sym(handle, symbol));
	CU_USED(FILL)
}

static void *find_driver(void)
{
	const char *path = getenv("XSCHED_CUDA_LIB");
	void *h = path && *path ? dlopen(path, RTLD_LAZY) : NULL;

	if (!h)
		h = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
	return h ? h : dlopen("libcuda.so.1", RTLD_LAZY);
}

static void *driver_handle(void)
{
	void *h = xs_load(&driver);

	if (likely(h))
		return h;
	/* Outside of the lock: constructors may come by here. */
	h = find_driver();
	if (!h)
		return NULL;
	pthread_mutex_lock(&driver_lock);
	if (!driver) {
		fill_real(h);
		xs_store_release(&driver, h);
	}
	pthread_mutex_unlock(&driver_lock);
	return driver;
}

bool cuda_has_driver(void)
{
	return driver_handle();
}

void *cuda_real(const char *name, void *_Atomic *slot)
{
	void *h = driver_handle(), *none = NULL;
	void *fn = h ? real_dlsym()(h, name) : NULL;

	if (fn && from_driver(fn))
		__atomic_compare_exchange_n(slot, &none, fn, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	return xs_load(slot);
}

/* ---------------------------------------------------------------- who is wrapped */

static const struct cuda_wrapper *const tables[] = {
	cuda_calls, cuda_specials, cuda_lives, cuda_graphs, NULL
};

static const struct cuda_wrapper *by_name(const struct cuda_wrapper *w, const char *name)
{
	for (; w->name && strcmp(w->name, name); w++)
		;
	return w->name ? w : NULL;
}

static const struct cuda_wrapper *wrapper_named(const char *name)
{
	const struct cuda_wrapper *w = NULL;
	const struct cuda_wrapper *const *t;

	for (t = tables; *t && !w; t++)
		w = by_name(*t, name);
	return w;
}

/* Are we what the program is linked with, and what others find who look for the driver? */
static bool is_in_front(void)
{
	void *program = dlopen(NULL, RTLD_LAZY);
	bool front = program && real_dlsym()(program, "dlsym") == (void *)dlsym &&
		     real_dlsym()(program, "cuLaunchKernel") == wrapper_named("cuLaunchKernel")->fn;

	if (program)
		dlclose(program);
	return front;
}

bool cuda_intercepts(void)
{
	static _Atomic int known;	/* 1 no, 2 yes */

	if (xs_load(&seen))
		return true;
	if (!xs_load(&known))
		xs_store_release(&known, is_in_front() ? 2 : 1);
	return xs_load(&known) == 2;
}

/* The name without _v2 and the like. */
static bool has_base(const struct cuda_wrapper *w, const char *base)
{
	size_t n = strlen(base);

	return !strncmp(w->name, base, n) &&
	       (!w->name[n] || (w->name[n] == '_' && (w->name[n + 1] == 'v' || w->name[n + 1] == 'p')));
}

static bool is_per_thread(const struct cuda_wrapper *w)
{
	size_t n = strlen(w->name);

	return n > 5 && (!strcmp(w->name + n - 5, "_ptsz") || !strcmp(w->name + n - 5, "_ptds"));
}

/* The exported function that this pointer is; else the best is the form that this version has. */
static const struct cuda_wrapper *pick(const struct cuda_wrapper *w, const char *base, void *fn,
				       int version, bool per_thread,
				       const struct cuda_wrapper **best)
{
	for (; w->name; w++) {
		if (!has_base(w, base))
			continue;
		if (cuda_slot(w->name, w->real) == fn)
			return w;
		if (is_per_thread(w) == per_thread && w->since <= version &&
		    (!*best || (*best)->since < w->since))
			*best = w;
	}
	return NULL;
}

static const struct cuda_wrapper *pick_any(const char *base, void *fn, int version, bool per_thread,
					   const struct cuda_wrapper **best)
{
	const struct cuda_wrapper *w = NULL;
	const struct cuda_wrapper *const *t;

	for (t = tables; *t && !w; t++)
		w = pick(*t, base, fn, version, per_thread, best);
	return w;
}

/*
 * Newer versions may have forms of a function that take other arguments: if it is the same as
 * in a version all of whose forms are known, it isn't one of these.
 */
static bool is_known_form(const char *base, void *fn, int version, uint64_t flags)
{
	cu_result (*get)(const char *, void **, int, uint64_t, int *);
	static void *_Atomic real;
	static unsigned int said;
	void *known = NULL;
	int status;

	if (version <= KNOWN_VERSION)
		return true;
	get = cuda_slot("cuGetProcAddress_v2", &real);
	if (get && get(base, &known, KNOWN_VERSION, flags, &status) == CU_OK && known == fn)
		return true;
	xsched_say_once(&said, "xsched: this program uses a form of %s that is newer than xsched; such calls aren't scheduled, update xsched",
			base);
	return false;
}

static const struct cuda_wrapper *wrapper_for(const char *base, void *fn, int version, uint64_t flags)
{
	bool per_thread = flags & CU_PROC_PER_THREAD;
	const struct cuda_wrapper *best = NULL, *w;

	w = pick_any(base, fn, version, per_thread, &best);
	if (!w && !best && per_thread)		/* a function that means no default stream */
		w = pick_any(base, fn, version, false, &best);
	if (w || !best)
		return w;
	if (best->since <= KNOWN_VERSION && !is_known_form(base, fn, version, flags))
		return NULL;
	/* A pointer that isn't exported is its newest form all the same. */
	xs_store_release(best->real, fn);
	return best;
}

cu_result cuda_get_proc(const char *name, void **fn, int version, uint64_t flags, cu_result ret)
{
	const struct cuda_wrapper *w;

	/* Also for a program that may come to make XQueues later. */
	if (ret != CU_OK || !name || !fn || !*fn)
		return ret;
	w = wrapper_for(name, *fn, version, flags);
	if (w) {
		*fn = w->fn;
		xs_store_relaxed(&seen, true);
	}
	return ret;
}

static void *cuda_symbol(void *handle, const char *name)
{
	void *real = real_dlsym()(handle, name);
	const struct cuda_wrapper *w = real ? wrapper_named(name) : NULL;

	if (!w || real == w->fn || !from_driver(real))
		return real;
	xs_store_release(w->real, real);
	driver_handle();
	xs_store_relaxed(&seen, true);
	return w->fn;
}

/*
 * Everything but the driver's functions is a tail call: RTLD_NEXT means "after whoever
 * called", and the caller must still be it.
 */
__attribute__((optimize("O2"), no_stack_protector)) UNSANITIZED
EXPORT void *dlsym(void *restrict handle, const char *restrict name)
{
	if (name[0] == 'c' && name[1] == 'u' && handle != RTLD_NEXT && wrapper_named(name))
		return cuda_symbol(handle, name);
	return real_dlsym()(handle, name);
}

/* ------------------------------------------------------- the driver's own calls */

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, void *);
	va_list ap;
	void *arg;
	int ret;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (unlikely(!real))
		xs_store_release(&real, (int (*)(int, unsigned long, void *))libc_symbol("ioctl"));
	ret = real(fd, request, arg);
	if (unlikely(_IOC_TYPE(request) == RM_IOCTL_TYPE) && !cuda_is_inherited)
		xsched_rm_saw(fd, request, arg, ret);
	return ret;
}
