/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the wrappers and the two ways into them share.
 */
#ifndef XSCHED_SHIM_OPENCL_WRAP_H
#define XSCHED_SHIM_OPENCL_WRAP_H

#include "shim.h"
#include "calls.h"

#define REAL(f) (xsched_opencl_real->f)

#endif
