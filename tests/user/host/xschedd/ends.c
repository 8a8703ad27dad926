// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The scheduler ends: what its clients see of it.
 * A part of xschedd_peers.c.
 */

static void ends(const void *arg)
{
	int sig = *(const int *)arg;
	struct pollfd fd = { .events = POLLRDHUP };
	struct xsched_control_header *h;
	struct entity low, high;
	struct client a, b;

	client_open(&a);
	client_open(&b);
	entity_make(&a, &low, 0);
	entity_make(&b, &high, 9);
	entity_answer(&a, &low);
	entity_answer(&b, &high);
	entity_begin(&b, &high);
	entity_begin(&a, &low);
	CHECK_EQ(gate_of(&low), XSCHED_GATE_HELD);
	MUST(kill(daemon_pid(), sig));
	fd.fd = a.sock;
	CHECK_EQ(poll(&fd, 1, 5000), 1);
	if (sig == SIGKILL)
		return;		/* the gate is the process's to open */
	h = (void *)a.control;
	CHECK_EQ(gate_of(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(h->flags, XSCHED_CONTROL_DETACHED);
}
