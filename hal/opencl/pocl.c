// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * PoCL's CPU devices as level 3 needs them: which threads run kernels, and what of
 * their code is a kernel's own.
 */
#define _GNU_SOURCE
#include "opencl.h"
#include "../../lib/xqueue/xqueue.h"

#include <dlfcn.h>
#include <link.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAL(f) (xsched_opencl_real->f)

/* ------------------------------------------------------------ kernels' code */

/*
 * PoCL compiles a kernel to a shared object that has an entry point of this name. The C
 * library finds an address's object without a lock (2.35 and newer).
 */
#define ENTRY_PREFIX	"_pocl_kernel_"
#define MAX_NAMES	65536	/* a kernel's object has few */

static bool has_entry(const char *names, size_t size)
{
	const char *end = names + size, *at = names;

	while (at && at + sizeof(ENTRY_PREFIX) < end) {
		if (!memcmp(at, ENTRY_PREFIX, sizeof(ENTRY_PREFIX) - 1))
			return true;
		at = memchr(at, 0, (size_t)(end - at));
		if (at)
			at++;
	}
	return false;
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE		/* the header knows it */
#pragma weak _dl_find_object

/* Some objects, as the kernel's, keep addresses as they are in the file. */
static bool names_of(const struct dl_find_object *o, const char **names, size_t *size)
{
	const ElfW(Dyn) *d = o->dlfo_link_map->l_ld;
	uintptr_t at = 0, start = (uintptr_t)o->dlfo_map_start, end = (uintptr_t)o->dlfo_map_end;

	for (*size = 0; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_STRTAB)
			at = d->d_un.d_ptr;
		else if (d->d_tag == DT_STRSZ)
			*size = d->d_un.d_val;
	}
	if (at < start)
		at += o->dlfo_link_map->l_addr;
	*names = (const char *)at;
	return *size <= MAX_NAMES && at >= start && at < end && *size <= end - at;
}

bool xsched_pocl_inside(uintptr_t pc)
{
	const char *names;
	struct dl_find_object o;
	size_t size;

	return !_dl_find_object((void *)pc, &o) && names_of(&o, &names, &size) &&
	       has_entry(names, size);
}

static bool can_tell(void)
{
	return _dl_find_object;
}
#else
bool xsched_pocl_inside(uintptr_t pc)
{
	(void)pc;
	(void)has_entry;
	return false;
}

static bool can_tell(void)
{
	return false;
}
#endif

bool xsched_pocl_is(cl_device_id dev)
{
	cl_platform_id platform = NULL;
	char name[128] = "";

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL);
	return can_tell() && REAL(clGetPlatformInfo) && REAL(clCreateContext) &&
	       REAL(clGetPlatformInfo)(platform, CL_PLATFORM_NAME, sizeof(name) - 1, name,
				       NULL) == CL_SUCCESS &&
	       !strcmp(name, "Portable Computing Language");
}

/* ------------------------------------------------------------------- muster */

#define MUSTER_MS	1000	/* on a busy machine; who has work for longer is met at a gate, later */

/* As many native kernels as there are workers, which wait for each other: one for each. */
struct muster {
	_Atomic uint32_t there;
	_Atomic uint32_t over;		/* futex */
	_Atomic uint32_t holders;
	uint32_t wanted;
	uint64_t until_ns;
};

static void muster_put(struct muster *m)
{
	if (__atomic_sub_fetch(&m->holders, 1, __ATOMIC_ACQ_REL) == 0)
		free(m);
}

static void wait_for_others(struct muster *m)
{
	struct timespec t;
	uint64_t now;

	while (!xs_load(&m->over) && (now = xsched_now_ns()) < m->until_ns) {
		t = (struct timespec){ .tv_nsec = (long)(m->until_ns - now) };
		syscall(SYS_futex, &m->over, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0);
	}
}

static void CL_CALLBACK answer(void *arg)
{
	struct muster *m = *(struct muster **)arg;

	xqueue_worker_here(xsched_pocl_inside);
	if (__atomic_add_fetch(&m->there, 1, __ATOMIC_ACQ_REL) == m->wanted) {
		xs_store_release(&m->over, 1);
		syscall(SYS_futex, &m->over, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
	}
	wait_for_others(m);
	muster_put(m);
}

static void call_together(cl_command_queue q, struct muster *m)
{
	uint32_t i;

	for (i = 0; i < m->wanted; i++) {
		__atomic_add_fetch(&m->holders, 1, __ATOMIC_RELAXED);
		if (REAL(clEnqueueNativeKernel)(q, answer, &m, sizeof(m), 0, NULL, NULL, 0, NULL,
						NULL) != CL_SUCCESS)
			muster_put(m);
	}
	REAL(clFlush)(q);
	wait_for_others(m);
}

/* In a context and a queue of our own: the program's aren't touched. */
static void muster(cl_device_id dev, uint32_t wanted)
{
	cl_command_queue q = NULL;
	struct muster *m;
	cl_context ctx;
	cl_int err;

	ctx = REAL(clCreateContext)(NULL, 1, &dev, NULL, NULL, &err);
	if (ctx)
		q = REAL(clCreateCommandQueue)(ctx, dev, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE,
					       &err);
	m = q ? calloc(1, sizeof(*m)) : NULL;
	if (m) {
		*m = (struct muster){ .wanted = wanted, .holders = 1 };
		m->until_ns = xsched_now_ns() + MUSTER_MS * 1000000u;
		call_together(q, m);
		muster_put(m);
	}
	if (q)
		REAL(clReleaseCommandQueue)(q);
	if (ctx)
		REAL(clReleaseContext)(ctx);
}

bool xsched_pocl_muster(cl_device_id dev)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	cl_uint units = 0;

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(units), &units, NULL);
	pthread_mutex_lock(&lock);
	if (xqueue_workers() < units)
		muster(dev, units);
	pthread_mutex_unlock(&lock);
	return xqueue_expect_workers(units);
}
