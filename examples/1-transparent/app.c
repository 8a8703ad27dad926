// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program that knows nothing of xsched. Start it twice, differently preferred:
 *
 *	xschedctl run --priority 1 -- ./app &
 *	xschedctl run --priority 2 -- ./app
 */
#include "work.h"

int main(int argc, char **argv)
{
	int i, tasks = argc > 1 ? atoi(argv[1]) : 20;
	struct work w;

	work_setup();
	w = work_new();
	work_run(&w);
	for (i = 0; i < tasks; i++) {
		printf("task %d took %.1f ms\n", i, work_run(&w));
		fflush(stdout);
		sleep_ms(20);
	}
	work_free(&w);
	return 0;
}
