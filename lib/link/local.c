// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The scheduler inside of this process: the core and its policies behind direct calls,
 * under one lock, with a thread for its deadlines from the first one on.
 */
#define _GNU_SOURCE
#include "local.h"
#include "region.h"
#include "../../kmod/policy/policy.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STATUS_BASE	(1ULL << 32)	/* as offsets: control slots below, status slots from here */
#define POKE_ROUNDS	4

struct device {
	struct device *next;
	struct xsched_domain domain;
	uint32_t id, class;
	uint64_t rdev;
	char name[XSCHED_NAME_LEN];
	unsigned int users;
	bool poked;
};

struct entity {
	struct entity *next;
	struct xsched_entity core;
	struct device *device;
	unsigned int slot;
	void (*changed)(void *arg);
	void *arg;
};

struct queue {
	struct queue *next;
	struct xsched_queue core;
	struct entity *entity;
	unsigned int slot;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* all of this */
static struct device *devices;
static struct entity *entities;
static struct queue *queues;
static struct region control = REGION(struct xsched_control_slot);
static struct region status = REGION(struct xsched_status_slot);
static const struct xsched_policy *policy = &xsched_policy_none;
static bool strict;
static struct xsched_control_header *open_header;	/* NULL: nobody is attached */
static uint32_t ring_seq;	/* counts events */
static bool any_poked;
static uint32_t last_id;
static pid_t owner;			/* in a forked child everything starts anew */

static pthread_cond_t timer_changed;
static pthread_t timer_thread;
static bool has_timer, timer_stop;
static uint64_t timer_ns = XSCHED_NEVER;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
}

/* ------------------------------------------------------ what the core tells */

static void ring_wake(void)
{
	__atomic_fetch_add(&ring_seq, 1, __ATOMIC_SEQ_CST);
	wake(&ring_seq);
}

static void ring_push(uint32_t type, uint32_t entity, uint32_t value, uint64_t now)
{
	struct xsched_control_header *h = open_header;
	uint32_t tail;

	if (!h)
		return;
	tail = h->ring_tail;
	h->ring[tail % XSCHED_RING_ENTRIES] = (struct xsched_event){
		.type = type, .entity_id = entity, .value = value, .time_ns = now,
	};
	/* Pairs with the reader's acquire of ring_tail. */
	smp_store_release(&h->ring_tail, tail + 1);
	ring_wake();
}

static struct entity *entity_of(struct xsched_entity *e)
{
	return container_of(e, struct entity, core);
}

static void gate_changed(struct xsched_entity *e, u64 now)
{
	struct entity *le = entity_of(e);

	wake(&e->ctl->epoch);
	if (e->flags & XSCHED_ENTITY_F_GATE_EVENTS)
		ring_push(XSCHED_EV_GATE, e->id, e->gate, now);
	if (le->changed)
		le->changed(le->arg);
}

static void track_wanted(struct xsched_entity *e, u64 now)
{
	struct entity *le = entity_of(e);

	if (le->changed)
		le->changed(le->arg);
	else
		ring_push(XSCHED_EV_TRACK, e->id, e->track_seq, now);
}

/* Under the one lock there is; leave() does it. */
static void poke(struct xsched_domain *domain)
{
	container_of(domain, struct device, domain)->poked = true;
	any_poked = true;
}

static const struct xsched_domain_ops domain_ops = {
	.poke = poke,
	.gate_changed = gate_changed,
	.track_wanted = track_wanted,
};

/* ------------------------------------------------------------------ timer */

static void tick_all(uint64_t now)
{
	struct device *d;

	for (d = devices; d; d = d->next)
		if (d->domain.next_ns <= now)
			xsched_domain_tick(&d->domain, now);
}

/* One domain's decision may concern the next; what goes on and on, goes on by time. */
static void run_poked(void)
{
	unsigned int round;
	struct device *d;

	for (round = 0; any_poked && round < POKE_ROUNDS; round++) {
		any_poked = false;
		for (d = devices; d; d = d->next) {
			if (!d->poked)
				continue;
			d->poked = false;
			xsched_domain_poke(&d->domain, now_ns());
		}
	}
}

static uint64_t next_deadline(void)
{
	uint64_t next = XSCHED_NEVER;
	struct device *d;

	for (d = devices; d; d = d->next)
		if (d->domain.next_ns < next)
			next = d->domain.next_ns;
	return next;
}

