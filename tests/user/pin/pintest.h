/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the test module /dev/xsched-pintest does, for pin_test.c. One page is
 * pinned per open file, until the file is closed.
 */
#ifndef XSCHED_PINTEST_H
#define XSCHED_PINTEST_H

#include <linux/ioctl.h>

#define PINTEST_NODE		"/dev/xsched-pintest"

#define PINTEST_PIN_READ	_IO('x', 0xe0)	/* address of a word: pin its page for long */
#define PINTEST_PIN_WRITE	_IO('x', 0xe1)	/* the same, to write there */
#define PINTEST_LOAD		_IO('x', 0xe2)	/* returns the word, if it isn't negative */
#define PINTEST_STORE		_IO('x', 0xe3)	/* sets the word */

#endif
