// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Shutdown by the control plane: every process is let go and nobody new gets in,
 * until the module is loaded again, which each case does.
 */
#include <pthread.h>

#include "module.h"
#include "victim.h"

static char file[PATH_MAX], parameters[1024];

static void need_module(void)
{
	module_need(file);
	module_parameters(parameters, sizeof(parameters));
	close(node_open());
}

static void shut_down(void)
{
	struct genl_msg m;
	struct genl g;

	genl_open(&g);
	genl_begin(&g, &m, g.family, XSCHED_CMD_SHUTDOWN, 0);
	CHECK_EQ(genl_ask(&g, &m, NULL, NULL), 0);
	genl_close(&g);
}

static void reload(void)
{
	module_remove_soon("xsched");
	module_reload(file, parameters);
	close(node_open());
}

static void forget(struct player *p)
{
	munmap((void *)p->c.control, page_size());
	munmap(p->c.status, page_size());
	munmap((void *)((uintptr_t)p->e.ctl & ~(page_size() - 1)), page_size());
	munmap((void *)((uintptr_t)p->q.st & ~(page_size() - 1)), page_size());
	close(p->c.fd);
}

static void held_pair(struct player *high, struct player *low)
{
	player_open(high, ABOVE);
	player_open(low, 0);
	go_idle(high);
	go_idle(low);
	launch(high, 1);
	want(low);
	CHECK_EQ(gate(low), XSCHED_GATE_HELD);
}

static void check_let_go(struct player *p)
{
	uint32_t epoch = LOAD(p->e.ctl->epoch) - 1;

	CHECK_EQ(gate(p), XSCHED_GATE_OPEN);
	CHECK_EQ(LOAD(p->e.ctl->notify), 0);
	CHECK_EQ(LOAD(p->c.control->flags), XSCHED_CONTROL_DETACHED);
	CHECK(poll_now(p->c.fd) & POLLHUP);
	CHECK_EQ(kick_id(p->c.fd, p->e.id), -ENODEV);
	CHECK_EQ(wait_gate(p, &epoch, 0), -ENODEV);
}

static void lets_go(const void *data)
{
	struct player high, low;

	(void)data;
	need_module();
	held_pair(&high, &low);
	shut_down();
	check_let_go(&high);
	check_let_go(&low);
	CHECK_EQ(genl_count(XSCHED_CMD_CLIENT_GET), 0);
	CHECK_EQ(genl_count(XSCHED_CMD_ENTITY_GET), 0);
	CHECK_EQ(genl_count(XSCHED_CMD_QUEUE_GET), 0);
	/* Until they close, they hold the module. */
	CHECK_EQ(module_remove("xsched"), -EWOULDBLOCK);
	forget(&high);
	forget(&low);
	reload();
}

static void nobody_new(const void *data)
{
	struct xsched_attach a = { .size = sizeof(a) };
	int before;

	(void)data;
	need_module();
	before = node_open();
	shut_down();
	MUST_FAIL(open(NODE, O_RDWR), ENODEV);
	CHECK_EQ(call(before, XSCHED_ATTACH, &a), -ENODEV);
	MUST(close(before));
	shut_down();
	reload();
	CHECK_EQ(call(node_open(), XSCHED_ATTACH, &a), 0);
}

struct sleeper {
	pthread_t thread;
	struct player *p;
	bool agent;
	int ret, done;
	short events;
};

static void *sleep_in_wait(void *arg)
{
	struct sleeper *s = arg;
	struct xsched_wait w = {
		.size = sizeof(w), .entity_id = s->agent ? 0 : s->p->e.id,
		.epoch = s->agent ? LOAD(s->p->c.control->ring_tail) : LOAD(s->p->e.ctl->epoch),
		.deadline_ns = XSCHED_NO_DEADLINE,
	};

	/* The competitor may be let go first, which opens the gate. */
	do
		s->ret = call(s->p->c.fd, XSCHED_WAIT, &w);
	while (!s->ret);
	STORE(s->done, 1);
	return NULL;
}

