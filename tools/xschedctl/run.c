// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl run: starts a program so that its accelerator work is scheduled.
 * It becomes the program: its exit status, signals and output are the program's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "names.h"
#include "out.h"
#include "probe.h"
#include "target.h"

#define MAX_VARS 16

static struct {
	bool no_preload;
	bool dry_run;
} opt;

/* Set for the program, in the order in which --dry-run prints them. */
static struct {
	const char *name;
	char *value;
} vars[MAX_VARS];
static size_t n_vars;

enum { OPT_PRIORITY = 256, OPT_LEVEL, OPT_UTILIZATION, OPT_TIMESLICE, OPT_DEADLINE, OPT_LAXITY,
       OPT_GANG, OPT_NO_PRELOAD, OPT_DRY_RUN };

static const struct ctl_opt run_opts[] = {
	{ OPT_PRIORITY, "priority", "N", "-255..255, higher goes first; default 0" },
	{ OPT_LEVEL, "level", "1|2|3", "preemption level to use; default: the device's best of 1 and 2" },
	{ OPT_UTILIZATION, "utilization", "PERCENT", "share of the device, 0..100%" },
	{ OPT_TIMESLICE, "timeslice", "TIME", "turn on the device, 100us..10s" },
	{ OPT_DEADLINE, "deadline", "TIME", "work is due this long after it is ready" },
	{ OPT_LAXITY, "laxity", "TIME", "how long ready work may be put off; --priority counts from then on" },
	{ OPT_GANG, "gang", "NAME", "held and released together with programs of this gang" },
	{ OPT_NO_PRELOAD, "no-preload", NULL, "hook in as an OpenCL layer only" },
	{ OPT_DRY_RUN, "dry-run", NULL, "print the environment, run nothing" },
	{}
};

static void set_var(const char *name, char *value)
{
	size_t i;

	for (i = 0; i < n_vars && strcmp(vars[i].name, name); i++)
		;
	if (i == n_vars)
		n_vars++;
	free(vars[i].value);
	vars[i].name = name;
	vars[i].value = value;
}

static int set_level(const char *arg)
{
	if (strlen(arg) != 1 || *arg < '1' || *arg > '3')
		return out_usage("--level", "\"%s\" is not 1, 2 or 3", arg);
	set_var("XSCHED_AUTO_XQUEUE_LEVEL", xstrdup(arg));
	return 0;
}

static int set_hint(uint32_t kind, const char *arg)
{
	int64_t value;
	int err = hint_parse(kind, arg, &value);

	if (!err)
		set_var(hint_infos[kind].env, xasprintf("%" PRId64, value));
	return err;
}

static int set_gang(const char *arg)
{
	size_t len = strlen(arg), i;

	for (i = 0; i < len && arg[i] > ' ' && arg[i] <= '~'; i++)
		;
	if (!len || i < len || len >= XSCHED_NAME_LEN)
		return out_usage("--gang", "\"%s\" is not a name: 1 to %d characters of ASCII "
				 "without spaces", arg, XSCHED_NAME_LEN - 1);
	set_var("XSCHED_GANG", xstrdup(arg));
	return 0;
}

static int run_opt(int id, const char *arg)
{
	switch (id) {
	case OPT_PRIORITY:
		return set_hint(XSCHED_HINT_PRIORITY, arg);
	case OPT_LEVEL:
		return set_level(arg);
	case OPT_UTILIZATION:
		return set_hint(XSCHED_HINT_UTILIZATION, arg);
	case OPT_TIMESLICE:
		return set_hint(XSCHED_HINT_TIMESLICE, arg);
	case OPT_DEADLINE:
		return set_hint(XSCHED_HINT_DEADLINE, arg);
	case OPT_LAXITY:
		return set_hint(XSCHED_HINT_LAXITY, arg);
	case OPT_GANG:
		return set_gang(arg);
	case OPT_NO_PRELOAD:
		opt.no_preload = true;
		return 0;
	default:
		opt.dry_run = true;
		return 0;
	}
}

/* Is @path an element of the list, given what separates them? */
static bool listed(const char *list, const char *separators, const char *path)
{
	size_t len = strlen(path);
	const char *at;

	for (at = list; (at = strstr(at, path)); at += len)
		if ((at == list || strchr(separators, at[-1])) &&
		    (!at[len] || strchr(separators, at[len])))
			return true;
	return false;
}

/* What it is to be, or else what it is. */
static const char *value_of(const char *name)
{
	size_t i;

	for (i = 0; i < n_vars; i++)
		if (!strcmp(vars[i].name, name))
			return vars[i].value;
	return getenv(name);
}

/* Puts @path first in a list variable, unless it is in there already. */
static bool prepend(const char *name, const char *separators, const char *path)
{
	const char *old = value_of(name);

	if (strpbrk(path, separators)) {
		out_warn(path, "move it, or name another directory in XSCHED_LIBDIR",
			 "%s can't hold a path with a space or a colon in it", name);
		return false;
	}
	if (old && listed(old, separators, path))
		set_var(name, xstrdup(old));
	else if (old && *old)
		set_var(name, xasprintf("%s:%s", path, old));
	else
		set_var(name, xstrdup(path));
	return true;
}

