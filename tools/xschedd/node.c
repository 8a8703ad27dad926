// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What identifies a device: its node, of which the process sends a descriptor.
 *
 * The descriptor may be anything, and whoever serves it may be the sender: so it
 * is only asked what is known without asking further (a file on FUSE could keep
 * fstat() waiting for ever), and what isn't a device is closed by a thread of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xschedd.h"

/* So many may hang at a time; what comes on top stays open. */
#define CLOSERS_MAX	32

static u32 closers;

static void *close_it(void *arg)
{
	close((int)(intptr_t)arg);
	__atomic_fetch_sub(&closers, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void start_closer(int fd)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;

	if (__atomic_load_n(&closers, __ATOMIC_ACQUIRE) >= CLOSERS_MAX)
		return;
	__atomic_fetch_add(&closers, 1, __ATOMIC_RELAXED);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, &attr, close_it, (void *)(intptr_t)fd))
		__atomic_fetch_sub(&closers, 1, __ATOMIC_RELAXED);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

static int look(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, st) < 0 ? -errno : 0;
}

static bool is_device(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) || S_ISBLK(st->stx_mode);
}

void xd_node_close(int fd)
{
	struct statx st;

	if (fd < 0)
		return;
	if (!look(fd, &st) && is_device(&st))
		close(fd);
	else
		start_closer(fd);
}

/* All nodes of a PCI function (card0, renderD128) are one device. */
static bool find_pci_owner(const struct statx *st, char *key)
{
	char path[96], link[PATH_MAX], *name;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/subsystem", st->stx_rdev_major,
		 st->stx_rdev_minor);
	if (!realpath(path, link) || strcmp(link, "/sys/bus/pci"))
		return false;
	*strrchr(path, '/') = '\0';
	if (!realpath(path, link))
		return false;
	name = strrchr(link, '/');
	return name && snprintf(key, XD_KEY_LEN, "pci:%s", name + 1) < XD_KEY_LEN;
}

/**
 * xd_node_key - identify a device
 * @fd: open descriptor of its node; stays open
 * @key: XD_KEY_LEN bytes, out
 *
 * Return: 0, -EBADF, or -EOPNOTSUPP if it is no device.
 */
int xd_node_key(int fd, char *key)
{
	int flags = fcntl(fd, F_GETFL);
	struct statx st;

	/* A path that may not be opened proves nothing. */
	if (flags < 0 || flags & O_PATH || look(fd, &st))
		return -EBADF;
	if (!is_device(&st))
		return -EOPNOTSUPP;
	if (!S_ISCHR(st.stx_mode) || !find_pci_owner(&st, key))
		snprintf(key, XD_KEY_LEN, "%s:%u:%u", S_ISCHR(st.stx_mode) ? "char" : "block",
			 st.stx_rdev_major, st.stx_rdev_minor);
	return 0;
}
