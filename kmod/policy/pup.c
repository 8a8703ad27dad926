// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * pup: the device's time partitioned among processes by their utilization. In a round
 * of as many timeslices as there are processes each has its part; all entities of
 * a process run together. One with 0 runs when nobody else wants to.
 *
 * A process that overruns its turn has had that time, and comes up again the later.
 * One that doesn't use up its turn keeps the rest for the next, less a tenth.
 *
 * The record of a process lives in one of its entities, the head.
 */
#include "share.h"
#include "slice.h"

struct pup_process {
	struct xsched_share share;
	struct xsched_list members;	/* the first n_busy have work, */
	struct xsched_meter used;	/* and this is what they use, */
	u64 charged_ns;			/* charged up to here */
	u64 kept_ns;			/* of a turn that it didn't use up */
	u32 n_busy;
};

struct pup_entity {
	struct xsched_list in_process;
	struct xsched_entity *head;	/* NULL: never had work yet */
	struct pup_process process;	/* the head's */
};

#define PUP_ORDINARY	100	/* utilization, if nothing is said */

struct pup {
	struct xsched_share_group root;
	u32 n;				/* processes with work */
	struct xsched_entity *holder;	/* head of the process whose turn it is */
	u64 begin_ns;			/* of the turn */
	u64 most_ns;			/* see struct xsched_slice */
};

static struct pup *pup(struct xsched_domain *d)
{
	return xsched_policy_area(struct pup, d);
}

static struct pup_entity *pup_area(struct xsched_entity *e)
{
	return xsched_policy_area(struct pup_entity, e);
}

static struct pup_process *pup_process(struct xsched_entity *e)
{
	return &pup_area(pup_area(e)->head)->process;
}

static struct xsched_entity *pup_head(struct xsched_share *s)
{
	return xsched_policy_owner(container_of(s, struct pup_entity, process.share));
}

static struct xsched_entity *pup_member(struct xsched_list *in_process)
{
	return xsched_policy_owner(container_of(in_process, struct pup_entity, in_process));
}

static bool pup_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return container_of(a, struct xsched_entity, node)->process <
	       container_of(b, struct xsched_entity, node)->process;
}

/* domain->ready holds the heads, by process. */
static int pup_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_tree_init(&d->ready, pup_before, &d->n_visited);
	xsched_share_group_init(&pup(d)->root, NULL, 0, &d->n_visited);
	return 0;
}

static struct xsched_entity *pup_find(struct xsched_domain *d, u32 process)
{
	struct xsched_tree_node *n = d->ready.root;
	struct xsched_entity *e;

	for (; n; n = process < e->process ? n->left : n->right) {
		e = container_of(n, struct xsched_entity, node);
		d->n_visited++;
		if (e->process == process)
			return e;
	}
	return NULL;
}

/* The entity becomes one of its process's. */
static void pup_join(struct xsched_domain *d, struct xsched_entity *e)
{
	struct pup_entity *a = pup_area(e);

	a->head = pup_find(d, e->process);
	if (!a->head) {
		a->head = e;
		xsched_list_init(&a->process.members);
		a->process.share.parent = xsched_share_seat(&pup(d)->root, e->seat, PUP_ORDINARY);
		xsched_tree_insert(&d->ready, &e->node);
	}
	xsched_list_add_tail(&pup_process(e)->members, &a->in_process);
}

/* The head goes, others stay: one of them takes the record over. */
static void pup_hand_over(struct xsched_domain *d, struct xsched_entity *from,
			  struct xsched_entity *to)
{
	struct pup_process *old = &pup_area(from)->process, *new = &pup_area(to)->process;
	bool has_work = xsched_tree_linked(&old->share.node);
	struct pup_entity *member;
	struct xsched_entity *e;

	if (has_work)
		xsched_share_leave(&old->share);
	*new = *old;
	xsched_list_init(&new->members);
	xsched_list_take(&old->members, &new->members);
	xsched_list_for_each(member, &new->members, in_process) {
		member->head = to;
		e = xsched_policy_owner(member);
		if (e->use_meter)
			e->use_meter = &new->used;
	}
	if (has_work)
		xsched_share_enter(&new->share, 0);
	if (pup(d)->holder == from)
		pup(d)->holder = to;
	xsched_tree_insert(&d->ready, &to->node);
}

static void pup_part(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns __maybe_unused)
{
	struct pup_entity *a = pup_area(e);
	struct xsched_list *members;

	if (!a->head)
		return;
	xsched_list_del(&a->in_process);
	if (a->head != e)
		return;
	xsched_tree_erase(&d->ready, &e->node);
	members = &a->process.members;
	if (!xsched_list_empty(members))
		pup_hand_over(d, e, pup_member(members->next));
}

/* Charges what its entities used since the last time; true if that is anything. */
static bool pup_settle(struct xsched_domain *d, struct pup_process *p, u64 now_ns)
{
	u64 used_ns = xsched_use_read(d, &p->used, now_ns), more_ns = used_ns - p->charged_ns;

	p->charged_ns = used_ns;
	if (more_ns)
		xsched_share_charge(&p->share, more_ns);
	return more_ns != 0;
}

static void pup_settle_holder(struct xsched_domain *d, u64 now_ns)
{
	if (pup(d)->holder)
		pup_settle(d, pup_process(pup(d)->holder), now_ns);
}

/* What was said last about any entity of a process holds for the process. */
static void pup_say(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct pup_process *p = pup_process(e);

	pup_settle(d, p, now_ns);
	xsched_share_set_weight(&p->share, (u32)e->hint[XSCHED_HINT_UTILIZATION]);
}

