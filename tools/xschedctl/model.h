/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The scheduler's objects as they were a moment ago, fetched and put together.
 */
#ifndef XSCHEDCTL_MODEL_H
#define XSCHEDCTL_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "genl.h"

/**
 * struct obj - one message: a device, client, entity, queue or event
 * @id: its id, if it was dumped
 * @has: which attributes it carries
 * @num: the value of a numeric attribute
 * @str: the value of a string attribute
 * @hint_mask: bit per hint kind whose value is known
 * @hint: values of hints
 */
struct obj {
	uint64_t id;
	uint64_t has;
	uint64_t num[XSCHED_A_MAX + 1];
	char *str[XSCHED_A_MAX + 1];
	uint32_t hint_mask;
	int64_t hint[XSCHED_HINT_MAX_KIND + 1];
};

_Static_assert(XSCHED_A_MAX < 64, "obj.has needs a bit per attribute");

static inline bool obj_has(const struct obj *o, enum xsched_attr attr)
{
	return o->has & (1ULL << attr);
}

/* The string, or "" without one. */
static inline const char *obj_str(const struct obj *o, enum xsched_attr attr)
{
	return o->str[attr] ? o->str[attr] : "";
}

/* Reads the attributes of a message into @o, which is zero or read before. */
void obj_read(struct obj *o, struct nlattr *attrs, int len);
void obj_clear(struct obj *o);

/* The object with everything it carries, numbers of the ABI as their names. */
json_t *obj_json(const struct obj *o);

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

/**
 * model_device - find a device by name, label or id
 * @m: where
 * @arg: what the user typed
 *
 * Return: the device, or NULL after saying why not
 */
const struct obj *model_device(const struct model *m, const char *arg);

#endif /* XSCHEDCTL_MODEL_H */
