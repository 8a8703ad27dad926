// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The memory that a client shares with the scheduler: segments of sealed memory
 * files, and slots in them.
 *
 * A region grows by whole segments, so that no slot ever moves. Sealed against
 * shrinking, a segment can't be taken from under us. Holes can be punched into it,
 * which read as zeros; should memory run out just then, the access would raise
 * SIGBUS, and gets a page of our own instead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xschedd.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define SEALS		(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define STEP_MAX	256u	/* pages */

static size_t page_size;

/* All segments, so that a fault is known for what it is. */
static struct range {
	char *addr;
	size_t size;
} *ranges;
static size_t n_ranges, max_ranges;

static bool is_shared(const char *addr)
{
	size_t i;

	for (i = 0; i < n_ranges; i++)
		if (addr >= ranges[i].addr && addr < ranges[i].addr + ranges[i].size)
			return true;
	return false;
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	char *page = (char *)((uintptr_t)info->si_addr & ~(page_size - 1));

	(void)context;
	if (is_shared(page) && mmap(page, page_size, PROT_READ | PROT_WRITE,
				    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == page)
		return;
	signal(sig, SIG_DFL);
	raise(sig);
}

int xd_pages_init(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	page_size = (size_t)sysconf(_SC_PAGESIZE);
	return sigaction(SIGBUS, &sa, NULL) < 0 ? -errno : 0;
}

static int note_range(void *addr, size_t size)
{
	if (n_ranges == max_ranges) {
		size_t max = max_ranges ? 2 * max_ranges : 64;
		struct range *r = realloc(ranges, max * sizeof(*r));

		if (!r)
			return -ENOMEM;
		ranges = r;
		max_ranges = max;
	}
	ranges[n_ranges++] = (struct range){ addr, size };
	return 0;
}

static void forget_range(const void *addr)
{
	size_t i;

	for (i = 0; i < n_ranges && ranges[i].addr != addr; i++)
		;
	if (i < n_ranges)
		ranges[i] = ranges[--n_ranges];
}

static int make_memfd(size_t size)
{
	int fd, err;

	fd = memfd_create("xsched", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)	/* before 6.3 */
		fd = memfd_create("xsched", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int make_segment(struct xd_segment *s, size_t size)
{
	int err;

	s->size = size;
	s->fd = make_memfd(size);
	if (s->fd < 0)
		return s->fd;
	s->addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (s->addr == MAP_FAILED) {
		err = -errno;
		goto err_close;
	}
	err = note_range(s->addr, size);
	if (!err)
		return 0;
	munmap(s->addr, size);
err_close:
	close(s->fd);
	return err;
}

/* Two pages at first, one of them the header's; then twice as much each time. */
static int grow(struct xd_region *r)
{
	u32 pages = 2u << r->n_segments, slots;
	u32 *free_slots;
	int err;

	if (r->n_segments == XD_SEGMENTS_MAX)
		return -ENOSPC;
	if (r->n_segments > 16 || pages > STEP_MAX)
		pages = STEP_MAX;
	slots = (u32)(page_size / r->slot_size) * (r->n_segments ? pages : pages - 1);
	/* Room to give every slot back, so that giving back can't fail. */
	free_slots = realloc(r->free, (r->n_slots + slots) * sizeof(*free_slots));
	if (!free_slots)
		return -ENOMEM;
	r->free = free_slots;
	err = make_segment(&r->segments[r->n_segments], pages * page_size);
	if (err)
		return err;
	r->n_segments++;
	r->n_slots += slots;
	return 0;
}

int xd_region_init(struct xd_region *r, u32 slot_size)
{
	memset(r, 0, sizeof(*r));
	r->slot_size = slot_size;
	return grow(r);
}

void xd_region_fini(struct xd_region *r)
{
	u32 i;

	for (i = 0; i < r->n_segments; i++) {
		forget_range(r->segments[i].addr);
		munmap(r->segments[i].addr, r->segments[i].size);
		if (r->segments[i].fd >= 0)
			close(r->segments[i].fd);
	}
	free(r->free);
	memset(r, 0, sizeof(*r));
}

void *xd_region_header(struct xd_region *r)
{
	return r->segments[0].addr;
}

u64 xd_region_offset(const struct xd_region *r, int index)
{
	return page_size + (u64)index * r->slot_size;
}

static void *address_of(const struct xd_region *r, u64 offset)
{
	const struct xd_segment *s = r->segments;

	for (; offset >= s->size; s++)
		offset -= s->size;
	return (char *)s->addr + offset;
}

/**
 * xd_region_get - take a slot
 * @r: region
 * @slot: set to its address; zeroed
 *
 * Return: its index, -ENOMEM, -EMFILE, or -ENOSPC if the region is full.
 */
int xd_region_get(struct xd_region *r, void **slot)
{
	int index, err;

	if (!r->n_free && r->n_used == r->n_slots) {
		err = grow(r);
		if (err)
			return err;
	}
	index = (int)(r->n_free ? r->free[--r->n_free] : r->n_used++);
	*slot = address_of(r, xd_region_offset(r, index));
	memset(*slot, 0, r->slot_size);
	return index;
}

void xd_region_put(struct xd_region *r, int index)
{
	r->free[r->n_free++] = (u32)index;
}

int xd_region_pending(struct xd_region *r)
{
	return r->n_segments ? r->segments[r->n_segments - 1].fd : -1;
}

void xd_region_sent(struct xd_region *r)
{
	struct xd_segment *s = &r->segments[r->n_segments - 1];

	close(s->fd);
	s->fd = -1;
}
