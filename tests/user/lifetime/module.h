/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Loading and unloading kernel modules from a test.
 *
 * XSCHED_MODULE names the file of xsched.ko; in a guest of tests/vm it is the
 * one built for the guest's kernel. Test modules lie below the same folder.
 */
#ifndef XSCHED_TEST_MODULE_H
#define XSCHED_TEST_MODULE_H

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <sys/syscall.h>

#include "../uapi/client.h"

#define XSCHED_PARAMETERS "/sys/module/xsched/parameters"

/* The file of xsched.ko, or "" if nobody said and this is no guest. */
static inline void module_file(char path[PATH_MAX])
{
	const char *given = getenv("XSCHED_MODULE"), *guest = getenv("XSCHED_VM");
	char exe[PATH_MAX] = "";

	path[0] = '\0';
	if (given)
		snprintf(path, PATH_MAX, "%s", given);
	else if (guest && readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0)
		/* build/tests/user/DIR/NAME and build/kmod-KERNEL/xsched.ko */
		snprintf(path, PATH_MAX, "%.3000s/../../../kmod-%.100s/xsched.ko", dirname(exe), guest);
	if (path[0] && access(path, R_OK))
		path[0] = '\0';
}

/* 0 or a negative error. */
static inline int module_insert(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* As rmmod does it: no waiting, no force. */
static inline int module_remove(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* "name=value ..." as they are now, for the next load. */
static inline void module_parameters(char *out, size_t size)
{
	char path[PATH_MAX], value[128];
	struct dirent *e;
	size_t used = 0;
	DIR *d = opendir(XSCHED_PARAMETERS);
	FILE *f;

	out[0] = '\0';
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), XSCHED_PARAMETERS "/%s", e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (f && fgets(value, sizeof(value), f) && used < size) {
			value[strcspn(value, "\n")] = '\0';
			used += (size_t)snprintf(out + used, size - used, "%s=%s ", e->d_name, value);
		}
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

/* Skips unless this process may take the module out and put it back. */
static inline void module_need(char path[PATH_MAX])
{
	if (geteuid())
		SKIP("needs root, to unload and load the module");
	module_file(path);
	if (!path[0])
		SKIP("needs XSCHED_MODULE=FILE, to load the module again");
}

/* The reaper or a grace period may still be at work. */
static inline void module_remove_soon(const char *name)
{
	EVENTUALLY(module_remove(name) == 0);
}

/* Waits for the node too, which comes by devtmpfs or udev. */
static inline void module_reload(const char *path, const char *parameters)
{
	CHECK_EQ(module_insert(path, parameters), 0);
	EVENTUALLY(!access(NODE, F_OK));
}

#endif
