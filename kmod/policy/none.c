// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * none: everybody runs, as without a scheduler; what every domain falls back to.
 */
#include "policy.h"

const struct xsched_policy xsched_policy_none = {
	.name = "none",
	.open = true,
};
