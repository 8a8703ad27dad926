/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Code that keeps known values in all vector registers, for a test that stops it there.
 */
#ifndef XSCHED_TEST_HOLD_H
#define XSCHED_TEST_HOLD_H

#include <stdint.h>

struct hold_registers {
	uint8_t vector[32][64];
	uint64_t mask[8];
} __attribute__((aligned(64)));

struct hold {
	struct hold_registers in, out;
	uint64_t rounds;	/* moves while it runs */
	uint32_t over;
	uint32_t bytes;		/* of a vector register: 16, 32 or 64 */
};

typedef void hold_fn(struct hold *h);

#endif
