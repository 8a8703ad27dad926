// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An entity's standing: what its hints come to among others.
 */
#include "internal.h"

s32 xsched_entity_standing(const struct xsched_entity *e, s32 claim)
{
	return e->seat && e->seat->ceiling < claim ? e->seat->ceiling : claim;
}

s32 xsched_entity_priority(const struct xsched_entity *e)
{
	s32 claim = (s32)e->hint[XSCHED_HINT_PRIORITY];

	return xsched_entity_standing(e, claim < e->inherited ? e->inherited : claim);
}

/**
 * xsched_entity_rank - a priority among all others of the domain
 * @e: entity
 * @claim: its priority by itself
 * @r: set to it
 *
 * Inside of a tenant priorities are free: what its ceiling makes equal to the rest
 * of the world is still told apart there.
 */
void xsched_entity_rank(struct xsched_entity *e, s32 claim, struct xsched_rank *r)
{
	struct xsched_seat *s;

	e->claim = claim;
	xsched_depend_tell(e);
	if (claim < e->inherited)
		claim = e->inherited;
	*r = (struct xsched_rank){
		.level = xsched_entity_standing(e, claim),
		.within = claim,
	};
	for (s = e->seat; s; s = s->parent)
		if (s->own_ceiling == r->level)
			r->group = s;
	if (!r->group)
		return;
	for (s = e->seat; s != r->group; s = s->parent)
		if (s->own_ceiling < r->within)
			r->within = s->own_ceiling;
}

/**
 * xsched_entity_weight - how much an entity's time counts in its tenant's
 * @e: entity
 *
 * A step of 10 in priority is about a factor of 1.25, as a step of 1 in nice is.
 *
 * Return: 1024 at priority 0; at least 1.
 */
u32 xsched_entity_weight(const struct xsched_entity *e)
{
	s32 steps = (s32)e->hint[XSCHED_HINT_PRIORITY] / 10, i;
	u64 w = 1024;

	for (i = 0; i < steps; i++)
		w = w * 5 / 4;
	for (i = 0; i > steps; i--)
		w = w * 4 / 5;
	return w ? (u32)w : 1;
}

s32 xsched_cpu_priority(s32 nice, u32 rtprio)
{
	return rtprio ? 100 + (s32)rtprio : -nice;
}
