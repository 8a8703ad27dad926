// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hhpf: the highest priority on any device that is under hhpf runs, equals together, on
 * whichever devices they are.
 *
 * Each domain posts the highest priority that it has on a board; the highest there may
 * run. The board is all that domains share, and its lock is held for a few steps, so
 * devices don't wait for each other. Who is on the board has an entry at its priority,
 * so a change finds those that it concerns, and they are poked to decide again.
 */
#include "top.h"

#define HHPF_LEVELS	(XSCHED_PRIORITY_MAX - XSCHED_PRIORITY_MIN + 1)
#define HHPF_NOTHING	(XSCHED_PRIORITY_MIN - 1)	/* posted by who has no work */
#define HHPF_WORD_BITS	64

/* Without ops->poke() a domain looks at the board as often as this. */
#define HHPF_LOOK_NS	1000000ULL

struct hhpf {
	struct xsched_top top;
	struct xsched_list on_board;
	struct xsched_domain *domain;
	s32 posted;
};

struct hhpf_rank {
	struct xsched_list domains;	/* zeroed: none yet */
	u32 n;
};

static XSCHED_LEAF(hhpf_lock);
static struct {
	struct hhpf_rank rank[HHPF_LEVELS];
	u64 used[HHPF_LEVELS / HHPF_WORD_BITS + 1];	/* a bit per rank that has domains */
	u32 n;
	s32 highest;
	bool waited_for;	/* somebody is below the highest */
} hhpf_board = { .highest = HHPF_NOTHING };		/* hhpf_lock */

static struct hhpf *hhpf(struct xsched_domain *d)
{
	return xsched_policy_area(struct hhpf, d);
}

static struct hhpf_rank *hhpf_rank(s32 level)
{
	struct hhpf_rank *r = &hhpf_board.rank[level - XSCHED_PRIORITY_MIN];

	if (!r->domains.next)
		xsched_list_init(&r->domains);
	return r;
}

static void hhpf_note_used(s32 level)
{
	u32 bit = (u32)(level - XSCHED_PRIORITY_MIN);
	u64 *word = &hhpf_board.used[bit / HHPF_WORD_BITS], mask = 1ULL << bit % HHPF_WORD_BITS;

	*word = hhpf_rank(level)->n ? *word | mask : *word & ~mask;
}

static s32 hhpf_find_highest(void)
{
	int i;

	for (i = (int)ARRAY_SIZE(hhpf_board.used) - 1; i >= 0; i--)
		if (hhpf_board.used[i])
			return XSCHED_PRIORITY_MIN + i * HHPF_WORD_BITS + HHPF_WORD_BITS - 1 -
			       __builtin_clzll(hhpf_board.used[i]);
	return HHPF_NOTHING;
}

/* Everybody of that rank but @but decides again. */
static void hhpf_poke(s32 level, const struct xsched_domain *but)
{
	struct hhpf *h;

	if (level == HHPF_NOTHING)
		return;
	xsched_list_for_each(h, &hhpf_rank(level)->domains, on_board)
		if (h->domain != but && h->domain->ops->poke)
			h->domain->ops->poke(h->domain);
}

static void hhpf_take_off(struct hhpf *h)
{
	if (h->posted == HHPF_NOTHING)
		return;
	xsched_list_del(&h->on_board);
	hhpf_rank(h->posted)->n--;
	hhpf_note_used(h->posted);
	hhpf_board.n--;
}

static void hhpf_put_on(struct hhpf *h, s32 level)
{
	h->posted = level;
	if (level == HHPF_NOTHING)
		return;
	xsched_list_add_tail(&hhpf_rank(level)->domains, &h->on_board);
	hhpf_rank(level)->n++;
	hhpf_note_used(level);
	hhpf_board.n++;
}

/* The old highest must stop, or the new one start, or the same one learn who waits. */
static void hhpf_settle_board(const struct xsched_domain *by)
{
	s32 old = hhpf_board.highest, highest = hhpf_find_highest();
	bool waited_for = highest != HHPF_NOTHING && hhpf_board.n > hhpf_rank(highest)->n;

	if (highest == old && waited_for == hhpf_board.waited_for)
		return;
	hhpf_board.highest = highest;
	hhpf_board.waited_for = waited_for;
	if (highest != old)
		hhpf_poke(old, by);
	hhpf_poke(highest, by);
}

/* Posts the domain's highest priority; returns who may run. */
static s32 hhpf_post(struct xsched_domain *d, s32 level)
{
	struct hhpf *h = hhpf(d);
	xsched_leaf_flags_t flags;
	s32 highest;

	xsched_leaf_lock(&hhpf_lock, flags);
	if (level != h->posted) {
		hhpf_take_off(h);
		hhpf_put_on(h, level);
		hhpf_settle_board(d);
	}
	highest = hhpf_board.highest;
	d->waited_for = level == highest && hhpf_board.waited_for;
	xsched_leaf_unlock(&hhpf_lock, flags);
	return highest;
}

static void hhpf_rank_of(struct xsched_entity *e, struct xsched_rank *r)
{
	xsched_entity_rank(e, (s32)e->hint[XSCHED_HINT_PRIORITY], r);
}

static int hhpf_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	struct hhpf *h = hhpf(d);

	xsched_top_start(d, hhpf_rank_of);
	xsched_list_init(&h->on_board);
	h->domain = d;
	h->posted = HHPF_NOTHING;
	return 0;
}

static void hhpf_stop(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	hhpf_post(d, HHPF_NOTHING);
	d->waited_for = false;
}

/* Nobody decides when nobody has work. */
static void hhpf_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_top_leave(d, e, now_ns);
	if (xsched_tree_empty(&d->ready)) {
		hhpf_post(d, HHPF_NOTHING);
		d->waited_for = false;
	}
}

static int hhpf_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	s32 own, highest;

	xsched_top_review_news(d);
	if (!xsched_top_highest(d, &own))
		return -ENOENT;
	highest = hhpf_post(d, own);
	xsched_top_run(d, highest);
	if (!d->ops->poke)
		*next_ns = xsched_add_sat(now_ns, HHPF_LOOK_NS);
	return 0;
}

static void hhpf_why(const struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns,
		     char *words, size_t size)
{
	s32 here = HHPF_NOTHING, anywhere = READ_ONCE(hhpf_board.highest);

	xsched_top_highest(d, &here);
	if (anywhere > here)
		snprintf(words, size, "the highest level here is %d, on another device it is %d", here,
			 anywhere);
	else
		xsched_top_why(d, e, now_ns, words, size);
}

const struct xsched_policy xsched_policy_hhpf = {
	.name = "hhpf",
	.across = true,
	.start = hhpf_start,
	.stop = hhpf_stop,
	.enter = xsched_top_enter,
	.leave = hhpf_leave,
	.unseat = xsched_top_unseat,
	.why = hhpf_why,
	.decide = hhpf_decide,
};
