// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The transport to the host scheduler (xschedd): messages over a Unix socket, gates
 * in shared memory. wire.h says what goes over it.
 *
 * A connection is never freed, so that a thread which looks at it while another
 * lets go of it finds it gone, and nothing worse.
 */
#define _GNU_SOURCE
#include "link.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

/* High, so that programs which assume that 3 is free, or close a low range, don't meet it. */
#define FD_FLOOR	512
#define OVERFLOW_UID	65534	/* root, seen from a user namespace that doesn't have it */

#define REPLY_S		2	/* a scheduler that doesn't answer for so long is as good as dead */
#define ALIVE_NS	1000000000u	/* who waits asks so often whether it lives */
#define LOOK_MS		10000	/* and so often looks whether the descriptors are still there */

#define SEGMENTS_MAX	32

/* A descriptor that the program may have closed, and put something of its own there. */
struct own_fd {
	int fd;
	dev_t dev;
	ino_t ino;
};

struct segment {
	char *addr;
	uint64_t offset, size;	/* in its region */
};

struct region {
	struct segment segments[SEGMENTS_MAX];
	_Atomic unsigned int n;
	uint64_t base, size;
};

struct entity {
	uint32_t id;
	struct xsched_control_slot *slot;
};

struct xsched_host {
	pthread_mutex_t lock;		/* one exchange at a time */
	struct own_fd sock, event;
	bool gone;			/* atomic */
	uint64_t heard_ns;		/* the last reply; atomic */
	struct region control, status;

	pthread_mutex_t entities_lock;
	struct entity *entities;
	unsigned int n_entities, max_entities;
};

/* What goes with an exchange. */
struct exchange {
	uint32_t cmd;
	void *arg;
	size_t len;
	bool answered;		/* the reply carries the struct, too */
	int send_fd;		/* -1: none */
	int fds[XSCHED_WIRE_FDS_MAX];
	unsigned int n_fds;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static long futex(uint32_t *word, int op, uint32_t val, const struct timespec *until)
{
	return syscall(SYS_futex, word, op, val, until, NULL, FUTEX_BITSET_MATCH_ANY);
}

static bool is_gone(const struct xsched_host *h)
{
	return __atomic_load_n(&h->gone, __ATOMIC_ACQUIRE);
}

/* ------------------------------------------------------------ descriptors */

static bool is_ours(const struct own_fd *f)
{
	struct stat st;

	return f->fd >= 0 && !fstat(f->fd, &st) && st.st_dev == f->dev && st.st_ino == f->ino;
}

static int own(struct own_fd *f, int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FLOOR);
	struct stat st;

	if (high >= 0) {	/* else a low RLIMIT_NOFILE: stay where we are */
		close(fd);
		fd = high;
	}
	f->fd = fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return 0;
}

static void disown(struct own_fd *f)
{
	if (is_ours(f))
		close(f->fd);
	f->fd = -1;
}

/* --------------------------------------------------------------- messages */

