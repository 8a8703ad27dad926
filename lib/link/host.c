// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The transport to the host scheduler (xschedd): messages over a Unix socket, gates
 * in shared memory. wire.h says what goes over it.
 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#define ALIVE_NS	1000000000u	/* who waits asks so often whether it lives */
#define LOOK_NS		10000000000u	/* and so often looks whether the descriptors are still there */

static long futex(uint32_t *word, int op, uint32_t val, const struct timespec *until)
{
	return syscall(SYS_futex, word, op, val, until, NULL, FUTEX_BITSET_MATCH_ANY);
}

/* --------------------------------------------------- opening and letting go */

static struct xsched_host *host_alloc(void)
{
	struct xsched_host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->entities_lock, NULL);
	h->sock.fd = -1;
	h->event.fd = -1;
	return h;
}

/* Of a connection that nobody has seen. */
static void host_free(struct xsched_host *h)
{
	xsched_own_fd_close(&h->sock);
	xsched_own_fd_close(&h->event);
	xsched_host_region_unmap(&h->control);
	xsched_host_region_unmap(&h->status);
	free(h);
}

static int attach(struct xsched_host *h, struct xsched_attach *a)
{
	struct xsched_exchange x = {
		.cmd = XSCHED_ATTACH, .arg = a, .len = sizeof(*a), .answered = true, .send_fd = -1,
	};
	int ret = xsched_host_converse(h, &x), ret2;

	if (ret)
		return ret;
	if (x.n_fds != 3)
		return -EPROTO;
	h->control.base = a->control_offset;
	h->status.base = a->status_offset;
	ret = xsched_host_region_add(&h->control, x.fds[0]);
	ret2 = xsched_host_region_add(&h->status, x.fds[1]);
	if (!ret)
		ret = ret2;
	ret2 = xsched_own_fd(&h->event, x.fds[2]);
	return ret ? ret : ret2;
}

static int host_open(struct xsched_link *l)
{
	struct xsched_attach a = { .size = sizeof(a) };
	struct xsched_host *h;
	int ret, fd = xsched_host_find();

	if (fd < 0)
		return fd;
	h = host_alloc();
	if (!h) {
		close(fd);
		return -ENOMEM;
	}
	ret = xsched_own_fd(&h->sock, fd);
	if (!ret)
		ret = attach(h, &a);
	if (ret) {
		host_free(h);
		return ret == -ENODEV ? -ENOENT : ret;	/* it has just gone */
	}
	l->fd = h->sock.fd;
	l->client_id = a.client_id;
	l->control_offset = a.control_offset;
	l->status_offset = a.status_offset;
	__atomic_store_n(&l->host, h, __ATOMIC_RELEASE);
	return 0;
}

static void host_close(struct xsched_link *l)
{
	struct xsched_host *h = l->host;

	if (!h)
		return;
	/* Not by entering: it may have gone by itself, and the rest is still to be done. */
	__atomic_fetch_add(&h->users, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&h->gone, true, __ATOMIC_SEQ_CST);
	xsched_host_region_open(&h->control);
	/* Wakes who waits for a reply, and the agent. */
	if (xsched_own_fd_check(&h->sock))
		shutdown(h->sock.fd, SHUT_RDWR);
	xsched_host_leave(h);
	l->fd = -1;
}

/* In a forked child: the parent's connection isn't ours, and our copies keep it alive. */
static void host_forked(struct xsched_link *l)
{
	struct xsched_host *h = l->host;

	l->host = NULL;
	if (!h)
		return;
	xsched_own_fd_close(&h->sock);
	xsched_own_fd_close(&h->event);
}

/* ------------------------------------------------------- entities and queues */

static int remember(struct xsched_host *h, uint32_t id, struct xsched_control_slot *slot)
{
	unsigned int max = h->max_entities ? 2 * h->max_entities : 8;
	struct xsched_host_entity *bigger;
	int ret = 0;

	pthread_mutex_lock(&h->entities_lock);
	if (h->n_entities == h->max_entities) {
		bigger = realloc(h->entities, max * sizeof(*bigger));
		if (!bigger) {
			ret = -ENOMEM;
			goto out;
		}
		h->entities = bigger;
		h->max_entities = max;
	}
	h->entities[h->n_entities++] = (struct xsched_host_entity){ id, slot };
out:
	pthread_mutex_unlock(&h->entities_lock);
	return ret;
}

