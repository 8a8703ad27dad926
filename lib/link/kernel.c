// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The transport to the kernel module: ioctls on /dev/xsched.
 */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE	"/dev/xsched"
/* High, so that programs which assume that 3 is free, or close a low range, don't meet it. */
#define FD_FLOOR 512

static int call(struct xsched_link *l, unsigned long cmd, void *arg)
{
	return ioctl(l->fd, cmd, arg) < 0 ? -errno : 0;
}

static int move_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FLOOR);

	if (high < 0)
		return fd;	/* a low RLIMIT_NOFILE: stay where we are */
	close(fd);
	return high;
}

/* Best effort: without it, or under an older kernel, the process is a gang by itself. */
static void join_gang(struct xsched_link *l)
{
	struct xsched_gang_join a = { .size = sizeof(a) };
	const char *name = getenv("XSCHED_GANG");

	if (!name || !*name || strlen(name) >= sizeof(a.name))
		return;
	memcpy(a.name, name, strlen(name));
	call(l, XSCHED_GANG, &a);
}

static int kernel_open(struct xsched_link *l)
{
	struct xsched_attach a = { .size = sizeof(a) };
	struct stat st;
	int ret, fd;

	fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENXIO || errno == ENODEV ? -ENOENT : -errno;
	/*
	 * Closing any descriptor of the file ends the client, so the move comes
	 * before attaching.
	 */
	l->fd = move_high(fd);
	ret = fstat(l->fd, &st) < 0 ? -errno : call(l, XSCHED_ATTACH, &a);
	if (ret) {
		close(l->fd);
		l->fd = -1;
		return ret;
	}
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->client_id = a.client_id;
	l->control_offset = a.control_offset;
	l->status_offset = a.status_offset;
	join_gang(l);
	return 0;
}

/* The program may have closed our descriptor and put a file of its own there. */
static void kernel_close(struct xsched_link *l)
{
	struct stat st;

	if (l->fd >= 0 && fstat(l->fd, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		close(l->fd);
	l->fd = -1;
}

static int kernel_entity_create(struct xsched_link *l, struct xsched_entity_create *a)
{
	a->size = sizeof(*a);
	return call(l, XSCHED_ENTITY_CREATE, a);
}

static int kernel_queue_create(struct xsched_link *l, struct xsched_queue_create *a)
{
	a->size = sizeof(*a);
	return call(l, XSCHED_QUEUE_CREATE, a);
}

static int destroy(struct xsched_link *l, unsigned long cmd, uint32_t id)
{
	struct xsched_destroy a = { .size = sizeof(a), .id = id };

	return call(l, cmd, &a);
}

static int kernel_entity_destroy(struct xsched_link *l, uint32_t id)
{
	return destroy(l, XSCHED_ENTITY_DESTROY, id);
}

static int kernel_queue_destroy(struct xsched_link *l, uint32_t id)
{
	return destroy(l, XSCHED_QUEUE_DESTROY, id);
}

static int kernel_hint_set(struct xsched_link *l, uint32_t entity, uint32_t kind, int64_t value)
{
	struct xsched_hint a = {
		.size = sizeof(a), .entity_id = entity, .kind = kind, .value = value,
	};

	return call(l, XSCHED_HINT_SET, &a);
}

static int kernel_kick(struct xsched_link *l, uint32_t entity)
{
	return ioctl(l->fd, XSCHED_KICK, (unsigned long)entity) < 0 ? -errno : 0;
}

static int kernel_wait(struct xsched_link *l, uint32_t entity, uint32_t *epoch,
		       uint64_t deadline_ns)
{
	struct xsched_wait a = {
		.size = sizeof(a), .entity_id = entity, .epoch = *epoch,
		.deadline_ns = deadline_ns,
	};
	int ret = call(l, XSCHED_WAIT, &a);

	if (!ret)
		*epoch = a.epoch;
	return ret;
}

static void *kernel_map(struct xsched_link *l, uint64_t page_offset, int writable)
{
	void *p = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE),
		       PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, l->fd,
		       (off_t)page_offset);

	return p == MAP_FAILED ? NULL : p;
}

const struct xsched_link_ops xsched_link_kernel = {
	.name = "kernel",
	.open = kernel_open,
	.close = kernel_close,
	.entity_create = kernel_entity_create,
	.entity_destroy = kernel_entity_destroy,
	.queue_create = kernel_queue_create,
	.queue_destroy = kernel_queue_destroy,
	.hint_set = kernel_hint_set,
	.kick = kernel_kick,
	.wait = kernel_wait,
	.map = kernel_map,
};
