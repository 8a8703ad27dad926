// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl: the table of commands, from which dispatch, help and completion
 * are made.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "genl.h"
#include "out.h"

struct ctl ctl;

static const struct ctl_cmd *const cmds[] = {
	&cmd_status, &cmd_run, &cmd_list, &cmd_top, &cmd_policy, &cmd_hint, &cmd_tenant,
	&cmd_stat, &cmd_explain, &cmd_trace, &cmd_monitor, &cmd_shutdown,
};

enum {
	OPT_LIST_CMDS = 1000,
	OPT_LIST_OPTS,
	OPT_LIST_WORDS,
	OPT_LIST_MORE,
};

/* Before the command, and after it as well. */
static const struct ctl_opt common_opts[] = {
	{ 'j', "json", NULL, "write JSON, errors included" },
	{ 'p', "pretty", NULL, "write JSON, indented" },
	{ 'h', "help", NULL, "show this help" },
	{}
};

static const struct ctl_opt main_opts[] = {
	{ 'V', "version", NULL, "show the version" },
	{ OPT_LIST_CMDS, "list-cmds", NULL, "print the names of all commands" },
	{}
};

/* For the completion. */
static const struct ctl_opt cmd_opts[] = {
	{ OPT_LIST_OPTS, "list-opts", NULL, "print the options of this command" },
	{ OPT_LIST_WORDS, "list-words", NULL, "print what its first argument can be" },
	{ OPT_LIST_MORE, "list-words-after", "WORD", "print what can follow WORD among its arguments" },
	{}
};

#define MAX_OPTS 32

/* Tables of options as getopt_long() wants them. */
struct parser {
	char letters[3 * MAX_OPTS];
	struct option longs[MAX_OPTS + 1];
	size_t n;
};

static void parser_add(struct parser *p, const struct ctl_opt *o)
{
	size_t len;

	for (; o && o->name && p->n < MAX_OPTS; o++) {
		p->longs[p->n++] = (struct option){
			.name = o->name, .has_arg = !!o->arg, .val = o->id,
		};
		len = strlen(p->letters);
		if (o->id < 256)
			snprintf(p->letters + len, sizeof(p->letters) - len, "%c%s", o->id,
				 o->arg ? ":" : "");
	}
}

