// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl trace: what the scheduler does over a while, as a file for Perfetto.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "model.h"
#include "names.h"
#include "out.h"
#include "probe.h"
#include "timeline.h"
#include "tracefs.h"

#define LOOK_MS		20	/* at the buffer, and at whether it is time to end */
#define SAMPLE_MS	1

enum { OPT_SAMPLE = 1000 };

static const char *output = "xsched-trace.json";
static double seconds;
static bool sample;
static volatile sig_atomic_t interrupted;

static const struct ctl_opt trace_opts[] = {
	{ 'o', "output", "FILE", "where to; default xsched-trace.json, \"-\" is standard output" },
	{ 'd', "duration", "SECONDS", "for how long; default: until PROGRAM ends, or Ctrl-C" },
	{ OPT_SAMPLE, "sample", NULL, "look every millisecond, instead of using tracepoints" },
	{}
};

static int trace_opt(int id, const char *arg)
{
	char *end;

	if (id == 'o') {
		output = arg;
	} else if (id == OPT_SAMPLE) {
		sample = true;
	} else {
		seconds = strtod(arg, &end);
		if (end == arg || *end || !(seconds > 0) || seconds > 1e6)
			return out_usage("--duration", "\"%s\" is not a number of seconds above 0", arg);
	}
	return 0;
}

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* States as they are, of entities that were there before and are or are not any more. */
static int look_at_states(struct model *known)
{
	struct model m;
	uint64_t ns;
	size_t i;

	if (model_fetch(&m))
		return CTL_FAILURE;
	ns = now_ns();
	for (i = 0; i < m.entities.n; i++) {
		const struct obj *e = &m.entities.v[i];

		timeline_state(ns, (uint32_t)e->num[XSCHED_A_DEVICE_ID], (uint32_t)e->id,
			       name_state(e->num[XSCHED_A_ENTITY_STATE]));
	}
	for (i = 0; i < known->entities.n; i++) {
		const struct obj *e = &known->entities.v[i];

		if (!objs_find(&m.entities, e->id))
			timeline_state(ns, (uint32_t)e->num[XSCHED_A_DEVICE_ID], (uint32_t)e->id,
				       "idle");
	}
	timeline_learn(&m);
	model_free(known);
	*known = m;
	return CTL_OK;
}

static void learn_names(void)
{
	struct model m;

	if (!timeline_is_curious() || model_fetch(&m))
		return;
	timeline_learn(&m);
	model_free(&m);
}

/* -1 if it can't be; the program's errors are its own. */
static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	execvp(argv[0], argv);
	fprintf(stderr, "xschedctl: %s: %s; check its path\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? CTL_NOT_FOUND : CTL_NOT_EXECUTABLE);
}

struct course {
	uint64_t end_ns;
	pid_t pid;
	int fd;			/* of tracefs; -1: samples */
	int status;		/* of the program */
	struct model known;
};

static bool is_over(struct course *c)
{
	int status;

	if (interrupted || (c->end_ns && now_ns() >= c->end_ns))
		return true;
	if (c->pid <= 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return false;
	c->pid = 0;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

static int follow(struct course *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

	while (!is_over(c)) {
		if (c->fd < 0) {
			poll(NULL, 0, SAMPLE_MS);
			if (look_at_states(&c->known))
				return CTL_FAILURE;
			continue;
		}
		poll(&pfd, 1, LOOK_MS);
		tracefs_read();
		learn_names();
	}
	return CTL_OK;
}

/* The program goes on, or ends, without us. */
static void wait_for_program(struct course *c)
{
	int status;

	if (c->pid <= 0)
		return;
	if (interrupted)
		kill(c->pid, SIGINT);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void choose_source(struct course *c)
{
	char path[256];

	c->fd = -1;
	if (sample)
		return;
	c->fd = tracefs_start(path, sizeof(path));
	if (c->fd < 0)
		out_warn(path, "run it as root on a kernel with tracepoints for every event",
			 "%s, so states are sampled every %d ms", strerror(-c->fd), SAMPLE_MS);
	if (c->fd < 0)
		c->fd = -1;
}

static int finish(struct course *c)
{
	uint64_t lost = 0;

	if (c->fd >= 0) {
		tracefs_halt();
		tracefs_read();
		lost = tracefs_stop();
	}
	if (lost)
		out_warn(output, "trace for a shorter time", "%" PRIu64 " events were lost", lost);
	return timeline_close(now_ns(), c->fd >= 0 ? "tracepoints" : "sampled every 1 ms", lost);
}

static int trace_run(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct course c = {};
	int err;

	if (probe_connect())
		return CTL_FAILURE;
	err = timeline_open(output);
	if (err)
		return err;
	choose_source(&c);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	look_at_states(&c.known);
	if (argc)
		c.pid = start(argv);
	c.end_ns = seconds > 0 ? now_ns() + (uint64_t)(seconds * 1e9) : 0;
	err = follow(&c);
	if (finish(&c))
		err = CTL_FAILURE;
	model_free(&c.known);
	wait_for_program(&c);
	if (!err && strcmp(output, "-"))
		fprintf(stderr, "%" PRIu64 " events in %s; open it at https://ui.perfetto.dev\n",
			timeline_events(), output);
	return err ? err : c.status;
}

const struct ctl_cmd cmd_trace = {
	.name = "trace",
	.args = "[-o FILE] [-d SECONDS] [--] [PROGRAM [ARGUMENT...]]",
	.summary = "Records what the scheduler does, for Perfetto",
	.more = "Writes Chrome's Trace Event Format: a process per device, a thread per entity, a slice\n"
		"per state, a mark where a gate changes or an entity is preempted, and the decisions.\n"
		"From tracepoints, which needs root; elsewhere, and of xschedd, states are sampled.\n"
		"With PROGRAM it ends with it and has its exit status; PROGRAM is not put under the\n"
		"scheduler by this: \"xschedctl trace -- xschedctl run -- ./app\" does both.\n",
	.wraps = true,
	.opts = trace_opts,
	.opt = trace_opt,
	.run = trace_run,
};
