// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The program's HSA queues and what the runtime knows them by.
 */
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOTS	1024		/* a process has at most a few dozen queues on a device */

/* Open addressing; read without a lock, written under it. A slot once used stays used. */
static struct slot {
	const hsa_queue_t *_Atomic key;
	uint64_t doorbell;
	struct aql_queue *_Atomic aq;
} slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned int hash(const hsa_queue_t *q)
{
	uintptr_t x = (uintptr_t)q;

	return (unsigned int)(x >> 6 ^ x >> 12 ^ x >> 20) % SLOTS;
}

static struct slot *slot_of(const hsa_queue_t *q, bool make)
{
	unsigned int i = hash(q), n;

	for (n = 0; n < SLOTS; n++, i = (i + 1) % SLOTS) {
		const hsa_queue_t *k = xs_load(&slots[i].key);

		if (k == q)
			return &slots[i];
		if (!k) {
			if (!make)
				return NULL;
			xs_store_release(&slots[i].key, q);
			return &slots[i];
		}
	}
	return NULL;
}

struct aql_queue *hip_queue(const hsa_queue_t *q)
{
	struct slot *s = slot_of(q, false);

	return s ? xs_load(&s->aq) : NULL;
}

struct aql_queue *hip_queue_by_doorbell(uint64_t signal)
{
	static _Thread_local struct slot *last;
	unsigned int i;

	if (last && last->doorbell == signal)
		return xs_load(&last->aq);
	for (i = 0; i < SLOTS; i++)
		if (xs_load(&slots[i].aq) && slots[i].doorbell == signal) {
			last = &slots[i];
			return xs_load(&slots[i].aq);
		}
	return NULL;
}

/* The render node of the agent's GPU, which says to the scheduler which device it is. */
static int node_of(hsa_agent_t agent)
{
	char path[128], line[128];
	uint32_t node = 0;
	int minor = -1;
	FILE *f;

	if (hsa_below.agent_info(agent, (hsa_agent_info_t)HSA_AMD_AGENT_INFO_DRIVER_NODE_ID, &node) !=
	    HSA_STATUS_SUCCESS)
		return -1;
	snprintf(path, sizeof(path), "/sys/class/kfd/kfd/topology/nodes/%u/properties", node);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "drm_render_minor %d", &minor) == 1)
			break;
	if (f)
		fclose(f);
	if (minor < 128)
		return -1;
	snprintf(path, sizeof(path), "/dev/dri/renderD%d", minor);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void make_again(void);

/* level: of a queue that the program makes an entity of its own; 0: as the environment says */
static struct xqueue *schedule(struct aql_queue *aq, uint32_t level)
{
	struct xsched_device_desc desc = { .dev_class = XSCHED_CLASS_GPU, .node_fd = node_of(aq->agent),
					   .own = level };
	char name[128] = "";
	struct xqueue *xq;

	hsa_below.agent_info(aq->agent, (hsa_agent_info_t)HSA_AMD_AGENT_INFO_PRODUCT_NAME, name);
	if (!*name)
		hsa_below.agent_info(aq->agent, HSA_AGENT_INFO_NAME, name);
	desc.name = name;
	desc.key = aq->agent.handle;
	xq = xqueue_create(xsched_hip_hal(aq, level ? level : xsched_wanted_level()), aq, &desc);
	if (desc.node_fd >= 0)
		close(desc.node_fd);
	if (xq)
		xsched_on_return(make_again);
	return xq;
}

void hip_queue_new(hsa_queue_t *q, hsa_agent_t agent)
{
	struct aql_queue *aq;
	struct slot *s;

	if (!hip_wanted())
		return;
	aq = calloc(1, sizeof(*aq));
	if (!aq)
		return;
	aq->q = q;
	aq->agent = agent;
	if (aql_init(aq)) {
		free(aq);
		return;
	}
	aq->kfd = kfd_queue_of(q->base_address);
	aq->xq = xsched_enabled() ? schedule(aq, 0) : NULL;
	if (!aq->xq && !xsched_hip_explicit)
		return;		/* what its signals cost stays; it happens once */
	pthread_mutex_lock(&lock);
	s = slot_of(q, true);
	if (s) {
		s->doorbell = q->doorbell_signal.handle;
		xs_store_release(&s->aq, aq);
	}
	pthread_mutex_unlock(&lock);
}

struct aql_queue *hip_queue_going(hsa_queue_t *q)
{
	struct slot *s;
	struct aql_queue *aq = NULL;

	pthread_mutex_lock(&lock);
	s = slot_of(q, false);
	if (s) {
		aq = xs_load(&s->aq);
		xs_store_release(&s->aq, (struct aql_queue *)NULL);
	}
	pthread_mutex_unlock(&lock);
	if (aq) {
		xsched_hip_let_go(aq);
		pthread_mutex_lock(&aq->lock);
		aq->dead = true;
		aq->kfd = NULL;
		pthread_mutex_unlock(&aq->lock);
	}
	return aq;
}

/* Calls and callbacks under way may still look at it: its memory stays. */
void hip_queue_gone(struct aql_queue *aq, bool destroyed)
{
	struct aql_former *f;
	struct xqueue *xq;

	aql_fini(aq, destroyed);
	xq = __atomic_exchange_n(&aq->xq, NULL, __ATOMIC_ACQ_REL);
	while ((f = aq->former)) {
		aq->former = f->next;
		xqueue_release(f->xq);
		free(f);
	}
	/* Gates in the ring went with it. */
	if (xq) {
		xqueue_gate_seen(xq, xs_load(&xq->gates), xs_load(&xq->gates));
		xqueue_release(xq);
	}
	if (destroyed)
		xsched_hip_free_stops(aq);
}

void hip_queues_drop(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		struct aql_queue *aq = xs_load(&slots[i].aq);

		if (aq && hip_queue_going((hsa_queue_t *)xs_load(&slots[i].key)))
			hip_queue_gone(aq, false);
	}
}

/* Calls under way may be using the one before: it stays as long as the queue. */
static struct xqueue *replace(struct aql_queue *aq, struct xqueue *xq)
{
	struct aql_former *f = malloc(sizeof(*f));
	struct xqueue *old;

	if (!f)
		return NULL;
	pthread_mutex_lock(&lock);
	old = __atomic_exchange_n(&aq->xq, xq, __ATOMIC_ACQ_REL);
	if (old) {
		*f = (struct aql_former){ aq->former, old };
		aq->former = f;
		f = NULL;
	}
	pthread_mutex_unlock(&lock);
	free(f);
	return old;
}

struct xqueue *hip_queue_own(struct aql_queue *aq, uint32_t level)
{
	struct xqueue *xq = aq->dead ? NULL : schedule(aq, level);

	if (!xq)
		return NULL;
	aq->own = true;
	xqueue_get(xq);		/* the caller's */
	replace(aq, xq);
	return xq;
}

void hip_queue_disown(struct aql_queue *aq)
{
	aq->own = false;
	if (!aq->dead)
		replace(aq, xsched_enabled() ? schedule(aq, 0) : NULL);
}

/* There is a scheduler again, which knows none of our queues; the program's own XQueues see to theirs. */
static void make_again(void)
{
	struct xqueue *xq, *old;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		struct aql_queue *aq = xs_load(&slots[i].aq);

		if (!aq || aq->dead || aq->own || !aq->xq)
			continue;
		xq = schedule(aq, 0);
		old = xq ? replace(aq, xq) : NULL;
		if (old)
			xqueue_inherit(xq, old);
	}
}
