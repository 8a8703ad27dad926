/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the core's files tell each other and nobody else; all of it wants the
 * domain's lock.
 */
#ifndef XSCHED_INTERNAL_H
#define XSCHED_INTERNAL_H

#include "core.h"
#include "gang.h"
#include "tenant.h"

static inline bool xsched_is_contended(const struct xsched_domain *d)
{
	return d->n_busy - d->n_barred > d->n_running || d->n_draining ||
	       !xsched_list_empty(&d->cap_hot) || (d->waited_for && d->n_busy);
}

static inline u64 xsched_meter_read(const struct xsched_meter *m, u64 time)
{
	return m->base + m->n * time;
}

static inline void xsched_meter_begin(struct xsched_meter *m, u64 time)
{
	m->base -= time;
	m->n++;
}

static inline void xsched_meter_end(struct xsched_meter *m, u64 time)
{
	m->base += time;
	m->n--;
}

/* Most entities whose words one tick rereads, so that it stays short. */
#define XSCHED_POLL_BATCH	64
/* Most that a decision does to entities in one call; what is left is done in the next. */
#define XSCHED_APPLY_BATCH	256
/* Most decisions in one call; if they keep causing news, a tick goes on. */
#define XSCHED_ROUNDS		4
/* A policy is not called again by time sooner than this. */
#define XSCHED_POLICY_MIN_NS	20000ULL

/* gate.c: publishes gate and notify; counts and reports a changed gate. */
void xsched_gate_set(struct xsched_entity *e, u32 gate, u32 notify, u64 now_ns);
/* Opens the gate for good; counts as a change even if it was open. */
void xsched_gate_release(struct xsched_entity *e, u64 now_ns);
/* Asks the process to make its words true; what it doesn't answer isn't believed. */
void xsched_gate_track(struct xsched_entity *e, u64 now_ns);
void xsched_gate_budget(struct xsched_entity *e);
void xsched_gate_turns(struct xsched_entity *e);
/* RUNNING, and nobody waits: it needn't say when it runs out of work; or has to again. */
void xsched_gate_calm(struct xsched_entity *e, u64 now_ns);
void xsched_gate_disturb(struct xsched_entity *e, u64 now_ns);

/* entity.c: adds the time since the last call to the account of the current state. */
void xsched_entity_settle(struct xsched_entity *e, u64 now_ns);
/* The same for its use of the device alone. */
void xsched_entity_settle_use(struct xsched_entity *e, u64 now_ns);

/* latency.c: counts one, for the entity and its seat. */
void xsched_latency_note(struct xsched_entity *e, enum xsched_latency_kind kind, u64 ns);

/* hint.c: an array with an element per kind, and one for 0. */
void xsched_hint_defaults(s64 hint[]);

/* place.c: state, lists and counters change together. */
void xsched_place(struct xsched_entity *e, u32 to, u64 now_ns);
void xsched_place_pace(struct xsched_entity *e, u64 now_ns);
u64 xsched_pace_interval(const struct xsched_domain *d, u32 kind);
void xsched_pace_hasten(struct xsched_domain *d, u32 kind, u64 now_ns);

/* use.c: who is on the device. */
/* What domain->use_clock_ns comes to by now. */
u64 xsched_use_clock(const struct xsched_domain *d, u64 now_ns);
void xsched_use_advance(struct xsched_domain *d, u64 now_ns);
void xsched_use_set(struct xsched_entity *e, bool uses);
void xsched_use_learn(struct xsched_entity *e);
void xsched_use_review(struct xsched_entity *e, u64 now_ns);

/* turn.c: what one entity's news means for it. */
void xsched_turn_enter(struct xsched_entity *e, u64 now_ns);
void xsched_turn_leave(struct xsched_entity *e, u64 now_ns);
void xsched_turn_start(struct xsched_entity *e, u64 now_ns);
void xsched_turn_stop(struct xsched_entity *e, u64 now_ns);
void xsched_turn_look_again(struct xsched_entity *e, u64 now_ns);
void xsched_turn_look(struct xsched_entity *e, u64 now_ns);
void xsched_turn_promise(struct xsched_entity *e, u64 now_ns);
void xsched_turn_age(struct xsched_entity *e, u64 now_ns);
/* Keeps an entity from its policy and the device for a reason, XSCHED_BAR_*; or not any more. */
void xsched_bar(struct xsched_entity *e, u32 why, u64 now_ns);
void xsched_unbar(struct xsched_entity *e, u32 why, u64 now_ns);

