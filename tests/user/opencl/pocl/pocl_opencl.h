/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The OpenCL headers with everything that PoCL's test programs call.
 */
#ifndef XSCHED_TEST_POCL_OPENCL_H
#define XSCHED_TEST_POCL_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_0_APIS
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#define CL_USE_DEPRECATED_OPENCL_2_0_APIS
#define CL_USE_DEPRECATED_OPENCL_2_1_APIS
#define CL_USE_DEPRECATED_OPENCL_2_2_APIS
#include <CL/opencl.h>

#endif
