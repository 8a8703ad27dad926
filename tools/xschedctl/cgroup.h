/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Control groups as this system has them mounted.
 */
#ifndef XSCHEDCTL_CGROUP_H
#define XSCHEDCTL_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where cgroup v2 is mounted, or NULL. */
const char *cgroup_root(void);

/**
 * cgroup_id - the id of a group
 * @path: from cgroup_root() on, or a directory below it
 * @id: out
 *
 * Return: 0 or -errno
 */
int cgroup_id(const char *path, uint64_t *id);

/* cpu.weight of the group with this path. Return: 0 or -errno (-ENODATA: it has none) */
int cgroup_cpu_weight(const char *path, uint32_t *weight);

#endif /* XSCHEDCTL_CGROUP_H */
