// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The KUnit module: all suites of the core and its policies.
 */
#include <linux/module.h>

#include "harness.h"
#include "suites.h"

#define DECLARE(var)	XT_EXTERN(var);
XT_SUITES(DECLARE)

#define ADDRESS(var)	&var,
kunit_test_suites(XT_SUITES(ADDRESS));

MODULE_DESCRIPTION("KUnit tests of the accelerator scheduler's core and policies");
MODULE_LICENSE("Dual MIT/GPL");
