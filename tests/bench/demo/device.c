// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A preload that makes a PoCL device behave like an accelerator: its worker threads run SCHED_FIFO, so that nothing
 * but the end of its work takes the device from a process.
 *
 * The threads that libpocl starts are the device; all others are the program's own and are left alone. DEVICE_PRIORITY
 * is the workers' priority. A program is to be started one priority above, or it could not hand work to a busy device.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*create_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static bool is_libpocl(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, "libpocl");
}

static int create_worker(create_fn real, pthread_t *thread, void *(*start)(void *), void *arg)
{
	const char *priority = getenv("DEVICE_PRIORITY");
	struct sched_param param = { .sched_priority = priority ? atoi(priority) : 10 };
	pthread_attr_t attr;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	rc = real(thread, &attr, start, arg);
	pthread_attr_destroy(&attr);
	if (rc) {
		fprintf(stderr, "device: no SCHED_FIFO worker of priority %d: %s; run as root\n", param.sched_priority,
			strerror(rc));
		exit(1);
	}
	return rc;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	create_fn real = (create_fn)dlsym(RTLD_NEXT, "pthread_create");

	if (is_libpocl(__builtin_return_address(0)))
		return create_worker(real, thread, start, arg);
	return real(thread, attr, start, arg);
}
