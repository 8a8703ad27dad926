// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a decision of the host scheduler costs: two processes and xschedd, from the
 * moment in which one of them becomes ready to the moment in which another sees its
 * gate closed, and from the end of the one's work to the other's thread running
 * again. Prints JSON, times in us.
 */
#include "../../user/host/xschedd_client.h"

#include <sched.h>

#define ROUNDS	5000
#define WARM_UP	200

/* What the two processes tell each other. */
struct board {
	uint64_t closed_ns;	/* when the loser saw its gate closed; 0: not yet */
	uint64_t woken_ns;	/* when its sleeping thread ran again */
	uint32_t round;		/* in which it is to look */
	uint32_t sleeps;	/* it is to sleep, rather than to spin, for its gate to open */
	bool ready;
};

static struct board *board;
static double applied[ROUNDS], kick[ROUNDS], woken[ROUNDS];

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);	/* with one CPU only, never mind */
}

static void sleep_until_open(struct entity *e)
{
	uint32_t *waiters = xsched_wire_waiters(e->ctl), epoch;

	__atomic_fetch_add(waiters, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		epoch = __atomic_load_n(&e->ctl->epoch, __ATOMIC_SEQ_CST);
		if (!gate_of(e))
			break;
		syscall(SYS_futex, &e->ctl->epoch, FUTEX_WAIT, epoch, NULL, NULL, 0);
	}
	__atomic_fetch_sub(waiters, 1, __ATOMIC_SEQ_CST);
}

/* Has work and the device, until the other one has. */
static void lose(void)
{
	struct client c;
	struct entity e;
	uint32_t round = 0;

	run_on(1);
	client_open(&c);
	entity_make(&c, &e, 0);
	entity_answer(&c, &e);
	entity_begin(&c, &e);
	__atomic_store_n(&board->ready, true, __ATOMIC_RELEASE);
	for (;;) {
		while (__atomic_load_n(&board->round, __ATOMIC_ACQUIRE) == round)
			;
		round = board->round;
		while (!gate_of(&e))
			;
		__atomic_store_n(&board->closed_ns, now_ns(), __ATOMIC_RELEASE);
		sleep_until_open(&e);
		__atomic_store_n(&board->woken_ns, now_ns(), __ATOMIC_RELEASE);
	}
}

static uint64_t await(uint64_t *word)
{
	uint64_t v;

	while (!(v = __atomic_load_n(word, __ATOMIC_ACQUIRE)))
		;
	return v;
}

static void one_round(struct client *c, struct entity *e, int i)
{
	uint64_t begun, kicked, ended;

	board->closed_ns = board->woken_ns = 0;
	__atomic_fetch_add(&board->round, 1, __ATOMIC_RELEASE);
	sleep_ms(0);
	begun = now_ns();
	entity_begin(c, e);
	kicked = now_ns();
	await(&board->closed_ns);
	usleep(200);		/* it has gone to sleep */
	ended = now_ns();
	entity_end(c, e);
	await(&board->woken_ns);
	if (i < 0)
		return;
	applied[i] = (double)(board->closed_ns - begun) / 1000;
	kick[i] = (double)(kicked - begun) / 1000;
	woken[i] = (double)(board->woken_ns - ended) / 1000;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *name, double *v, const char *end)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	printf("  \"%s\": {\"p50\": %.2f, \"p99\": %.2f, \"min\": %.2f}%s\n", name, v[ROUNDS / 2],
	       v[ROUNDS * 99 / 100], v[0], end);
}

int main(void)
{
	struct client c;
	struct entity e;
	pid_t pid;
	int i;

	board = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		return 1;
	pid = fork();
	if (!pid)
		lose();
	while (!__atomic_load_n(&board->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	run_on(0);
	client_open(&c);
	entity_make(&c, &e, 10);
	entity_answer(&c, &e);
	sleep_ms(100);
	for (i = -WARM_UP; i < ROUNDS; i++)
		one_round(&c, &e, i);
	kill(pid, SIGKILL);
	printf("{\n  \"scheduler\": \"xschedd\", \"unit\": \"us\", \"rounds\": %d, \"cpus\": %ld,\n",
	       ROUNDS, sysconf(_SC_NPROCESSORS_ONLN));
	print("ready_to_gate_closed", applied, ",");
	print("kick_round_trip", kick, ",");
	print("done_to_waiter_running", woken, "");
	puts("}");
	return 0;
}
