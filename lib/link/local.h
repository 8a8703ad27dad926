/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The scheduler inside of this process, for its own queues.
 */
#ifndef XSCHED_LINK_LOCAL_H
#define XSCHED_LINK_LOCAL_H

#include "link.h"

#include <stdbool.h>

extern const struct xsched_link_ops xsched_link_local;

/**
 * xsched_local_set_policy - who runs, from now on
 * @name: of a built-in policy; NULL: all, as the program suspends and resumes by itself
 *
 * Holds for all devices, also those that come later.
 *
 * Return: 0, -ENOENT (no such policy), or what the policy returned; none runs then.
 */
int xsched_local_set_policy(const char *name);

/* What a policy is called that XSched calls otherwise; name itself if it is one of ours. NULL: none is. */
const char *xsched_local_policy_name(const char *name);

/* A loser is waited for before the winner starts. */
void xsched_local_set_strict(bool strict);

/* Have changed(arg) called when an entity's gate has changed, under the scheduler's lock. */
void xsched_local_watch(uint32_t entity, void (*changed)(void *arg), void *arg);

#endif
