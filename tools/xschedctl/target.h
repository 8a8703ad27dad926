/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The program that `xschedctl run` is to start, and what stands between it and
 * a preloaded library.
 */
#ifndef XSCHEDCTL_TARGET_H
#define XSCHEDCTL_TARGET_H

#include <limits.h>
#include <stdbool.h>

/**
 * struct target - what is known of the program before it runs
 * @path: its file, "" if there is none
 * @secure: the kernel will start it in secure mode, where the dynamic linker
 *	ignores LD_PRELOAD: it would gain a user, a group or capabilities
 * @statically_linked: no dynamic linker will run
 * @other_libc: its dynamic linker isn't that of xschedctl, so that it could
 *	not load, or not survive loading, a library made for the latter
 * @interp: that dynamic linker
 */
struct target {
	char path[PATH_MAX];
	bool secure;
	bool statically_linked;
	bool other_libc;
	char interp[PATH_MAX];
};

/* Looks at the program that execvp(@app) would run, and through one "#!". */
void target_look(struct target *t, const char *app);

#endif /* XSCHEDCTL_TARGET_H */
