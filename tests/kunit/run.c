// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The native runner of the same suites: KTAP on stdout, exit status 0 or 1. With
 * arguments it runs the cases whose "suite.case" contains one of them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "suites.h"

#define DECLARE(var)	XT_EXTERN(var);
XT_SUITES(DECLARE)

#define ADDRESS(var)	&var,
static const struct xt_suite *const suites[] = { XT_SUITES(ADDRESS) };

#define MAX_ALLOCS	64

struct xt {
	int failures;
	void *allocs[MAX_ALLOCS];
	int n_allocs;
};

void xt_fail(struct xt *t, const char *file, int line, const char *what)
{
	t->failures++;
	printf("  # %s:%d: expected %s\n", file, line, what);
}

void xt_say(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (text[0])
		printf("  #   %s\n", text);
}

int xt_failed(struct xt *t)
{
	return t->failures != 0;
}

void *xt_alloc_big(struct xt *t, size_t size)
{
	void *p = calloc(1, size);

	(void)t;
	if (!p) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	return p;
}

void *xt_alloc(struct xt *t, size_t size)
{
	void *p = xt_alloc_big(t, size);

	if (t->n_allocs == MAX_ALLOCS) {
		printf("Bail out! more than %d allocations in a case\n", MAX_ALLOCS);
		exit(1);
	}
	t->allocs[t->n_allocs++] = p;
	return p;
}

static int is_wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return 1;
	return argc < 2;
}

/* 1 if it failed */
static int run_case(const struct xt_case *c, const char *name, int number)
{
	struct xt t = { 0 };

	c->fn(&t);
	while (t.n_allocs)
		free(t.allocs[--t.n_allocs]);
	printf("%sok %d %s\n", t.failures ? "not " : "", number, name);
	return t.failures != 0;
}

int main(int argc, char **argv)
{
	const size_t n = sizeof(suites) / sizeof(suites[0]);
	int number = 0, failed = 0;
	char name[128];
	size_t i;

	printf("KTAP version 1\n");
	for (i = 0; i < n; i++) {
		const struct xt_case *c;

		for (c = suites[i]->cases; c->fn; c++) {
			snprintf(name, sizeof(name), "%s.%s", suites[i]->name, c->name);
			if (is_wanted(name, argc, argv))
				failed += run_case(c, name, ++number);
		}
	}
	printf("1..%d\n# passed %d, failed %d\n", number, number - failed, failed);
	return failed || !number;
}
