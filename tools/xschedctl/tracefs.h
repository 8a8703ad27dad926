/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The module's tracepoints, read through tracefs in a buffer of our own.
 */
#ifndef XSCHEDCTL_TRACEFS_H
#define XSCHEDCTL_TRACEFS_H

#include <stddef.h>
#include <stdint.h>

/* Starts. Return: a descriptor that polls readable; -errno, with the file in @path */
int tracefs_start(char *path, size_t size);
/* Gives what has come to the timeline; before the end, all of it. */
void tracefs_read(void);
/* No new events; those that were are still to be read. */
void tracefs_halt(void);
/* Removes the buffer. Return: how many events were lost */
uint64_t tracefs_stop(void);

/* One line of trace_pipe; for tests, too. Return: whether it was an event of ours */
int tracefs_line(char *text);

#endif /* XSCHEDCTL_TRACEFS_H */