static u64 pup_turn_ns(struct xsched_domain *d, struct xsched_entity *head)
{
	const struct xsched_share *s = &pup_process(head)->share;
	u64 slice_ns = xsched_slice_ns(head);

	if (s->weight && pup(d)->n > 1)
		slice_ns = xsched_max_u64(xsched_share_part_ns(s, slice_ns * pup(d)->n),
					  XSCHED_SLICE_MIN_NS);
	slice_ns += pup_process(head)->kept_ns;
	return pup(d)->most_ns ? xsched_min_u64(slice_ns, pup(d)->most_ns) : slice_ns;
}

static void pup_reweigh(struct xsched_domain *d, struct xsched_seat *s, u64 now_ns)
{
	pup_settle_holder(d, now_ns);
	xsched_share_reweigh(s, PUP_ORDINARY);
}

static void pup_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct pup_entity *a = pup_area(e);
	struct pup_process *p;

	if (!a->head)
		pup_join(d, e);
	p = pup_process(e);
	pup_settle_holder(d, now_ns);
	xsched_use_join(e, &p->used, now_ns);
	if (!p->n_busy || e->hint[XSCHED_HINT_UTILIZATION] != 100)
		pup_say(d, e, now_ns);
	/* To the front, where those with work are. */
	xsched_list_del(&a->in_process);
	xsched_list_add_tail(p->members.next, &a->in_process);
	if (p->n_busy++)
		return;
	pup(d)->n++;
	p->kept_ns = p->kept_ns / 10 * 9;
	xsched_share_enter(&p->share, p->kept_ns);
}

static void pup_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct pup_entity *a = pup_area(e);
	struct pup_process *p = pup_process(e);
	u64 end_ns;

	pup_settle(d, p, now_ns);
	xsched_use_part(e, now_ns);
	xsched_list_move_tail(&p->members, &a->in_process);
	if (--p->n_busy)
		return;
	if (pup(d)->holder == a->head) {
		end_ns = pup(d)->begin_ns + pup_turn_ns(d, a->head);
		/* No more than a turn: it can't save up. */
		p->kept_ns = 0;
		if (end_ns > now_ns)
			p->kept_ns = xsched_min_u64(end_ns - now_ns, pup_turn_ns(d, a->head));
		pup(d)->holder = NULL;
	}
	pup(d)->n--;
	xsched_share_leave(&p->share);
}

static void pup_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind,
		     s64 old __maybe_unused, u64 now_ns)
{
	if (kind == XSCHED_HINT_UTILIZATION)
		pup_say(d, e, now_ns);
}

static bool pup_turn_is_over(struct xsched_domain *d, struct xsched_entity *holder, u64 now_ns)
{
	struct xsched_share *first = xsched_share_first(&pup(d)->root);

	if (!pup_process(holder)->share.weight && first->weight)
		return true;
	return now_ns - pup(d)->begin_ns >= pup_turn_ns(d, holder);
}

static struct xsched_entity *pup_pick(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *head;

	do
		head = pup_head(xsched_share_first(&pup(d)->root));
	while (pup_settle(d, pup_process(head), now_ns));
	return head;
}

static void pup_mark(struct xsched_entity *head, bool run)
{
	struct pup_process *p = pup_process(head);
	struct xsched_list *l = p->members.next;
	u32 n;

	for (n = 0; n < p->n_busy; n++, l = l->next) {
		if (run == xsched_is_running(pup_member(l)))
			continue;
		if (run)
			xsched_mark_run(pup_member(l));
		else
			xsched_mark_hold(pup_member(l));
	}
}

static void pup_give(struct xsched_domain *d, struct xsched_entity *next)
{
	struct xsched_entity *old = pup(d)->holder, *e;

	xsched_list_for_each(e, &d->marked, in_mark)
		if (pup_area(e)->head == next)
			xsched_mark_run(e);
		else if (xsched_is_running(e))
			xsched_mark_hold(e);
	if (old == next)
		return;
	if (old)
		pup_mark(old, false);
	pup_mark(next, true);
	pup(d)->holder = next;
}

static int pup_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct pup *p = pup(d);
	struct xsched_entity *next = p->holder;

	if (xsched_tree_empty(&p->root.children))
		return -ENOENT;
	pup_settle_holder(d, now_ns);
	if (!next || pup_turn_is_over(d, next, now_ns)) {
		if (next)
			pup_process(next)->kept_ns = 0;
		next = pup_pick(d, now_ns);
		p->begin_ns = now_ns;
		p->most_ns = 0;
		if (next == p->holder)
			p->most_ns = xsched_max_u64(xsched_share_lag_ns(&pup_process(next)->share),
					   XSCHED_SLICE_MIN_NS);
	}
	pup_give(d, next);
	if (p->n > 1)
		*next_ns = xsched_add_sat(p->begin_ns, pup_turn_ns(d, next));
	return 0;
}

static void pup_why(const struct xsched_domain *d __maybe_unused, const struct xsched_entity *e,
		    u64 now_ns __maybe_unused, char *words, size_t size)
{
	xsched_share_tell(&pup_process((struct xsched_entity *)e)->share, words, size);
}

const struct xsched_policy xsched_policy_pup = {
	.name = "pup",
	.turns = true,
	.start = pup_start,
	.enter = pup_enter,
	.leave = pup_leave,
	.part = pup_part,
	.hint = pup_hint,
	.reweigh = pup_reweigh,
	.why = pup_why,
	.decide = pup_decide,
};
