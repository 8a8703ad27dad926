/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The whole API but for the platforms' HALs, which are in xsched/PLATFORM/hal.h.
 */
#ifndef XSCHED_XSCHED_H
#define XSCHED_XSCHED_H

#include "xsched/types.h"
#include "xsched/xqueue.h"
#include "xsched/hint.h"
#include "xsched/hal.h"
#include "xsched/ext.h"

#endif