static void *sleep_in_poll(void *arg)
{
	struct sleeper *s = arg;
	struct pollfd fd = { .fd = s->p->c.fd };

	s->ret = poll(&fd, 1, -1);
	s->events = fd.revents;
	STORE(s->done, 1);
	return NULL;
}

static void wakes_everybody(const void *data)
{
	struct player high, low;
	struct sleeper s[3] = {
		{ .p = &low }, { .p = &low, .agent = true }, { .p = &low },
	};
	int i;

	(void)data;
	need_module();
	held_pair(&high, &low);
	for (i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&s[i].thread, NULL,
					i < 2 ? sleep_in_wait : sleep_in_poll, &s[i]), 0);
	sleep_ms(100);
	for (i = 0; i < 3; i++)
		CHECK_EQ(LOAD(s[i].done), 0);
	shut_down();
	for (i = 0; i < 3; i++) {
		EVENTUALLY(LOAD(s[i].done));
		pthread_join(s[i].thread, NULL);
	}
	CHECK_EQ(s[0].ret, -ENODEV);
	CHECK_EQ(s[1].ret, -ENODEV);
	CHECK(s[2].events & POLLHUP);
	forget(&high);
	forget(&low);
	reload();
}

/* Others' processes too, a hundred of them. */
static void be_one_of_many(struct victim *v)
{
	struct pollfd fd = {};
	struct player p;

	player_open(&p, getpid() % 200);
	go_idle(&p);
	launch(&p, 1);
	victim_report(v, p.c.id);
	fd.fd = p.c.fd;
	CHECK_EQ(MUST(poll(&fd, 1, -1)), 1);
	check_let_go(&p);
}

static void many(const void *data)
{
	enum { N = 100 };
	struct victim v[N];
	int i;

	(void)data;
	need_module();
	for (i = 0; i < N; i++)
		victim_start(&v[i], be_one_of_many);
	shut_down();
	for (i = 0; i < N; i++)
		join(v[i].pid);
	reload();
}

/* While processes come, work and go. */
static void come_and_go(void *data)
{
	struct xsched_attach a;
	int fd;

	(void)data;
	for (;;) {
		a = (struct xsched_attach){ .size = sizeof(a) };
		fd = open(NODE, O_RDWR);
		if (fd < 0) {
			CHECK_EQ(errno, ENODEV);
			return;
		}
		if (!call(fd, XSCHED_ATTACH, &a)) {
			struct xsched_entity_create e = entity_args(0);

			if (!call(fd, XSCHED_ENTITY_CREATE, &e))
				kick_id(fd, e.entity_id);
		}
		close(fd);
	}
}

static void under_load(const void *data)
{
	pid_t pids[8];
	int i;

	(void)data;
	need_module();
	for (i = 0; i < 8; i++)
		pids[i] = start(come_and_go, NULL);
	sleep_ms(300);
	shut_down();
	for (i = 0; i < 8; i++)
		join(pids[i]);
	CHECK_EQ(genl_count(XSCHED_CMD_CLIENT_GET), 0);
	reload();
}

static const struct ktap_test tests[] = {
	{ "every gate opens, POLLHUP, flag, ENODEV", lets_go, NULL },
	{ "nobody new", nobody_new, NULL },
	{ "wakes everybody", wakes_everybody, NULL },
	{ "a hundred processes", many, NULL },
	{ "while processes come and go", under_load, NULL },
};

/* A case that failed on the way must not leave the others without a scheduler. */
static void recover(const void *data)
{
	(void)data;
	need_module();
	reload();
}

static bool is_shut(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd < 0 && (errno == ENODEV || errno == ENOENT);
}

int main(int argc, char **argv)
{
	bool usable = !is_shut();
	size_t i;

	(void)argc;
	ktap_begin(argv[0], ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		ktap_case(tests[i].name, tests[i].run, NULL);
		if (usable && is_shut())
			ktap_quiet(recover, NULL);
	}
	return ktap_end();
}