static void forget(struct xsched_host *h, uint32_t id)
{
	unsigned int i;

	pthread_mutex_lock(&h->entities_lock);
	for (i = 0; i < h->n_entities && h->entities[i].id != id; i++)
		;
	if (i < h->n_entities)
		h->entities[i] = h->entities[--h->n_entities];
	pthread_mutex_unlock(&h->entities_lock);
}

static struct xsched_control_slot *slot_of(struct xsched_host *h, uint32_t id)
{
	struct xsched_control_slot *slot = NULL;
	unsigned int i;

	pthread_mutex_lock(&h->entities_lock);
	for (i = 0; i < h->n_entities; i++)
		if (h->entities[i].id == id)
			slot = h->entities[i].slot;
	pthread_mutex_unlock(&h->entities_lock);
	return slot;
}

static struct xsched_host *host_of(struct xsched_link *l)
{
	return __atomic_load_n(&l->host, __ATOMIC_ACQUIRE);
}

static int destroy(struct xsched_host *h, uint32_t cmd, uint32_t id)
{
	struct xsched_destroy a = { .size = sizeof(a), .id = id };

	return h ? xsched_host_call(h, cmd, &a, sizeof(a)) : -ENODEV;
}

static int host_entity_destroy(struct xsched_link *l, uint32_t id)
{
	struct xsched_host *h = host_of(l);

	if (h)
		forget(h, id);
	return destroy(h, XSCHED_ENTITY_DESTROY, id);
}

static int host_queue_destroy(struct xsched_link *l, uint32_t id)
{
	return destroy(host_of(l), XSCHED_QUEUE_DESTROY, id);
}

static int host_entity_create(struct xsched_link *l, struct xsched_entity_create *a)
{
	struct xsched_exchange x = {
		.cmd = XSCHED_ENTITY_CREATE, .arg = a, .len = sizeof(*a), .answered = true,
		.send_fd = a->node_fd,
	};
	struct xsched_host *h = host_of(l);
	struct xsched_control_slot *slot;
	int ret;

	a->size = sizeof(*a);
	ret = h ? xsched_host_converse(h, &x) : -ENODEV;
	if (ret)
		return ret;
	ret = xsched_host_region_take(&h->control, &x);
	if (ret)
		return -ENODEV;	/* what was missed now would be missing for ever */
	slot = xsched_host_region_at(&h->control, a->control_offset);
	ret = slot ? remember(h, a->entity_id, slot) : -EPROTO;
	if (ret)
		destroy(h, XSCHED_ENTITY_DESTROY, a->entity_id);
	return ret;
}

static int host_queue_create(struct xsched_link *l, struct xsched_queue_create *a)
{
	struct xsched_exchange x = {
		.cmd = XSCHED_QUEUE_CREATE, .arg = a, .len = sizeof(*a), .answered = true,
		.send_fd = -1,
	};
	struct xsched_host *h = host_of(l);
	int ret;

	a->size = sizeof(*a);
	ret = h ? xsched_host_converse(h, &x) : -ENODEV;
	if (ret)
		return ret;
	return xsched_host_region_take(&h->status, &x) ? -ENODEV : 0;
}

static int host_hint_set(struct xsched_link *l, uint32_t entity, uint32_t kind, int64_t value)
{
	struct xsched_hint a = {
		.size = sizeof(a), .entity_id = entity, .kind = kind, .value = value,
	};
	struct xsched_host *h = host_of(l);

	return h ? xsched_host_call(h, XSCHED_HINT_SET, &a, sizeof(a)) : -ENODEV;
}

static int host_kick(struct xsched_link *l, uint32_t entity)
{
	struct xsched_exchange x = {
		.cmd = XSCHED_KICK, .arg = &entity, .len = sizeof(entity), .send_fd = -1,
	};
	struct xsched_host *h = host_of(l);

	return h ? xsched_host_converse(h, &x) : -ENODEV;
}

static int host_tell(struct xsched_link *l, uint32_t entity)
{
	struct xsched_host *h = host_of(l);

	return h ? xsched_host_tell(h, entity) : -ENODEV;
}

/* ---------------------------------------------------------------- waiting */

/* Somebody has waited for long: does the scheduler still live? */
static int check_alive(struct xsched_host *h)
{
	struct xsched_query q = { .size = sizeof(q) };

	if (xsched_host_now_ns() - __atomic_load_n(&h->heard_ns, __ATOMIC_RELAXED) < ALIVE_NS)
		return 0;
	return xsched_host_call(h, XSCHED_QUERY, &q, sizeof(q)) == -ENODEV ? -ENODEV : 0;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
}