static int send_request(const struct xsched_host *h, struct exchange *x)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[] = { { &x->cmd, sizeof(x->cmd) }, { x->arg, x->len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	if (x->send_fd >= 0) {
		memset(&control, 0, sizeof(control));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &x->send_fd, sizeof(int));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	do
		n = sendmsg(h->sock.fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void take_fds(struct msghdr *m, struct exchange *x)
{
	struct cmsghdr *cm;

	for (cm = CMSG_FIRSTHDR(m); cm; cm = CMSG_NXTHDR(m, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		x->n_fds = (unsigned int)((cm->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		if (x->n_fds > XSCHED_WIRE_FDS_MAX)
			x->n_fds = XSCHED_WIRE_FDS_MAX;
		memcpy(x->fds, CMSG_DATA(cm), x->n_fds * sizeof(int));
	}
}

static int receive_reply(const struct xsched_host *h, struct exchange *x)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(XSCHED_WIRE_FDS_MAX * sizeof(int))];
	} control;
	int32_t err = 0;
	struct iovec iov[] = { { &err, sizeof(err) }, { x->arg, x->answered ? x->len : 0 } };
	struct msghdr m = {
		.msg_iov = iov, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	do
		n = recvmsg(h->sock.fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)sizeof(err))
		return -ENODEV;
	take_fds(&m, x);
	if (err)
		return err;
	/* Descriptors that found no room are lost, and the memory with them. */
	if (m.msg_flags & MSG_CTRUNC)
		return -ENODEV;
	return x->answered && (size_t)n != sizeof(err) + x->len ? -ENODEV : 0;
}

/*
 * A request and its reply. Nothing is ever sent to what the program may have put
 * in the place of our descriptor.
 */
static int converse(struct xsched_host *h, struct exchange *x)
{
	int ret = -ENODEV, cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&h->lock);
	x->n_fds = 0;
	if (!is_gone(h) && is_ours(&h->sock)) {
		ret = send_request(h, x);
		/* One of these is the request's own fault: the node's descriptor is bad. */
		if (ret != -EBADF || x->send_fd < 0)
			ret = ret ? -ENODEV : receive_reply(h, x);
	}
	/* A reply that comes after all would be taken for the next one. */
	if (ret == -ENODEV)
		__atomic_store_n(&h->gone, true, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&h->heard_ns, now_ns(), __ATOMIC_RELAXED);
	pthread_mutex_unlock(&h->lock);
	pthread_setcancelstate(cancel, NULL);
	return ret;
}

static int call(struct xsched_host *h, uint32_t cmd, void *arg, size_t len)
{
	struct exchange x = { .cmd = cmd, .arg = arg, .len = len, .answered = true, .send_fd = -1 };

	return converse(h, &x);
}

/* --------------------------------------------------------------- segments */

/* Only what can't be taken away again is mapped. */
static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && seals & F_SEAL_SHRINK;
}

/* Maps a segment behind those that the region has; closes its descriptor. */
static int add_segment(struct region *r, int fd)
{
	struct segment *s = &r->segments[r->n];
	struct stat st;
	int ret = -EPROTO;

	if (r->n == SEGMENTS_MAX || fstat(fd, &st) < 0 || st.st_size <= 0 || !is_sealed(fd))
		goto out;
	ret = -ENOMEM;
	s->addr = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->addr == MAP_FAILED)
		goto out;
	/* A child must not take these for its own; it runs on unscheduled. */
	madvise(s->addr, (size_t)st.st_size, MADV_DONTFORK);
	madvise(s->addr, (size_t)st.st_size, MADV_DONTDUMP);
	s->offset = r->size;
	s->size = (uint64_t)st.st_size;
	r->size += s->size;
	__atomic_store_n(&r->n, r->n + 1, __ATOMIC_RELEASE);
	ret = 0;
out:
	close(fd);
	return ret;
}

static void *address_in(struct region *r, uint64_t offset)
{
	unsigned int i, n = __atomic_load_n(&r->n, __ATOMIC_ACQUIRE);

	offset -= r->base;
	for (i = 0; i < n; i++)
		if (offset - r->segments[i].offset < r->segments[i].size)
			return r->segments[i].addr + (offset - r->segments[i].offset);
	return NULL;
}

/* The segment that came with a reply, if one came. */
static int take_segment(struct region *r, struct exchange *x)
{
	unsigned int i;
	int ret = x->n_fds ? add_segment(r, x->fds[0]) : 0;

	for (i = 1; i < x->n_fds; i++)
		close(x->fds[i]);
	return ret;
}

/* --------------------------------------------------- opening and letting go */

static int connect_to(const char *path)
{
	struct timeval patience = { .tv_sec = REPLY_S };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd, err;

	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Without blocking: a scheduler that hangs leaves its backlog full. */
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		err = errno == ECONNREFUSED || errno == ENOTDIR ? -ENOENT : -errno;
		goto err_close;
	}
	/* Nobody but root and ourselves is to schedule us. */
	err = -EPERM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    (cred.uid && cred.uid != geteuid() && cred.uid != OVERFLOW_UID))
		goto err_close;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;

err_close:
	close(fd);
	return err;
}

static int find_socket(void)
{
	char path[XSCHED_WIRE_PATH_MAX];
	int fd, first = -ENOENT;
	unsigned int n;

	for (n = 0; xsched_wire_place(n, path); n++) {
		fd = connect_to(path);
		if (fd >= 0)
			return fd;
		if (first == -ENOENT)
			first = fd;
	}
	return first;
}

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

static void unmap_region(struct region *r)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		munmap(r->segments[i].addr, r->segments[i].size);
}

