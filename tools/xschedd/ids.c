// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Objects by id: a sorted array, to which nearly always is appended.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "xschedd.h"

struct xd_ids xd_clients, xd_entities, xd_queues, xd_devices;

/* Where the id is, or would be. */
static u32 place(const struct xd_ids *ids, u32 id)
{
	u32 lo = 0, hi = ids->n;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (ids->v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int make_room(struct xd_ids *ids)
{
	u32 max = ids->max ? 2 * ids->max : 64;
	struct xd_id *v;

	if (ids->n < ids->max)
		return 0;
	v = realloc(ids->v, max * sizeof(*v));
	if (!v)
		return -ENOMEM;
	ids->v = v;
	ids->max = max;
	return 0;
}

/* The next number in the circle that nobody has. */
static u32 next_free(const struct xd_ids *ids)
{
	u32 id = ids->last, at;

	do {
		id = id >= INT_MAX ? 1 : id + 1;
		at = place(ids, id);
	} while (at < ids->n && ids->v[at].id == id);
	return id;
}

int xd_ids_add(struct xd_ids *ids, void *object, u32 *id)
{
	u32 at;

	if (make_room(ids))
		return -ENOMEM;
	*id = next_free(ids);
	at = place(ids, *id);
	memmove(&ids->v[at + 1], &ids->v[at], (ids->n - at) * sizeof(*ids->v));
	ids->v[at] = (struct xd_id){ *id, object };
	ids->n++;
	ids->last = *id;
	return 0;
}

void *xd_ids_find(const struct xd_ids *ids, u32 id)
{
	u32 at = place(ids, id);

	return at < ids->n && ids->v[at].id == id ? ids->v[at].object : NULL;
}

void *xd_ids_next(const struct xd_ids *ids, u32 *id)
{
	u32 at = place(ids, *id);

	if (at == ids->n)
		return NULL;
	*id = ids->v[at].id;
	return ids->v[at].object;
}

void xd_ids_remove(struct xd_ids *ids, u32 id)
{
	u32 at = place(ids, id);

	if (at == ids->n || ids->v[at].id != id)
		return;
	ids->n--;
	memmove(&ids->v[at], &ids->v[at + 1], (ids->n - at) * sizeof(*ids->v));
}
