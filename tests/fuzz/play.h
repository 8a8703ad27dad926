/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Plays a tape of decisions by chance (or by a fuzzer) against the core under one
 * policy, on a simulated device, and says what was found wrong.
 */
#ifndef XSCHED_FUZZ_PLAY_H
#define XSCHED_FUZZ_PLAY_H

#include "../kunit/sim.h"

struct tape {
	u64 seed;		/* of numbers at random, if there are no bytes */
	const uint8_t *bytes;
	size_t n;
};

/* 0..sides-1 */
u32 tape_roll(struct tape *t, u32 sides);
bool tape_ended(const struct tape *t);

struct played {
	const char *fault;	/* NULL if nothing was wrong */
	u64 events;		/* calls of the core */
	u64 hash;		/* of every gate that changed, and when */
};

/* Until so many events, or the tape ends. Policies may change on the way if switches. */
struct played play(const struct xsched_policy *p, struct tape *tape, u64 events, bool switches);

/* Properties of particular policies; NULL, or what is wrong. */
const char *property_shares(const struct xsched_policy *p);
const char *property_edf(u64 seed, u32 sets, u32 *feasible);

#endif /* XSCHED_FUZZ_PLAY_H */