/* Of a connection that nobody has seen. */
static void host_free(struct xsched_host *h)
{
	disown(&h->sock);
	disown(&h->event);
	unmap_region(&h->control);
	unmap_region(&h->status);
	free(h);
}

static int attach(struct xsched_host *h, struct xsched_attach *a)
{
	struct exchange x = {
		.cmd = XSCHED_ATTACH, .arg = a, .len = sizeof(*a), .answered = true, .send_fd = -1,
	};
	int ret = converse(h, &x), ret2;

	if (ret)
		return ret;
	if (x.n_fds != 3)
		return -EPROTO;
	h->control.base = a->control_offset;
	h->status.base = a->status_offset;
	ret = add_segment(&h->control, x.fds[0]);
	ret2 = add_segment(&h->status, x.fds[1]);
	if (!ret)
		ret = ret2;
	ret2 = own(&h->event, x.fds[2]);
	return ret ? ret : ret2;
}

static int host_open(struct xsched_link *l)
{
	struct xsched_attach a = { .size = sizeof(a) };
	struct xsched_host *h;
	int ret, fd = find_socket();

	if (fd < 0)
		return fd;
	h = host_alloc();
	if (!h) {
		close(fd);
		return -ENOMEM;
	}
	ret = own(&h->sock, fd);
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

/* Nobody else writes these words any more, or what it writes is no longer looked at. */
static void open_gates(struct region *r)
{
	struct xsched_control_slot *slot;
	unsigned int i;
	char *end;

	for (i = 0; i < r->n; i++) {
		end = r->segments[i].addr + r->segments[i].size;
		slot = (void *)r->segments[i].addr;
		if (!i)		/* the header */
			slot = (void *)(r->segments[0].addr + sysconf(_SC_PAGESIZE));
		for (; (char *)slot < end; slot++) {
			__atomic_store_n(&slot->notify, 0, __ATOMIC_RELAXED);
			__atomic_store_n(&slot->gate, XSCHED_GATE_OPEN, __ATOMIC_RELEASE);
			__atomic_fetch_add(&slot->epoch, 1, __ATOMIC_SEQ_CST);
			if (__atomic_load_n(xsched_wire_waiters(slot), __ATOMIC_RELAXED))
				futex(&slot->epoch, FUTEX_WAKE, INT32_MAX, NULL);
		}
	}
}

static void host_close(struct xsched_link *l)
{
	struct xsched_host *h = l->host;
	uint64_t one = 1;

	if (!h)
		return;
	__atomic_store_n(&h->gone, true, __ATOMIC_SEQ_CST);
	open_gates(&h->control);
	/* Wakes who waits for a reply, and then the agent. */
	if (is_ours(&h->sock))
		shutdown(h->sock.fd, SHUT_RDWR);
	pthread_mutex_lock(&h->lock);
	if (is_ours(&h->event) && write(h->event.fd, &one, sizeof(one)) < 0)
		one = 0;	/* it is full: that wakes it too */
	disown(&h->sock);
	disown(&h->event);
	pthread_mutex_unlock(&h->lock);
	l->fd = -1;
}

/* In a forked child: the parent's connection isn't ours, and our copies keep it alive. */
static void host_forked(struct xsched_link *l)
{
	struct xsched_host *h = l->host;

	l->host = NULL;
	if (!h)
		return;
	disown(&h->sock);
	disown(&h->event);
}

/* ------------------------------------------------------- entities and queues */

static int remember(struct xsched_host *h, uint32_t id, struct xsched_control_slot *slot)
{
	unsigned int max = h->max_entities ? 2 * h->max_entities : 8;
	struct entity *bigger;
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
	h->entities[h->n_entities++] = (struct entity){ id, slot };
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

	return h ? call(h, cmd, &a, sizeof(a)) : -ENODEV;
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
	struct exchange x = {
		.cmd = XSCHED_ENTITY_CREATE, .arg = a, .len = sizeof(*a), .answered = true,
		.send_fd = a->node_fd,
	};
	struct xsched_host *h = host_of(l);
	struct xsched_control_slot *slot;
	int ret;

	a->size = sizeof(*a);
	ret = h ? converse(h, &x) : -ENODEV;
	if (ret)
		return ret;
	ret = take_segment(&h->control, &x);
	if (ret)
		return -ENODEV;	/* what was missed now would be missing for ever */
	slot = address_in(&h->control, a->control_offset);
	ret = slot ? remember(h, a->entity_id, slot) : -EPROTO;
	if (ret)
		destroy(h, XSCHED_ENTITY_DESTROY, a->entity_id);
	return ret;
}

static int host_queue_create(struct xsched_link *l, struct xsched_queue_create *a)
{
	struct exchange x = {
		.cmd = XSCHED_QUEUE_CREATE, .arg = a, .len = sizeof(*a), .answered = true,
		.send_fd = -1,
	};
	struct xsched_host *h = host_of(l);
	int ret;

	a->size = sizeof(*a);
	ret = h ? converse(h, &x) : -ENODEV;
	if (ret)
		return ret;
	return take_segment(&h->status, &x) ? -ENODEV : 0;
}

static int host_hint_set(struct xsched_link *l, uint32_t entity, uint32_t kind, int64_t value)
{
	struct xsched_hint a = {
		.size = sizeof(a), .entity_id = entity, .kind = kind, .value = value,
	};
	struct xsched_host *h = host_of(l);

	return h ? call(h, XSCHED_HINT_SET, &a, sizeof(a)) : -ENODEV;
}

static int host_kick(struct xsched_link *l, uint32_t entity)
{
	struct exchange x = {
		.cmd = XSCHED_KICK, .arg = &entity, .len = sizeof(entity), .send_fd = -1,
	};
	struct xsched_host *h = host_of(l);

	return h ? converse(h, &x) : -ENODEV;
}

/* ---------------------------------------------------------------- waiting */

/* Somebody has waited for long: does the scheduler still live? */
static int check_alive(struct xsched_host *h)
{
	struct xsched_query q = { .size = sizeof(q) };

	if (now_ns() - __atomic_load_n(&h->heard_ns, __ATOMIC_RELAXED) < ALIVE_NS)
		return 0;
	return call(h, XSCHED_QUERY, &q, sizeof(q)) == -ENODEV ? -ENODEV : 0;
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
		if (is_gone(h))
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

static int timeout_ms(uint64_t deadline_ns)
{
	uint64_t now = now_ns(), ms;

	if (deadline_ns <= now)
		return 0;
	ms = (deadline_ns - now + 999999) / 1000000;
	return ms < LOOK_MS ? (int)ms : LOOK_MS;
}

static int wait_event(struct xsched_host *h, uint32_t *epoch, uint64_t deadline_ns)
{
	struct xsched_control_header *header = (void *)h->control.segments[0].addr;
	struct pollfd fds[] = { { .fd = h->event.fd, .events = POLLIN },
				{ .fd = h->sock.fd, .events = POLLRDHUP } };
	uint64_t times;
	uint32_t now;

	for (;;) {
		if (is_gone(h) || !is_ours(&h->event) || !is_ours(&h->sock))
			return -ENODEV;
		now = __atomic_load_n(&header->ring_tail, __ATOMIC_ACQUIRE);
		if (now != *epoch) {
			*epoch = now;
			return 0;
		}
		if (deadline_ns <= now_ns())
			return -ETIMEDOUT;
		if (poll(fds, 2, timeout_ms(deadline_ns)) < 0)
			return -errno;
		if (fds[1].revents)
			return -ENODEV;
		if (fds[0].revents & POLLIN && read(fds[0].fd, &times, sizeof(times)) < 0 &&
		    errno != EAGAIN)
			return -ENODEV;
	}
}

static int host_wait(struct xsched_link *l, uint32_t entity, uint32_t *epoch, uint64_t deadline_ns)
{
	struct xsched_host *h = host_of(l);

	if (!h)
		return -ENODEV;
	return entity ? wait_entity(h, entity, epoch, deadline_ns) :
			wait_event(h, epoch, deadline_ns);
}

/* All of a segment is mapped when it comes. */
static void *host_map(struct xsched_link *l, uint64_t page_offset, int writable)
{
	struct xsched_host *h = host_of(l);

	(void)writable;
	if (!h)
		return NULL;
	return address_in(page_offset < h->status.base ? &h->control : &h->status, page_offset);
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
	.wait = host_wait,
	.map = host_map,
};
