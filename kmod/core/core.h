/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The scheduler's objects, their states and the calls that drive them.
 *
 * Everything under core/ and policy/ is free of I/O: it takes events with the
 * time they happened, reads and writes the words of mapped pages, and returns
 * the time at which it wants to be called again. It never reads a clock, copies
 * from a user, allocates or sleeps. So one source serves the module, KUnit,
 * native tests and schedulers in user space.
 *
 * Lock order: registry mutex (edge) -> domain->lock
 *
 * domain->lock		lists, entity states, gates, accounts, policy state; raw
 *			and irq-safe, held by the caller of every function below
 *			unless it says otherwise
 * immutable after add: entity->domain, entity->id, entity->ctl, entity->seat,
 *			entity->gang, queue->st
 *
 * An entity (memory owned by the edge, which embeds it) is in at most one
 * domain, from xsched_domain_add() to xsched_domain_remove(). The core holds no
 * references; whoever removes it may free it after a grace period.
 *
 * States, and what moves an entity along each edge:
 *
 *            work appears           chosen
 *     IDLE --------------> READY -----------> RUNNING ---.
 *      ^ ^                   |  ^               | |  ^   | no work for linger,
 *      | '-------------------'  |               | |  |   | or a sync call
 *      |    work withdrawn      |       stopped,| |  |   | returned
 *      |                        |     not quiet | |  |   |
 *      |                     turn|              v |  |   |
 *      |                  comes up          DRAINING | <-'-> IDLE
 *      |                        |           |  |  '--' chosen again
 *      |                        |     quiet |  | all work done
 *      |                       HELD <-------'  v
 *      '------------------------'            IDLE
 *         work done or withdrawn
 *
 * RUNNING -> HELD directly if it is quiet at the moment it is stopped. HELD
 * reaches RUNNING through READY only. Every other edge is impossible, and
 * xsched_entity_set_state() refuses it (see edge table there).
 *
 * A domain arbitrates when it has two entities or more and its policy wants
 * to choose. Otherwise it is open: every gate 0, notify 0, no timer, every entity
 * IDLE as far as the core knows, and all may run without telling anybody. When
 * it begins to arbitrate, an entity whose words may be stale is *untracked*,
 * and counts as busy until it has answered track_seq.
 *
 * An entity that runs while nobody waits, and nobody has for calm_ns, is *calm*: it needn't
 * say anything, what has completed neither, and its gates may be as far apart as in an open
 * domain. With the first that waits it is told to speak up again, and its words are read: if
 * they say that it has no work it has none, else it has till it answers track_seq.
 *
 * The waits below have one length for all entities of a domain. So whoever began
 * first is due first, each kind of wait is a list in order of its beginnings,
 * and finding what is due takes no search.
 */
#ifndef XSCHED_CORE_H
#define XSCHED_CORE_H

#include <linux/xsched_netlink.h>

#include "port.h"

/* With all that it calls in its body: for the few ways that are walked most. */
#define xsched_flatten	__attribute__((__flatten__))
/* Left out of those: rare, and each copy would cost the compiler time. */
#define xsched_aside	__attribute__((__noinline__))
#include "list.h"
#include "tree.h"

struct xsched_domain;
struct xsched_entity;
struct xsched_policy;
struct xsched_seat;
struct xsched_gang;
struct xsched_gang_part;

#define XSCHED_NEVER	(~0ULL)
#define XSCHED_REASON_LEN 96
/* What a policy has for itself in an entity, in a seat and in a domain. */
#define XSCHED_POLICY_WORDS 20

/* Tunables of a domain, all settable at run time. */
struct xsched_tunables {
	u64 linger_ns;		/* READY without work for this long is IDLE; 200 us */
	u64 idle_poll_ns;	/* how often words are reread; 100 us */
	u64 idle_poll_lazy_ns;	/* same, for entities whose queues all kick at idle; 10 ms */
	u64 quiet_ns;		/* gate words stand still this long: quiet; 50 us */
	u64 aging_ns;		/* a READY or HELD entity runs after this; 0 never; default 0 */
	u64 grace_ns;		/* strict handoff waits at most this for quiet; 10 ms */
	u64 timeslice_ns;	/* default slice, for policies and for aged entities; 5 ms */
	u64 calm_ns;		/* so long after somebody waited last a domain is calm; 1 s */
	u32 budget_us;		/* published to entities; 200 */
	u32 idle_budget_us;	/* the same while the domain is open, or calm; 2000 */
	u32 k;			/* kedf: how many run at once; 1 */
	bool strict;		/* handoff: wait for the loser's quiet */
};

