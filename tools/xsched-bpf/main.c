// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xsched-bpf: puts a policy in BPF into the kernel, for `xschedctl policy load`.
 * It is a program of its own because it needs libbpf 1.5, which few systems have.
 *
 * xsched-bpf [-j] [-p] [-f] FILE: each policy of FILE is pinned as
 * /sys/fs/bpf/xsched/NAME and stays, or with -f goes when this program ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "ctl.h"
#include "out.h"
#include "pin.h"

#define BPF_FS		0xcafe4a11	/* see statfs(2) */
#define OPS		"xsched_policy_ops"
#define MAX_POLICIES	16
#define VERIFIER_LOG	(1 << 20)
#define LOG_LINES	30

struct ctl ctl;

static bool foreground;
static char verifier_log[VERIFIER_LOG];
static char said[512];		/* libbpf's last warning */

static struct policy {
	char name[32];
	struct bpf_link *link;
} policies[MAX_POLICIES];
static size_t n_policies;

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN) {
		vsnprintf(said, sizeof(said), format, args);
		said[strcspn(said, "\n")] = 0;
		if (!strncmp(said, "libbpf: ", 8))
			memmove(said, said + 8, strlen(said + 8) + 1);
	}
	return 0;
}

/* The end of what the verifier said is where it gave up. */
static void show_verifier_log(void)
{
	char *at = verifier_log + strlen(verifier_log);
	int lines = 0;

	while (at > verifier_log && lines <= LOG_LINES)
		lines += *--at == '\n';
	if (*at)
		fprintf(stderr, "%s\n", at);
}

static int load_failed(const char *file, int err)
{
	const char *reason = *said ? said : strerror(err);

	if (*verifier_log) {
		show_verifier_log();
		return out_fail(file, strstr(verifier_log, "attach to unsupported member") ?
				"see \"dmesg | grep xsched\" for what a policy may not do" :
				"mend what the verifier found above",
				"the kernel doesn't take its programs (%s)", strerror(err));
	}
	if (err == EPERM || err == EACCES)
		return out_fail(file, "run it as root", "%s", reason);
	return out_fail(file, "see Documentation/policy-howto.rst", "%s", reason);
}

/* The name as it is in the file. */
static void read_name(const struct bpf_object *obj, const struct bpf_map *map, char *name,
		      size_t size)
{
	const struct btf *btf = bpf_object__btf(obj);
	int id = btf__find_by_name_kind(btf, OPS, BTF_KIND_STRUCT), i;
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_member *m = t ? btf_members(t) : NULL;
	size_t len;
	const char *ops = bpf_map__initial_value(map, &len);

	*name = 0;
	for (i = 0; m && ops && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), "name"))
			snprintf(name, size, "%.*s", (int)(len - m[i].offset / 8),
				 ops + m[i].offset / 8);
}

static int attach(const struct bpf_object *obj, struct bpf_map *map, const char *file)
{
	struct policy *p = &policies[n_policies];

	if (n_policies == MAX_POLICIES)
		return out_fail(file, "split it", "more than %d policies", MAX_POLICIES);
	read_name(obj, map, p->name, sizeof(p->name));
	p->link = bpf_map__attach_struct_ops(map);
	if (p->link) {
		n_policies++;
		return CTL_OK;
	}
	if (errno == EEXIST)
		return out_fail(p->name, "rename it, or unload the other one",
				"there is a policy of this name");
	return out_fail(p->name, "see \"dmesg | grep xsched\"", "not accepted: %s",
			strerror(errno));
}

static int attach_all(const struct bpf_object *obj, const char *file)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS && attach(obj, map, file))
			return CTL_FAILURE;
	if (!n_policies)
		return out_fail(file, "see Documentation/policy-howto.rst", "no policy in it");
	return CTL_OK;
}

static int prepare_pins(void)
{
	struct statfs fs;

	if (!statfs(PIN_FS, &fs) && (unsigned long)fs.f_type != BPF_FS &&
	    mount("bpf", PIN_FS, "bpf", 0, "mode=0700"))
		return out_fail(PIN_FS, "mount it: mount -t bpf bpf " PIN_FS,
				"no file system for BPF there: %s", strerror(errno));
	if (mkdir(PIN_DIR, 0700) && errno != EEXIST)
		return out_fail(PIN_DIR, "see that " PIN_FS " can be written",
				"%s", strerror(errno));
	return CTL_OK;
}

static int pin(struct policy *p)
{
	char *path = xasprintf(PIN_DIR "/%s", p->name);
	int err;

	unlink(path);	/* of a policy that is gone, or its name would be taken */
	err = bpf_link__pin(p->link, path);
	if (err)
		out_fail(path, "see that it can be written", "%s", strerror(-err));
	free(path);
	return err ? CTL_FAILURE : CTL_OK;
}

static int pin_all(void)
{
	int status = prepare_pins();
	size_t i;

	for (i = 0; i < n_policies && !status; i++)
		status = pin(&policies[i]);
	return status;
}

static int wait_for_end(void)
{
	sigset_t set;
	size_t i;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < n_policies; i++)
		printf("policy %s is loaded until this program ends\n", policies[i].name);
	fflush(stdout);
	sigwait(&set, &sig);
	return CTL_OK;
}

/* Unless it is pinned, a policy goes with its link. */
static int offer(const struct bpf_object *obj, const char *file)
{
	int status = attach_all(obj, file);

	if (!status)
		status = foreground ? wait_for_end() : pin_all();
	while (status && n_policies)
		bpf_link__unpin(policies[--n_policies].link);
	return status;
}

static int load(const char *file)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = verifier_log,
		    .kernel_log_size = sizeof(verifier_log));
	struct bpf_object *obj;
	int err;

	libbpf_set_print(keep_warning);
	obj = bpf_object__open_file(file, &opts);
	if (!obj)
		return load_failed(file, errno);
	*verifier_log = 0;
	err = bpf_object__load(obj);
	return err ? load_failed(file, -err) : offer(obj, file);
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "jpf")) != -1) {
		if (c == 'f')
			foreground = true;
		else
			ctl.json = true;
		if (c == 'p')
			ctl.pretty = true;
	}
	if (c == '?' || argc - optind != 1) {
		fputs("usage: xsched-bpf [-j] [-p] [-f] FILE\n", stderr);
		return CTL_USAGE;
	}
	return load(argv[optind]);
}
