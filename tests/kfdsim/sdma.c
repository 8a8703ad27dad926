// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The copy engine: the packets of SDMA 4 that AMD's runtime sends, with real data.
 */
#include "kfdsim.h"

#include <linux/delay.h>

enum { OP_NOP, OP_COPY, OP_WRITE, OP_IB = 4, OP_FENCE, OP_TRAP, OP_POLL = 8, OP_ATOMIC = 10,
       OP_FILL, OP_TIMESTAMP = 13 };
enum { COPY_LINEAR = 0, COPY_RECT = 4 };

struct words {
	u32 w[16];
};

static u64 a64(const struct words *p, unsigned int i)
{
	return p->w[i] | (u64)p->w[i + 1] << 32;
}

/* A packet may lie across the end of the ring. */
static int fetch(struct sim_queue *q, struct words *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p->w); i++)
		if (sim_read(q->p, q->ring + ((q->read + 4 * i) & (q->size - 1)), &p->w[i], 4))
			return -EFAULT;
	return 0;
}

struct side {
	u64 base;
	u32 x, y, z, pitch, slice;
};

static struct side side_at(const struct words *p, unsigned int i)
{
	return (struct side){
		.base = a64(p, i),
		.x = p->w[i + 2] & 0x3fff, .y = p->w[i + 2] >> 16 & 0x3fff,
		.z = p->w[i + 3] & 0x7ff, .pitch = (p->w[i + 3] >> 13) + 1,
		.slice = (p->w[i + 4] & 0xfffffff) + 1,
	};
}

static u64 row_of(const struct side *s, u32 y, u32 z, u32 shift)
{
	return s->base + (((u64)(s->z + z) * s->slice + (u64)(s->y + y) * s->pitch + s->x) << shift);
}

static int copy_rect(struct sim_queue *q, const struct words *p)
{
	struct side src = side_at(p, 1), dst = side_at(p, 6);
	u32 nx = (p->w[11] & 0x3fff) + 1, ny = (p->w[11] >> 16 & 0x3fff) + 1;
	u32 nz = (p->w[12] & 0x7ff) + 1, shift = p->w[0] >> 29, y, z;
	int ret = 0;

	for (z = 0; z < nz; z++)
		for (y = 0; y < ny && !ret; y++)
			ret = sim_copy(q->p, row_of(&dst, y, z, shift),
				       row_of(&src, y, z, shift), (u64)nx << shift);
	return ret;
}

static bool holds(u32 fn, u32 v, u32 ref)
{
	switch (fn) {
	case 1: return v < ref;
	case 2: return v <= ref;
	case 3: return v == ref;
	case 4: return v != ref;
	case 5: return v >= ref;
	case 6: return v > ref;
	default: return true;
	}
}

/* -EINTR: the engine is to end. */
static int poll(struct sim_queue *q, const struct words *p)
{
	u32 v, us = sim_params.poll_us;

	if (!(p->w[0] & 1U << 31))	/* a register: ours always agree */
		return 0;
	for (;;) {
		if (sim_read(q->p, a64(p, 1), &v, 4))
			return -EFAULT;
		if (holds(p->w[0] >> 28 & 7, v & p->w[4], p->w[3]))
			return 0;
		if (!sim_engine_sleep_us(q, us))
			return -EINTR;
		us = min(us + us / 8 + 1, 4 * sim_params.poll_us);
	}
}

static int write_words(struct sim_queue *q, const struct words *p, u32 n)
{
	u32 i, v;

	for (i = 0; i < n; i++)
		if (sim_read(q->p, q->ring + ((q->read + 16 + 4 * i) & (q->size - 1)), &v, 4) ||
		    sim_write(q->p, a64(p, 1) + 4 * i, &v, 4))
			return -EFAULT;
	return 0;
}

/* Does one packet, and says how many words it has; or -errno. */
static int execute(struct sim_queue *q, const struct words *p)
{
	u32 op = p->w[0] & 0xff, sub = p->w[0] >> 8 & 0xff, n;
	u64 now = ktime_get_ns();
	int ret = 0;

	switch (op) {
	case OP_NOP:
		return 1 + (p->w[0] >> 16 & 0x3fff);
	case OP_COPY:
		q->n_dispatches++;
		atomic_inc(&sim_gpu.n_copies);
		if (sub == COPY_RECT)
			return copy_rect(q, p) ?: 13;
		return sub ? -EINVAL : sim_copy(q->p, a64(p, 5), a64(p, 3),
						(p->w[1] & 0x3fffffff) + 1) ?: 7;
	case OP_WRITE:
		n = (p->w[3] & 0xfffff) + 1;
		return write_words(q, p, n) ?: 4 + n;
	case OP_IB:
		return 6;
	case OP_FENCE:
		return sim_write(q->p, a64(p, 1), &p->w[3], 4) ?: 4;
	case OP_TRAP:
		sim_event_interrupt(q->p, p->w[1] & 0xfffffff);
		return 2;
	case OP_POLL:
		if (sub)	/* a flush of the host path */
			return 6;
		ret = poll(q, p);
		return ret ?: 6;
	case OP_ATOMIC:		/* 64-bit add is the one that is used */
		return sim_add64(q->p, a64(p, 1), (s64)a64(p, 3)) ?: 8;
	case OP_FILL:
		return sim_fill(q->p, a64(p, 1), p->w[3], ((p->w[4] & 0x3fffff) + 4) & ~3U) ?: 5;
	case OP_TIMESTAMP:
		return sim_write(q->p, a64(p, 1), &now, 8) ?: 3;
	default:
		return -EINVAL;
	}
}

bool sim_sdma_run(struct sim_queue *q)
{
	struct words p;
	int n;

	while (q->read < q->done_rung) {
		if (!sim_engine_sleep_us(q, 0))
			return false;
		n = fetch(q, &p) ?: execute(q, &p);
		if (n == -EINTR)
			return false;
		if (n < 0) {
			pr_err("kfdsim (simulated): copy packet %08x %08x %08x %08x of pid %d: %d\n",
			       p.w[0], p.w[1], p.w[2], p.w[3], q->p->pid, n);
			sim_engine_fault(q, q->ring + q->read, false, "copy packet");
			return false;
		}
		q->read += 4 * n;
		q->n_packets++;
		if (sim_write(q->p, q->rptr, &q->read, 8))
			return false;
	}
	q->last_done_ns = ktime_get_ns();
	return true;
}
