// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The libFuzzer target: the first byte chooses the policy and whether others follow, the
 * rest is the tape.
 */
#include <stdlib.h>

#include "play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tape tape = { .bytes = data + 1, .n = size - 1 };
	struct played one;
	u32 n = 0;

	if (size < 2)
		return 0;
	while (xsched_policies[n])
		n++;
	one = play(xsched_policies[data[0] % 128 % n], &tape, ~0ULL, data[0] >= 128);
	if (one.fault) {
		fprintf(stderr, "%s\n", one.fault);
		abort();
	}
	return 0;
}

void *xt_alloc_big(struct xt *t __maybe_unused, size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}
