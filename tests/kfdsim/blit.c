// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * AMD's runtime copies within the device, code objects above all, by kernels of its
 * own. Kernels aren't executed here, but those say in their arguments what they copy:
 * start and end of four phases (aligned) or two (not), each with source and destination.
 */
#include "kfdsim.h"

/* Pairs (source, destination) that all lie equally far apart and don't go back. */
static bool is_copy(const u64 *a, unsigned int pairs)
{
	unsigned int i;

	for (i = 1; i < pairs; i++)
		if (a[2 * i] < a[2 * i - 2] || a[2 * i] - a[0] != a[2 * i + 1] - a[1])
			return false;
	return a[0] && a[1] && a[2 * pairs - 2] > a[0];
}

/* True if it was one; *bytes says how much, 0 if it failed. */
bool sim_blit(struct sim_queue *q, u64 kernarg, u64 *bytes)
{
	u64 a[10], n;

	if (sim_read(q->p, kernarg, a, sizeof(a)))
		return false;
	if (is_copy(a, 5))
		n = a[8] - a[0];
	else if (is_copy(a, 3))
		n = a[4] - a[0];
	else
		return false;
	*bytes = sim_copy(q->p, a[1], a[0], n) ? 0 : n;
	return true;
}
