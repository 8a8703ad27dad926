/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The scheduler's objects as they were a moment ago, fetched and put together.
 */
#ifndef XSCHEDCTL_MODEL_H
#define XSCHEDCTL_MODEL_H

#include "obj.h"

/**
 * struct objs - objects of one kind, ordered by id
 * @v: the objects
 * @n: how many
 * @key: the attribute that is their id
 */
struct objs {
	struct obj *v;
	size_t n;
	enum xsched_attr key;
};

struct obj *objs_find(const struct objs *objs, uint64_t id);
void objs_free(struct objs *objs);
/* As an array of obj_json(). */
json_t *objs_json(const struct objs *objs);

/**
 * struct model - everything, from one round of dumps
 * @devices: as the kernel has them
 * @clients: as the kernel has them
 * @entities: each with its device's name, its client's identity and the sums
 *	of its queues' counters
 * @queues: each with its device's name and its client's identity
 */
struct model {
	struct objs devices, clients, entities, queues;
};

/**
 * model_fetch - dump everything
 * @m: out; on failure there is nothing to free
 *
 * Return: 0 or CTL_FAILURE after saying why
 */
int model_fetch(struct model *m);
void model_free(struct model *m);

/* Are there tenants here? Return: 0 or CTL_FAILURE after saying why not */
int model_need_tenants(void);

/* Tenants, which are not in a model. Return: 0 or CTL_FAILURE after saying why */
int model_fetch_tenants(struct objs *tenants);

/* Objects of one kind, by their own dump: those that a model lacks. Return: the same */
int model_fetch_kind(struct objs *objs, enum xsched_attr key, enum xsched_cmd cmd,
		     const char *name);

/**
 * model_learn - follow an event
 * @m: gets or loses the device or client that @event is about
 * @event: gets the names of the device and the client that it is about
 */
void model_learn(struct model *m, struct obj *event);

/**
 * model_device - find a device by name, label or id
 * @m: where
 * @arg: what the user typed
 *
 * Return: the device, or NULL after saying why not
 */
const struct obj *model_device(const struct model *m, const char *arg);

#endif /* XSCHEDCTL_MODEL_H */
