/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Policies that are loaded at run time.
 */
#ifndef XSCHEDCTL_POLICY_LOAD_H
#define XSCHEDCTL_POLICY_LOAD_H

#include <stdbool.h>

/**
 * policy_load - load the policies of a file
 * @file: a BPF object
 * @foreground: only as long as this program runs
 *
 * Return: an exit status, if at all: another program takes over.
 */
int policy_load(const char *file, bool foreground);

/* Unloads a policy. Devices that it rules fall back to none. Return: an exit status */
int policy_unload(const char *name);

/* The same for all that would keep the module loaded; silent if there are none. */
void policy_unload_all(void);

#endif /* XSCHEDCTL_POLICY_LOAD_H */
