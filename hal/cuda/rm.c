// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The process's own channel groups in NVIDIA's resource manager: which there are, learnt
 * from the driver's own ioctls, and what can be done to them.
 */
#define _GNU_SOURCE
#include "rm.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OBJECTS_MAX 1024

/* A subdevice, group or channel: a channel's parent is its group, the others' their device. */
static struct object {
	uint32_t client, parent, handle, class;
	int fd, dev;
} objects[OBJECTS_MAX];
static unsigned int n_objects;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t n_groups_ever;
_Thread_local int xsched_rm_device = -1;
static const char *reason = "none has been seen: no context yet, or the driver doesn't allocate them by ioctl";

const char *xsched_rm_reason(void)
{
	return reason;
}

static bool is_wanted(uint32_t class)
{
	return class == RM_CLASS_SUBDEVICE || class == RM_CLASS_GROUP || RM_CLASS_IS_CHANNEL(class);
}

static void saw_alloc(int fd, const struct rm_alloc *a, uint32_t status)
{
	if (status || !is_wanted(a->class))
		return;
	pthread_mutex_lock(&lock);
	if (n_objects < OBJECTS_MAX)
		objects[n_objects++] = (struct object){
			a->client, a->parent, a->object, a->class, fd, xsched_rm_device
		};
	n_groups_ever += a->class == RM_CLASS_GROUP || RM_CLASS_IS_CHANNEL(a->class);
	pthread_mutex_unlock(&lock);
}

/* Whatever is below it goes with it. */
static void saw_free(const struct rm_free *f)
{
	unsigned int i, n = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n_objects; i++)
		if (objects[i].client != f->client || (f->object != f->client &&
		    objects[i].handle != f->object && objects[i].parent != f->object))
			objects[n++] = objects[i];
	n_objects = n;
	pthread_mutex_unlock(&lock);
}

void xsched_rm_saw(int fd, unsigned long request, void *arg, int ret)
{
	struct rm_alloc *a = arg;

	if (ret < 0 || !arg)
		return;
	if (_IOC_NR(request) == RM_ESC_ALLOC && _IOC_SIZE(request) == sizeof(struct rm_alloc))
		saw_alloc(fd, a, a->status);
	else if (_IOC_NR(request) == RM_ESC_ALLOC &&
		 _IOC_SIZE(request) == sizeof(struct rm_alloc_short))
		saw_alloc(fd, a, ((struct rm_alloc_short *)arg)->status);
	else if (_IOC_NR(request) == RM_ESC_FREE && _IOC_SIZE(request) == sizeof(struct rm_free))
		saw_free(arg);
}

static int control(const struct object *o, uint32_t cmd, void *params, uint32_t size)
{
	struct rm_control c = {
		.client = o->client, .object = o->handle, .cmd = cmd,
		.params = (uint64_t)(uintptr_t)params, .params_size = size,
	};

	if (syscall(SYS_ioctl, o->fd, _IOWR(RM_IOCTL_TYPE, RM_ESC_CONTROL, struct rm_control), &c) < 0)
		return -errno;
	return c.status ? -EIO : 0;
}

/* ------------------------------------------------------------ which are meant */

static unsigned int channels_of(const struct object *group)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_objects; i++)
		n += RM_CLASS_IS_CHANNEL(objects[i].class) &&
		     objects[i].client == group->client && objects[i].parent == group->handle;
	return n;
}

/* Of a context's groups the one with the most channels computes, the others copy. */
static bool is_compute(const struct object *group, int dev)
{
	unsigned int i, n = channels_of(group);

	if (group->class != RM_CLASS_GROUP || !n ||
	    (dev >= 0 && group->dev >= 0 && group->dev != dev))
		return false;
	for (i = 0; i < n_objects; i++)
		if (objects[i].class == RM_CLASS_GROUP && objects[i].client == group->client &&
		    objects[i].parent == group->parent && channels_of(&objects[i]) > n)
			return false;
	return true;
}

static const struct object *subdevice_of(const struct object *group)
{
	unsigned int i;

	for (i = 0; i < n_objects; i++)
		if (objects[i].class == RM_CLASS_SUBDEVICE && objects[i].client == group->client &&
		    objects[i].parent == group->parent)
			return &objects[i];
	return NULL;
}

uint32_t xsched_rm_groups(void)
{
	return __atomic_load_n(&n_groups_ever, __ATOMIC_RELAXED);
}

int xsched_rm_set_timeslice(int dev, uint32_t us)
{
	struct rm_timeslice t = { .us = us };
	int ret = -ENOENT, err;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n_objects; i++) {
		if (!is_compute(&objects[i], dev))
			continue;
		err = control(&objects[i], RM_SET_TIMESLICE, &t, sizeof(t));
		ret = ret == -ENOENT || err ? err : ret;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static void add_channels(const struct object *group, struct rm_disable_channels *d)
{
	unsigned int i;

	for (i = 0; i < n_objects && d->n < RM_CHANNELS_MAX; i++) {
		if (!RM_CLASS_IS_CHANNEL(objects[i].class) ||
		    objects[i].client != group->client || objects[i].parent != group->handle)
			continue;
		d->clients[d->n] = objects[i].client;
		d->channels[d->n++] = objects[i].handle;
	}
}

int xsched_rm_disable(int dev, bool disable)
{
	struct rm_disable_channels d;
	const struct object *sub;
	int ret = -ENOENT, err;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n_objects; i++) {
		if (!is_compute(&objects[i], dev))
			continue;
		sub = subdevice_of(&objects[i]);
		if (!sub)
			continue;
		memset(&d, 0, sizeof(d));
		d.disable = disable;
		add_channels(&objects[i], &d);
		err = control(sub, RM_DISABLE_CHANNELS, &d, sizeof(d));
		ret = ret == -ENOENT || err ? err : ret;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

bool xsched_rm_ready(void)
{
	static _Atomic bool ready;
	int err;

	if (ready)
		return true;
	/* What the driver has by default: with it nothing changes. */
	err = xsched_rm_set_timeslice(-1, RM_TIMESLICE_DEFAULT_US);
	if (err && err != -ENOENT)
		reason = "it refuses to set a time slice";
	ready = !err;
	return ready;
}
