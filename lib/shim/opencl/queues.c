// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The program's command queues and what the runtime knows them by.
 */
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(f) (xsched_opencl_real->f)
#define BUCKETS 256
#define CACHE	8

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct ocl_queue *table[BUCKETS];
static cl_platform_id platforms[MAX_PLATFORMS];
/* Raised with every queue that comes or goes; what a thread remembers is valid for one. */
static _Atomic uint64_t version = 1;

static _Thread_local struct {
	cl_command_queue handle;
	struct xqueue *xq;
	uint64_t version;
} cache[CACHE];

static unsigned int hash(cl_command_queue q)
{
	uintptr_t x = (uintptr_t)q;

	return (unsigned int)((x >> 6) ^ (x >> 12) ^ (x >> 20));
}

static struct ocl_queue *find(cl_command_queue q)
{
	struct ocl_queue *o;

	for (o = table[hash(q) % BUCKETS]; o && o->handle != q; o = o->next)
		;
	return o;
}

unsigned int ocl_platform_index(cl_platform_id p)
{
	unsigned int i;

	for (i = 0; p && i < MAX_PLATFORMS; i++) {
		cl_platform_id none = NULL;

		if (__atomic_load_n(&platforms[i], __ATOMIC_ACQUIRE) == p ||
		    __atomic_compare_exchange_n(&platforms[i], &none, p, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || none == p)
			return i;
	}
	return MAX_PLATFORMS;
}

static cl_device_id root_of(cl_device_id dev)
{
	cl_device_id up = NULL;

	while (REAL(clGetDeviceInfo)(dev, CL_DEVICE_PARENT_DEVICE, sizeof(up), &up, NULL) ==
	       CL_SUCCESS && up) {
		dev = up;
		up = NULL;
	}
	return dev;
}

static uint32_t class_of(cl_device_id dev)
{
	cl_device_type type = 0;

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_TYPE, sizeof(type), &type, NULL);
	return type & CL_DEVICE_TYPE_CPU ? XSCHED_CLASS_CPU :
	       type & CL_DEVICE_TYPE_GPU ? XSCHED_CLASS_GPU : XSCHED_CLASS_ASIC;
}

/* The DRM render node of a device that says where on PCI it is. */
static int node_of(cl_device_id dev)
{
	cl_device_pci_bus_info_khr pci;
	char path[96];

	if (REAL(clGetDeviceInfo)(dev, CL_DEVICE_PCI_BUS_INFO_KHR, sizeof(pci), &pci, NULL) !=
	    CL_SUCCESS)
		return -1;
	snprintf(path, sizeof(path), "/dev/dri/by-path/pci-%04x:%02x:%02x.%x-render",
		 pci.pci_domain, pci.pci_bus, pci.pci_device, pci.pci_function);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void make_again(void);

/*
 * PoCL's synchronous driver runs commands in the thread that enqueues them, and deadlocks if
 * another (our agent) enqueues too. Such a device has no depth to bound either.
 */
static bool works_in_caller(cl_device_id dev)
{
	static unsigned int said;
	char name[256] = "";

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_NAME, sizeof(name), name, NULL);
	if (strncmp(name, "basic", 5))
		return false;
	xsched_say_once(&said, "xsched: PoCL's \"basic\" device runs commands in the caller's thread; it stays unscheduled, use its \"pthread\" device");
	return true;
}

/* level: of a queue that the program makes an entity of its own; 0: as the environment says */
static struct xqueue *schedule(cl_command_queue q, cl_device_id dev, uint32_t level)
{
	struct xsched_device_desc desc = { .node_fd = -1 };
	const struct xsched_hal_ops *hal;
	cl_command_queue_properties props = 0;
	uint32_t wanted = level ? level : xsched_wanted_level();
	char name[XSCHED_NAME_LEN * 4] = "";
	struct xqueue *xq;

	REAL(clGetCommandQueueInfo)(q, CL_QUEUE_PROPERTIES, sizeof(props), &props, NULL);
	if (props & CL_QUEUE_ON_DEVICE)
		return NULL;	/* fed by kernels, not by the host */
	dev = root_of(dev);
	if (works_in_caller(dev))
		return NULL;
	/* With several entities in the process none may keep a worker, see xsched_opencl_queue_create(). */
	if ((xsched_opencl_explicit || xsched_unit_is_queue()) && !level)
		wanted = XSCHED_LEVEL_BLOCK;
	hal = xsched_opencl_hal(dev, props, wanted);
	desc.own = level;
	REAL(clGetDeviceInfo)(dev, CL_DEVICE_NAME, sizeof(name) - 1, name, NULL);
	desc.dev_class = class_of(dev);
	desc.name = name;
	/*
	 * All CPU devices of a process are one, whoever drives them: they share the
	 * cores. But an entity is served at one level.
	 */
	desc.key = desc.dev_class == XSCHED_CLASS_CPU ? hal->level : (uint64_t)(uintptr_t)dev;
	if (desc.dev_class != XSCHED_CLASS_CPU)
		desc.node_fd = node_of(dev);
	xq = xqueue_create(hal, q, &desc);
	if (xq)
		xsched_on_return(make_again);
	if (desc.node_fd >= 0)
		close(desc.node_fd);
	return xq;
}

