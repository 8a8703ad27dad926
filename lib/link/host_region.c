// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The memory that the host scheduler shares with us: segments, one behind another.
 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Only what can't be taken away again is mapped. */
static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && seals & F_SEAL_SHRINK;
}

/* Maps a segment behind those that the region has; closes its descriptor. */
int xsched_host_region_add(struct xsched_host_region *r, int fd)
{
	struct xsched_host_segment *s = &r->segments[r->n];
	struct stat st;
	int ret = -EPROTO;

	if (r->n == XSCHED_HOST_SEGMENTS || fstat(fd, &st) < 0 || st.st_size <= 0 || !is_sealed(fd))
		goto out;
	ret = -ENOMEM;
	s->addr = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->addr == MAP_FAILED)
		goto out;
	/* A child must not take these for its own; it runs on unscheduled. */
	madvise(s->addr, (size_t)st.st_size, MADV_DONTFORK);
	madvise(s->addr, (size_t)st.st_size, MADV_DONTDUMP);
	s->offset = r->size;
	s->size = (uint64_t)st.st_size;
	r->size += s->size;
	__atomic_store_n(&r->n, r->n + 1, __ATOMIC_RELEASE);
	ret = 0;
out:
	close(fd);
	return ret;
}

void *xsched_host_region_at(struct xsched_host_region *r, uint64_t offset)
{
	unsigned int i, n = __atomic_load_n(&r->n, __ATOMIC_ACQUIRE);

	offset -= r->base;
	for (i = 0; i < n; i++)
		if (offset - r->segments[i].offset < r->segments[i].size)
			return r->segments[i].addr + (offset - r->segments[i].offset);
	return NULL;
}

/* The segment that came with a reply, if one came. */
int xsched_host_region_take(struct xsched_host_region *r, struct xsched_exchange *x)
{
	unsigned int i;
	int ret = x->n_fds ? xsched_host_region_add(r, x->fds[0]) : 0;

	for (i = 1; i < x->n_fds; i++)
		close(x->fds[i]);
	return ret;
}

void xsched_host_region_unmap(struct xsched_host_region *r)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		munmap(r->segments[i].addr, r->segments[i].size);
}

/* Nobody else writes these words any more, or what it writes is no longer looked at. */
void xsched_host_region_open(struct xsched_host_region *r)
{
	struct xsched_control_slot *slot;
	unsigned int i;
	char *end;

	for (i = 0; i < r->n; i++) {
		end = r->segments[i].addr + r->segments[i].size;
		slot = (void *)r->segments[i].addr;
		if (!i)		/* the header */
			slot = (void *)(r->segments[0].addr + sysconf(_SC_PAGESIZE));
		for (; (char *)slot < end; slot++) {
			__atomic_store_n(&slot->notify, 0, __ATOMIC_RELAXED);
			__atomic_store_n(&slot->gate, XSCHED_GATE_OPEN, __ATOMIC_RELEASE);
			__atomic_fetch_add(&slot->epoch, 1, __ATOMIC_SEQ_CST);
			if (__atomic_load_n(xsched_wire_waiters(slot), __ATOMIC_RELAXED))
				syscall(SYS_futex, &slot->epoch, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
		}
	}
}
