// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl policy: which policy decides on a device, and which there are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "policy_load.h"
#include "probe.h"
#include "view.h"

static struct {
	bool foreground;
} opt;

static const struct ctl_opt policy_opts[] = {
	{ 'f', "foreground", NULL, "load: unload the policy when this program ends" },
	{}
};

static const struct view_field fields[] = {
	{ { "DEVICE", false }, XSCHED_A_DEVICE_NAME, V_STR },
	{ { "CLASS", false }, XSCHED_A_DEVICE_CLASS, V_CLASS },
	{ { "POLICY", false }, XSCHED_A_DEVICE_POLICY, V_STR },
	{ { "FALLBACK", false }, XSCHED_A_DEVICE_FALLBACK, V_STR },
};

static const struct out_column available_column[] = { { "AVAILABLE", false } };

static void read_sysfs(const struct obj *d, char *text, size_t size)
{
	const char *name = obj_str(d, XSCHED_A_DEVICE_NAME);
	char path[256];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/xsched/%s/policies", name);
	f = *name && !strchr(name, '/') ? fopen(path, "re") : NULL;
	if (f) {
		n = fread(text, 1, size - 1, f);
		fclose(f);
	}
	text[n] = 0;
	while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = 0;
	for (; n; n--)
		if (text[n - 1] == '\n')
			text[n - 1] = ' ';
	if (!*text)
		snprintf(text, size, "-");
}

/* What the scheduler offers for the device, space-separated; "-" if it doesn't say. */
static void read_available(const struct obj *d, char *text, size_t size)
{
	if (obj_has(d, XSCHED_A_DEVICE_POLICIES))
		snprintf(text, size, "%s", obj_str(d, XSCHED_A_DEVICE_POLICIES));
	else
		read_sysfs(d, text, size);
}

static json_t *device_json(const struct obj *d)
{
	char available[1024], *word, *rest = available;
	json_t *json = obj_json(d), *list = json_array();

	read_available(d, available, sizeof(available));
	while ((word = strsep(&rest, " ")))
		if (*word && strcmp(word, "-"))
			json_array_append_new(list, out_json_text(word));
	json_object_set_new(json, "available", list);
	return json;
}

static void device_row(struct out_table *t, const struct obj *d)
{
	char available[1024];

	read_available(d, available, sizeof(available));
	view_cells(t, fields, ARRAY_SIZE(fields), d);
	out_table_cell(t, OUT_PLAIN, "%s", available);
}

static struct out_table *new_table(void)
{
	return view_table(fields, ARRAY_SIZE(fields), available_column, 1);
}

static int show_all(const struct model *m)
{
	json_t *json = json_array();
	struct out_table *t;
	size_t i;

	if (ctl.json) {
		for (i = 0; i < m->devices.n; i++)
			json_array_append_new(json, device_json(&m->devices.v[i]));
		out_json(json);
		return CTL_OK;
	}
	json_decref(json);
	t = new_table();
	for (i = 0; i < m->devices.n; i++)
		device_row(t, &m->devices.v[i]);
	out_table_end(t, 0);
	return CTL_OK;
}

static int show_one(const struct obj *d)
{
	struct out_table *t;

	if (ctl.json) {
		out_json(device_json(d));
		return CTL_OK;
	}
	t = new_table();
	device_row(t, d);
	out_table_end(t, 0);
	return CTL_OK;
}

static bool is_word_of(const char *words, const char *name)
{
	size_t len = strlen(name), n;

	for (; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && !strncmp(words, name, n))
			return true;
	}
	return false;
}

static int unknown_policy(const struct obj *d, const char *name, const char *available)
{
	char *next;

	if (strcmp(available, "-"))
		next = xasprintf("choose one of: %s", available);
	else
		next = xasprintf("see /sys/class/xsched/%s/policies for those there are",
				 obj_str(d, XSCHED_A_DEVICE_NAME));
	out_fail(name, next, "no such policy");
	free(next);
	return CTL_FAILURE;
}

