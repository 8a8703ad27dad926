// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process says about entities that belong together: dependencies, and gangs
 * over several devices and processes.
 */
#include "group.h"

#define OTHER_CLASS	XSCHED_CLASS_ASIC	/* a second device of the tests' */

static int depend(int fd, uint32_t waiter, uint32_t on, uint32_t flags)
{
	struct xsched_depend a = {
		.size = sizeof(a), .flags = flags, .waiter_id = waiter, .on_id = on,
	};

	return call(fd, XSCHED_DEPEND, &a);
}

static int join_gang(int fd, const char *name)
{
	struct xsched_gang_join a = { .size = sizeof(a) };

	memcpy(a.name, name, strnlen(name, sizeof(a.name)));
	return call(fd, XSCHED_GANG, &a);
}

/* A player in its process's client, on any class of device. */
static void add_player(struct player *p, struct client *c, uint32_t dev_class, int priority,
		       uint32_t flags)
{
	struct xsched_entity_create a = entity_args(priority);
	struct xsched_queue_create q;

	p->c = *c;
	a.dev_class = dev_class;
	a.flags = flags;
	entity_create_with(&p->e, &p->c, a);
	q = queue_args(p->e.id);
	q.flags = XSCHED_QUEUE_F_DEVICE_GATED;
	queue_create_with(&p->q, &p->e, q);
}

/* Its device stands at a gate as soon as that is closed. */
static void work(struct player *p)
{
	STORE(p->q.st->arrive, 1);
	launch(p, 1);
}

static void high_waits_for_low(const void *data)
{
	struct player high, low, middle;
	struct client c, other;

	(void)data;
	client_open(&c);
	client_open(&other);
	add_player(&high, &c, TEST_CLASS, 10, 0);
	add_player(&low, &c, TEST_CLASS, 0, 0);
	add_player(&middle, &other, TEST_CLASS, 5, 0);
	go_idle(&high);
	go_idle(&low);
	go_idle(&middle);
	work(&high);
	work(&low);
	work(&middle);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(depend(c.fd, high.e.id, low.e.id, 0), 0);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&high), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&middle), XSCHED_GATE_HELD);
	CHECK_EQ(depend(c.fd, high.e.id, low.e.id, XSCHED_DEPEND_F_REMOVE), 0);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	/* Said again, and undone by the end of the waiter. */
	CHECK_EQ(depend(c.fd, high.e.id, low.e.id, 0), 0);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(destroy(c.fd, XSCHED_ENTITY_DESTROY, high.e.id), 0);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(gate(&middle), XSCHED_GATE_OPEN);
}

/* The one that is waited for works on another device. */
static void across_devices(const void *data)
{
	struct player waiter, on, rival, idler;
	struct client c, other;

	(void)data;
	client_open(&c);
	client_open(&other);
	add_player(&waiter, &c, TEST_CLASS, 10, XSCHED_ENTITY_F_NO_GANG);
	add_player(&idler, &other, TEST_CLASS, 0, XSCHED_ENTITY_F_NO_GANG);
	add_player(&on, &c, OTHER_CLASS, 0, XSCHED_ENTITY_F_NO_GANG);
	add_player(&rival, &other, OTHER_CLASS, 5, XSCHED_ENTITY_F_NO_GANG);
	go_idle(&waiter);
	go_idle(&idler);
	go_idle(&on);
	go_idle(&rival);
	work(&on);
	work(&rival);
	CHECK_EQ(depend(c.fd, waiter.e.id, on.e.id, 0), 0);
	CHECK_EQ(gate(&on), XSCHED_GATE_HELD);
	work(&waiter);
	EVENTUALLY(gate(&on) == XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&rival), XSCHED_GATE_HELD);
	go_idle(&waiter);
	EVENTUALLY(gate(&on) == XSCHED_GATE_HELD);
	EVENTUALLY(gate(&rival) == XSCHED_GATE_OPEN);
}

