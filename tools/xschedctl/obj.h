/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One object of the scheduler's, or one event, as a message described it.
 */
#ifndef XSCHEDCTL_OBJ_H
#define XSCHEDCTL_OBJ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "genl.h"

#define OBJ_IDS 8

enum { OBJ_WAIT, OBJ_QUIET };		/* of obj.latency */
enum { OBJ_WAITS_FOR, OBJ_WAITED_BY };	/* of obj.ids */

/**
 * struct obj - one message: a device, client, entity, queue or event
 * @id: its id, if it was dumped
 * @has: which attributes it carries
 * @num: the value of a numeric attribute
 * @str: the value of a string attribute
 * @latency: wait and quiet, if it carries them: what is known of them here
 * @ids: entities that it waits for, and that wait for it
 * @n_ids: how many
 * @hint_mask: bit per hint kind whose value is known
 * @hint: values of hints
 */
struct obj {
	uint64_t id;
	bool has[XSCHED_A_MAX + 1];
	uint64_t num[XSCHED_A_MAX + 1];
	char *str[XSCHED_A_MAX + 1];
	struct xsched_latency latency[2];
	uint32_t ids[2][OBJ_IDS], n_ids[2];
	uint32_t hint_mask;
	int64_t hint[XSCHED_HINT_MAX_KIND + 1];
};

static inline bool obj_has(const struct obj *o, enum xsched_attr attr)
{
	return o->has[attr];
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

uint64_t latency_count(const struct xsched_latency *l);
uint64_t latency_below_ns(size_t bucket);
json_t *latency_json(const struct xsched_latency *l);

void obj_set_num(struct obj *o, enum xsched_attr attr, uint64_t v);
/* Gives @to what it lacks of @attrs (zero-terminated) and @from, if any, has. */
void obj_inherit(struct obj *to, const struct obj *from, const enum xsched_attr *attrs);

#endif /* XSCHEDCTL_OBJ_H */