static void *timer(void *arg)
{
	struct timespec t;
	uint64_t now;

	(void)arg;
	pthread_mutex_lock(&lock);
	while (!timer_stop) {
		now = now_ns();
		timer_ns = next_deadline();
		if (timer_ns == XSCHED_NEVER) {
			pthread_cond_wait(&timer_changed, &lock);
		} else if (timer_ns > now) {
			t.tv_sec = (time_t)(timer_ns / 1000000000u);
			t.tv_nsec = (long)(timer_ns % 1000000000u);
			pthread_cond_timedwait(&timer_changed, &lock, &t);
		} else {
			tick_all(now);
			run_poked();
		}
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void start_timer(void)
{
	pthread_condattr_t attr;
	sigset_t all, old;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&timer_changed, &attr);
	pthread_condattr_destroy(&attr);
	timer_stop = false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	has_timer = !pthread_create(&timer_thread, NULL, timer, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (has_timer)
		pthread_setname_np(timer_thread, "xsched-timer");
}

/* Every call into the core ends here. */
static void leave(void)
{
	uint64_t next;

	run_poked();
	next = next_deadline();

	if (next < timer_ns || (has_timer && timer_ns == XSCHED_NEVER && next != XSCHED_NEVER)) {
		if (!has_timer)
			start_timer();
		else
			pthread_cond_signal(&timer_changed);
		timer_ns = next;
	}
	pthread_mutex_unlock(&lock);
}

/* ---------------------------------------------------------------- devices */

static void apply_tunables(struct device *d, uint64_t now)
{
	d->domain.tun.strict = strict;
	xsched_domain_retune(&d->domain, now);
}

static struct device *device_new(const struct xsched_entity_create *a, uint64_t rdev)
{
	struct device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->id = ++last_id;
	d->class = a->dev_class;
	d->rdev = rdev;
	memcpy(d->name, a->name, sizeof(d->name));
	xsched_domain_init(&d->domain, &domain_ops);
	xsched_domain_set_policy(&d->domain, policy, now_ns());
	apply_tunables(d, now_ns());
	d->next = devices;
	devices = d;
	return d;
}

/* All CPU devices are one; another is known by its node, or else by its name. */
static bool is_device(const struct device *d, const struct xsched_entity_create *a, uint64_t rdev)
{
	if (d->class != a->dev_class || d->rdev != rdev)
		return false;
	return rdev || a->dev_class == XSCHED_CLASS_CPU ||
	       !strncmp(d->name, a->name, sizeof(d->name));
}

static struct device *device_get(const struct xsched_entity_create *a)
{
	struct stat st;
	uint64_t rdev = a->node_fd >= 0 && !fstat(a->node_fd, &st) ? st.st_rdev : 0;
	struct device *d;

	for (d = devices; d && !is_device(d, a, rdev); d = d->next)
		;
	if (!d)
		d = device_new(a, rdev);
	if (d)
		d->users++;
	return d;
}

static void device_put(struct device *d)
{
	struct device **at;

	if (--d->users)
		return;
	for (at = &devices; *at != d; at = &(*at)->next)
		;
	*at = d->next;
	xsched_domain_fini(&d->domain);
	free(d);
}

/* ------------------------------------------------------------ the link's calls */

static void forget_parent(void)
{
	pthread_mutex_init(&lock, NULL);
	devices = NULL;
	entities = NULL;
	queues = NULL;
	region_forget(&control);
	region_forget(&status);
	open_header = NULL;
	has_timer = false;
	timer_ns = XSCHED_NEVER;
}

/* Takes the lock, which in a forked child may be held by a thread that isn't there. */
static void enter(void)
{
	if (owner != getpid()) {
		forget_parent();
		owner = getpid();
	}
	pthread_mutex_lock(&lock);
}

static int local_open(struct xsched_link *l)
{
	struct xsched_control_header *h;
	int ret = -ENOMEM;

	enter();
	h = region_page(&control, 0);
	if (h && region_page(&status, 0)) {
		memset(h, 0, sizeof(*h));
		h->magic = XSCHED_CONTROL_MAGIC;
		h->abi = XSCHED_ABI_VERSION;
		__atomic_store_n(&open_header, h, __ATOMIC_RELEASE);
		l->fd = -1;
		l->client_id = 0;
		l->control_offset = 0;
		l->status_offset = STATUS_BASE;
		ret = 0;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static void drop_queue(struct queue *q)
{
	struct queue **at;

	for (at = &queues; *at != q; at = &(*at)->next)
		;
	*at = q->next;
	region_put(&status, q->slot);
	free(q);
}

static void drop_entity(struct entity *e)
{
	struct entity **at;
	struct queue *q, *next;

	e->changed = NULL;
	xsched_domain_remove(&e->device->domain, &e->core, now_ns());
	for (q = queues; q; q = next) {
		next = q->next;
		if (q->entity == e)
			drop_queue(q);
	}
	for (at = &entities; *at != e; at = &(*at)->next)
		;
	*at = e->next;
	device_put(e->device);
	region_put(&control, e->slot);
	free(e);
}

static void local_close(struct xsched_link *l)
{
	bool join;

	(void)l;
	pthread_mutex_lock(&lock);
	while (entities)
		drop_entity(entities);
	__atomic_store_n(&open_header, NULL, __ATOMIC_RELEASE);
	ring_wake();
	/* Who let go keeps the pages; the next one gets new ones. */
	region_forget(&control);
	region_forget(&status);
	join = has_timer && !pthread_equal(timer_thread, pthread_self());
	timer_stop = true;
	if (has_timer)
		pthread_cond_signal(&timer_changed);
	has_timer = false;
	timer_ns = XSCHED_NEVER;
	pthread_mutex_unlock(&lock);
	if (join)
		pthread_join(timer_thread, NULL);
}

static int entity_create_locked(struct xsched_entity_create *a)
{
	struct entity *e = calloc(1, sizeof(*e));
	void *ctl;
	int ret = -ENOMEM;

	if (!e)
		return ret;
	ret = region_get(&control, &e->slot, &ctl);
	if (ret)
		goto err_free;
	e->device = device_get(a);
	if (!e->device) {
		ret = -ENOMEM;
		goto err_slot;
	}
	xsched_entity_init(&e->core, ++last_id, a->flags, ctl);
	e->next = entities;
	entities = e;
	e->core.process = (uint32_t)owner;
	xsched_domain_add(&e->device->domain, &e->core, now_ns());
	xsched_entity_set_hint(&e->core, XSCHED_HINT_PRIORITY, a->priority, now_ns());
	a->entity_id = e->core.id;
	a->device_id = e->device->id;
	a->control_offset = region_offset(&control, e->slot);
	return 0;

err_slot:
	region_put(&control, e->slot);
err_free:
	free(e);
	return ret;
}

static int local_entity_create(struct xsched_link *l, struct xsched_entity_create *a)
{
	int ret;

	(void)l;
	pthread_mutex_lock(&lock);
	ret = entity_create_locked(a);
	leave();
	return ret;
}

static struct entity *find_entity(uint32_t id)
{
	struct entity *e;

	for (e = entities; e && e->core.id != id; e = e->next)
		;
	return e;
}

static int local_entity_destroy(struct xsched_link *l, uint32_t id)
{
	struct entity *e;

	(void)l;
	pthread_mutex_lock(&lock);
	e = find_entity(id);
	if (e)
		drop_entity(e);
	leave();
	return e ? 0 : -ENOENT;
}

static int queue_create_locked(struct xsched_queue_create *a)
{
	struct entity *e = find_entity(a->entity_id);
	struct queue *q;
	void *st;
	int ret;

	if (!e)
		return -ENOENT;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	ret = region_get(&status, &q->slot, &st);
	if (ret) {
		free(q);
		return ret;
	}
	q->entity = e;
	q->core.st = st;
	q->core.id = ++last_id;
	q->core.flags = a->flags;
	q->core.level = a->level;
	q->core.platform = a->platform;
	q->next = queues;
	queues = q;
	xsched_entity_add_queue(&e->core, &q->core, now_ns());
	a->queue_id = q->core.id;
	a->status_offset = STATUS_BASE + region_offset(&status, q->slot);
	return 0;
}

static int local_queue_create(struct xsched_link *l, struct xsched_queue_create *a)
{
	int ret;

	(void)l;
	pthread_mutex_lock(&lock);
	ret = queue_create_locked(a);
	leave();
	return ret;
}

static int local_queue_destroy(struct xsched_link *l, uint32_t id)
{
	struct queue *q;

	(void)l;
	pthread_mutex_lock(&lock);
	for (q = queues; q && q->core.id != id; q = q->next)
		;
	if (q) {
		xsched_entity_remove_queue(&q->entity->core, &q->core, now_ns());
		drop_queue(q);
	}
	leave();
	return q ? 0 : -ENOENT;
}

static int local_hint_set(struct xsched_link *l, uint32_t id, uint32_t kind, int64_t value)
{
	int ret = -ENOENT;
	struct entity *e;

	(void)l;
	pthread_mutex_lock(&lock);
	e = find_entity(id);
	if (e)
		ret = xsched_entity_set_hint(&e->core, kind, value, now_ns());
	leave();
	return ret;
}

static int local_kick(struct xsched_link *l, uint32_t id)
{
	struct entity *e;

	(void)l;
	pthread_mutex_lock(&lock);
	e = find_entity(id);
	if (e)
		xsched_domain_kick(&e->device->domain, &e->core, now_ns());
	leave();
	return e ? 0 : -ENOENT;
}

/* Absolute, on CLOCK_MONOTONIC. 0 if something may have changed. */
static int futex_wait(uint32_t *word, uint32_t seen, uint64_t deadline)
{
	struct timespec t = { (time_t)(deadline / 1000000000u), (long)(deadline % 1000000000u) };
	long ret = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen,
			   deadline == XSCHED_NO_DEADLINE ? NULL : &t, NULL,
			   FUTEX_BITSET_MATCH_ANY);

	return ret < 0 && (errno == ETIMEDOUT || errno == EINTR) ? -errno : 0;
}

/* The pages may be replaced at any time, so what is slept on is here. */
static int wait_ring(struct xsched_control_header *h, uint32_t *epoch, uint64_t deadline)
{
	uint32_t seq, tail;
	int ret = 0;

	do {
		seq = __atomic_load_n(&ring_seq, __ATOMIC_ACQUIRE);
		if (__atomic_load_n(&open_header, __ATOMIC_ACQUIRE) != h)
			return -ENODEV;
		tail = __atomic_load_n(&h->ring_tail, __ATOMIC_ACQUIRE);
		if (tail != *epoch) {
			*epoch = tail;
			return 0;
		}
		ret = futex_wait(&ring_seq, seq, deadline);
	} while (!ret);
	return ret;
}

/* The word stays mapped after its entity has gone, so a late look hurts nobody. */
static int wait_gate(uint32_t *word, uint32_t *epoch, uint64_t deadline)
{
	uint32_t now;
	int ret = 0;

	do {
		now = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		if (now != *epoch) {
			*epoch = now;
			return 0;
		}
		ret = futex_wait(word, now, deadline);
	} while (!ret);
	return ret;
}

static int local_wait(struct xsched_link *l, uint32_t id, uint32_t *epoch, uint64_t deadline)
{
	struct xsched_control_header *h;
	uint32_t *word = NULL;
	struct entity *e;

	(void)l;
	pthread_mutex_lock(&lock);
	h = open_header;
	e = id ? find_entity(id) : NULL;
	if (e)
		word = &e->core.ctl->epoch;
	pthread_mutex_unlock(&lock);
	if (!h)
		return -ENODEV;
	if (!id)
		return wait_ring(h, epoch, deadline);
	return word ? wait_gate(word, epoch, deadline) : -ENOENT;
}

static void *local_map(struct xsched_link *l, uint64_t offset, int writable)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
	void *p;

	(void)l;
	(void)writable;
	pthread_mutex_lock(&lock);
	p = offset >= STATUS_BASE ? region_page(&status, (offset - STATUS_BASE) / size) :
				    region_page(&control, offset / size);
	pthread_mutex_unlock(&lock);
	return p;
}

const struct xsched_link_ops xsched_link_local = {
	.name = "local",
	.open = local_open,
	.close = local_close,
	.entity_create = local_entity_create,
	.entity_destroy = local_entity_destroy,
	.queue_create = local_queue_create,
	.queue_destroy = local_queue_destroy,
	.hint_set = local_hint_set,
	.kick = local_kick,
	.wait = local_wait,
	.map = local_map,
};

/* ----------------------------------------------------------------- control */

const char *xsched_local_policy_name(const char *name)
{
	static const char *const other[][2] = {
		{ "cfs", "fair" }, { "lax", "laxity" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(other); i++)
		if (!strcasecmp(name, other[i][0]))
			name = other[i][1];
	for (i = 0; xsched_policies[i]; i++)
		if (!strcasecmp(name, xsched_policies[i]->name))
			return xsched_policies[i]->name;
	return NULL;
}

int xsched_local_set_policy(const char *name)
{
	const struct xsched_policy *p = name ? xsched_policy_find(name) : &xsched_policy_none;
	struct device *d;
	int ret = 0, err;

	if (!p)
		return -ENOENT;
	enter();
	policy = p;
	for (d = devices; d; d = d->next) {
		err = xsched_domain_set_policy(&d->domain, p, now_ns());
		if (err)
			ret = err;
	}
	leave();
	return ret;
}

void xsched_local_set_strict(bool on)
{
	struct device *d;

	enter();
	strict = on;
	for (d = devices; d; d = d->next)
		apply_tunables(d, now_ns());
	leave();
}

void xsched_local_watch(uint32_t id, void (*changed)(void *arg), void *arg)
{
	struct entity *e;

	pthread_mutex_lock(&lock);
	e = find_entity(id);
	if (e) {
		e->changed = changed;
		e->arg = arg;
	}
	pthread_mutex_unlock(&lock);
}
