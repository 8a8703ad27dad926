// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3: compute queues are taken off the device by their own process, through the
 * driver's ioctls; the waves that run are saved (CWSR). By UPDATE_QUEUE with 0 %, or by
 * the debugger's SUSPEND_QUEUES; see Documentation/amd.rst for which and why.
 */
#define _GNU_SOURCE
#include "hip.h"
#include "kfd_debug.h"
#include "../../lib/xqueue/xqueue.h"

#include <errno.h>
#include <fcntl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRIES	3		/* of a method on a scratch queue */

enum method { UNKNOWN, NONE, UPDATE, DEBUG };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* queues, and every ioctl about one */
static struct kfd_queue *queues;
static enum method method;
static int (*real_ioctl)(int, unsigned long, ...);
static uint64_t toggle_ns;
static int debug_fd = -1;
static int kfd_fd = -1;

/* ------------------------------------------------------------- what happens */

static struct kfd_queue *find(uint32_t id)
{
	struct kfd_queue *q;

	for (q = queues; q && q->id != id; q = q->next)
		;
	return q;
}

static void created(int fd, const struct kfd_ioctl_create_queue_args *a)
{
	struct kfd_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return;
	*q = (struct kfd_queue){ .next = queues, .fd = fd, .id = a->queue_id, .type = a->queue_type,
		.gpu_id = a->gpu_id, .ring_size = a->ring_size, .priority = a->queue_priority,
		.percent = a->queue_percentage, .ring = a->ring_base_address };
	queues = q;
}

static int change(struct kfd_queue *q, uint32_t percent)
{
	struct kfd_ioctl_update_queue_args a = { .ring_base_address = q->ring, .queue_id = q->id,
		.ring_size = q->ring_size, .queue_percentage = percent, .queue_priority = q->priority };

	return real_ioctl(q->fd, AMDKFD_IOC_UPDATE_QUEUE, &a) < 0 ? -errno : 0;
}

static int debug_op(int fd, struct kfd_ioctl_dbg_trap_args *a)
{
	a->pid = (uint32_t)getpid();
	return real_ioctl(fd, AMDKFD_IOC_DBG_TRAP, a);
}

/* A queue counts as new, and isn't suspended, until its first event has been read. */
static void drain_events(int fd)
{
	struct kfd_ioctl_dbg_trap_args a;

	do {
		a = (struct kfd_ioctl_dbg_trap_args){ .op = KFD_IOC_DBG_TRAP_QUERY_DEBUG_EVENT };
		a.query_debug_event.exception_mask = KFD_EC_MASK(EC_QUEUE_NEW);
	} while (!debug_op(fd, &a));
}

static int debug_change(struct kfd_queue *q, bool suspend)
{
	struct kfd_ioctl_dbg_trap_args a = { .op = suspend ? KFD_IOC_DBG_TRAP_SUSPEND_QUEUES :
						  KFD_IOC_DBG_TRAP_RESUME_QUEUES };
	uint32_t ids[1] = { q->id };
	int n;

	if (suspend) {
		drain_events(q->fd);
		a.suspend_queues.queue_array_ptr = (uintptr_t)ids;
		a.suspend_queues.num_queues = 1;
	} else {
		a.resume_queues.queue_array_ptr = (uintptr_t)ids;
		a.resume_queues.num_queues = 1;
	}
	n = debug_op(q->fd, &a);
	return n < 0 ? -errno : n != 1 || ids[0] != q->id ? -EBUSY : 0;
}

/* With the lock held. */
static int set_suspended(struct kfd_queue *q, bool suspend)
{
	int ret;

	if (q->suspended == suspend)
		return 0;
	ret = method == DEBUG ? debug_change(q, suspend) : change(q, suspend ? 0 : q->percent);
	if (!ret)
		q->suspended = suspend;
	return ret;
}

int kfd_suspend(struct kfd_queue *q)
{
	int ret;

	pthread_mutex_lock(&lock);
	/* Only compute queues whose packets are the program's. */
	ret = q->type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL ? set_suspended(q, true) : -EINVAL;
	pthread_mutex_unlock(&lock);
	return ret;
}