static void bad_dependencies(const void *data)
{
	struct client c, other;
	struct entity e[4], theirs, many[24];
	int i, k, n = 0, err = 0;

	(void)data;
	client_open(&c);
	client_open(&other);
	entity_create(&theirs, &other, 0);
	for (i = 0; i < 4; i++)
		entity_create(&e[i], &c, 0);
	CHECK_EQ(depend(c.fd, e[0].id, e[1].id, 2), -EINVAL);
	CHECK_EQ(depend(c.fd, e[0].id, 0, 0), -ENOENT);
	CHECK_EQ(depend(c.fd, INT32_MAX, e[0].id, 0), -ENOENT);
	CHECK_EQ(depend(c.fd, e[0].id, theirs.id, 0), -ENOENT);
	CHECK_EQ(depend(c.fd, theirs.id, e[0].id, 0), -ENOENT);
	CHECK_EQ(depend(c.fd, e[0].id, e[1].id, XSCHED_DEPEND_F_REMOVE), -ENOENT);
	CHECK_EQ(depend(c.fd, e[0].id, e[0].id, 0), -ELOOP);
	CHECK_EQ(depend(c.fd, e[0].id, e[1].id, 0), 0);
	CHECK_EQ(depend(c.fd, e[0].id, e[1].id, 0), 0);
	CHECK_EQ(depend(c.fd, e[1].id, e[2].id, 0), 0);
	CHECK_EQ(depend(c.fd, e[2].id, e[0].id, 0), -ELOOP);
	CHECK_EQ(destroy(c.fd, XSCHED_ENTITY_DESTROY, e[1].id), 0);
	CHECK_EQ(depend(c.fd, e[2].id, e[0].id, 0), 0);
	/* So many and no more. */
	for (i = 0; i < 24; i++)
		entity_create(&many[i], &c, 0);
	for (i = 0; i < 24 && !err; i++)
		for (k = 0; k < i && !err; k++) {
			err = depend(c.fd, many[i].id, many[k].id, 0);
			n += !err;
		}
	CHECK_EQ(err, -EDQUOT);
	CHECK_EQ(n, 255);
	CHECK_EQ(destroy(c.fd, XSCHED_ENTITY_DESTROY, many[0].id), 0);
	CHECK_EQ(depend(c.fd, many[23].id, many[22].id, 0), 0);
}

/* A process on two devices, and on each somebody else. */
struct four {
	struct client c, other;
	struct player one, two, rival_one, rival_two;
};

static void four_open(struct four *f, uint32_t flags)
{
	client_open(&f->c);
	client_open(&f->other);
	add_player(&f->one, &f->c, TEST_CLASS, 0, flags);
	add_player(&f->two, &f->c, OTHER_CLASS, 0, flags);
	add_player(&f->rival_one, &f->other, TEST_CLASS, -9, XSCHED_ENTITY_F_NO_GANG);
	add_player(&f->rival_two, &f->other, OTHER_CLASS, 9, XSCHED_ENTITY_F_NO_GANG);
	go_idle(&f->one);
	go_idle(&f->two);
	go_idle(&f->rival_one);
	go_idle(&f->rival_two);
}

static void devices_in_step(const void *data)
{
	struct four f;

	(void)data;
	four_open(&f, 0);
	work(&f.rival_one);
	work(&f.one);
	EVENTUALLY(gate(&f.one) == XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&f.rival_one), XSCHED_GATE_HELD);
	work(&f.rival_two);
	work(&f.two);
	/* Outranked on one device, held on both; the other device isn't wasted. */
	EVENTUALLY(gate(&f.one) == XSCHED_GATE_HELD);
	CHECK_EQ(gate(&f.two), XSCHED_GATE_HELD);
	EVENTUALLY(gate(&f.rival_one) == XSCHED_GATE_OPEN);
	go_idle(&f.rival_two);
	EVENTUALLY(gate(&f.one) == XSCHED_GATE_OPEN && gate(&f.two) == XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&f.rival_one), XSCHED_GATE_HELD);
}

static void out_of_step_on_request(const void *data)
{
	struct four f;

	(void)data;
	four_open(&f, XSCHED_ENTITY_F_NO_GANG);
	work(&f.rival_two);
	work(&f.two);
	work(&f.one);
	sleep_ms(20);
	CHECK_EQ(gate(&f.one), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&f.two), XSCHED_GATE_HELD);
}

static void processes_in_step(const void *data)
{
	struct client a, b, c, other;
	struct player one, two, three, rival_one, rival_two;

	(void)data;
	client_open(&a);
	client_open(&b);
	client_open(&c);
	client_open(&other);
	CHECK_EQ(join_gang(a.fd, "ranks"), 0);
	CHECK_EQ(join_gang(b.fd, "ranks"), 0);
	CHECK_EQ(join_gang(c.fd, "others"), 0);
	add_player(&one, &a, TEST_CLASS, 0, 0);
	add_player(&two, &b, OTHER_CLASS, 0, 0);
	add_player(&three, &c, TEST_CLASS, 0, 0);
	add_player(&rival_one, &other, TEST_CLASS, -9, XSCHED_ENTITY_F_NO_GANG);
	add_player(&rival_two, &other, OTHER_CLASS, 9, XSCHED_ENTITY_F_NO_GANG);
	go_idle(&one);
	go_idle(&two);
	go_idle(&three);
	go_idle(&rival_one);
	go_idle(&rival_two);
	work(&rival_two);
	work(&one);
	work(&two);
	work(&three);
	EVENTUALLY(gate(&one) == XSCHED_GATE_HELD);
	CHECK_EQ(gate(&two), XSCHED_GATE_HELD);
	CHECK_EQ(gate(&three), XSCHED_GATE_OPEN);
	/* Its other process dies: the rest waits for nobody. */
	MUST(close(b.fd));
	EVENTUALLY(gate(&one) == XSCHED_GATE_OPEN);
}

