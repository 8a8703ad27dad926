/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A process's side of /dev/xsched, as plain as can be: tests speak to the kernel
 * through this and not through the runtime, which has opinions.
 *
 * Functions here end the case if what they do fails; where failing is the
 * point, tests call ioctl() and mmap() themselves.
 */
#ifndef XSCHED_TEST_CLIENT_H
#define XSCHED_TEST_CLIENT_H

#include <fcntl.h>
#include <linux/xsched.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../ktap.h"

#define NODE		"/dev/xsched"
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/* What "at once" may take where CPUs are emulated and shared. */
#define SOON_MS		5000

#define LOAD(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define STORE(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_SEQ_CST)
#define ADD(p, n)	__atomic_fetch_add(&(p), (n), __ATOMIC_SEQ_CST)
#define SUB(p, n)	__atomic_fetch_sub(&(p), (n), __ATOMIC_SEQ_CST)

/* Waits for a condition that another process, the kernel or a timer makes true. */
#define WITHIN(ms, cond) do {						\
	uint64_t __end = now_ns() + (ms) * NSEC_PER_MSEC;		\
	while (!(cond)) {						\
		if (now_ns() > __end)					\
			FAIL("not true after %d ms: %s", (int)(ms), #cond); \
		sleep_ms(1);						\
	}								\
} while (0)

#define EVENTUALLY(cond)	WITHIN(SOON_MS, cond)

struct client {
	int fd;
	uint32_t id;
	uint64_t control_offset, status_offset;
	const struct xsched_control_header *control;
	struct xsched_status_header *status;
};

struct entity {
	struct client *client;
	uint32_t id, device;
	uint64_t offset;
	const struct xsched_control_slot *ctl;
};

struct queue {
	struct entity *entity;
	uint32_t id;
	uint64_t offset;
	struct xsched_status_slot *st;
};

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static inline void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static inline size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* ioctl() whose result is 0 or a negative error. */
static inline int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

static inline int node_open(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENXIO))
		SKIP("no %s: load the module", NODE);
	return MUST(fd);
}

/* Maps the page that holds offset and returns the address of offset. */
static inline void *map_at(int fd, uint64_t offset, int prot)
{
	uint64_t page = offset & ~(uint64_t)(page_size() - 1);
	char *p = MUST(mmap(NULL, page_size(), prot, MAP_SHARED, fd, (off_t)page));

	return p + (offset - page);
}

static inline void client_attach(struct client *c, int fd)
{
	struct xsched_attach a = { .size = sizeof(a) };

	c->fd = fd;
	MUST(ioctl(fd, XSCHED_ATTACH, &a));
	c->id = a.client_id;
	c->control_offset = a.control_offset;
	c->status_offset = a.status_offset;
	c->control = map_at(fd, a.control_offset, PROT_READ);
	c->status = map_at(fd, a.status_offset, PROT_READ | PROT_WRITE);
}

static inline void client_open(struct client *c)
{
	client_attach(c, node_open());
}

/* A device that no program of an ordinary system uses, private to the user. */
#define TEST_CLASS	XSCHED_CLASS_MCA

static inline struct xsched_entity_create entity_args(int priority)
{
	return (struct xsched_entity_create){
		.size = sizeof(struct xsched_entity_create),
		.dev_class = TEST_CLASS,
		.node_fd = -1,
		.priority = priority,
		.name = "test device",
	};
}

static inline void entity_create_with(struct entity *e, struct client *c,
				      struct xsched_entity_create a)
{
	MUST(ioctl(c->fd, XSCHED_ENTITY_CREATE, &a));
	e->client = c;
	e->id = a.entity_id;
	e->device = a.device_id;
	e->offset = a.control_offset;
	e->ctl = map_at(c->fd, a.control_offset, PROT_READ);
}

static inline void entity_create(struct entity *e, struct client *c, int priority)
{
	entity_create_with(e, c, entity_args(priority));
}

static inline struct xsched_queue_create queue_args(uint32_t entity)
{
	return (struct xsched_queue_create){
		.size = sizeof(struct xsched_queue_create),
		.entity_id = entity,
		.platform = XSCHED_PLATFORM_GENERIC,
		.level = XSCHED_LEVEL_BLOCK,
		.handle = 0xabcd,
	};
}

