/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Objects as rows of a table.
 */
#ifndef XSCHEDCTL_VIEW_H
#define XSCHEDCTL_VIEW_H

#include "model.h"
#include "out.h"

enum view_format { V_NUM, V_SNUM, V_STR, V_TIME, V_USER, V_HEX, V_CLASS, V_PLATFORM, V_STATE,
		   V_GATE, V_LEVEL };

/* A column: what it shows of an object, and how. */
struct view_field {
	struct out_column column;
	enum xsched_attr attr;
	enum view_format format;
};

/* A table with these columns and, after them, those in @more. */
struct out_table *view_table(const struct view_field *fields, size_t n_fields,
			     const struct out_column *more, size_t n_more);
/* The cells of one object; the caller adds those of its further columns. */
void view_cells(struct out_table *t, const struct view_field *fields, size_t n_fields,
		const struct obj *o);

#endif /* XSCHEDCTL_VIEW_H */