static void bad_joins(const void *data)
{
	struct xsched_gang_join a = { .size = sizeof(a), .flags = 1, .name = "x" };
	struct client c;
	struct entity e;
	int fd = node_open();

	(void)data;
	CHECK_EQ(join_gang(fd, "x"), -ENOTCONN);
	client_attach(&c, fd);
	CHECK_EQ(join_gang(fd, ""), -EINVAL);
	CHECK_EQ(join_gang(fd, "a b"), -EINVAL);
	CHECK_EQ(join_gang(fd, "caf\xc3\xa9"), -EINVAL);
	CHECK_EQ(join_gang(fd, "0123456789abcdef0123456789abcdef"), -EINVAL);
	CHECK_EQ(call(fd, XSCHED_GANG, &a), -EINVAL);
	CHECK_EQ(join_gang(fd, "0123456789abcdef0123456789abcde"), 0);
	CHECK_EQ(join_gang(fd, "y"), -EALREADY);
	client_open(&c);
	entity_create(&e, &c, 0);
	CHECK_EQ(join_gang(c.fd, "x"), -EALREADY);
}

/* Another user's process with the same name, which nobody lets run on its own device. */
static void spoil(void *data)
{
	struct player mine, rival;
	struct client c, other;
	char go;

	become(OTHER_UID);
	client_open(&c);
	client_open(&other);
	CHECK_EQ(join_gang(c.fd, "ranks"), 0);
	add_player(&mine, &c, OTHER_CLASS, 0, 0);
	add_player(&rival, &other, OTHER_CLASS, 9, 0);
	go_idle(&mine);
	go_idle(&rival);
	work(&rival);
	work(&mine);
	CHECK_EQ(gate(&mine), XSCHED_GATE_HELD);
	CHECK_EQ(write(((int *)data)[1], "r", 1), 1);
	CHECK_EQ(read(((int *)data)[0], &go, 1), 0);
}

static void names_are_a_users_own(const void *data)
{
	int ready[2], go[2], fds[2];
	struct client c, other;
	struct player one, rival;
	char byte;
	pid_t pid;

	(void)data;
	if (geteuid())
		SKIP("needs root, to be two users");
	MUST(pipe(ready));
	MUST(pipe(go));
	fds[0] = go[0];
	fds[1] = ready[1];
	pid = MUST(fork());
	if (!pid) {
		close(go[1]);
		spoil(fds);
		_exit(KTAP_PASS);
	}
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	client_open(&c);
	client_open(&other);
	CHECK_EQ(join_gang(c.fd, "ranks"), 0);
	add_player(&one, &c, TEST_CLASS, 5, 0);
	add_player(&rival, &other, TEST_CLASS, 0, 0);
	go_idle(&one);
	go_idle(&rival);
	work(&rival);
	work(&one);
	CHECK_EQ(gate(&one), XSCHED_GATE_OPEN);
	sleep_ms(20);
	CHECK_EQ(gate(&one), XSCHED_GATE_OPEN);
	close(go[1]);
	join(pid);
}

/* Processes with gangs and dependencies come and go, and get killed: for lockdep and KASAN. */
static void churn(void *data)
{
	int n = *(int *)data, i;

	for (i = 0; i < 30; i++) {
		struct player one, two;
		struct client c;

		client_open(&c);
		CHECK_EQ(join_gang(c.fd, n % 2 ? "odd" : "even"), 0);
		add_player(&one, &c, TEST_CLASS, i % 3, 0);
		add_player(&two, &c, OTHER_CLASS, n % 3, 0);
		CHECK_EQ(depend(c.fd, one.e.id, two.e.id, 0), 0);
		work(&one);
		work(&two);
		ack(&one);
		ack(&two);
		if (i % 2)
			go_idle(&one);
		CHECK_EQ(set_hint(c.fd, one.e.id, XSCHED_HINT_PRIORITY, i % 7), 0);
		if (i % 3 == 0)
			CHECK_EQ(destroy(c.fd, XSCHED_ENTITY_DESTROY, i % 2 ? one.e.id : two.e.id), 0);
		MUST(close(c.fd));
	}
	if (n == 3)
		raise(SIGKILL);
}

static void come_and_go(const void *data)
{
	pid_t pids[4];
	int n[4], i, status;

	(void)data;
	for (i = 0; i < 4; i++) {
		n[i] = i;
		pids[i] = start(churn, &n[i]);
	}
	for (i = 0; i < 4; i++) {
		MUST(waitpid(pids[i], &status, 0));
		CHECK(i == 3 ? WIFSIGNALED(status) : WIFEXITED(status) && !WEXITSTATUS(status));
	}
}

static const struct ktap_test tests[] = {
	{ "a high entity waits for a low one", high_waits_for_low, NULL },
	{ "a dependency across devices", across_devices, NULL },
	{ "bad dependencies", bad_dependencies, NULL },
	{ "a process's devices in step", devices_in_step, NULL },
	{ "devices out of step on request", out_of_step_on_request, NULL },
	{ "processes in step by name", processes_in_step, NULL },
	{ "bad joins", bad_joins, NULL },
	{ "names are a user's own", names_are_a_users_own, NULL },
	{ "coming and going", come_and_go, NULL },
};

KTAP_MAIN(tests)