int kfd_resume(struct kfd_queue *q)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = set_suspended(q, false);
	pthread_mutex_unlock(&lock);
	return ret;
}

uint64_t kfd_toggle_ns(void)
{
	return toggle_ns;
}

struct kfd_queue *kfd_queue_of(const void *ring)
{
	struct kfd_queue *q;

	pthread_mutex_lock(&lock);
	for (q = queues; q && q->ring != (uintptr_t)ring; q = q->next)
		;
	pthread_mutex_unlock(&lock);
	return q;
}

/* --------------------------------------------------- the program's own calls */

/* One that is off the device is put back first: drivers have been seen to fail else. */
static void forget(uint32_t id)
{
	struct kfd_queue **at, *q;

	for (at = &queues; (q = *at) && q->id != id; at = &q->next)
		;
	if (!q)
		return;
	set_suspended(q, false);
	*at = q->next;
	free(q);
}

/* The program changes priority or ring; whether it runs stays ours. */
static int update(int fd, struct kfd_ioctl_update_queue_args *a)
{
	struct kfd_queue *q = find(a->queue_id);
	struct kfd_ioctl_update_queue_args b = *a;
	int ret;

	if (q && q->suspended && method == UPDATE)
		b.queue_percentage = 0;
	ret = real_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &b);
	if (!ret && q) {
		q->ring = a->ring_base_address;
		q->ring_size = a->ring_size;
		q->priority = a->queue_priority;
		q->percent = a->queue_percentage;
	}
	return ret;
}

int kfd_ioctl(int fd, unsigned long cmd, void *arg, int (*real)(int, unsigned long, ...))
{
	int ret, err;

	real_ioctl = real;
	switch (cmd) {
	case AMDKFD_IOC_CREATE_QUEUE:
	case AMDKFD_IOC_DESTROY_QUEUE:
	case AMDKFD_IOC_UPDATE_QUEUE:
	case AMDKFD_IOC_SET_CU_MASK:
		break;
	case AMDKFD_IOC_GET_VERSION:
		kfd_fd = fd;
		return real(fd, cmd, arg);
	default:
		return real(fd, cmd, arg);
	}
	pthread_mutex_lock(&lock);
	if (cmd == AMDKFD_IOC_DESTROY_QUEUE)
		forget(((struct kfd_ioctl_destroy_queue_args *)arg)->queue_id);
	ret = cmd == AMDKFD_IOC_UPDATE_QUEUE ? update(fd, arg) : real(fd, cmd, arg);
	err = errno;
	if (!ret && cmd == AMDKFD_IOC_CREATE_QUEUE)
		created(fd, arg);
	pthread_mutex_unlock(&lock);
	errno = err;
	return ret;
}

/* ---------------------------------------------------------- which, and does it */

