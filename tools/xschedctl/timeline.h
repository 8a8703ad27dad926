/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A file in the Trace Event Format, which Perfetto and chrome://tracing show: a process
 * per device, a thread per entity, a slice per state.
 */
#ifndef XSCHEDCTL_TIMELINE_H
#define XSCHEDCTL_TIMELINE_H

#include <stdint.h>

#include "model.h"

/* Where it goes; "-" is standard output. Return: 0 or CTL_FAILURE after saying why */
int timeline_open(const char *path);

/* Times are CLOCK_MONOTONIC. States have the names that tracepoints give them. */
void timeline_state(uint64_t ns, uint32_t device, uint32_t entity, const char *state);
void timeline_mark(uint64_t ns, uint32_t device, uint32_t entity, const char *what);
void timeline_decision(uint64_t ns, uint32_t device, uint64_t took_ns);

/* Has it seen an entity of which it doesn't know the name? */
bool timeline_is_curious(void);
/* Takes the names that @m has. */
void timeline_learn(const struct model *m);

/**
 * timeline_close - end all slices and the file
 * @ns: when
 * @source: where it comes from
 * @lost: events that are missing
 *
 * Return: 0 or CTL_FAILURE after saying why
 */
int timeline_close(uint64_t ns, const char *source, uint64_t lost);

/* Events written so far. */
uint64_t timeline_events(void);

#endif /* XSCHEDCTL_TIMELINE_H */
