/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Names of users.
 */
#ifndef XSCHEDCTL_USER_H
#define XSCHEDCTL_USER_H

#include <stdint.h>

/* The name of @uid, or its number; valid until the next call. */
const char *user_name(uint32_t uid);

#endif /* XSCHEDCTL_USER_H */
