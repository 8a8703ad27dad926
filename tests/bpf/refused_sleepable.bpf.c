// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a program that may sleep.
 */
#include "xsched.bpf.h"

#undef XSCHED_SECTION
#define XSCHED_SECTION(name)	__attribute__((section("struct_ops.s/decide"), used))
XSCHED_DECIDE(decide, d, now_ns)
{
	return 0;
}
#undef XSCHED_SECTION
#define XSCHED_SECTION(name)	__attribute__((section(name), used))

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
