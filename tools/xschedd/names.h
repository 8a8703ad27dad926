/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Names of the ABI's numbers, as the kernel module spells them.
 */
#ifndef XSCHEDD_NAMES_H
#define XSCHEDD_NAMES_H

#include <linux/xsched.h>

/* Of a valid class. */
static inline const char *xd_class_name(__u32 dev_class)
{
	static const char *const names[] = {
		[XSCHED_CLASS_CPU]	= "cpu",
		[XSCHED_CLASS_GPU]	= "gpu",
		[XSCHED_CLASS_NPU]	= "npu",
		[XSCHED_CLASS_FPGA]	= "fpga",
		[XSCHED_CLASS_ASIC]	= "asic",
		[XSCHED_CLASS_MCA]	= "mca",
	};

	return names[dev_class];
}

#endif