/* Called with the lock held for writing. */
static struct ocl_queue *take_off(cl_command_queue q)
{
	struct ocl_queue **at, *o;

	for (at = &table[hash(q) % BUCKETS]; *at && (*at)->handle != q; at = &(*at)->next)
		;
	o = *at;
	if (o) {
		*at = o->next;
		xs_add_release(&version, 1);
	}
	return o;
}

static void forget(struct ocl_queue *o)
{
	struct ocl_former *f;

	if (!o)
		return;
	while ((f = o->former)) {
		o->former = f->next;
		xqueue_release(f->xq);
		free(f);
	}
	if (o->xq)
		xqueue_release(o->xq);
	free(o);
}

/* One that was just created can't be known: what has its handle is a leftover. */
static struct ocl_queue *add(cl_command_queue q, cl_device_id dev, int refs, bool created)
{
	struct ocl_queue *o, *other, *old = NULL;
	cl_platform_id platform = NULL;

	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->handle = q;
	o->refs = refs;
	REAL(clGetDeviceInfo)(dev, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL);
	o->platform = ocl_platform_index(platform);
	o->xq = schedule(q, dev, 0);
	pthread_rwlock_wrlock(&lock);
	if (created)
		old = take_off(q);
	other = find(q);
	if (!other) {
		o->next = table[hash(q) % BUCKETS];
		table[hash(q) % BUCKETS] = o;
		xs_add_release(&version, 1);
	}
	pthread_rwlock_unlock(&lock);
	forget(old);
	if (!other)
		return o;
	forget(o);	/* two threads met it at the same time */
	return other;
}

/* A queue that was made behind our back (before we were there, or by a call we don't know). */
static struct ocl_queue *adopt(cl_command_queue q)
{
	cl_device_id dev = NULL;
	cl_uint refs = 1;

	if (!q || REAL(clGetCommandQueueInfo)(q, CL_QUEUE_DEVICE, sizeof(dev), &dev, NULL) !=
	    CL_SUCCESS || !dev)
		return NULL;	/* not a queue: the driver will say so */
	REAL(clGetCommandQueueInfo)(q, CL_QUEUE_REFERENCE_COUNT, sizeof(refs), &refs, NULL);
	return add(q, dev, (int)refs, false);
}

struct xqueue *ocl_xqueue(cl_command_queue q)
{
	unsigned int i = hash(q) % CACHE;
	uint64_t v = xs_load(&version);
	struct ocl_queue *o;
	struct xqueue *xq = NULL;

	if (likely(cache[i].handle == q && cache[i].version == v))
		return cache[i].xq;
	if (!ocl_wanted())
		return NULL;
	pthread_rwlock_rdlock(&lock);
	v = xs_load(&version);
	o = find(q);
	if (o)
		xq = o->xq;
	pthread_rwlock_unlock(&lock);
	if (!o) {
		o = adopt(q);
		return o ? o->xq : NULL;	/* remembered with the next call */
	}
	cache[i].handle = q;
	cache[i].xq = xq;
	cache[i].version = v;
	return xq;
}

struct xqueue *ocl_xqueue_known(cl_command_queue q)
{
	struct xqueue *xq = NULL;
	struct ocl_queue *o;

	pthread_rwlock_rdlock(&lock);
	o = find(q);
	if (o && o->xq)
		xq = xqueue_get(o->xq);
	pthread_rwlock_unlock(&lock);
	return xq;
}

unsigned int ocl_queue_platform(cl_command_queue q)
{
	struct ocl_queue *o;
	unsigned int p = MAX_PLATFORMS;

	ocl_xqueue(q);	/* adopts it */
	pthread_rwlock_rdlock(&lock);
	o = find(q);
	if (o)
		p = o->platform;
	pthread_rwlock_unlock(&lock);
	return p;
}

/* Queues that are stopped where they are keep the workers, and this is another one's. */
static void warn_of_company(void)
{
	static unsigned int said;
	unsigned int i, strong = 0;
	struct ocl_queue *o;

	pthread_rwlock_rdlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (o = table[i]; o; o = o->next)
			strong += o->own && o->xq && o->xq->hal->gate;
	pthread_rwlock_unlock(&lock);
	if (strong)
		xsched_say_once(&said, "xsched: an XQueue of level 2 or 3 keeps the OpenCL device's threads while it is suspended, and there is another queue now, which may have to wait for them; use level 1 with several queues");
}

