// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Control groups: where they are mounted, their ids and weights.
 */
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"

const char *cgroup_root(void)
{
	static char root[PATH_MAX];
	struct mntent *m;
	FILE *mounts;

	if (*root)
		return root;
	mounts = setmntent("/proc/self/mounts", "re");
	while (mounts && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, "cgroup2")) {
			snprintf(root, sizeof(root), "%s", m->mnt_dir);
			break;
		}
	if (mounts)
		endmntent(mounts);
	return *root ? root : NULL;
}

/* As it is, if it names a place below the root; else from there on. */
static int full_path(char *full, size_t size, const char *path)
{
	const char *root = cgroup_root();
	size_t len;

	if (!root)
		return -ENODEV;
	len = strlen(root);
	if (!strncmp(path, root, len) && (!path[len] || path[len] == '/'))
		len = 0;
	if (snprintf(full, size, "%s%s%s", len ? root : "", len && *path != '/' ? "/" : "",
		     path) >= (int)size)
		return -ENAMETOOLONG;
	return 0;
}

int cgroup_id(const char *path, uint64_t *id)
{
	char full[PATH_MAX];
	struct stat st;
	int err = full_path(full, sizeof(full), path);

	if (err)
		return err;
	if (stat(full, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*id = st.st_ino;
	return 0;
}

int cgroup_cpu_weight(const char *path, uint32_t *weight)
{
	char dir[PATH_MAX], file[PATH_MAX + 16];
	int err = full_path(dir, sizeof(dir), path), n;
	FILE *f;

	if (err)
		return err;
	snprintf(file, sizeof(file), "%s/cpu.weight", dir);
	f = fopen(file, "re");
	if (!f)
		return errno == ENOENT ? -ENODATA : -errno;
	n = fscanf(f, "%u", weight);
	fclose(f);
	return n == 1 ? 0 : -ENODATA;
}
