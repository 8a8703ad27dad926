// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An entity's standing: what its hints come to among others.
 */
#include "internal.h"

s32 xsched_entity_standing(const struct xsched_entity *e __maybe_unused, s32 claim)
{
	return claim;
}

s32 xsched_entity_priority(const struct xsched_entity *e)
{
	return xsched_entity_standing(e, (s32)e->hint[XSCHED_HINT_PRIORITY]);
}

/**
 * xsched_entity_weight - how much an entity's time counts in shares
 * @e: entity
 *
 * A step of 10 in priority is about a factor of 1.25, as a step of 1 in nice is.
 *
 * Return: 1024 at priority 0; at least 1.
 */
u32 xsched_entity_weight(const struct xsched_entity *e)
{
	s32 steps = xsched_entity_priority(e) / 10, i;
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
