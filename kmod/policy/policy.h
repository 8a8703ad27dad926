/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a policy is, and the list of those built in.
 */
#ifndef XSCHED_POLICY_H
#define XSCHED_POLICY_H

#include "../core/tenant.h"

#define XSCHED_POLICY_NAME_LEN	16

/**
 * struct xsched_policy - chooses which entities of a domain run
 *
 * All callbacks run under the domain lock and must not sleep. A policy keeps
 * its own order of the entities that have work in domain->ready (through
 * entity->node), and its own numbers in policy_data of both. Everything but
 * name is optional.
 */
struct xsched_policy {
	const char *name;

	/* Never closes a gate: the domain stays open and entities are not tracked. */
	bool open;

	/* Chooses among several domains' entities: it arbitrates a single entity too, and
	 * may run none of a domain's while it runs another's (see domain->waited_for). */
	bool across;

	/* Gives the device by turns: not being chosen now doesn't mean being outranked. */
	bool turns;

	/*
	 * Goes by ranks alone, whatever entities did before: so while nobody waits they
	 * needn't say that they run out of work, and enter() and leave() may be left out.
	 */
	bool ranks;

	/*
	 * A policy starts or ends on a domain. enter() of every entity with work
	 * follows start(), leave() precedes stop(). start may fail: none takes
	 * over, and stop isn't called.
	 */
	int (*start)(struct xsched_domain *d, u64 now_ns);
	void (*stop)(struct xsched_domain *d, u64 now_ns);

	/* The entity has work from now on (it became READY), or no longer has (IDLE or gone). */
	void (*enter)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
	void (*leave)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);

	/*
	 * The entity goes from the domain, having left if it had work: what points
	 * to it must not any longer. (A stop needs no such care.)
	 */
	void (*part)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);

	/*
	 * A hint of an entity that has work changed from old. (While it has none,
	 * the change shows when it enters.)
	 */
	void (*hint)(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old, u64 now_ns);

	/*
	 * The tenant at a seat got another weight; the tenant goes from the domain, nobody
	 * being left there. What a policy has for itself in a seat is zeroed when the
	 * seat is made and when a policy starts.
	 */
	void (*reweigh)(struct xsched_domain *d, struct xsched_seat *s, u64 now_ns);
	void (*unseat)(struct xsched_domain *d, struct xsched_seat *s);

	/**
	 * decide - say who runs
	 * @d: its entities with work are those that entered
	 * @now_ns: time of the event
	 * @next_ns: set it to be called again at that time at the latest, or leave it
	 *
	 * Mark changes with xsched_mark_run() and xsched_mark_hold(); what isn't
	 * marked stays as it is, so the cost is that of what changes. At least one entity
	 * with work must run afterwards (unless across). What entered or had a hint changed since
	 * the last decision is on d->marked (by in_mark) when the call begins;
	 * what gets marked is appended. Not called while nobody has work.
	 *
	 * Return: 0, or -errno, which replaces the policy by none.
	 */
	int (*decide)(struct xsched_domain *d, u64 now_ns, u64 *next_ns);

	/*
	 * Puts in words what the policy goes by, and how an entity that has work stands
	 * there: "level 3; the highest is 10". For people who ask; must change nothing.
	 */
	void (*why)(const struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns,
		    char *words, size_t size);
};

/*
 * For decide(): idempotent; the last mark of a decision counts. Marking an
 * entity without work, or outside decide(), replaces the policy by none.
 */
void xsched_mark_run(struct xsched_entity *e);
void xsched_mark_hold(struct xsched_entity *e);
/* Has this policy given it the device, now or in an earlier decision? */
bool xsched_is_running(const struct xsched_entity *e);

/* policy_data of an entity, a seat or a domain as a struct of the policy's own. */
#define xsched_policy_area(type, obj) ({						\
	_Static_assert(sizeof(type) <= sizeof((obj)->policy_data), "too large");	\
	(type *)(void *)(obj)->policy_data;						\
})
/* And the entity, from that struct. */
#define xsched_policy_owner(area) \
	container_of((u64 *)(void *)(area), struct xsched_entity, policy_data[0])
/* The same for a seat. */
#define xsched_policy_seat(area) \
	container_of((u64 *)(void *)(area), struct xsched_seat, policy_data[0])

extern const struct xsched_policy xsched_policy_none;
extern const struct xsched_policy xsched_policy_hpf;
extern const struct xsched_policy xsched_policy_hhpf;
extern const struct xsched_policy xsched_policy_chpf;
extern const struct xsched_policy xsched_policy_up;
extern const struct xsched_policy xsched_policy_pup;
extern const struct xsched_policy xsched_policy_fair;
extern const struct xsched_policy xsched_policy_mlfq;
extern const struct xsched_policy xsched_policy_edf;
extern const struct xsched_policy xsched_policy_kedf;
extern const struct xsched_policy xsched_policy_laxity;
extern const struct xsched_policy xsched_policy_srtf;
extern const struct xsched_policy xsched_policy_awf;

/* Built-in policies in listing order, NULL-terminated; the default; by name or NULL. */
extern const struct xsched_policy *const xsched_policies[];
extern const struct xsched_policy *const xsched_policy_default;
const struct xsched_policy *xsched_policy_find(const char *name);
/* 0, or -EINVAL if the table cannot work (no name, too long, decide missing unless open). */
int xsched_policy_check(const struct xsched_policy *p);

#endif /* XSCHED_POLICY_H */
