// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the core tells the process, and waiting for it: the agent's ring and the gates' epochs.
 */
#define _GNU_SOURCE
#include "local_state.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint32_t ring_seq;	/* counts events */

static void wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
}

void xsched_local_ring_wake(void)
{
	__atomic_fetch_add(&ring_seq, 1, __ATOMIC_SEQ_CST);
	wake(&ring_seq);
}

static void ring_push(uint32_t type, uint32_t entity, uint32_t value, uint64_t now)
{
	struct xsched_control_header *h = xsched_local.open_header;
	uint32_t tail;

	if (!h)
		return;
	tail = h->ring_tail;
	h->ring[tail % XSCHED_RING_ENTRIES] = (struct xsched_event){
		.type = type, .entity_id = entity, .value = value, .time_ns = now,
	};
	/* Pairs with the reader's acquire of ring_tail. */
	smp_store_release(&h->ring_tail, tail + 1);
	xsched_local_ring_wake();
}

static struct local_entity *entity_of(struct xsched_entity *e)
{
	return container_of(e, struct local_entity, core);
}

static void gate_changed(struct xsched_entity *e, u64 now)
{
	struct local_entity *le = entity_of(e);

	wake(&e->ctl->epoch);
	if (e->flags & XSCHED_ENTITY_F_GATE_EVENTS)
		ring_push(XSCHED_EV_GATE, e->id, e->gate, now);
	if (le->changed)
		le->changed(le->arg);
}

static void track_wanted(struct xsched_entity *e, u64 now)
{
	struct local_entity *le = entity_of(e);

	if (le->changed)
		le->changed(le->arg);
	else
		ring_push(XSCHED_EV_TRACK, e->id, e->track_seq, now);
}

const struct xsched_domain_ops xsched_local_domain_ops = {
	.poke = xsched_local_poke,
	.gate_changed = gate_changed,
	.track_wanted = track_wanted,
};

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
int xsched_local_wait_ring(struct xsched_control_header *h, uint32_t *epoch, uint64_t deadline)
{
	uint32_t seq, tail;
	int ret = 0;

	do {
		seq = __atomic_load_n(&ring_seq, __ATOMIC_ACQUIRE);
		if (__atomic_load_n(&xsched_local.open_header, __ATOMIC_ACQUIRE) != h)
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
int xsched_local_wait_gate(uint32_t *word, uint32_t *epoch, uint64_t deadline)
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
