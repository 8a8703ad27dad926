/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A domain with a few entities, the processes behind them and a clock, all
 * owned by the test.
 */
#ifndef XSCHED_TEST_FIXTURE_H
#define XSCHED_TEST_FIXTURE_H

#include "../../kmod/core/internal.h"
#include "../../kmod/policy/policy.h"
#include "harness.h"

#define FX_ENTITIES	8
#define FX_QUEUES	2
#define FX_LOG		512

#define US	1000ULL
#define MS	(1000 * US)

enum fx_what { FX_GATE, FX_TRACK, FX_STATE, FX_FELL_BACK, FX_AGED };

struct fx_event {
	u32 what, id, a, b;
	u64 now_ns;
};

struct fx_entity {
	struct xsched_entity e;
	struct xsched_queue q[FX_QUEUES];
	struct xsched_control_slot ctl;
	struct xsched_status_slot st[FX_QUEUES];
};

struct fx {
	struct xsched_domain d;
	struct xt *t;
	u64 now;
	struct fx_entity ent[FX_ENTITIES];
	struct fx_event log[FX_LOG];
	u32 n_log;
	/* Runs inside the scheduler right after a gate changed: the process on another CPU. */
	void (*on_gate)(struct fx *f, struct xsched_entity *e);
	u32 n_deciding;
	struct xsched_seat *seat;	/* of those that are added from now on */
	struct xsched_gang *gang;
};

/* A domain under hpf, no entities, time 1 s. */
struct fx *fx_new(struct xt *t);
/* The same with n idle entities of one queue each, tracked if there are two or more. */
struct fx *fx_contended(struct xt *t, u32 n);
void fx_end(struct fx *f);

/* Entity i (id i + 1) with n_queues queues; flags are the queues'. */
void fx_add(struct fx *f, u32 i, u32 n_queues, u32 flags);
void fx_remove(struct fx *f, u32 i);
void fx_add_queue(struct fx *f, u32 i, u32 q, u32 flags);
void fx_remove_queue(struct fx *f, u32 i, u32 q);

void fx_kick(struct fx *f, u32 i);
/* Lets time pass, with a tick whenever the domain wants one. */
void fx_pass(struct fx *f, u64 ns);
void fx_tick(struct fx *f);
int fx_hint(struct fx *f, u32 i, u32 kind, s64 value);
int fx_policy(struct fx *f, const struct xsched_policy *p);
void fx_fall_back(struct fx *f, const char *why);
void fx_retune(struct fx *f);

/* The process: launches as the ABI says (true: the command went to the device). */
bool fx_launch(struct fx *f, u32 i);
/* Its device is done with n commands of queue 0; it says nothing. */
void fx_complete(struct fx *f, u32 i, u32 n);
/* Answers track_seq for all queues, and kicks. */
void fx_ack(struct fx *f, u32 i);
/* The gate is open: what was held back goes to the device. */
void fx_resume(struct fx *f, u32 i);

#define fx_e(f, i)	(&(f)->ent[i].e)
#define fx_st(f, i)	(&(f)->ent[i].st[0])
#define fx_state(f, i)	((f)->ent[i].e.state)
#define fx_gate(f, i)	((f)->ent[i].ctl.gate)
#define fx_notify(f, i)	((f)->ent[i].ctl.notify)

/* How often something was reported, of entity i (or of the domain). */
u32 fx_count(const struct fx *f, u32 what, u32 i);
/* Place in the log of the last such report with value a, or -1. */
int fx_last(const struct fx *f, u32 what, u32 i, u32 a);

/* Everything that must hold after each call; the other functions do this too. */
void fx_check(struct fx *f);
/* Compares all of an entity's published state. */
void fx_expect(struct fx *f, u32 i, u32 state, u32 gate, u32 notify, const char *what);

#define IDLE		XSCHED_STATE_IDLE
#define READY		XSCHED_STATE_READY
#define RUNNING		XSCHED_STATE_RUNNING
#define DRAINING	XSCHED_STATE_DRAINING
#define HELD		XSCHED_STATE_HELD

#define KICK_TRACK	(XSCHED_NOTIFY_KICK | XSCHED_NOTIFY_TRACK)
#define CALM		XSCHED_NOTIFY_CALM

#define fx_expect_idle(f, i, what) \
	fx_expect(f, i, IDLE, XSCHED_GATE_ASK, KICK_TRACK, what)
#define fx_expect_running(f, i, what) \
	fx_expect(f, i, RUNNING, XSCHED_GATE_OPEN, XSCHED_NOTIFY_TRACK, what)
#define fx_expect_stopped(f, i, state, what) \
	fx_expect(f, i, state, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, what)

#endif /* XSCHED_TEST_FIXTURE_H */
