// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedd against processes that behave, and against others. It is run by
 * xschedd_test.sh, with a scheduler of its own in XSCHED_SOCKET and XSCHEDD_PID.
 */
#include "xschedd_client.h"

#include <dirent.h>
#include <grp.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xsched_netlink.h>

#define OTHER_USER	1000

static pid_t daemon_pid(void)
{
	const char *pid = getenv("XSCHEDD_PID");

	return pid ? atoi(pid) : 0;
}

static void need_root(void)
{
	if (geteuid())
		SKIP("needs root, to become another user");
}

static void become_other(void)
{
	MUST(setgroups(0, NULL));
	MUST(setresgid(OTHER_USER, OTHER_USER, OTHER_USER));
	MUST(setresuid(OTHER_USER, OTHER_USER, OTHER_USER));
}

/* It is the daemon that is to be alive, and to serve. */
static void check_serves(void)
{
	struct client c;
	struct entity e;

	client_open(&c);
	entity_make(&c, &e, 0);
	CHECK_EQ(kick_id(&c, e.id), 0);
	client_close(&c);
}

static int daemon_fds(void)
{
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon_pid());
	d = opendir(path);
	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

#include "xschedd/behaved.c"
#include "xschedd/messages.c"
#include "xschedd/others.c"
#include "xschedd/life.c"
#include "xschedd/descriptors.c"
#include "xschedd/ends.c"

static const int sigterm = SIGTERM, sigkill = SIGKILL;

static const struct ktap_test serving[] = {
	{ "attach", attach, NULL },
	{ "segments are sealed", seals, NULL },
	{ "alone: open, and nothing to tell", alone, NULL },
	{ "two priorities: every gate has changed when the kick returns", turns, NULL },
	{ "agent ring and event pipe", ring, NULL },
	{ "futex wait on a gate", waiting, NULL },
	{ "regions grow", growth, NULL },
	{ "sizes of structs", sizes, NULL },
	{ "values", values, NULL },
	{ "malformed and oversized messages", nonsense, NULL },
	{ "random messages", fuzz, NULL },
	{ "who reads no replies", deaf, NULL },
	{ "ids of another process", foreign_ids, NULL },
	{ "another user", other_user, NULL },
	{ "control plane", control, NULL },
	{ "control plane: random requests", control_fuzz, NULL },
	{ "kill -9 of the one that runs, 50 times", client_killed, NULL },
	{ "an inherited socket", inherited, NULL },
	{ "garbage in gates and counters, holes in segments", garbage, NULL },
	{ "nodes of devices", nodes, NULL },
	{ "descriptors that nobody wants", unwanted, NULL },
	{ "1,000 clients", many_clients, NULL },
	{ "per-user limit of entities", quota, NULL },
};

static const struct ktap_test few[] = {
	{ "a user who takes all descriptors that he may", few_descriptors, NULL },
	{ "no descriptor left", out_of_descriptors, NULL },
};

static const struct ktap_test term[] = { { "SIGTERM opens all gates", ends, &sigterm } };
static const struct ktap_test died[] = { { "SIGKILL hangs up", ends, &sigkill } };

static const struct suite {
	const char *name;
	const struct ktap_test *tests;
	int n;
} groups[] = {
	{ "serving", serving, ARRAY_SIZE(serving) },
	{ "few", few, ARRAY_SIZE(few) },
	{ "term", term, ARRAY_SIZE(term) },
	{ "kill", died, ARRAY_SIZE(died) },
};

int main(int argc, char **argv)
{
	const struct suite *g = groups;
	int i;

	while (argc > 1 && g < groups + ARRAY_SIZE(groups) && strcmp(g->name, argv[1]))
		g++;
	if (argc != 2 || g == groups + ARRAY_SIZE(groups)) {
		fprintf(stderr, "usage: xschedd_peers serving|few|term|kill; see xschedd_test.sh\n");
		return 2;
	}
	ktap_begin(argv[0], g->n);
	for (i = 0; i < g->n; i++)
		ktap_case(g->tests[i].name, g->tests[i].run, g->tests[i].arg);
	return ktap_end();
}