static int sleep_on(struct xsched_host *h, struct xsched_control_slot *slot, uint32_t *epoch,
		    uint64_t deadline_ns)
{
	struct timespec until = timespec_of(deadline_ns);
	uint32_t now;

	for (;;) {
		/* Pairs with the scheduler's "store epoch, fence, load waiters". */
		now = __atomic_load_n(&slot->epoch, __ATOMIC_SEQ_CST);
		if (xsched_host_is_gone(h))
			return -ENODEV;
		if (now != *epoch) {
			*epoch = now;
			return 0;
		}
		if (!futex(&slot->epoch, FUTEX_WAIT_BITSET, now,
			   deadline_ns == XSCHED_NO_DEADLINE ? NULL : &until) || errno == EAGAIN)
			continue;
		return -errno;
	}
}

static int wait_entity(struct xsched_host *h, uint32_t id, uint32_t *epoch, uint64_t deadline_ns)
{
	struct xsched_control_slot *slot = slot_of(h, id);
	uint32_t *waiters;
	int ret;

	if (!slot)
		return -ENOENT;
	waiters = xsched_wire_waiters(slot);
	__atomic_fetch_add(waiters, 1, __ATOMIC_SEQ_CST);
	ret = sleep_on(h, slot, epoch, deadline_ns);
	/* Of a crowd the scheduler wakes the first, and those the rest. */
	if (__atomic_fetch_sub(waiters, 1, __ATOMIC_SEQ_CST) > 1 && !ret)
		futex(&slot->epoch, FUTEX_WAKE, XSCHED_WIRE_WAKE, NULL);
	if (!ret && slot_of(h, id) != slot)
		return -ENOENT;
	if (ret == -ETIMEDOUT && check_alive(h))
		return -ENODEV;
	return ret;
}

static struct timespec time_left(uint64_t deadline_ns)
{
	uint64_t now = xsched_host_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;

	return timespec_of(left < LOOK_NS ? left : LOOK_NS);
}

static int wait_event(struct xsched_host *h, uint32_t *epoch, uint64_t deadline_ns)
{
	struct xsched_control_header *header = (void *)h->control.segments[0].addr;
	struct pollfd fds[] = { { .fd = h->event.fd, .events = POLLIN },
				{ .fd = h->sock.fd, .events = POLLRDHUP } };
	struct timespec left;
	char bytes[64];
	uint32_t now;

	for (;;) {
		if (xsched_host_is_gone(h) || !xsched_own_fd_check(&h->event) ||
		    !xsched_own_fd_check(&h->sock))
			return -ENODEV;
		now = __atomic_load_n(&header->ring_tail, __ATOMIC_ACQUIRE);
		if (now != *epoch) {
			*epoch = now;
			return 0;
		}
		if (deadline_ns <= xsched_host_now_ns())
			return -ETIMEDOUT;
		left = time_left(deadline_ns);
		if (ppoll(fds, 2, &left, NULL) < 0)
			return -errno;
		if (fds[1].revents)
			return -ENODEV;
		if (fds[0].revents & POLLIN && read(fds[0].fd, bytes, sizeof(bytes)) < 0 &&
		    errno != EAGAIN)
			return -ENODEV;
	}
}

static int host_wait(struct xsched_link *l, uint32_t entity, uint32_t *epoch, uint64_t deadline_ns)
{
	struct xsched_host *h = host_of(l);

	int ret;

	if (!h)
		return -ENODEV;
	if (entity)
		return wait_entity(h, entity, epoch, deadline_ns);
	if (!xsched_host_enter(h))
		return -ENODEV;
	ret = wait_event(h, epoch, deadline_ns);
	xsched_host_leave(h);
	/* Nobody else asks for a device that waits at a gate. */
	return ret == -ETIMEDOUT && check_alive(h) ? -ENODEV : ret;
}

/* All of a segment is mapped when it comes. */
static void *host_map(struct xsched_link *l, uint64_t page_offset, int writable)
{
	struct xsched_host *h = host_of(l);

	(void)writable;
	if (!h)
		return NULL;
	return xsched_host_region_at(page_offset < h->status.base ? &h->control : &h->status,
				     page_offset);
}

const struct xsched_link_ops xsched_link_host = {
	.name = "host",
	.open = host_open,
	.close = host_close,
	.forked = host_forked,
	.entity_create = host_entity_create,
	.entity_destroy = host_entity_destroy,
	.queue_create = host_queue_create,
	.queue_destroy = host_queue_destroy,
	.hint_set = host_hint_set,
	.kick = host_kick,
	.tell = host_tell,
	.wait = host_wait,
	.map = host_map,
};
