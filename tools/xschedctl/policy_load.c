// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Policies that are loaded at run time: whether this kernel can, who does it, and
 * how they are taken back.
 */
#define _GNU_SOURCE		/* memmem() */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "ctl.h"
#include "genl.h"
#include "host.h"
#include "out.h"
#include "pin.h"
#include "policy_load.h"
#include "probe.h"

#define LOADER		"xsched-bpf"
#define MODULE_BTF	"/sys/kernel/btf/xsched"
/* A type that the module has where it takes policies. */
#define MODULE_TYPE	"bpf_struct_ops_xsched_policy_ops"

static const char in_c[] = "write it in C and build it in (Documentation/policy-howto.rst)";

static bool file_has(const char *path, const char *text)
{
	char *data = NULL;
	size_t n = 0, got;
	bool has;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	do {
		data = xrealloc(data, n + 65536);
		got = fread(data + n, 1, 65536, f);
		n += got;
	} while (got);
	fclose(f);
	has = memmem(data, n, text, strlen(text));
	free(data);
	return has;
}

static bool kernel_is_old(const char *release)
{
	int major = 0, minor = 0;

	sscanf(release, "%d.%d", &major, &minor);
	return major < 6 || (major == 6 && minor < 11);
}

/* Does this kernel take policies? If not, says why. */
static int check_kernel(const char *file)
{
	struct problem problem;
	struct utsname uts;
	struct probe p;

	probe_all(&p);
	if (!p.module && !p.host_err)
		return out_fail(file, in_c, "the scheduler here is xschedd, which can't load policies");
	if (!p.module && probe_node_problem(&p, &problem))
		return out_fail(problem.object, problem.next, "%s", problem.reason);
	if (file_has(MODULE_BTF, MODULE_TYPE))
		return CTL_OK;
	uname(&uts);
	if (kernel_is_old(uts.release))
		return out_fail(file,
			"boot 6.11 or newer (Debian: linux-image-amd64 of bookworm-backports), "
			"or write it in C and build it in (Documentation/policy-howto.rst)",
			"Linux %s can't take a policy for a module", uts.release);
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		return out_fail(file, in_c, "this kernel has no type information "
				"(CONFIG_DEBUG_INFO_BTF and CONFIG_DEBUG_INFO_BTF_MODULES)");
	return out_fail(file, "build it again with pahole installed (Debian: dwarves) "
			"and a vmlinux in KDIR", "the xsched module has no type information");
}

/* Beside this program, or where programs are. */
static void run_loader(char **argv)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(LOADER));
	char *slash;

	if (n > 0) {
		path[n] = 0;
		slash = strrchr(path, '/');
		strcpy(slash + 1, LOADER);
		execv(path, argv);
	}
	execvp(LOADER, argv);
}

int policy_load(const char *file, bool foreground)
{
	char *argv[6] = { LOADER };
	int n = 1;

	if (access(file, R_OK))
		return out_fail(file, "give the BPF object of a policy (\"make policies\")",
				"%s", strerror(errno));
	if (check_kernel(file))
		return CTL_FAILURE;
	if (ctl.json)
		argv[n++] = ctl.pretty ? "-p" : "-j";
	if (foreground)
		argv[n++] = "-f";
	argv[n++] = "--";
	argv[n++] = (char *)file;
	run_loader(argv);
	return out_fail(LOADER, "it is built where libbpf is 1.5 or newer: \"make libbpf tools\"",
			"%s", strerror(errno));
}

static int bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

/* The policy goes at once, whoever else holds its link. */
static int detach(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };
	int err, fd = bpf(BPF_OBJ_GET, &attr);

	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = fd;
	err = bpf(BPF_LINK_DETACH, &attr);
	close(fd);
	return err;
}

/* The name of a file that is in that folder. */
static bool is_file_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

int policy_unload(const char *name)
{
	char *path = xasprintf(PIN_DIR "/%s", name);
	int err = is_file_name(name) ? detach(path) : -ENOENT;

	if (err && !genl_open() && host_is_open())
		err = -EOPNOTSUPP;
	if (!err && unlink(path))
		err = -errno;
	free(path);
	switch (err) {
	case 0:
		return CTL_OK;
	case -ENOENT:
		return out_fail(name, "see \"ls " PIN_DIR "\" for those that are; one that was loaded "
				"with --foreground goes when that program ends",
				"no loaded policy of this name");
	case -EOPNOTSUPP:
		return out_fail(name, "see \"xschedctl policy\" for those that it has",
				"the scheduler here is xschedd, which can't load policies");
	case -ENOSYS:
		return out_fail(name, "see \"xschedctl policy\" for those that it has",
				"this kernel has no BPF, so no policy can have been loaded");
	case -EPERM:
	case -EACCES:
		return out_fail(name, "run it as root", "%s", strerror(-err));
	default:
		return out_fail(name, "see \"dmesg | grep xsched\"", "%s", strerror(-err));
	}
}

void policy_unload_all(void)
{
	DIR *dir = opendir(PIN_DIR);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_file_name(entry->d_name))
			policy_unload(entry->d_name);
	if (dir)
		closedir(dir);
}
