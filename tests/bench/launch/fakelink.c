// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A fake of /dev/xsched inside the process, to be preloaded where no module can be:
 * plain shared memory for its pages, every gate open for good, nobody to notify.
 *
 * It schedules nothing. It answers so that the runtime takes the path that it takes
 * when it is alone, and counts the calls: FAKELINK_OUT names a file for that.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/xsched.h>

#define EXPORT __attribute__((visibility("default")))

/* Page 0 of each region at its start; slots of 64 and 128 bytes from the next page on. */
#define CONTROL		0x000000u
#define STATUS		0x100000u
#define REGION		0x100000u
#define PAGE		0x10000u	/* the largest page size there is */
#define BUDGET_US	2000		/* as the module has it for somebody who is alone */

static ino_t ours;
static uint32_t n_entities, n_queues;
static unsigned int n_calls, n_waits;
static char *pages;

static int make_fake(int flags)
{
	struct xsched_control_header *h;
	struct stat st;
	int fd;

	fd = memfd_create("fake xsched", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
	if (fd < 0 || ftruncate(fd, 2 * REGION) < 0 || fstat(fd, &st) < 0)
		return -1;
	ours = st.st_ino;
	pages = mmap(NULL, 2 * REGION, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return -1;
	h = (void *)(pages + CONTROL);
	h->magic = XSCHED_CONTROL_MAGIC;
	h->abi = XSCHED_ABI_VERSION;
	return fd;
}

static bool is_fake(int fd)
{
	struct stat st;

	return ours && fstat(fd, &st) == 0 && st.st_ino == ours;
}

static int new_entity(struct xsched_entity_create *a)
{
	struct xsched_control_slot *s;

	a->entity_id = ++n_entities;
	a->device_id = 1;
	a->control_offset = CONTROL + PAGE + sizeof(*s) * a->entity_id;
	s = (void *)(pages + a->control_offset);
	memset(s, 0, sizeof(*s));
	s->budget_us = BUDGET_US;
	return 0;
}

static int new_queue(struct xsched_queue_create *a)
{
	a->queue_id = ++n_queues;
	a->status_offset = STATUS + PAGE + sizeof(struct xsched_status_slot) * a->queue_id;
	return 0;
}

/* Nothing ever happens. */
_Noreturn static void wait_for_nothing(void)
{
	__atomic_fetch_add(&n_waits, 1, __ATOMIC_RELAXED);
	for (;;)
		pause();
}

static int answer(unsigned long cmd, void *arg)
{
	__atomic_fetch_add(&n_calls, 1, __ATOMIC_RELAXED);
	switch (cmd) {
	case XSCHED_ATTACH:
		((struct xsched_attach *)arg)->client_id = 1;
		((struct xsched_attach *)arg)->control_offset = CONTROL;
		((struct xsched_attach *)arg)->status_offset = STATUS;
		return 0;
	case XSCHED_ENTITY_CREATE:
		return new_entity(arg);
	case XSCHED_QUEUE_CREATE:
		return new_queue(arg);
	case XSCHED_WAIT:
		wait_for_nothing();
	default:
		return 0;
	}
}

static void tell(void)
{
	const char *path = getenv("FAKELINK_OUT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "%u calls, %u of them waits of the agent\n", n_calls, n_waits);
	fclose(f);
}

static int open_by(const char *name, const char *path, int flags, mode_t mode)
{
	int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);

	if (strcmp(path, "/dev/xsched"))
		return next(path, flags, mode);
	atexit(tell);
	return make_fake(flags);
}

EXPORT int open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open_by("open", path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open_by("open64", path, flags, mode);
}

EXPORT int ioctl(int fd, unsigned long cmd, ...)
{
	int (*next)(int, unsigned long, ...);
	void *arg;
	va_list ap;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (_IOC_TYPE(cmd) == XSCHED_IOC_TYPE && is_fake(fd))
		return answer(cmd, arg);
	next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	return next(fd, cmd, arg);
}
