// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Two programs that share the simulated GPU: "load back T [QUEUES]" keeps it busy with
 * kernels of T us until it is told to end; "load front N T" runs N short ones, one at a time,
 * and prints what they took beyond their own time, in us.
 */
#include "hsa.h"

#define MAX_QUEUES 16

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

/* So many in flight, none lost: the signal counts every one. */
static int back(uint64_t us, int queues)
{
	hsa_signal_t done = new_signal(0);
	hsa_queue_t *q[MAX_QUEUES];
	uint64_t sent = 0;
	bool ok;
	int i;

	for (i = 0; i < queues; i++)
		q[i] = new_queue(256);
	signal(SIGTERM, on_term);
	while (!stop) {
		while (hsa_signal_load_scacquire(done) < 4 * queues) {
			hsa_signal_add_relaxed(done, 1);
			dispatch(q[sent++ % (unsigned int)queues], us * 1000, done);
		}
		/* So that it leaves the CPU to others: there may be one only. */
		sleep_us(us / 4 < 1000 ? us / 4 : 1000);
	}
	ok = wait_below(done, 1, 30000);
	printf("simulated back %" PRIu64 " dispatches %s\n", sent, ok ? "done" : "LOST");
	return !ok;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int front(int n, uint64_t us)
{
	hsa_queue_t *q = new_queue(256);
	double *took = calloc((size_t)n, sizeof(*took));
	int i;

	for (i = 0; i < n; i++) {
		hsa_signal_t done = new_signal(1);
		uint64_t begin;

		sleep_us(3000 + (uint64_t)(i * 7919 % 5000));
		begin = now_ns();
		dispatch(q, us * 1000, done);
		while (hsa_signal_wait_scacquire(done, HSA_SIGNAL_CONDITION_LT, 1, UINT64_MAX,
						 HSA_WAIT_STATE_BLOCKED) >= 1)
			;
		took[i] = (double)(now_ns() - begin) / 1000 - (double)us;
		hsa_signal_destroy(done);
	}
	qsort(took, (size_t)n, sizeof(*took), by_size);
	printf("{\"p50_us\":%.1f,\"p99_us\":%.1f,\"n\":%d}\n", took[n / 2], took[(n - 1) * 99 / 100], n);
	free(took);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	ktap = calloc(1, sizeof(*ktap));
	hsa_open();
	if (argc > 3 && !strcmp(argv[1], "back") && (atoi(argv[3]) < 1 || atoi(argv[3]) > MAX_QUEUES))
		return 2;
	return !strcmp(argv[1], "back") ? back((uint64_t)atoll(argv[2]), argc > 3 ? atoi(argv[3]) : 1) :
	       argc < 4 ? 2 : front(atoi(argv[2]), (uint64_t)atoll(argv[3]));
}
