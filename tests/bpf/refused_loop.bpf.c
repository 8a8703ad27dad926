// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a loop of which the verifier walks through one round only.
 */
#include "xsched.bpf.h"

struct bpf_iter_num { u64 opaque; } __attribute__((aligned(8)));

XSCHED_KFUNC int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end);
XSCHED_KFUNC int *bpf_iter_num_next(struct bpf_iter_num *it);
XSCHED_KFUNC void bpf_iter_num_destroy(struct bpf_iter_num *it);

XSCHED_DECIDE(decide, d, now_ns)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 1 << 30);
	while (bpf_iter_num_next(&it))
		;
	bpf_iter_num_destroy(&it);
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
