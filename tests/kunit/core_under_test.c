// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The test module's own copy of the core and its policies, so that nothing has
 * to be exported and both modules can be loaded together.
 */
#include "../../kmod/scheduler.c"
