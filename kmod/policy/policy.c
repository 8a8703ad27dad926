// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The list of built-in policies, and what any policy's table must have.
 */
#include "policy.h"

const struct xsched_policy *const xsched_policies[] = {
	&xsched_policy_hpf,
	&xsched_policy_hhpf,
	&xsched_policy_chpf,
	&xsched_policy_up,
	&xsched_policy_pup,
	&xsched_policy_fair,
	&xsched_policy_mlfq,
	&xsched_policy_edf,
	&xsched_policy_kedf,
	&xsched_policy_laxity,
	&xsched_policy_srtf,
	&xsched_policy_awf,
	&xsched_policy_none,
	NULL,
};

const struct xsched_policy *const xsched_policy_default = &xsched_policy_hpf;

const struct xsched_policy *xsched_policy_find(const char *name)
{
	u32 i;

	for (i = 0; xsched_policies[i]; i++)
		if (!strcmp(xsched_policies[i]->name, name))
			return xsched_policies[i];
	return NULL;
}

/* Names are words in sysfs files and on command lines. */
static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

int xsched_policy_check(const struct xsched_policy *p)
{
	size_t n;

	if (!p || !p->name || (!p->decide && !p->open))
		return -EINVAL;
	for (n = 0; p->name[n]; n++)
		if (n + 1 >= XSCHED_POLICY_NAME_LEN || !is_name_char(p->name[n]))
			return -EINVAL;
	return n ? 0 : -EINVAL;
}
