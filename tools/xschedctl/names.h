/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The words that people use for the numbers of the ABI.
 */
#ifndef XSCHEDCTL_NAMES_H
#define XSCHEDCTL_NAMES_H

#include <stdint.h>

#include <linux/xsched.h>

/* Each returns "?" for a number it doesn't know. */
const char *name_class(uint64_t v);
const char *name_platform(uint64_t v);
const char *name_state(uint64_t v);
const char *name_gate(uint64_t v);
const char *name_event(uint64_t v);
const char *name_hint(uint64_t v);

/**
 * struct hint_info - a hint, as typed and as the runtime's environment has it
 * @name: in KIND=VALUE
 * @unit: "us", "%" or ""
 * @min: smallest value; the one that means "none" if that is below 0 in "us"
 * @max: largest value
 * @env: environment variable that sets it at start, or NULL
 */
struct hint_info {
	const char *name;
	const char *unit;
	int64_t min, max;
	const char *env;
};

/* Indexed by enum xsched_hint_kind; entry 0 is empty. */
extern const struct hint_info hint_infos[XSCHED_HINT_MAX_KIND + 1];

/* The kind called @name (of @len characters), or 0. */
uint32_t hint_by_name(const char *name, size_t len);

/**
 * hint_parse - read a value: a number with its unit, "none", "on" or "off"
 * @kind: enum xsched_hint_kind
 * @text: for example "-10", "50%", "5ms", "none"
 * @value: out
 *
 * Return: 0 or CTL_USAGE after saying why
 */
int hint_parse(uint32_t kind, const char *text, int64_t *value);

#endif /* XSCHEDCTL_NAMES_H */
