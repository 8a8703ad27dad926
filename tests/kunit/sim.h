/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A simulated device on virtual time, with entities that give it streams of
 * commands and honour their gates, under the real core.
 *
 * The device serves all entities that have a command on it at the same time, at equal
 * rates. A command of an entity that "stops" stands still as soon as its gate is closed;
 * another's runs to its end. On a device that "ousts" it does so when those with an open
 * gate have nothing for the device, as a program's that has lost its CPU.
 */
#ifndef XSCHED_TEST_SIM_H
#define XSCHED_TEST_SIM_H

#include "../../kmod/core/internal.h"
#include "../../kmod/policy/policy.h"
#include "harness.h"

#ifndef US
#define US	1000ULL
#define MS	(1000 * US)
#endif
#define SIM_SECOND	(1000 * MS)
#define SIM_ENDLESS	(~0ULL)

struct sim;

struct sim_entity {
	struct xsched_entity e;
	struct xsched_queue q;
	struct xsched_control_slot ctl;
	struct xsched_status_slot st;
	u64 command_ns;		/* how long each command takes alone */
	u64 to_come;		/* commands not given to the device yet, or SIM_ENDLESS */
	u64 head_left_ns;	/* of the command that the device works at */
	u64 served_ns;		/* the truth about its share */
	u64 done_ns;		/* when its last job was done */
	u64 jobs_done;
	u32 window;		/* commands on the device at most */
	bool stops;		/* see above; set before sim_add() */
	bool silent;		/* says nothing when it is done: is found idle */
	bool served;		/* the device works for it */
	bool dirty;		/* its gate changed, or it has to answer */
};

struct sim {
	struct xsched_domain d;
	u64 now;
	u64 hash;		/* of every gate that changed, and when */
	u64 idle_ns;		/* longest time that the device did nothing though there was work */
	u64 idle_since_ns;	/* XSCHED_NEVER: it works, or there is nothing to do */
	u64 n_aged, n_fell_back, n_ticks;
	u64 waited_ns;		/* longest READY or HELD without a break */
	u32 n;
	bool poked;
	bool ousts;		/* see above */
	s32 (*cpu_priority)(struct xsched_entity *e);
	void (*check)(struct sim *s);	/* after every call of the core; may be NULL */
	void *user;
	struct xsched_seat *seat;	/* of those that are added from now on */
	struct xsched_gang *gang;
	struct sim_entity ent[];
};

/*
 * Cases about all policies know these: that they serve everybody in the end, prefer
 * whom, say why. One that isn't among them is held to what any must do.
 */
bool sim_knows_policy(const struct xsched_policy *p);

/* n entities are there to be added; time begins at 1 s. Frees with sim_free(). */
struct sim *sim_new(struct xt *t, u32 n, const struct xsched_policy *p);
void sim_free(struct sim *s);

/* Its process is its own; set ent[i].e.process afterwards if it is not to be. */
void sim_add(struct sim *s, u32 i, u64 command_ns, u32 window);
void sim_remove(struct sim *s, u32 i);
void sim_hint(struct sim *s, u32 i, u32 kind, s64 value);
void sim_policy(struct sim *s, const struct xsched_policy *p);
void sim_retune(struct sim *s);
/* The entity has so many commands more to do. */
void sim_work(struct sim *s, u32 i, u64 commands);
/* It gives up what it hasn't given to the device. */
void sim_withdraw(struct sim *s, u32 i);
void sim_kick(struct sim *s, u32 i);
/* Lets time pass, the device work, and the core tick. */
void sim_run(struct sim *s, u64 ns);
void sim_run_until(struct sim *s, u64 end_ns);

static inline bool sim_has_work(const struct sim_entity *x)
{
	return x->to_come || x->st.submitted != x->st.completed;
}

/* Can the device work for it? */
static inline bool sim_is_served(const struct sim_entity *x)
{
	return x->st.submitted != x->st.completed &&
	       (!x->stops || x->ctl.gate == XSCHED_GATE_OPEN);
}

/* Gates are open for who runs and nobody else, and nothing went wrong. "" or what is wrong. */
const char *sim_fault(const struct sim *s);

#endif /* XSCHED_TEST_SIM_H */
