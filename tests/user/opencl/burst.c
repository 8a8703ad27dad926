// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A competitor: bursts of short kernels with pauses in between, until it is killed.
 * burst [BUSY_US [PAUSE_US]]
 */
#include "cl.h"

int main(int argc, char **argv)
{
	unsigned int busy = argc > 1 ? atoi(argv[1]) : 2000, pause = argc > 2 ? atoi(argv[2]) : 3000;
	static struct ktap nowhere;
	cl_command_queue q;
	unsigned int i;
	cl_kernel spin;
	cl_mem m;

	ktap = &nowhere;
	cl_open();
	cl_calibrate();
	q = cl_queue(0);
	spin = cl_kern("spin");
	m = cl_buffer(0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		for (i = 0; i < busy / 100; i++)
			cl_spin(q, spin, m, 100, 0, NULL, NULL);
		CL(clFinish(q));
		usleep(pause);
	}
}
