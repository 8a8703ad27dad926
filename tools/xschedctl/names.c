// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Names, ranges and units of the ABI's numbers, and how values are typed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xsched_netlink.h>

#include "ctl.h"
#include "names.h"
#include "out.h"

#define LONGEST_US (INT64_MAX / 1000)

static const char *name_of(const char *const *names, size_t n, uint64_t v)
{
	return v < n && names[v] ? names[v] : "?";
}

const char *name_class(uint64_t v)
{
	static const char *const names[] = {
		[XSCHED_CLASS_CPU] = "cpu", [XSCHED_CLASS_GPU] = "gpu", [XSCHED_CLASS_NPU] = "npu",
		[XSCHED_CLASS_FPGA] = "fpga", [XSCHED_CLASS_ASIC] = "asic",
		[XSCHED_CLASS_MCA] = "mca",
	};

	return name_of(names, ARRAY_SIZE(names), v);
}

const char *name_platform(uint64_t v)
{
	static const char *const names[] = {
		[XSCHED_PLATFORM_VPI] = "vpi", [XSCHED_PLATFORM_CUDA] = "cuda",
		[XSCHED_PLATFORM_CUDLA] = "cudla", [XSCHED_PLATFORM_HIP] = "hip",
		[XSCHED_PLATFORM_ASCEND] = "ascend", [XSCHED_PLATFORM_OPENCL] = "opencl",
		[XSCHED_PLATFORM_LEVELZERO] = "levelzero", [XSCHED_PLATFORM_COREX] = "corex",
		[XSCHED_PLATFORM_GENERIC] = "generic",
	};

	return name_of(names, ARRAY_SIZE(names), v);
}

const char *name_state(uint64_t v)
{
	static const char *const names[] = {
		[XSCHED_STATE_IDLE] = "idle", [XSCHED_STATE_READY] = "ready",
		[XSCHED_STATE_RUNNING] = "running", [XSCHED_STATE_DRAINING] = "draining",
		[XSCHED_STATE_HELD] = "held",
	};

	return name_of(names, ARRAY_SIZE(names), v);
}

const char *name_gate(uint64_t v)
{
	static const char *const names[] = {
		[XSCHED_GATE_OPEN] = "open", [XSCHED_GATE_HELD] = "held", [XSCHED_GATE_ASK] = "ask",
	};

	return name_of(names, ARRAY_SIZE(names), v);
}

const char *name_event(uint64_t v)
{
	static const char *const names[] = {
		[XSCHED_EVENT_DEVICE_NEW] = "device-new",
		[XSCHED_EVENT_CLIENT_NEW] = "client-new",
		[XSCHED_EVENT_CLIENT_GONE] = "client-gone",
		[XSCHED_EVENT_ENTITY_NEW] = "entity-new",
		[XSCHED_EVENT_ENTITY_GONE] = "entity-gone",
		[XSCHED_EVENT_POLICY] = "policy",
		[XSCHED_EVENT_FALLBACK] = "fallback",
		[XSCHED_EVENT_HINT] = "hint",
		[XSCHED_EVENT_SHUTDOWN] = "shutdown",
		[XSCHED_EVENT_TENANT] = "tenant",
	};

	return name_of(names, ARRAY_SIZE(names), v);
}

const struct hint_info hint_infos[XSCHED_HINT_MAX_KIND + 1] = {
	[XSCHED_HINT_PRIORITY] = { "priority", "", XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX,
				   "XSCHED_AUTO_XQUEUE_PRIORITY" },
	[XSCHED_HINT_UTILIZATION] = { "utilization", "%", 0, 100,
				      "XSCHED_AUTO_XQUEUE_UTILIZATION" },
	[XSCHED_HINT_TIMESLICE] = { "timeslice", "us", 100, 10000000,
				    "XSCHED_AUTO_XQUEUE_TIMESLICE" },
	[XSCHED_HINT_DEADLINE] = { "deadline", "us", -1, LONGEST_US,
				   "XSCHED_AUTO_XQUEUE_DEADLINE" },
	[XSCHED_HINT_LAXITY] = { "laxity", "us", -1, LONGEST_US, "XSCHED_AUTO_XQUEUE_LAXITY" },
	[XSCHED_HINT_LAX_PRIO] = { "lax-priority", "", XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX,
				   NULL },
	[XSCHED_HINT_CRIT_PRIO] = { "crit-priority", "", XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX,
				    NULL },
	[XSCHED_HINT_WINDOW] = { "window", "", 0, 1, NULL },
	[XSCHED_HINT_K] = { "k", "", 0, 1000000, "XSCHED_AUTO_XQUEUE_KDEADLINE" },
};

const char *name_hint(uint64_t v)
{
	return v && v <= XSCHED_HINT_MAX_KIND ? hint_infos[v].name : "?";
}

uint32_t hint_by_name(const char *name, size_t len)
{
	uint32_t kind;

	for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++)
		if (strlen(hint_infos[kind].name) == len &&
		    !strncmp(hint_infos[kind].name, name, len))
			return kind;
	return 0;
}

/* How much a suffix multiplies a value that is kept in @unit; 0: it doesn't fit. */
static int64_t suffix_factor(const char *unit, const char *suffix)
{
	if (!*suffix || !strcmp(suffix, unit))
		return 1;
	if (strcmp(unit, "us"))
		return 0;
	if (!strcmp(suffix, "ms"))
		return 1000;
	return strcmp(suffix, "s") ? 0 : 1000000;
}

/* The few values that have a word. Returns whether @text is one of them. */
static bool parse_word(uint32_t kind, const char *text, int64_t *value)
{
	if (hint_infos[kind].max == LONGEST_US && !strcmp(text, "none")) {
		*value = -1;
		return true;
	}
	if (kind == XSCHED_HINT_WINDOW && (!strcmp(text, "on") || !strcmp(text, "off"))) {
		*value = !strcmp(text, "on");
		return true;
	}
	return false;
}

static int out_of_range(const struct hint_info *info, const char *text)
{
	if (info->max == LONGEST_US)
		return out_usage(info->name, "\"%s\" is not a time (500us, 20ms, 1s) or \"none\"",
				 text);
	return out_usage(info->name, "\"%s\" is not within %" PRId64 "..%" PRId64 "%s%s", text,
			 info->min, info->max, *info->unit ? " " : "", info->unit);
}

int hint_parse(uint32_t kind, const char *text, int64_t *value)
{
	const struct hint_info *info = &hint_infos[kind];
	int64_t factor;
	char *end;

	if (parse_word(kind, text, value))
		return 0;
	errno = 0;
	*value = strtoll(text, &end, 10);
	factor = suffix_factor(info->unit, end);
	if (end == text || errno || !factor || *value > INT64_MAX / factor ||
	    *value < INT64_MIN / factor)
		return out_of_range(info, text);
	*value *= factor;
	if (*value < info->min || *value > info->max)
		return out_of_range(info, text);
	return 0;
}