/* A sum that grows by n per unit of time: base + n * time. */
struct xsched_meter {
	u64 base, n;
};

struct xsched_queue {
	struct xsched_list in_entity;
	struct xsched_status_slot *st;	/* written by the process; load once, trust nothing */
	u32 id;
	u32 flags;			/* XSCHED_QUEUE_F_* */
	u32 level;
	u32 platform;
	/* words at the last look, to tell whether they move */
	u32 seen_completed, seen_arrive, seen_pass;
};

struct xsched_account {
	u64 run_ns;		/* RUNNING */
	u64 wait_ns;		/* READY */
	u64 held_ns;		/* DRAINING and HELD */
	u64 open_ns;		/* in an open domain, unobserved */
	u64 used_ns;		/* share of the device: while it was there, divided by how many were */
	u64 busy_ns;		/* as the process says; an entity's own: of queues that have gone */
	u64 runs, preemptions, aged;
};

enum xsched_latency_kind {
	XSCHED_LATENCY_WAIT,	/* from having work to the first turn */
	XSCHED_LATENCY_QUIET,	/* from being stopped to being off the device */
	XSCHED_LATENCIES,
};

enum xsched_mark {
	XSCHED_MARK_NONE,
	XSCHED_MARK_RUN,
	XSCHED_MARK_HOLD,
};

/* How often an entity's words are reread while somebody waits. */
enum xsched_pace_kind {
	XSCHED_PACE_EAGER,	/* every idle_poll_ns */
	XSCHED_PACE_LAZY,	/* every idle_poll_lazy_ns */
	XSCHED_PACES,
	XSCHED_PACE_NONE = XSCHED_PACES,
};

/*
 * Why an entity with work is kept from its policy: it has left it, as if it had none,
 * and doesn't run. Its state is none of IDLE and RUNNING all the same.
 */
#define XSCHED_BAR_CAP	(1U << 0)	/* its tenant has used its share, see cap.c */
#define XSCHED_BAR_GANG	(1U << 1)	/* other devices aren't ready for its gang, see gang.c */

struct xsched_pace {
	struct xsched_list entities;	/* next to be read first */
	u64 next_ns;
};

struct xsched_entity {
	struct xsched_list in_domain;
	struct xsched_list in_line;	/* the line of its state: waiting, lingering or draining */
	struct xsched_list in_pace;	/* its words are reread: RUNNING and DRAINING */
	struct xsched_list in_turn;	/* promised or aging */
	struct xsched_list in_mark;	/* the next decision has to do with it */
	struct xsched_list in_late;	/* a decision about it is still to be carried out */
	struct xsched_tree_node node;	/* for the policy */
	struct xsched_list queues;
	struct xsched_domain *domain;
	struct xsched_control_slot *ctl;
	u32 id;
	struct xsched_seat *seat;	/* its tenant's; NULL: of no tenant; set before add */
	struct xsched_list in_seat;	/* has work */
	/* Gangs and dependencies, see gang.h: under gang->lock. */
	struct xsched_gang *gang;	/* NULL: of none; set before add */
	struct xsched_gang_part *part;
	struct xsched_list in_gang;
	struct xsched_list in_willing;
	struct xsched_list waits_for, waited_by;	/* of struct xsched_dependency */
	struct xsched_list in_search;
	u64 search_stamp;
	s32 offer, lent;		/* priority, to whom it waits for, and from its waiters */
	bool carries, carry;		/* and whether these run; the same way */
	bool told_busy, told_willing;
	/* The same as far as its own domain knows. */
	struct xsched_list in_mail;	/* under domain->mail_lock */
	struct xsched_list in_chosen;
	s32 claim;			/* its own priority, by hint or as the policy said last */
	s32 inherited;			/* what is lent to it */
	u32 process;			/* the same for all entities of a process; set before add */
	u32 flags;			/* XSCHED_ENTITY_F_* */
	u32 state;			/* enum xsched_state */
	u32 mark;			/* enum xsched_mark */
	u32 pace;			/* enum xsched_pace_kind */
	/*
	 * What ctl says. That is only ever written: where the scheduler is a process,
	 * its clients can write there too.
	 */
	u32 gate, notify, epoch, track_seq;
	bool uses;			/* counts as being on the device, see use.c */
	bool kicks_idle;		/* all its queues have XSCHED_QUEUE_F_KICKS_IDLE */
	bool tracked;			/* its words can be believed */
	bool chosen;			/* the policy wants it to run */
	bool carried;			/* runs because one runs that waits for it */
	bool pledged;			/* the policy chose it, see gang.c */
	bool called;			/* runs because its gang does */
	bool entered;			/* it has work and the policy knows it */
	u32 barred;			/* XSCHED_BAR_*; of an IDLE entity it means nothing */
	bool aging;			/* runs because it waited too long, until slice_end_ns */
	u64 looked;			/* event (domain->n_events) in which its words were read last */
	u64 since_ns;			/* start of the current state */
	u64 ready_ns;			/* when it last left IDLE */
	u64 empty_ns;			/* RUNNING without work (lingering) since */
	u64 still_ns;			/* DRAINING: words unchanged since */
	u64 slice_end_ns;
	u64 use_mark_ns;		/* use_clock_ns when the account was last settled */
	struct xsched_meter *use_meter;	/* what it uses counts there, too; NULL: nowhere */
	/* Commands, as its words have it, to tell how long it needs to get off; see use.c. */
	u64 command_ns;			/* device time of one; 0: not known yet */
	u32 done, done_stopped;		/* since that was learned last; and when it was stopped */
	u64 done_used_ns, stopped_used_ns;	/* the account's used_ns then */
	s64 hint[XSCHED_HINT_MAX_KIND + 1];
	struct xsched_account account;
	struct xsched_latency latency[XSCHED_LATENCIES];
	u64 policy_data[XSCHED_POLICY_WORDS];	/* the policy's own, zeroed when one starts */
};

