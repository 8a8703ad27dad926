// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How long it takes to stop a queue that is full of kernels of T us, from the call to
 * when it stands: xpreempt LEVEL T N [WINDOW BATCH]. Prints JSON, in us; with the driver's
 * ioctls that a stop took, and what an empty one takes.
 */
#include "own.h"

#include <sys/ioctl.h>

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* AMDKFD_IOC_GET_VERSION, which the driver answers from memory. */
static double empty_ioctl_us(void)
{
	struct { uint32_t major, minor; } v;
	int fd = open("/dev/kfd", O_RDWR | O_CLOEXEC), i;
	uint64_t begin = now_ns();

	for (i = 0; i < 100; i++)
		if (ioctl(fd, _IOR('K', 1, v), &v) < 0)
			return -1;
	close(fd);
	return (double)(now_ns() - begin) / 100000;
}

static uint64_t injected_us(void)
{
	FILE *f = fopen("/sys/module/kfdsim/parameters/unmap_us", "r");
	uint64_t v = 0;

	if (f && fscanf(f, "%" SCNu64, &v) != 1)
		v = 0;
	if (f)
		fclose(f);
	return v;
}

static uint64_t driver_calls(void)
{
	return sim_stat("update_queue") + sim_stat("dbg_trap");
}

int main(int argc, char **argv)
{
	int level = argc > 1 ? atoi(argv[1]) : 0, n = argc > 3 ? atoi(argv[3]) : 0, i;
	uint64_t t_us = argc > 2 ? (uint64_t)atoll(argv[2]) : 0, calls = 0, before;
	double *took = calloc((size_t)n + 1, sizeof(*took));
	struct feeder f = { .naps = true };
	uint64_t stays_us = 30000 + 30 * injected_us();	/* a queue stays on the device for a while */

	if (level < 1 || level > 3 || !t_us || n < 1)
		return 2;
	ktap = calloc(1, sizeof(*ktap));
	XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown);
	hsa_open();
	own_queue(&f, level, argc > 5 ? atoi(argv[4]) : 0, argc > 5 ? atoi(argv[5]) : 0);
	feeder_start(&f, t_us);
	sleep_us(20 * t_us + 50000);
	for (i = 0; i < n; i++) {
		uint64_t begin;

		/* At any moment of a kernel. */
		sleep_us(stays_us + t_us * (uint64_t)(i * 7919 % 1000) / 500);
		before = driver_calls();
		begin = now_ns();
		XQueueSuspend(f.xq, kQueueSuspendFlagSyncHwQueue);
		took[i] = (double)(now_ns() - begin) / 1000;
		calls += driver_calls() - before;
		sleep_us(2000);
		XQueueResume(f.xq, kQueueResumeFlagNone);
	}
	feeder_stop(&f);
	qsort(took, (size_t)n, sizeof(*took), by_size);
	printf("{\"p50_us\":%.1f,\"p99_us\":%.1f,\"n\":%d,\"ioctls\":%.2f,\"empty_ioctl_us\":%.2f}\n",
	       took[n / 2], took[(n - 1) * 99 / 100], n, (double)calls / n, empty_ioctl_us());
	own_queue_end(&f);
	free(took);
	return 0;
}
