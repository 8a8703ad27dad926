// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The writers behind every command: tables, JSON, errors and warnings.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "out.h"

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p) {
		fputs("xschedctl: memory: none left; free some and try again\n", stderr);
		exit(CTL_FAILURE);
	}
	return p;
}

char *xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(xrealloc(NULL, size), s, size);
}

static char *__attribute__((nonnull(1))) xvasprintf(const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	s = xrealloc(NULL, len + 1);
	vsnprintf(s, len + 1, fmt, ap);
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void out_clean(char *dst, size_t size, const char *s)
{
	size_t i;

	for (i = 0; s[i] && i + 1 < size; i++)
		dst[i] = s[i] < ' ' || s[i] > '~' ? '?' : s[i];
	dst[i] = 0;
}

json_t *out_json_text(const char *s)
{
	json_t *json = json_string(s);
	char clean[256];

	if (json)
		return json;
	out_clean(clean, sizeof(clean), s);
	return json_string(clean);
}

static void write_json(FILE *f, json_t *json)
{
	json_dumpf(json, f, JSON_REAL_PRECISION(6) | (ctl.pretty ? JSON_INDENT(2) : JSON_COMPACT));
	fputc('\n', f);
	json_decref(json);
}

void out_json(json_t *json)
{
	write_json(stdout, json);
}

/* Where a program runs, standard output is the program's. */
static FILE *error_stream(void)
{
	return ctl.json && !(ctl.cmd && ctl.cmd->wraps) ? stdout : stderr;
}

static void write_error(const char *object, const char *reason, const char *next)
{
	char clean[512];

	fflush(stdout);
	if (ctl.json) {
		write_json(error_stream(),
			   json_pack("{s:{s:o,s:o,s:o}}", "error",
				     "object", out_json_text(object),
				     "reason", out_json_text(reason),
				     "next", out_json_text(next)));
		return;
	}
	out_clean(clean, sizeof(clean), object);
	fprintf(stderr, "xschedctl: %s: ", clean);
	out_clean(clean, sizeof(clean), reason);
	fprintf(stderr, "%s; %s\n", clean, next);
}

int out_fail(const char *object, const char *next, const char *reason, ...)
{
	va_list ap;
	char *text;

	va_start(ap, reason);
	text = xvasprintf(reason, ap);
	va_end(ap);
	write_error(object, text, next);
	free(text);
	return CTL_FAILURE;
}

int out_usage(const char *object, const char *reason, ...)
{
	char *text, *next;
	va_list ap;

	va_start(ap, reason);
	text = xvasprintf(reason, ap);
	va_end(ap);
	next = xasprintf("try \"xschedctl %s%s--help\"", ctl.cmd ? ctl.cmd->name : "",
			 ctl.cmd ? " " : "");
	write_error(object, text, next);
	free(next);
	free(text);
	return CTL_USAGE;
}

void out_warn(const char *object, const char *next, const char *reason, ...)
{
	char clean[512];
	va_list ap;
	char *text;

	va_start(ap, reason);
	text = xvasprintf(reason, ap);
	va_end(ap);
	fflush(stdout);
	out_clean(clean, sizeof(clean), object);
	fprintf(stderr, "xschedctl: warning: %s: ", clean);
	out_clean(clean, sizeof(clean), text);
	fprintf(stderr, "%s; %s\n", clean, next);
	free(text);
}

void out_time(char *dst, size_t size, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (!ns)
		snprintf(dst, size, "0");
	else if (ns < 1000)
		snprintf(dst, size, "%" PRIu64 "ns", ns);
	else if (ns < 1000000)
		snprintf(dst, size, "%.1fus", ns / 1e3);
	else if (s < 1)
		snprintf(dst, size, "%.1fms", ns / 1e6);
	else if (s < 100)
		snprintf(dst, size, "%.2fs", ns / 1e9);
	else if (s < 3600)
		snprintf(dst, size, "%" PRIu64 "m%02us", s / 60, (unsigned int)(s % 60));
	else
		snprintf(dst, size, "%" PRIu64 "h%02um", s / 3600, (unsigned int)(s / 60 % 60));
}

const char *out_color(enum out_color color)
{
	static const char *const seq[] = {
		[OUT_PLAIN] = "\033[0m", [OUT_BOLD] = "\033[1m", [OUT_GREEN] = "\033[32m",
		[OUT_YELLOW] = "\033[33m", [OUT_RED] = "\033[31m",
	};

	return ctl.color ? seq[color] : "";
}

struct cell {
	enum out_color color;
	char *text;
};

struct out_table {
	const struct out_column *cols;
	size_t n_cols, n_cells;
	size_t *width;
	struct cell *cells;
};

struct out_table *out_table_new(const struct out_column *cols, size_t n_cols)
{
	struct out_table *t = xrealloc(NULL, sizeof(*t));
	size_t i;

	*t = (struct out_table){ .cols = cols, .n_cols = n_cols };
	t->width = xrealloc(NULL, n_cols * sizeof(*t->width));
	for (i = 0; i < n_cols; i++)
		t->width[i] = strlen(cols[i].head);
	return t;
}

void out_table_cell(struct out_table *t, enum out_color color, const char *fmt, ...)
{
	size_t *width = &t->width[t->n_cells % t->n_cols], len;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	len = strlen(text);
	out_clean(text, len + 1, text);
	if (len > *width)
		*width = len;
	if (!(t->n_cells & (t->n_cells - 1)))	/* full at every power of two */
		t->cells = xrealloc(t->cells, (t->n_cells ? 2 * t->n_cells : 1) *
				    sizeof(*t->cells));
	t->cells[t->n_cells++] = (struct cell){ .color = color, .text = text };
}

static void print_cell(const struct out_table *t, size_t col, const char *text,
		       enum out_color color)
{
	int width = t->width[col];
	bool last = col + 1 == t->n_cols;

	if (!t->cols[col].right)
		width = last ? 0 : -width;
	if (color != OUT_PLAIN)
		fputs(out_color(color), stdout);
	printf("%*s", width, text);
	if (color != OUT_PLAIN)
		fputs(out_color(OUT_PLAIN), stdout);
	fputs(last ? "\n" : "  ", stdout);
}

void out_table_end(struct out_table *t, size_t max_rows)
{
	size_t rows = t->n_cells / t->n_cols, shown = rows, i;

	if (max_rows && rows > max_rows)
		shown = max_rows;
	for (i = 0; i < t->n_cols; i++)
		print_cell(t, i, t->cols[i].head, OUT_BOLD);
	for (i = 0; i < shown * t->n_cols; i++)
		print_cell(t, i % t->n_cols, t->cells[i].text, t->cells[i].color);
	if (shown < rows)
		printf("and %zu more\n", rows - shown);
	for (i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t->width);
	free(t);
}