static int param_of_driver(const char *name, int otherwise)
{
	char path[96], text[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/amdgpu/parameters/%s", name);
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	return *text == 'Y' ? 1 : *text == 'N' ? 0 : *text ? atoi(text) : otherwise;
}

/* The agent's name is gfx and the version: gfx906, gfx1100. */
static unsigned int gfx_major(hsa_agent_t agent)
{
	char name[64] = "";
	size_t n;

	hsa_below.agent_info(agent, HSA_AGENT_INFO_NAME, name);
	n = strlen(name);
	if (strncmp(name, "gfx", 3) || n < 6)
		return 0;
	name[n - 2] = '\0';
	return (unsigned int)atoi(name + 3);
}

/*
 * HWS (gfx9, gfx10): UPDATE_QUEUE. MES (gfx11 and later): the debugger's, since there
 * UPDATE_QUEUE leaves stale translations behind when several processes share the GPU.
 */
static enum method preferred(unsigned int gfx)
{
	static unsigned int said;
	const char *v = getenv("XSCHED_HIP_LV3");

	if (v && *v) {
		if (!strcasecmp(v, "update"))
			return UPDATE;
		if (!strcasecmp(v, "debug"))
			return DEBUG;
		if (!strcasecmp(v, "off"))
			return NONE;
		xsched_say_once(&said, "xsched: XSCHED_HIP_LV3=%s: not update, debug or off; choosing by the GPU", v);
	}
	if (gfx < 8 || !param_of_driver("cwsr_enable", 1))
		return NONE;
	return gfx >= 11 ? DEBUG : UPDATE;
}

/* The debugger's session with ourselves. The runtime must have been enabled before the first queue. */
static bool open_session(int fd)
{
	struct kfd_ioctl_dbg_trap_args a = { .op = KFD_IOC_DBG_TRAP_ENABLE };
	static struct kfd_runtime_info info;

	if (debug_fd < 0)
		debug_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	a.enable.exception_mask = KFD_EC_MASK(EC_QUEUE_NEW);
	a.enable.rinfo_ptr = (uintptr_t)&info;
	a.enable.rinfo_size = sizeof(info);
	a.enable.dbg_fd = (uint32_t)debug_fd;
	return !debug_op(fd, &a) || errno == EALREADY;
}

static void close_session(int fd)
{
	struct kfd_ioctl_dbg_trap_args a = { .op = KFD_IOC_DBG_TRAP_DISABLE };

	debug_op(fd, &a);
}

void kfd_before_queues(hsa_agent_t agent)
{
	struct kfd_ioctl_runtime_enable_args a = { .mode_mask = KFD_RUNTIME_ENABLE_MODE_ENABLE_MASK };
	static bool done;

	if (__atomic_exchange_n(&done, true, __ATOMIC_RELAXED) || kfd_fd < 0)
		return;
	if (preferred(gfx_major(agent)) == DEBUG)
		real_ioctl(kfd_fd, AMDKFD_IOC_RUNTIME_ENABLE, &a);
}

/* Off, and seen to be off; on again. */
static bool toggle(struct kfd_queue *q, uint64_t *took_ns)
{
	struct kfd_ioctl_get_queue_wave_state_args w = { .queue_id = q->id };
	static char state[1 << 16] __attribute__((aligned(4096)));
	uint64_t begin = xsched_now_ns();
	bool off;

	w.ctl_stack_address = (uintptr_t)state;
	if (kfd_suspend(q))
		return false;
	off = !real_ioctl(q->fd, AMDKFD_IOC_GET_QUEUE_WAVE_STATE, &w);
	if (kfd_resume(q))
		return false;
	*took_ns = xsched_now_ns() - begin;
	return off;
}

/* Several times: the shortest is what it costs, the others what else was going on. */
static bool works(struct kfd_queue *q)
{
	uint64_t took;
	int i;

	toggle_ns = 0;
	for (i = 0; i < TRIES; i++) {
		if (!toggle(q, &took))
			return false;
		if (!i || took < toggle_ns)
			toggle_ns = took;
	}
	return true;
}

static bool try_method(hsa_agent_t agent, enum method m)
{
	struct kfd_queue *q;
	hsa_queue_t *hq;
	bool ok;

	if (hsa_below.queue_create(agent, 64, HSA_QUEUE_TYPE_MULTI, NULL, NULL, UINT32_MAX, UINT32_MAX,
				   &hq) != HSA_STATUS_SUCCESS)
		return false;
	q = kfd_queue_of(hq->base_address);
	method = m;
	ok = q && (m != DEBUG || open_session(q->fd)) && works(q);
	if (!ok && q && m == DEBUG)
		close_session(q->fd);
	hsa_below.queue_destroy(hq);
	return ok;
}

const char *kfd_method(struct aql_queue *aq)
{
	static const char *const names[] = { NULL, NULL, "UPDATE_QUEUE", "DBG_TRAP" };
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	enum method m;

	pthread_mutex_lock(&once);
	if (method == UNKNOWN) {
		m = preferred(gfx_major(aq->agent));
		if (m == NONE || !try_method(aq->agent, m))
			method = NONE;
	}
	pthread_mutex_unlock(&once);
	return names[method];
}
