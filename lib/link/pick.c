// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which of the schedulers that serve more than one process takes this one: the
 * kernel's if the module is loaded, else the host's. Local ones are not picked but
 * asked for, see xsched_scheduler_link().
 */
#include "link.h"

#include <errno.h>

static const struct xsched_link_ops *const global[] = { &xsched_link_kernel, &xsched_link_host };

/**
 * xsched_link_pick - attach to the first scheduler that takes us
 * @l: link without a transport; has one on success
 *
 * Return: 0; -ENOENT if there is none; or why the first that there is refused.
 */
int xsched_link_pick(struct xsched_link *l)
{
	int ret, first = -ENOENT;
	unsigned int i;

	for (i = 0; i < sizeof(global) / sizeof(global[0]); i++) {
		ret = global[i]->open(l);
		if (!ret) {
			l->ops = global[i];
			return 0;
		}
		if (first == -ENOENT)
			first = ret;
	}
	return first;
}
