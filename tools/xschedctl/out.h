/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How xschedctl writes: aligned tables for people, JSON for programs, and
 * errors that name the object, the reason and the next step for both.
 */
#ifndef XSCHEDCTL_OUT_H
#define XSCHEDCTL_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * out_fail - report why the command failed
 * @object: what it is about
 * @next: what to do about it, a sentence without its full stop
 * @reason: what went wrong, printf-like
 *
 * Return: CTL_FAILURE
 */
int out_fail(const char *object, const char *next, const char *reason, ...)
	__attribute__((format(printf, 3, 4), nonnull));

/**
 * out_usage - report that the command line makes no sense
 * @object: the argument that doesn't
 * @reason: why, printf-like; the next step is the command's --help
 *
 * Return: CTL_USAGE
 */
int out_usage(const char *object, const char *reason, ...)
	__attribute__((format(printf, 2, 3), nonnull));

/* A line on standard error that changes nothing about the exit status. */
void out_warn(const char *object, const char *next, const char *reason, ...)
	__attribute__((format(printf, 3, 4), nonnull));

/* Writes @json as one line, or indented if asked for, and releases it. */
void out_json(json_t *json);

/* A string that may hold anything, as valid JSON. */
json_t *out_json_text(const char *s);

/* Copies @s with everything that could upset a terminal replaced by '?'. */
void out_clean(char *dst, size_t size, const char *s);

/* "1.234s", "56.7ms", "3h05m": a duration with its unit. */
void out_time(char *dst, size_t size, uint64_t ns);

enum out_color { OUT_PLAIN, OUT_BOLD, OUT_GREEN, OUT_YELLOW, OUT_RED };

/* The escape sequence of a colour, or "" where colour isn't wanted. */
const char *out_color(enum out_color color);

/**
 * struct out_column - heading of a column
 * @head: its text
 * @right: align to the right
 */
struct out_column {
	const char *head;
	bool right;
};

struct out_table;

struct out_table *out_table_new(const struct out_column *cols, size_t n_cols);
/* Adds the next cell, left to right, top to bottom. */
void out_table_cell(struct out_table *t, enum out_color color, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull));
/* Prints at most @max_rows rows (0: all of them) and frees the table. */
void out_table_end(struct out_table *t, size_t max_rows);

/* Allocation that ends the program when there is no memory. */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), nonnull));

#endif /* XSCHEDCTL_OUT_H */