/* Has it a right to run, by whatever rule? */
static inline bool xsched_may_run(const struct xsched_entity *e)
{
	return e->chosen || e->aging || e->carried || e->called;
}

/* mail.c: to another domain, or to this one for when it has done what it is doing. */
void xsched_mail(struct xsched_entity *e, const struct xsched_domain *here);
void xsched_mail_drop(struct xsched_entity *e);
void xsched_mail_read(struct xsched_domain *d, u64 now_ns);

/* depend.c */
void xsched_depend_init(struct xsched_entity *e);
void xsched_depend_tell(struct xsched_entity *e);
void xsched_depend_review(struct xsched_entity *e, u64 now_ns);
void xsched_depend_forget(struct xsched_entity *e);

/* gang.c */
void xsched_gang_join(struct xsched_entity *e);
void xsched_gang_leave(struct xsched_entity *e);
void xsched_gang_tell(struct xsched_entity *e);
void xsched_gang_review(struct xsched_entity *e, u64 now_ns);
bool xsched_gang_agrees(const struct xsched_entity *e);
void xsched_gang_pledge(struct xsched_entity *e, u64 now_ns);
void xsched_gang_decided(struct xsched_entity *e);
void xsched_gang_check(struct xsched_domain *d, u64 now_ns);
void xsched_gang_end_call(struct xsched_domain *d, u64 now_ns);

/* tenant.c */
void xsched_seats_init(struct xsched_domain *d);
void xsched_seat_place(struct xsched_entity *e, u32 from, u32 to, u64 now_ns);
void xsched_seat_use(struct xsched_entity *e);
/* Device time of all who sit there or below, ever growing. */
u64 xsched_seat_used_ns(const struct xsched_seat *s, u64 now_ns);

/* cap.c */
void xsched_cap_set(struct xsched_seat *s, u32 permille, u64 now_ns);
void xsched_cap_note(struct xsched_seat *s);
void xsched_cap_admit(struct xsched_entity *e);
void xsched_cap_check(struct xsched_domain *d, u64 now_ns);
u64 xsched_cap_next(const struct xsched_domain *d, u64 now_ns);

/* due.c: what falls due by time alone. */
void xsched_due_before_decision(struct xsched_domain *d, u64 now_ns);
void xsched_due_after_decision(struct xsched_domain *d, u64 now_ns);
void xsched_due_poll(struct xsched_domain *d, u64 now_ns);
u64 xsched_due_next(struct xsched_domain *d, u64 now_ns);

static inline bool xsched_is_late(const struct xsched_domain *d)
{
	return !xsched_list_empty(&d->late_holds) || !xsched_list_empty(&d->late_runs);
}

/* decide.c: goes on with what earlier decisions have left to do. */
void xsched_apply_late(struct xsched_domain *d, u64 now_ns);
/* Asks the policy and applies what it says, unless it is at fault. */
void xsched_decide(struct xsched_domain *d, u64 now_ns);
/* The next decision has to do with this entity, whose news it is. */
void xsched_decide_about(struct xsched_entity *e);
void xsched_chosen_set(struct xsched_entity *e, bool chosen);
/* It is to run, as soon as the device is free. */
void xsched_run_choice(struct xsched_entity *e, u64 now_ns);

/* regime.c: who rules the domain, nobody (open) or its policy. */
void xsched_regime_init(struct xsched_domain *d);
void xsched_regime_admit(struct xsched_entity *e, u64 now_ns);
void xsched_regime_update(struct xsched_domain *d, u64 now_ns);
/* The policy goes; the reason is in d->fallback. */
void xsched_regime_depose(struct xsched_domain *d, u64 now_ns);
void xsched_policy_enter(struct xsched_entity *e, u64 now_ns);
void xsched_policy_leave(struct xsched_entity *e, u64 now_ns);
void xsched_policy_part(struct xsched_entity *e, u64 now_ns);
/* Keeps the first of a policy's faults; it is deposed before the call ends. */
#define xsched_policy_fault(d, ...) do {					\
	if (!(d)->faulty)							\
		snprintf((d)->fallback, sizeof((d)->fallback), __VA_ARGS__);	\
	(d)->faulty = true;							\
} while (0)

/* domain.c: every call begins and ends with these. */
u64 xsched_domain_begin(struct xsched_domain *d, u64 now_ns);
void xsched_domain_end(struct xsched_domain *d, u64 now_ns);

#endif /* XSCHED_INTERNAL_H */
