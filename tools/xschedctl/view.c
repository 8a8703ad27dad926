// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Formats an object's attributes for people.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "user.h"
#include "view.h"

/* Freed with the process: a command makes one or, in top, one per refresh. */
static struct out_column *columns;

struct out_table *view_table(const struct view_field *fields, size_t n_fields,
			     const struct out_column *more, size_t n_more)
{
	size_t i;

	columns = xrealloc(columns, (n_fields + n_more) * sizeof(*columns));
	for (i = 0; i < n_fields; i++)
		columns[i] = fields[i].column;
	if (n_more)
		memcpy(columns + n_fields, more, n_more * sizeof(*more));
	return out_table_new(columns, n_fields + n_more);
}

static enum out_color state_color(uint64_t state)
{
	switch (state) {
	case XSCHED_STATE_RUNNING:
		return OUT_GREEN;
	case XSCHED_STATE_READY:
	case XSCHED_STATE_DRAINING:
		return OUT_YELLOW;
	case XSCHED_STATE_HELD:
		return OUT_RED;
	default:
		return OUT_PLAIN;
	}
}

static void time_cell(struct out_table *t, uint64_t ns)
{
	char text[32];

	out_time(text, sizeof(text), ns);
	out_table_cell(t, OUT_PLAIN, "%s", text);
}

static void cell(struct out_table *t, const struct view_field *f, const struct obj *o)
{
	uint64_t v = o->num[f->attr];

	if (!obj_has(o, f->attr) || (f->format == V_LEVEL && !v)) {
		out_table_cell(t, OUT_PLAIN, "-");
		return;
	}
	switch (f->format) {
	case V_NUM:
	case V_LEVEL:
		return out_table_cell(t, OUT_PLAIN, "%" PRIu64, v);
	case V_SNUM:
		return out_table_cell(t, OUT_PLAIN, "%" PRId64, (int64_t)v);
	case V_STR:
		return out_table_cell(t, OUT_PLAIN, "%s", *o->str[f->attr] ? o->str[f->attr] : "-");
	case V_TIME:
		return time_cell(t, v);
	case V_USER:
		return out_table_cell(t, OUT_PLAIN, "%s", user_name(v));
	case V_HEX:
		return out_table_cell(t, OUT_PLAIN, "0x%" PRIx64, v);
	case V_CLASS:
		return out_table_cell(t, OUT_PLAIN, "%s", name_class(v));
	case V_PLATFORM:
		return out_table_cell(t, OUT_PLAIN, "%s", name_platform(v));
	case V_STATE:
		return out_table_cell(t, state_color(v), "%s", name_state(v));
	case V_GATE:
		return out_table_cell(t, OUT_PLAIN, "%s", name_gate(v));
	}
}

void view_cells(struct out_table *t, const struct view_field *fields, size_t n_fields,
		const struct obj *o)
{
	size_t i;

	for (i = 0; i < n_fields; i++)
		cell(t, &fields[i], o);
}
