// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A long random run of the core under each policy, with fixed seeds: prints KTAP, and what
 * came of it.
 *
 * core_random [--events N] [--policy NAME|all] [--seed N]
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "play.h"

/* A run begins from scratch after so many events, and can be repeated from there. */
#define CHUNK	20000

static u64 events = 200000, first_seed = 1;
static const char *only = "all";
static int number, failed;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(const char *policy, const char *what, const char *fault)
{
	failed += fault != NULL;
	printf("%sok %d %s %s\n", fault ? "not " : "", ++number, policy, what);
	if (fault)
		printf("# %s\n", fault);
	fflush(stdout);
}

/* One chunk, and the same again: equal inputs give equal decisions. */
static const char *chunk(const struct xsched_policy *p, u64 seed, u64 *done, u64 *hash)
{
	static char why[256];
	struct tape tape = { .seed = seed }, again = tape;
	bool switches = (seed >> 8) % 4 == 0;
	struct played one = play(p, &tape, CHUNK, switches), two;

	*done += one.events;
	*hash = *hash * 31 + one.hash;
	if (one.fault) {
		snprintf(why, sizeof(why), "seed %llu: %s", seed, one.fault);
		return why;
	}
	two = play(p, &again, CHUNK, switches);
	if (one.hash == two.hash && one.events == two.events)
		return NULL;
	snprintf(why, sizeof(why), "seed %llu: played twice, two results", seed);
	return why;
}

static void random_run(const struct xsched_policy *p)
{
	double begin = seconds(), shown = begin;
	u64 done = 0, hash = 0, seed = first_seed;
	const char *fault = NULL;

	for (; done < events && !fault; seed++) {
		fault = chunk(p, seed * 0x9e3779b97f4a7c15ULL | 1, &done, &hash);
		if (seconds() - shown > 10) {
			shown = seconds();
			printf("# %s: %llu of %llu events\n", p->name, done, events);
			fflush(stdout);
		}
	}
	printf("# %s: %llu events, played twice, in %.1f s; trace %016llx\n", p->name, done,
	       seconds() - begin, hash);
	report(p->name, "random run", fault);
}

static bool divides_shares(const struct xsched_policy *p)
{
	return p == &xsched_policy_fair || p == &xsched_policy_up || p == &xsched_policy_pup;
}

static void check_policy(const struct xsched_policy *p)
{
	u32 feasible, sets = events > 1000000 ? 20000 : 1000;
	const char *fault;

	random_run(p);
	if (divides_shares(p))
		report(p->name, "shares within a point", property_shares(p));
	if (p != &xsched_policy_edf)
		return;
	fault = property_edf(first_seed * 7919, sets, &feasible);
	printf("# edf: %u random sets of jobs, of which %u can be met\n", sets, feasible);
	report(p->name, "meets what can be met", fault);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "events", required_argument, NULL, 'e' },
		{ "policy", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "e:p:s:", options, NULL)) != -1) {
		if (c == 'e')
			events = strtoull(optarg, NULL, 0);
		else if (c == 'p')
			only = optarg;
		else if (c == 's')
			first_seed = strtoull(optarg, NULL, 0);
		else
			exit(2);
	}
	if (strcmp(only, "all") && !xsched_policy_find(only)) {
		fprintf(stderr, "core_random: no policy '%s'\n", only);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	const struct xsched_policy *const *p;

	parse(argc, argv);
	printf("KTAP version 1\n");
	for (p = xsched_policies; *p; p++)
		if (!strcmp(only, "all") || !strcmp(only, (*p)->name))
			check_policy(*p);
	printf("1..%d\n", number);
	return failed != 0;
}

void *xt_alloc_big(struct xt *t __maybe_unused, size_t size)
{
	void *p = calloc(1, size);

	if (!p) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	return p;
}