/* Says at most one thing about why the preload is of no use for this program. */
static bool preload_reaches(const struct target *t, const char *app)
{
	if (t->secure)
		out_warn(app, "start it as the user it runs as",
			 "it gains privileges at its start, so preloading can't reach it");
	else if (t->statically_linked)
		out_warn(app, "if it drives an accelerator, link it dynamically",
			 "it is statically linked, so preloading can't reach it");
	else if (t->other_libc)
		out_warn(app, "use a build for this system's C library",
			 "it is for another C library (%s), so nothing is preloaded",
			 *t->interp ? t->interp : "other word size");
	else
		return true;
	return false;
}

/* Those of other platforms lie beside, if they were built; programs that don't use these pass them by. */
static void preload_beside(const char *shim, const char *name)
{
	const char *slash = strrchr(shim, '/');
	char path[PATH_MAX];

	if (slash && snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - shim), shim,
			      name) < (int)sizeof(path) && !access(path, R_OK))
		prepend("LD_PRELOAD", ": ", path);
}

static void set_shim(const char *app)
{
	struct target target;
	char shim[PATH_MAX];

	if (!probe_shim(shim, sizeof(shim))) {
		out_warn(shim, "\"make install\", or name its directory in XSCHED_LIBDIR",
			 "not found, the program runs unscheduled");
		return;
	}
	if (app) {
		target_look(&target, app);
		/* Such a program couldn't load it as a layer either. */
		if (!preload_reaches(&target, app) && target.other_libc)
			return;
	}
	prepend("OPENCL_LAYERS", ":", shim);
	if (opt.no_preload)
		return;
	if (prepend("LD_PRELOAD", ": ", shim)) {
		preload_beside(shim, PROBE_HIP_SHIM);
		preload_beside(shim, PROBE_CUDA_SHIM);
	}
}

/* Whether there is a scheduler to run under, else says why not. */
static bool scheduler_there(void)
{
	struct problem problem;
	struct probe p;

	probe_all(&p);
	if (!probe_node_problem(&p, &problem))
		return true;
	out_warn(problem.object, problem.next, "%s, so the program runs unscheduled",
		 problem.reason);
	return false;
}

/* A value as a shell reads it back. */
static void print_quoted(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+./:,@%=";

	if (*s && s[strspn(s, plain)] == 0) {
		fputs(s, stdout);
		return;
	}
	putchar('\'');
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
	}
	putchar('\'');
}

static int print_vars(char **argv)
{
	json_t *env = json_object(), *args = json_array();
	size_t i;

	for (i = 0; i < n_vars; i++)
		json_object_set_new(env, vars[i].name, out_json_text(vars[i].value));
	for (; *argv; argv++)
		json_array_append_new(args, out_json_text(*argv));
	if (ctl.json) {
		out_json(json_pack("{s:o,s:o}", "env", env, "argv", args));
		return CTL_OK;
	}
	for (i = 0; i < n_vars; i++) {
		printf("%s=", vars[i].name);
		print_quoted(vars[i].value);
		putchar('\n');
	}
	json_decref(env);
	json_decref(args);
	return CTL_OK;
}

static int become(char **argv)
{
	size_t i;

	for (i = 0; i < n_vars; i++)
		if (setenv(vars[i].name, vars[i].value, 1)) {
			out_warn(vars[i].name, "free some memory", "%s", strerror(errno));
			break;
		}
	fflush(NULL);
	execvp(argv[0], argv);
	if (errno == ENOENT && !strchr(argv[0], '/')) {
		out_fail(argv[0], "see whether it is installed and in PATH", "no such program");
		return CTL_NOT_FOUND;
	}
	if (errno == ENOENT || errno == ENOTDIR) {
		out_fail(argv[0], "check its path, and the interpreter it names", "%s",
			 strerror(errno));
		return CTL_NOT_FOUND;
	}
	out_fail(argv[0], "check with \"ls -l\" and \"file\" what it is", "can't be executed: %s",
		 strerror(errno));
	return CTL_NOT_EXECUTABLE;
}

static int run_run(int argc, char **argv)
{
	if (!argc && !opt.dry_run)
		return out_usage("run", "which program is to run?");
	set_var("XSCHED_SCHEDULER", xstrdup("GLB"));
	set_var("XSCHED_AUTO_XQUEUE", xstrdup("ON"));
	/* Nothing is hooked in for a scheduler that isn't there. */
	if (opt.dry_run || scheduler_there())
		set_shim(argc ? argv[0] : NULL);
	if (opt.dry_run)
		return print_vars(argv);
	return become(argv);
}

const struct ctl_cmd cmd_run = {
	.name = "run",
	.args = "[OPTION...] [--] PROGRAM [ARGUMENT...]",
	.summary = "Runs a program under the scheduler",
	.more = "A TIME is a number with us, ms or s; without a unit it is in microseconds. Where\n"
		"the scheduler isn't there the program runs all the same, after a warning.\n",
	.wraps = true,
	.opts = run_opts,
	.opt = run_opt,
	.run = run_run,
};
