/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Slots of the scheduler inside of a process.
 */
#ifndef XSCHED_LINK_REGION_H
#define XSCHED_LINK_REGION_H

#include <stddef.h>
#include <stdint.h>

#define REGION_PAGES	2048

struct region {
	size_t slot_size;
	void *pages[REGION_PAGES];
	unsigned int slots;		/* given out so far */
	unsigned int *free;		/* of those, given back */
	unsigned int n_free, max_free;
};

#define REGION(type)	{ .slot_size = sizeof(type) }

/* A page, made when first asked for; NULL if it can't be. */
void *region_page(struct region *r, uint64_t n);
/* A zeroed slot: 0, or -ENOMEM. */
int region_get(struct region *r, unsigned int *slot, void **address);
void region_put(struct region *r, unsigned int slot);
uint64_t region_offset(const struct region *r, unsigned int slot);
/* Starts anew; the pages stay mapped for whoever still looks at them. */
void region_forget(struct region *r);

#endif
