// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Slots of one size in pages of this process, at offsets as the ABI has them: page 0
 * is a header, and what has been given out stays where it is.
 */
#define _GNU_SOURCE
#include "region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *region_page(struct region *r, uint64_t n)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p;

	if (n >= REGION_PAGES)
		return NULL;
	if (r->pages[n])
		return r->pages[n];
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	r->pages[n] = p;
	return p;
}

uint64_t region_offset(const struct region *r, unsigned int slot)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE), per_page = size / r->slot_size;

	return (1 + slot / per_page) * size + slot % per_page * r->slot_size;
}

static void *slot_address(struct region *r, unsigned int slot)
{
	uint64_t offset = region_offset(r, slot), size = (uint64_t)sysconf(_SC_PAGESIZE);
	char *p = region_page(r, offset / size);

	return p ? p + offset % size : NULL;
}

int region_get(struct region *r, unsigned int *slot, void **address)
{
	*slot = r->n_free ? r->free[r->n_free - 1] : r->slots;
	*address = slot_address(r, *slot);
	if (!*address)
		return -ENOMEM;
	memset(*address, 0, r->slot_size);
	if (r->n_free)
		r->n_free--;
	else
		r->slots++;
	return 0;
}

void region_put(struct region *r, unsigned int slot)
{
	unsigned int max = r->max_free ? 2 * r->max_free : 64, *bigger;

	if (r->n_free == r->max_free) {
		bigger = realloc(r->free, max * sizeof(*bigger));
		if (!bigger)
			return;		/* this slot is not used again */
		r->free = bigger;
		r->max_free = max;
	}
	r->free[r->n_free++] = slot;
}

void region_forget(struct region *r)
{
	memset(r->pages, 0, sizeof(r->pages));
	r->slots = r->n_free = 0;
}