static void print_opts(const struct ctl_opt *o)
{
	char text[64];

	for (; o && o->name; o++) {
		snprintf(text, sizeof(text), "%s%s%s", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		if (o->id < 256)
			printf("  -%c, --%-20s %s\n", o->id, text, o->help);
		else
			printf("      --%-20s %s\n", text, o->help);
	}
}

static int print_help(void)
{
	size_t i;

	puts("Usage: xschedctl [-j | -p] [COMMAND [OPTION...] [ARGUMENT...]]\n\n"
	     "Runs programs under the accelerator scheduler, shows what it does and steers it.\n\n"
	     "Commands (without one: status):");
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		printf("  %-10s %s\n", cmds[i]->name, cmds[i]->summary);
	puts("\nOptions:");
	print_opts(common_opts);
	print_opts(main_opts);
	puts("\nEach command has its own --help. Exit status: 0 success, 1 failure, 2 usage;\n"
	     "\"xschedctl run\" ends with the program's.");
	return CTL_OK;
}

static int print_cmd_help(const struct ctl_cmd *cmd)
{
	printf("Usage: xschedctl [-j | -p] %s%s%s\n\n%s.\n", cmd->name, *cmd->args ? " " : "",
	       cmd->args, cmd->summary);
	if (cmd->more)
		printf("\n%s", cmd->more);
	puts("\nOptions:");
	print_opts(cmd->opts);
	print_opts(common_opts);
	print_opts(cmd_opts);
	return CTL_OK;
}

static void list_opts(const struct ctl_opt *o)
{
	for (; o && o->name; o++) {
		if (o->id < 256)
			printf("-%c\n", o->id);
		printf("--%s\n", o->name);
	}
}

static int list_cmd_opts(const struct ctl_cmd *cmd)
{
	list_opts(cmd->opts);
	list_opts(common_opts);
	return CTL_OK;
}

static int list_cmd_words(const struct ctl_cmd *cmd)
{
	if (cmd->words)
		cmd->words();
	return CTL_OK;
}

static int list_words_after(const struct ctl_cmd *cmd, const char *word)
{
	if (cmd->more_words)
		cmd->more_words(word);
	return CTL_OK;
}

static int list_cmds(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		puts(cmds[i]->name);
	return CTL_OK;
}

static int print_version(void)
{
	printf("xschedctl %s (ABI %d)\n", XSCHED_VERSION, XSCHED_ABI_VERSION);
	return CTL_OK;
}

static int bad_option(int c, char **argv)
{
	char letter[] = "-?";
	const char *what = argv[optind - 1];

	if (optopt && optopt < 256) {
		letter[1] = optopt;
		if (strncmp(what, "--", 2))
			what = letter;
	}
	if (c == ':')
		return out_usage(what, "this option needs an argument");
	if (optopt && !strncmp(what, "--", 2) && strchr(what, '='))
		return out_usage(what, "this option takes no argument");
	return out_usage(what, "unknown option");
}

/* An option that every command takes. Returns whether @c is one. */
static bool common_option(int c)
{
	if (c == 'j')
		ctl.json = true;
	else if (c == 'p')
		ctl.json = ctl.pretty = true;
	else
		return false;
	return true;
}

static int run_cmd(const struct ctl_cmd *cmd, int argc, char **argv)
{
	struct parser p = { .letters = "+:" };
	int c, err;

	if (!cmd->wraps)
		strcpy(p.letters, ":");		/* options may follow arguments */
	parser_add(&p, cmd->opts);
	parser_add(&p, common_opts);
	parser_add(&p, cmd_opts);
	ctl.cmd = cmd;
	optind = 0;
	while ((c = getopt_long(argc, argv, p.letters, p.longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(c, argv);
		if (c == 'h')
			return print_cmd_help(cmd);
		if (c == OPT_LIST_OPTS)
			return list_cmd_opts(cmd);
		if (c == OPT_LIST_WORDS)
			return list_cmd_words(cmd);
		if (c == OPT_LIST_MORE)
			return list_words_after(cmd, optarg);
		if (common_option(c))
			continue;
		err = cmd->opt(c, optarg);
		if (err)
			return err;
	}
	if (!cmd->wraps && argc - optind > cmd->max_args)
		return out_usage(argv[optind + cmd->max_args], "one argument too many");
	return cmd->run(argc - optind, argv + optind);
}

static int dispatch(int argc, char **argv)
{
	size_t i;

	if (!argc)
		return run_cmd(&cmd_status, 1, (char *[]){ "status", NULL });
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(cmds[i]->name, argv[0]))
			return run_cmd(cmds[i], argc, argv);
	return out_usage(argv[0], "no such command");
}

static int run_main(int argc, char **argv)
{
	struct parser p = { .letters = "+:" };
	int c;

	parser_add(&p, common_opts);
	parser_add(&p, main_opts);
	opterr = 0;
	while ((c = getopt_long(argc, argv, p.letters, p.longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(c, argv);
		if (c == 'h')
			return print_help();
		if (c == 'V')
			return print_version();
		if (c == OPT_LIST_CMDS)
			return list_cmds();
		common_option(c);
	}
	return dispatch(argc - optind, argv + optind);
}

/* Escape sequences are for terminals that know them. */
static void look_at_output(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	ctl.screen = isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
	ctl.color = ctl.screen && !(no_color && *no_color);
}

int main(int argc, char **argv)
{
	int status;

	look_at_output();
	status = run_main(argc, argv);
	genl_close();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xschedctl: standard output: %s; see where it goes\n",
			strerror(errno));
		return status ? status : CTL_FAILURE;
	}
	return status;
}