/* What the outside must do after a change. Called under the domain lock. */
struct xsched_domain_ops {
	/* The entity's gate changed (epoch already counted): wake its waiters. */
	void (*gate_changed)(struct xsched_entity *e, u64 now_ns);
	/* track_seq was raised: tell the process. */
	void (*track_wanted)(struct xsched_entity *e, u64 now_ns);
	/* The state changed; for traces. */
	void (*state_changed)(struct xsched_entity *e, u32 from, u64 now_ns);
	/* The policy was replaced by none; reason is in domain->fallback. */
	void (*fell_back)(struct xsched_domain *d, const char *policy, u64 now_ns);
	/* An entity was run because it had waited aging_ns. */
	void (*aged)(struct xsched_entity *e, u64 waited_ns, u64 now_ns);
	/* The CPU priority of the entity's process: -255..255, higher first (see
	 * xsched_cpu_priority()). NULL: all alike. */
	s32 (*cpu_priority)(struct xsched_entity *e);
	/*
	 * Around the policy's decide(), to time it: one that takes too long is
	 * thrown out with xsched_domain_fall_back(), from here or later.
	 */
	void (*deciding)(struct xsched_domain *d, bool begin);
	/* News of another domain concerns d, whose lock is not held: have
	 * xsched_domain_poke(d) called soon, by somebody who holds no domain's lock. May be
	 * called again before that, and then means no more. NULL: d finds out by time. */
	void (*poke)(struct xsched_domain *d);
};

