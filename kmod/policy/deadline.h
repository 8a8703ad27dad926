/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Policies that run the first k entities by deadline: what edf and kedf have in
 * common.
 */
#ifndef XSCHED_DEADLINE_H
#define XSCHED_DEADLINE_H

#include "slice.h"

int xsched_deadline_start(struct xsched_domain *d, u64 now_ns);
void xsched_deadline_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
void xsched_deadline_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
void xsched_deadline_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old,
			  u64 now_ns);
int xsched_deadline_decide(struct xsched_domain *d, u32 k, u64 now_ns, u64 *next_ns);

void xsched_deadline_why(const struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns,
			 char *words, size_t size);

/* Who has the earliest deadline, or NULL if nobody has work. */
struct xsched_entity *xsched_deadline_first(const struct xsched_domain *d);

#endif /* XSCHED_DEADLINE_H */
