/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What every command of xschedctl shares: how it is described, what it was
 * asked for, and how it ends.
 */
#ifndef XSCHEDCTL_CTL_H
#define XSCHEDCTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef XSCHED_VERSION
#define XSCHED_VERSION "0.1.0"
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit statuses; `run` ends with the program's own, or the shell's 126 and 127. */
enum {
	CTL_OK		= 0,
	CTL_FAILURE	= 1,
	CTL_USAGE	= 2,
	CTL_NOT_EXECUTABLE = 126,
	CTL_NOT_FOUND	= 127,
};

/**
 * struct ctl_opt - an option, for the parser, the help and the completion
 * @id: its letter, or a number above 255 if it has none
 * @name: its long name
 * @arg: what to call its argument, NULL if it takes none
 * @help: one line
 */
struct ctl_opt {
	int id;
	const char *name;
	const char *arg;
	const char *help;
};

/**
 * struct ctl_cmd - a command, for the dispatcher, the help and the completion
 * @name: as typed
 * @args: its arguments, for the usage line
 * @summary: one line
 * @more: paragraphs for its own help, or NULL
 * @max_args: more arguments than this are an error
 * @wraps: the first argument is a program; whatever follows is the program's,
 *	and so is standard output
 * @opts: ends with an entry without a name; or NULL
 * @opt: takes one of @opts; returns 0 or an exit status
 * @run: does it; returns the exit status
 * @words: prints what the first argument can be, for the completion; or NULL
 * @more_words: prints what can follow that word among the arguments; or NULL
 */
struct ctl_cmd {
	const char *name;
	const char *args;
	const char *summary;
	const char *more;
	int max_args;
	bool wraps;
	const struct ctl_opt *opts;
	int (*opt)(int id, const char *arg);
	int (*run)(int argc, char **argv);
	void (*words)(void);
	void (*more_words)(const char *before);
};

/**
 * struct ctl - what this invocation was asked for
 * @json: write JSON, errors included
 * @pretty: indent it
 * @screen: standard output is a terminal that can be cleared
 * @color: and it may be coloured
 * @cmd: the command, NULL before it is known
 */
struct ctl {
	bool json;
	bool pretty;
	bool screen;
	bool color;
	const struct ctl_cmd *cmd;
};

extern struct ctl ctl;

extern const struct ctl_cmd cmd_status, cmd_run, cmd_list, cmd_top, cmd_policy,
			    cmd_hint, cmd_tenant, cmd_stat, cmd_explain,
			    cmd_trace, cmd_monitor, cmd_shutdown;

#endif /* XSCHEDCTL_CTL_H */