struct xsched_domain {
	xsched_lock_t lock;
	const struct xsched_domain_ops *ops;	/* immutable; members may be NULL */
	const struct xsched_policy *policy;
	struct xsched_list entities;
	struct xsched_list waiting;	/* READY and HELD, not barred, by since_ns */
	struct xsched_list barred;	/* READY and HELD, barred */
	struct xsched_list lingering;	/* RUNNING without work, by empty_ns */
	struct xsched_list draining;	/* DRAINING for less than grace_ns, by since_ns */
	struct xsched_list promised;	/* chosen, not RUNNING: strict, and somebody drains */
	struct xsched_list aging;	/* by slice_end_ns */
	struct xsched_list chosen;	/* by the policy */
	struct xsched_entity *called;	/* has its turn though the policy says another, see gang.c */
	u64 call_end_ns;
	xsched_leaf_t mail_lock;
	struct xsched_list mail;	/* entities with news from elsewhere, see mail.c */
	struct xsched_list marked;	/* news for the next decision, then: marked by it */
	/* Decided and still to be carried out, the holds first; see decide.c. */
	struct xsched_list late_holds, late_runs;
	struct xsched_pace pace[XSCHED_PACES];
	struct xsched_tree seats;	/* of tenants, by id */
	struct xsched_list cap_hot, cap_cold;	/* seats with a share cap, see cap.c */
	struct xsched_tree ready;	/* for the policy: it decides the order */
	u32 apply_batch;		/* so many of them in one call */
	u32 n_entities;
	u32 n_busy;			/* not IDLE, */
	u32 n_barred;			/* and of these: barred */
	u32 n_running;
	u32 n_chosen;
	u32 n_draining;
	u32 n_users;			/* on the device */
	u32 n_capped;			/* seats with a share cap */
	u64 use_clock_ns;		/* device time of any one entity that was on the device throughout */
	u64 use_since_ns;		/* use_clock_ns is as of then */
	bool arbitrating;
	bool contended;			/* somebody waits, when a call last ended */
	u64 contended_ns;		/* the last event in which somebody did, or it began to arbitrate */
	bool calm;			/* some entity may be */
	bool waited_for;		/* set by the policy: other domains wait for this one */
	u64 decide_ns;			/* when the decision under way began, then how long it took */
	u32 n_slow;			/* decisions in a row that took too long */
	bool undecided;			/* the policy has to be asked */
	bool deciding;			/* the policy is being asked */
	bool faulty;			/* the policy did what it must not */
	struct xsched_tunables tun;
	u64 now_ns;			/* newest time seen */
	u64 next_ns;			/* when xsched_domain_tick() is wanted */
	u64 policy_next_ns;		/* the policy's own deadline */
	/* Calls, decisions, gates changed, entities and tree nodes looked at. */
	u64 n_events, n_decisions, n_flips, n_visited;
	u64 policy_data[XSCHED_POLICY_WORDS];
	char fallback[XSCHED_REASON_LEN];	/* why the policy was replaced; "" if it was not */
};

/*
 * Calls. All but init and fini want domain->lock held; now_ns never goes back
 * (an older one is taken as the newest seen). Each returns with every decision
 * applied and domain->next_ns up to date; the caller arms its timer with it.
 */
void xsched_domain_init(struct xsched_domain *d, const struct xsched_domain_ops *ops);
void xsched_domain_fini(struct xsched_domain *d);	/* must be empty */
void xsched_tunables_default(struct xsched_tunables *t);

/* Prepares an entity: no queues, hints at their defaults, control slot zeroed (so open). */
void xsched_entity_init(struct xsched_entity *e, u32 id, u32 flags,
			struct xsched_control_slot *ctl);
