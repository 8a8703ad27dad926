// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CUDA work without an end, of kernels of a given length.
 *
 *	work burst BUSY_US PAUSE_US	kernels of 100 us, then a pause, again and again
 *	work stream LENGTH_US COUNT	so many kernels in order; says how far it is, checks
 */
#include "cu.h"

static void burst(u32 busy, u32 pause)
{
	cu_ptr log = log_new(busy / 100 + 1);
	u32 i;

	puts("ready");
	fflush(stdout);
	for (;;) {
		OK(cuMemsetD32Async(log, 0, 1, NULL));
		for (i = 0; i < busy / 100; i++)
			OK(append(NULL, log, i, 100));
		OK(cuStreamSynchronize(NULL));
		usleep(pause);
	}
}

static void stream(u32 us, u32 count)
{
	cu_ptr log = log_new(count);
	cu_stream s;
	u32 i;

	OK(cuStreamCreate(&s, NON_BLOCKING));
	for (i = 0; i < count; i++) {
		OK(append(s, log, i, us));
		if (i == 10) {
			puts("ready");
			fflush(stdout);
		}
		if (i % 64 == 63)
			OK(cuStreamSynchronize(s));
	}
	OK(cuStreamSynchronize(s));
	log_is_in_order(log, 0, count);
	puts("in order");
}

int main(int argc, char **argv)
{
	static struct ktap nowhere;

	ktap = &nowhere;
	if (argc != 4)
		return 2;
	cu_begin();
	if (!strcmp(argv[1], "burst"))
		burst((u32)atoi(argv[2]), (u32)atoi(argv[3]));
	stream((u32)atoi(argv[2]), (u32)atoi(argv[3]));
	return 0;
}