static inline void queue_create_with(struct queue *q, struct entity *e,
				     struct xsched_queue_create a)
{
	MUST(ioctl(e->client->fd, XSCHED_QUEUE_CREATE, &a));
	q->entity = e;
	q->id = a.queue_id;
	q->offset = a.status_offset;
	q->st = map_at(e->client->fd, a.status_offset, PROT_READ | PROT_WRITE);
}

static inline void queue_create(struct queue *q, struct entity *e)
{
	queue_create_with(q, e, queue_args(e->id));
}

/* A process with one queue on the tests' device: what most cases are about. */
struct player {
	struct client c;
	struct entity e;
	struct queue q;
};

static inline void player_open(struct player *p, int priority)
{
	client_open(&p->c);
	entity_create(&p->e, &p->c, priority);
	queue_create(&p->q, &p->e);
}

static inline int destroy(int fd, unsigned long cmd, uint32_t id)
{
	struct xsched_destroy a = { .size = sizeof(a), .id = id };

	return call(fd, cmd, &a);
}

static inline int kick_id(int fd, unsigned long id)
{
	return ioctl(fd, XSCHED_KICK, id) < 0 ? -errno : 0;
}

static inline void kick(struct player *p)
{
	CHECK_EQ(kick_id(p->c.fd, p->e.id), 0);
}

static inline int set_hint(int fd, uint32_t entity, uint32_t kind, int64_t value)
{
	struct xsched_hint a = {
		.size = sizeof(a), .entity_id = entity, .kind = kind, .value = value,
	};

	return call(fd, XSCHED_HINT_SET, &a);
}

static inline uint32_t gate(const struct player *p)
{
	return LOAD(p->e.ctl->gate);
}

static inline uint32_t state(const struct player *p)
{
	return LOAD(p->e.ctl->state);
}

/* Answers the question for true counters, with the counters as they are. */
static inline void ack(struct player *p)
{
	STORE(p->q.st->track_ack, LOAD(p->e.ctl->track_seq));
	kick(p);
}

/* No work, and none to come soon. */
static inline void go_idle(struct player *p)
{
	STORE(p->q.st->pending, 0);
	STORE(p->q.st->completed, LOAD(p->q.st->submitted));
	STORE(p->q.st->flags, XSCHED_STATUS_SYNCED);
	ack(p);
}

/* Commands that wait in the process. */
static inline void want(struct player *p)
{
	STORE(p->q.st->flags, 0);
	STORE(p->q.st->pending, 1);
	kick(p);
}

/* Commands on the device, whatever the gate says. */
static inline void launch(struct player *p, uint32_t n)
{
	STORE(p->q.st->flags, 0);
	STORE(p->q.st->pending, 0);
	ADD(p->q.st->submitted, n);
	kick(p);
}

static inline int wait_gate(struct player *p, uint32_t *epoch, uint64_t deadline_ns)
{
	struct xsched_wait a = {
		.size = sizeof(a), .entity_id = p->e.id, .epoch = *epoch,
		.deadline_ns = deadline_ns,
	};
	int ret = call(p->c.fd, XSCHED_WAIT, &a);

	if (!ret)
		*epoch = a.epoch;
	return ret;
}

static inline short poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	MUST(poll(&p, 1, 0));
	return p.revents;
}

/* A process that runs a function; its failure is its parent's. */
static inline pid_t start(void (*run)(void *arg), void *arg)
{
	pid_t pid = MUST(fork());

	if (pid)
		return pid;
	run(arg);
	_exit(KTAP_PASS);
}

static inline void join(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	if (!WIFEXITED(status))
		FAIL("process %d ended by signal %d", pid, WTERMSIG(status));
	if (WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
}

static inline void kill_and_reap(pid_t pid)
{
	MUST(kill(pid, SIGKILL));
	MUST(waitpid(pid, NULL, 0));
}

#define OTHER_UID	1000

/* Drops root for good; whoever isn't root has no second user to offer. */
static inline void become(uid_t uid)
{
	if (geteuid() && geteuid() != uid)
		SKIP("needs root, to be two users");
	MUST(setresgid(uid, uid, uid));
	MUST(setresuid(uid, uid, uid));
}

#endif
