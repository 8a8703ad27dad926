// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Measures one decision: from "work has appeared" to "the gates are flipped", by the KICK
 * of an entity of higher priority while another one runs, and back by the KICK with
 * which it becomes idle. Beside it: calls that do nothing. Writes one JSON object:
 * single calls, clock reading included, and means over batches, without it.
 *
 * Instructions are counted by the CPU's counter where there is one. An emulator
 * that runs one instruction per nanosecond of its clock (QEMU: -icount shift=0)
 * makes the time stamp counter count them; a loop of known length tells.
 */
#include "../../user/uapi/client.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>

#define ROUNDS		2000
#define KNOWN_LOOPS	10000

static int perf_fd = -1;
static bool ticks_are_instructions;

static uint64_t ticks(void)
{
	uint64_t n = 0;

	if (perf_fd >= 0)
		return read(perf_fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
#ifdef __x86_64__
	__builtin_ia32_lfence();
	n = __builtin_ia32_rdtsc();
	__builtin_ia32_lfence();
#endif
	return n;
}

/* Two instructions a turn. */
static void known_loop(void)
{
#ifdef __x86_64__
	unsigned long n = KNOWN_LOOPS;

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
#endif
}

static uint64_t known_cost(void)
{
	uint64_t best = ~0ull, t;
	int i;

	for (i = 0; i < 20; i++) {
		t = ticks();
		known_loop();
		t = ticks() - t;
		if (t < best)
			best = t;
	}
	return best;
}

static const char *find_counter(void)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(a),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
	};
	uint64_t cost;

	perf_fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
	if (perf_fd >= 0)
		return "the CPU's counter";
	cost = known_cost();
	if (cost > 2 * KNOWN_LOOPS * 0.99 && cost < 2 * KNOWN_LOOPS * 1.02) {
		ticks_are_instructions = true;
		return "the emulator's clock";
	}
	return NULL;
}

struct sample {
	uint64_t ns[ROUNDS], count[ROUNDS];
};

static int cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t at(uint64_t *v, unsigned int percent)
{
	qsort(v, ROUNDS, sizeof(*v), cmp);
	return v[(ROUNDS - 1) * percent / 100];
}

#define MEASURE(s, i, call) ({							\
	uint64_t __n = now_ns(), __c = ticks();					\
	__auto_type __r = (call);						\
	(s)->count[i] = ticks() - __c;						\
	(s)->ns[i] = now_ns() - __n;						\
	__r; })

static void answer(struct player *p)
{
	if (LOAD(p->q.st->track_ack) != LOAD(p->e.ctl->track_seq))
		ack(p);
}

static void work_appears(struct player *p)
{
	STORE(p->q.st->flags, 0);
	ADD(p->q.st->submitted, 1);
}

static void work_is_done(struct player *p)
{
	ADD(p->q.st->completed, 1);
	STORE(p->q.st->flags, XSCHED_STATUS_SYNCED);
}

static unsigned int flipped, returned;

static void one_round(struct player *low, struct player *high, struct sample *up,
		      struct sample *down, unsigned int i)
{
	answer(low);
	answer(high);
	WITHIN(5000, !gate(low));
	work_appears(high);
	CHECK_EQ(MEASURE(up, i, kick_id(high->c.fd, high->e.id)), 0);
	flipped += !gate(high) && gate(low);
	answer(low);
	answer(high);
	work_is_done(high);
	CHECK_EQ(MEASURE(down, i, kick_id(high->c.fd, high->e.id)), 0);
	returned += !gate(low);
}

#define BATCHES	40
#define IN_BATCH 50

struct means {
	uint64_t decision[BATCHES], nothing[BATCHES];
};

/* To the high one and back to the low one: two decisions, four gates. */
static void batch(struct player *low, struct player *high, struct means *m, unsigned int b)
{
	struct xsched_query bad = { .size = 1 };
	unsigned int i, lost = 0;
	uint64_t t;

	answer(low);
	answer(high);
	WITHIN(5000, !gate(low));
	t = now_ns();
	for (i = 0; i < IN_BATCH; i++) {
		work_appears(high);
		kick_id(high->c.fd, high->e.id);
		lost += gate(high) || !gate(low);
		work_is_done(high);
		kick_id(high->c.fd, high->e.id);
		lost += !!gate(low);
	}
	m->decision[b] = (now_ns() - t) / (2 * IN_BATCH);
	CHECK_EQ(lost, 0);
	t = now_ns();
	for (i = 0; i < 2 * IN_BATCH; i++)
		ioctl(low->c.fd, XSCHED_QUERY, &bad);
	m->nothing[b] = (now_ns() - t) / (2 * IN_BATCH);
}

static uint64_t median(uint64_t *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), cmp);
	return v[n / 2];
}

static void print(const char *name, struct sample *s, bool counted, const char *tail)
{
	printf("  \"%s\": {\"ns\": %llu, \"ns_p10\": %llu, \"ns_p90\": %llu, \"instructions\": ", name,
	       (unsigned long long)at(s->ns, 50), (unsigned long long)at(s->ns, 10),
	       (unsigned long long)at(s->ns, 90));
	if (counted)
		printf("%llu}%s\n", (unsigned long long)at(s->count, 50), tail);
	else
		printf("null}%s\n", tail);
}

int main(void)
{
	static struct sample up, down, nothing, nobody, no_call;
	static struct means means;
	struct player low, high;
	struct xsched_query bad = { .size = 1 };
	const char *counter;
	unsigned int i;

	ktap = mmap(NULL, sizeof(*ktap), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (access(NODE, F_OK)) {
		fprintf(stderr, "decision: %s: no such device: load the module\n", NODE);
		return KTAP_SKIP;
	}
	counter = find_counter();
	player_open(&low, 0);
	player_open(&high, 10);
	want(&low);
	for (i = 0; i < ROUNDS; i++) {
		one_round(&low, &high, &up, &down, i);
		MEASURE(&nothing, i, ioctl(low.c.fd, XSCHED_QUERY, &bad));
		MEASURE(&nobody, i, kick_id(low.c.fd, 0x7fffffff));
		MEASURE(&no_call, i, 0);
	}
	if (flipped != ROUNDS) {
		fprintf(stderr, "decision: only %u of %u kicks flipped both gates\n", flipped, ROUNDS);
		return 1;
	}
	for (i = 0; i < BATCHES; i++)
		batch(&low, &high, &means, i);
	printf("{\n  \"rounds\": %u, \"counted_by\": %s%s%s, \"given_back_at_once\": %u,\n", ROUNDS,
	       counter ? "\"" : "", counter ? counter : "null", counter ? "\"" : "", returned);
	print("ready_to_flipped", &up, counter, ",");
	print("idle_to_flipped", &down, counter, ",");
	print("empty_ioctl", &nothing, counter, ",");
	print("kick_of_nobody", &nobody, counter, ",");
	print("no_call", &no_call, counter, ",");
	printf("  \"decision_ns\": %llu, \"empty_ioctl_ns\": %llu, \"decision_in_empty_ioctls\": %.2f\n}\n",
	       (unsigned long long)median(means.decision, BATCHES),
	       (unsigned long long)median(means.nothing, BATCHES),
	       (double)median(means.decision, BATCHES) / (double)median(means.nothing, BATCHES));
	return 0;
}
