// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Somebody else's preload: wraps functions by RTLD_NEXT, which must mean "after me"
 * whoever else interposes dlsym(). If it came to mean anything else
 * this would call itself for ever, or skip a library.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>

#define EXPORT __attribute__((visibility("default")))

static __thread int depth;

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(99);
}

static void must_differ(void *next, void *mine, const char *name)
{
	if (next && next != mine && depth < 3)
		return;
	say("other_preload: RTLD_NEXT is not what follows this library, for ");
	say(name);
	say("\n");
	_exit(99);
}

EXPORT int puts(const char *s)
{
	int (*next)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "puts");
	int ret;

	must_differ((void *)next, (void *)puts, "puts");
	depth++;
	ret = next(s);
	depth--;
	return ret;
}

EXPORT pid_t fork(void)
{
	pid_t (*next)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");
	pid_t ret;

	must_differ((void *)next, (void *)fork, "fork");
	depth++;
	ret = next();
	depth--;
	return ret;
}

/* Also of OpenCL itself: our neighbour's wrapper, or the loader's function. */
EXPORT cl_int CL_API_CALL clFinish(cl_command_queue q)
{
	void *f = dlsym(RTLD_NEXT, "clFinish");
	cl_int (CL_API_CALL *next)(cl_command_queue);
	cl_int ret;

	if (!f)		/* a plugin's, in no scope of ours */
		f = dlsym(dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_NOLOAD), "clFinish");
	next = (cl_int (CL_API_CALL *)(cl_command_queue))f;

	must_differ((void *)next, (void *)clFinish, "clFinish");
	depth++;
	ret = next(q);
	depth--;
	return ret;
}

__attribute__((constructor))
static void check(void)
{
	/* Ours must be the one that the program gets. */
	if (dlsym(RTLD_DEFAULT, "puts") == dlsym(RTLD_NEXT, "puts")) {
		say("other_preload: RTLD_NEXT and RTLD_DEFAULT are the same\n");
		_exit(99);
	}
}