void ocl_queue_new(cl_command_queue q, cl_device_id dev)
{
	if (!ocl_wanted())
		return;
	if (xsched_opencl_explicit)
		warn_of_company();
	add(q, dev, 1, true);
}

void ocl_queue_retained(cl_command_queue q)
{
	struct ocl_queue *o;

	pthread_rwlock_wrlock(&lock);
	o = find(q);
	if (o)
		o->refs++;
	pthread_rwlock_unlock(&lock);
}

void ocl_queue_releasing(cl_command_queue q)
{
	struct ocl_queue *o, *gone = NULL;

	pthread_rwlock_wrlock(&lock);
	o = find(q);
	if (o && --o->refs <= 0)
		gone = take_off(q);
	pthread_rwlock_unlock(&lock);
	forget(gone);
}

/* Calls under way may be using the one before: it stays as long as the queue. */
static bool replace(cl_command_queue q, struct xqueue *xq, bool own)
{
	struct ocl_former *f = malloc(sizeof(*f));
	struct ocl_queue *o = NULL;

	if (!f)
		return false;
	pthread_rwlock_wrlock(&lock);
	o = find(q);
	if (o) {
		f->xq = o->xq;
		f->next = o->former;
		if (f->xq)
			o->former = f;
		o->xq = xq;
		o->own = own;
		xs_add_release(&version, 1);
	}
	pthread_rwlock_unlock(&lock);
	if (!o || !f->xq)
		free(f);
	return o;
}

bool ocl_queue_is_alone(cl_command_queue q)
{
	unsigned int i, n = 0;
	struct ocl_queue *o;

	ocl_xqueue(q);	/* adopts it */
	pthread_rwlock_rdlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (o = table[i]; o; o = o->next)
			n += o->handle != q;
	pthread_rwlock_unlock(&lock);
	return !n;
}

static cl_device_id device_of(cl_command_queue q)
{
	cl_device_id dev = NULL;

	REAL(clGetCommandQueueInfo)(q, CL_QUEUE_DEVICE, sizeof(dev), &dev, NULL);
	return dev;
}

struct xqueue *ocl_queue_own(cl_command_queue q, uint32_t level)
{
	cl_device_id dev = device_of(q);
	struct xqueue *xq;

	ocl_xqueue(q);	/* adopts it */
	xq = dev ? schedule(q, dev, level) : NULL;
	if (!xq)
		return NULL;
	xqueue_get(xq);	/* the caller's */
	if (replace(q, xq, true))
		return xq;
	xqueue_put(xq);
	xqueue_release(xq);
	return NULL;
}

void ocl_queue_disown(cl_command_queue q)
{
	cl_device_id dev = device_of(q);
	struct xqueue *xq = dev && xsched_enabled() ? schedule(q, dev, 0) : NULL;

	if (!replace(q, xq, false) && xq)
		xqueue_release(xq);
}

/* A queue that can't go away, with the runtime's for it; its own goes with its XQueue. */
struct survivor {
	cl_command_queue handle;
	struct xqueue *old;
};

static struct survivor *take_survivors(size_t *n)
{
	struct survivor *v;
	struct ocl_queue *o;
	size_t i, max = 0;

	*n = 0;
	pthread_rwlock_rdlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (o = table[i]; o; o = o->next)
			max++;
	v = calloc(max + 1, sizeof(*v));
	for (i = 0; v && i < BUCKETS; i++)
		for (o = table[i]; o; o = o->next)
			if (o->xq && !o->own &&
			    REAL(clRetainCommandQueue)(o->handle) == CL_SUCCESS)
				v[(*n)++] = (struct survivor){ o->handle, xqueue_get(o->xq) };
	pthread_rwlock_unlock(&lock);
	return v;
}

static void make_one_again(struct survivor *s)
{
	cl_device_id dev = device_of(s->handle);
	struct xqueue *xq = dev ? schedule(s->handle, dev, 0) : NULL;

	if (xq) {
		xqueue_get(xq);
		if (replace(s->handle, xq, false))
			xqueue_inherit(xq, s->old);
		else
			xqueue_release(xq);
		xqueue_put(xq);
	}
	xqueue_put(s->old);
	REAL(clReleaseCommandQueue)(s->handle);
}

/* There is a scheduler again, which knows none of our queues. */
static void make_again(void)
{
	struct survivor *v;
	size_t i, n;

	v = take_survivors(&n);
	for (i = 0; i < n; i++)
		make_one_again(&v[i]);
	free(v);
}
