/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Gangs: entities on several devices that are held and released together; and who of
 * them waits for whom.
 *
 * A gang is the entities of a process, or of several that joined it by name. Its
 * members' domains share nothing but the gang's lock, a leaf, and only while
 * something about it changes. What that means for an entity of another
 * domain goes there by mail: see mail.c.
 */
#ifndef XSCHED_GANG_H
#define XSCHED_GANG_H

#include "core.h"

/* Members on further devices run as if they were of no gang. */
#define XSCHED_GANG_PARTS	16

/* A gang's members in one domain. */
struct xsched_gang_part {
	struct xsched_domain *domain;	/* NULL: not in use */
	u32 n, n_busy, n_willing;
};

struct xsched_gang {
	xsched_leaf_t lock;		/* all of it, and what entities have for it */
	struct xsched_list members;
	struct xsched_list willing;
	u32 n_parts;
	u32 n_wanting;			/* parts with work, */
	u32 n_agreed;			/* and of these, those with somebody willing */
	bool agreed;			/* written under lock; READ_ONCE elsewhere */
	u64 stamp;			/* of the last search through dependencies */
	struct xsched_gang_part parts[XSCHED_GANG_PARTS];
};

void xsched_gang_init(struct xsched_gang *g);

/* @waiter's work waits for some of @on's. Memory is the caller's, as long as it is linked. */
struct xsched_dependency {
	struct xsched_entity *waiter, *on;	/* NULL: one of them is gone; can be freed */
	struct xsched_list in_waiter, in_on;
};

/*
 * With the lock of the waiter's domain held. Both are in a domain and of one gang. 0, or -ELOOP
 * if @on waits for @waiter already, along any chain, or is it.
 */
int xsched_depend(struct xsched_dependency *dep, struct xsched_entity *waiter,
		  struct xsched_entity *on, u64 now_ns);
/* The same lock. Unlinks; harmless if it is unlinked. */
void xsched_undepend(struct xsched_dependency *dep, struct xsched_entity *waiter, u64 now_ns);

#endif /* XSCHED_GANG_H */