void xsched_domain_add(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
void xsched_domain_remove(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);

/* A queue's level, flags, id and status slot are set by then. Either works in any state. */
void xsched_entity_add_queue(struct xsched_entity *e, struct xsched_queue *q, u64 now_ns);
void xsched_entity_remove_queue(struct xsched_entity *e, struct xsched_queue *q, u64 now_ns);

/* The entity's words changed, or may have: look at them and decide. */
void xsched_domain_kick(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
/* next_ns has come (harmless at any other time). */
void xsched_domain_tick(struct xsched_domain *d, u64 now_ns);
/* What ops->poke() asked for: decides. */
void xsched_domain_poke(struct xsched_domain *d, u64 now_ns);

/* 0, -EINVAL (out of range), -EOPNOTSUPP (unknown kind). */
int xsched_entity_set_hint(struct xsched_entity *e, u32 kind, s64 value, u64 now_ns);
int xsched_hint_check(u32 kind, s64 value);

/* 0 or -EINVAL: whether a request to create one is well formed. */
int xsched_check_entity(const struct xsched_entity_create *arg);
int xsched_check_queue(const struct xsched_queue_create *arg);

/*
 * What an entity's hints come to: policies go by these, not by the hints. An
 * entity that a more important one waits for inherits its priority. Across tenants
 * a tenant's ceiling caps it.
 */
s32 xsched_entity_priority(const struct xsched_entity *e);
/* The same for a priority that comes from elsewhere than the priority hint. */
s32 xsched_entity_standing(const struct xsched_entity *e, s32 claim);

/*
 * A priority among all others. The higher level comes first. Of the same level, those
 * of one group are told apart by within, and count as equal to everybody else.
 */
struct xsched_rank {
	s32 level;			/* what the ceilings leave of it */
	s32 within;
	struct xsched_seat *group;	/* outermost tenant with that ceiling; NULL: none */
};

void xsched_entity_rank(struct xsched_entity *e, s32 claim, struct xsched_rank *r);
/* Among the entities of its tenant: at least 1. */
#define XSCHED_WEIGHT_ORDINARY	1024
u32 xsched_entity_weight(const struct xsched_entity *e);
/* nice (-20..19) and, for real-time tasks, rtprio (1..99) on one scale. */
s32 xsched_cpu_priority(s32 nice, u32 rtprio);

/*
 * Replaces the policy; hints and accounts stay. 0; what its start() returned (then
 * none runs); -EINVAL if its table can't work (then nothing changed).
 */
int xsched_domain_set_policy(struct xsched_domain *d, const struct xsched_policy *p, u64 now_ns);
/* Throws the policy out in favour of none and keeps the reason. */
void xsched_domain_fall_back(struct xsched_domain *d, const char *why, u64 now_ns);
/*
 * For ops->deciding(), with readings of any clock: begin, end, which returns how long it took.
 * is_lost: it was too long too often; then, after the call, lost() throws the policy out.
 */
void xsched_patience_begin(struct xsched_domain *d, u64 clock_ns);
u64 xsched_patience_end(struct xsched_domain *d, u64 clock_ns);
bool xsched_patience_is_lost(const struct xsched_domain *d);
void xsched_patience_lost(struct xsched_domain *d, u64 now_ns);
/* After a change of d->tun. */
void xsched_domain_retune(struct xsched_domain *d, u64 now_ns);

/* Account including the time since the last change of state. */
void xsched_entity_account(const struct xsched_entity *e, u64 now_ns, struct xsched_account *out);
/* Time in RUNNING, and share of the device's time, both ever growing. */
u64 xsched_entity_ran_ns(const struct xsched_entity *e, u64 now_ns);
u64 xsched_entity_used_ns(const struct xsched_entity *e, u64 now_ns);
/*
 * What the entity uses from now on counts in this meter, too, from which a policy learns what
 * several used without asking each; or no longer does. A meter starts as zeros.
 */
void xsched_use_join(struct xsched_entity *e, struct xsched_meter *m, u64 now_ns);
void xsched_use_part(struct xsched_entity *e, u64 now_ns);
u64 xsched_use_read(const struct xsched_domain *d, const struct xsched_meter *m, u64 now_ns);
/* Adds each kind of @l to the same of @sum. */
void xsched_latency_sum(struct xsched_latency *sum, const struct xsched_latency *l);

#define XSCHED_WHY_IDS	8

/* Why an entity runs or waits. */
struct xsched_why {
	u32 flags;		/* XSCHED_WHY_* */
	s32 priority;		/* that counts: with what it inherits, under the ceiling */
	u64 since_ns;		/* in its state for so long */
	u64 aging_ns;		/* runs by its age in so long; XSCHED_NEVER */
	u32 n_waits_for, waits_for[XSCHED_WHY_IDS];	/* the first of them */
	u32 n_waited_by, waited_by[XSCHED_WHY_IDS];
	char policy[XSCHED_REASON_LEN];		/* what the policy goes by; "" */
};

void xsched_entity_why(struct xsched_entity *e, u64 now_ns, struct xsched_why *w);

/* State to show people: in an open domain, what the entity's words say. */
u32 xsched_entity_state(const struct xsched_entity *e);
/* Name of a state, or "?" */
const char *xsched_state_name(u32 state);

/* For tests and for the state machine's users inside core/. 0 or -EINVAL (impossible edge). */
int xsched_entity_set_state(struct xsched_entity *e, u32 to, u64 now_ns);

/* What a process claims in its words, summed over the entity's queues. */
struct xsched_words {
	bool work;		/* something submitted or pending */
	bool in_flight;		/* submitted != completed */
	bool quiet;		/* nothing in flight, or what is stands at gates (see quiet_ns) */
	bool moved;		/* changed since the last look */
	bool synced;		/* every queue says XSCHED_STATUS_SYNCED */
	bool acked;		/* every queue answered track_seq */
	bool kicks_idle;	/* every queue has XSCHED_QUEUE_F_KICKS_IDLE */
};

void xsched_entity_read_words(struct xsched_entity *e, struct xsched_words *w);
/* The same question as words.work, without taking note of what moved. */
bool xsched_entity_has_work(const struct xsched_entity *e);

#endif /* XSCHED_CORE_H */
