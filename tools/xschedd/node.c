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

/* So many may hang at a time; the others wait for one that doesn't. */
#define CLOSERS_MAX		32

/* Past this many that aren't closed yet the kernel drops what a user sends. */
#define CLOSING_PER_USER_MAX	8

/* A descriptor that waits to be closed, or has been. */
struct closing {
	struct closing *next;
	struct xd_user *user;
	int fd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct closing *waiting, *closed;	/* under the lock */
static u32 closers;				/* under the lock */

static struct closing *next_after(struct closing *done)
{
	struct closing *c;

	pthread_mutex_lock(&lock);
	if (done) {
		done->next = closed;
		closed = done;
	}
	c = waiting;
	if (c)
		waiting = c->next;
	else
		closers--;
	pthread_mutex_unlock(&lock);
	return c;
}

static void *close_them(void *arg)
{
	struct closing *c = NULL;

	(void)arg;
	while ((c = next_after(c)))
		close(c->fd);
	return NULL;
}

static bool want_closer(struct closing *c)
{
	bool want;

	pthread_mutex_lock(&lock);
	c->next = waiting;
	waiting = c;
	want = closers < CLOSERS_MAX;
	closers += want;
	pthread_mutex_unlock(&lock);
	return want;
}

/* Without a thread or memory for it the descriptor stays open till there is one, or for good. */
static void start_closer(struct xd_user *user, int fd)
{
	struct closing *c = malloc(sizeof(*c));
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;

	if (!c)
		return;
	*c = (struct closing){ .user = user, .fd = fd };
	user->refs++;
	user->closing++;
	if (!want_closer(c))
		return;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, &attr, close_them, NULL)) {
		pthread_mutex_lock(&lock);
		closers--;
		pthread_mutex_unlock(&lock);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

/**
 * xd_node_welcome - may a user send a descriptor?
 * @user: whose
 *
 * Return: false while too many of his take long to close.
 */
bool xd_node_welcome(const struct xd_user *user)
{
	struct closing *c, *next;

	pthread_mutex_lock(&lock);
	c = closed;
	closed = NULL;
	pthread_mutex_unlock(&lock);
	for (; c; c = next) {
		next = c->next;
		c->user->closing--;
		xd_user_put(c->user);
		free(c);
	}
	return user->closing < CLOSING_PER_USER_MAX;
}

static int look(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, st) < 0 ? -errno : 0;
}

static bool is_device(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) || S_ISBLK(st->stx_mode);
}

/**
 * xd_node_close - close what a process has sent
 * @user: whose it is
 * @fd: descriptor of anything, or -1
 */
void xd_node_close(struct xd_user *user, int fd)
{
	struct statx st;

	if (fd < 0)
		return;
	if (!look(fd, &st) && is_device(&st))
		close(fd);
	else
		start_closer(user, fd);
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
