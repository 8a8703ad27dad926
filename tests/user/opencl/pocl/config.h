/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What PoCL's own build would have told its test programs.
 */
#ifndef XSCHED_TEST_POCL_CONFIG_H
#define XSCHED_TEST_POCL_CONFIG_H

#define SRCDIR		"/usr/share/pocl-tests"
#define BUILDDIR	"/tmp/xsched-pocl-tests"	/* written to by the tests */

#endif
