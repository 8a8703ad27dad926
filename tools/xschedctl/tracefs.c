// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tracepoints through tracefs: an instance of our own, so that nobody else's tracing is
 * touched, with the clock that xsched's other times have.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "timeline.h"
#include "tracefs.h"

static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

static char instance[128], pending[65536];
static size_t n_pending;
static int pipe_fd = -1;
static uint64_t lost;

static int write_to(const char *file, const char *text)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", instance, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* The last failure is the one that is told. */
static int make_instance(void)
{
	int err = -ENOENT;
	size_t i;

	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(instance, sizeof(instance), "%s/instances/xschedctl-%d", roots[i],
			 (int)getpid());
		if (!mkdir(instance, 0700))
			return 0;
		if (errno != ENOENT)
			err = -errno;
	}
	return err;
}

int tracefs_start(char *path, size_t size)
{
	int err = make_instance();

	snprintf(path, size, "%s", err ? roots[0] : instance);
	if (err)
		return err;
	err = write_to("trace_clock", "mono");
	if (!err)
		err = write_to("buffer_size_kb", "8192");
	if (!err)
		err = write_to("events/xsched/enable", "1");
	if (!err) {
		char pipe_path[PATH_MAX];

		snprintf(pipe_path, sizeof(pipe_path), "%s/trace_pipe", instance);
		pipe_fd = open(pipe_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		err = pipe_fd < 0 ? -errno : 0;
	}
	if (err)
		rmdir(instance);
	return err ? err : pipe_fd;
}

/* "12.345678" */
static uint64_t read_time(const char *text)
{
	char *end;
	uint64_t ns = strtoull(text, &end, 10) * 1000000000, unit = 100000000;

	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
			ns += unit * (uint64_t)(*end - '0');
	return ns;
}

static int read_event(uint64_t ns, const char *name, const char *args)
{
	char from[16], to[16], policy[16];
	uint32_t device, entity;
	uint64_t took_ns;

	if (!strcmp(name, "state") &&
	    sscanf(args, "device=%u entity=%u %15s -> %15s", &device, &entity, from, to) == 4)
		timeline_state(ns, device, entity, to);
	else if (!strcmp(name, "gate") &&
		 sscanf(args, "device=%u entity=%u %15s", &device, &entity, to) == 3)
		timeline_mark(ns, device, entity, !strcmp(to, "open") ? "gate open" : !strcmp(to, "held") ?
			      "gate held" : "gate ask");
	else if (!strcmp(name, "decide") &&
		 sscanf(args, "device=%u took_ns=%" SCNu64, &device, &took_ns) == 2)
		timeline_decision(ns, device, took_ns);
	else if (!strcmp(name, "aged") && sscanf(args, "device=%u entity=%u", &device, &entity) == 2)
		timeline_mark(ns, device, entity, "runs by age");
	else if (!strcmp(name, "policy") && sscanf(args, "device=%u %15s", &device, policy) == 2)
		timeline_mark(ns, device, 0, strstr(args, "thrown out") ? "policy thrown out" :
			      "policy");
	else
		return 0;
	return 1;
}

/* "comm-pid [cpu] flags time: xsched_name: args"; the comm may hold anything. */
int tracefs_line(char *text)
{
	char *event = NULL, *at = text, *args, *time;

	while ((at = strstr(at, ": xsched_")))
		event = at++;
	if (!event) {
		at = strstr(text, "[LOST ");
		lost += at ? strtoull(at + 6, NULL, 10) : 0;
		return 0;
	}
	*event = 0;
	event += strlen(": xsched_");
	args = strstr(event, ": ");
	if (!args)
		return 0;
	*args = 0;
	time = strrchr(text, ' ');
	return read_event(read_time(time ? time + 1 : text), event, args + 2);
}

void tracefs_read(void)
{
	ssize_t n;

	while ((n = read(pipe_fd, pending + n_pending, sizeof(pending) - 1 - n_pending)) > 0) {
		char *from = pending, *end;

		n_pending += (size_t)n;
		pending[n_pending] = 0;
		for (; (end = strchr(from, '\n')); from = end + 1) {
			*end = 0;
			tracefs_line(from);
		}
		n_pending -= (size_t)(from - pending);
		memmove(pending, from, n_pending);
		if (n_pending == sizeof(pending) - 1)	/* no line is so long */
			n_pending = 0;
	}
}

void tracefs_halt(void)
{
	write_to("events/xsched/enable", "0");
}

uint64_t tracefs_stop(void)
{
	close(pipe_fd);
	pipe_fd = -1;
	rmdir(instance);
	return lost;
}
