// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process asks for, as far as that is right or wrong by itself: the same for all
 * who take requests.
 */
#include "core.h"

int xsched_check_entity(const struct xsched_entity_create *arg)
{
	size_t i, len = strnlen(arg->name, sizeof(arg->name));

	if (arg->flags & ~XSCHED_ENTITY_F_ALL || arg->__reserved)
		return -EINVAL;
	if (arg->dev_class < XSCHED_CLASS_CPU || arg->dev_class > XSCHED_CLASS_MCA)
		return -EINVAL;
	if (arg->node_fd < -1 || xsched_hint_check(XSCHED_HINT_PRIORITY, arg->priority))
		return -EINVAL;
	if (len == sizeof(arg->name))
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (arg->name[i] < ' ' || arg->name[i] > '~')
			return -EINVAL;
	return 0;
}

int xsched_check_queue(const struct xsched_queue_create *arg)
{
	if (arg->flags & ~XSCHED_QUEUE_F_ALL)
		return -EINVAL;
	if (arg->platform < XSCHED_PLATFORM_VPI || arg->platform > XSCHED_PLATFORM_GENERIC)
		return -EINVAL;
	if (arg->level < XSCHED_LEVEL_BLOCK || arg->level > XSCHED_LEVEL_INTERRUPT)
		return -EINVAL;
	return 0;
}