static int set_policy(const struct obj *d, const char *name)
{
	const struct genl_arg args[] = {
		{ XSCHED_A_DEVICE_ID, GENL_U32, d->num[XSCHED_A_DEVICE_ID], NULL },
		{ XSCHED_A_DEVICE_POLICY, GENL_STRING, 0, name },
	};
	int err = genl_set(XSCHED_CMD_POLICY_SET, args, ARRAY_SIZE(args));
	char available[1024], *object;

	if (!err)
		return CTL_OK;
	read_available(d, available, sizeof(available));
	/* ERANGE: longer than any name */
	if ((err == -EINVAL || err == -ERANGE) && !is_word_of(available, name))
		return unknown_policy(d, name, available);
	object = xasprintf("policy of device %s", obj_str(d, XSCHED_A_DEVICE_NAME));
	probe_fail(object, err);
	free(object);
	return CTL_FAILURE;
}

/* What can be said in place of a device. */
static bool is_verb(const char *word)
{
	return !strcmp(word, "load") || !strcmp(word, "unload");
}

static int run_verb(const char *verb, const char *arg)
{
	if (!arg)
		return out_usage(verb, "%s is missing", *verb == 'l' ? "a file" : "a name");
	if (*verb == 'l')
		return policy_load(arg, opt.foreground);
	return policy_unload(arg);
}

static int policy_opt(int id, const char *arg)
{
	(void)id;
	(void)arg;
	opt.foreground = true;
	return 0;
}

static int policy_run(int argc, char **argv)
{
	const struct obj *d = NULL;
	struct model m;
	int status;

	if (opt.foreground && (!argc || strcmp(argv[0], "load")))
		return out_usage("--foreground", "only \"policy load\" takes it");
	if (argc && is_verb(argv[0]))
		return run_verb(argv[0], argv[1]);
	if (model_fetch(&m))
		return CTL_FAILURE;
	if (argc)
		d = model_device(&m, argv[0]);
	if (argc && !d)
		status = CTL_FAILURE;
	else if (argc > 1)
		status = set_policy(d, argv[1]);
	else
		status = d ? show_one(d) : show_all(&m);
	model_free(&m);
	return status;
}

/* Silent without a scheduler: this only helps at typing. */
static void policy_words(void)
{
	struct model m;
	size_t i;

	if (genl_open() || model_fetch(&m))
		return;
	for (i = 0; i < m.devices.n; i++)
		puts(obj_str(&m.devices.v[i], XSCHED_A_DEVICE_NAME));
	puts("load\nunload");
	model_free(&m);
}

/* After a device. */
static void policy_more_words(const char *device)
{
	char available[1024];
	const struct obj *d;
	struct model m;
	size_t i;

	if (genl_open() || model_fetch(&m))
		return;
	for (i = 0; i < m.devices.n; i++) {
		d = &m.devices.v[i];
		if (strcmp(obj_str(d, XSCHED_A_DEVICE_NAME), device))
			continue;
		read_available(d, available, sizeof(available));
		puts(available);
	}
	model_free(&m);
}

const struct ctl_cmd cmd_policy = {
	.name = "policy",
	.args = "[DEVICE [NAME] | load [-f] FILE | unload NAME]",
	.summary = "Shows or sets the policy of a device, or loads one more",
	.more = "DEVICE is a name, label or id from \"xschedctl list devices\". Setting needs root\n"
		"(CAP_SYS_ADMIN). FALLBACK says why a policy was replaced by \"none\", under which\n"
		"everything runs.\n\n"
		"load takes policies written in BPF (see tools/policies) into the kernel, where\n"
		"devices can then be given them by name. They stay until they are unloaded.\n",
	.max_args = 2,
	.opts = policy_opts,
	.opt = policy_opt,
	.run = policy_run,
	.words = policy_words,
	.more_words = policy_more_words,
};
