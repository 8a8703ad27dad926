/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The control plane of xsched: generic netlink family "xsched".
 */
#ifndef _UAPI_LINUX_XSCHED_NETLINK_H
#define _UAPI_LINUX_XSCHED_NETLINK_H

#include <linux/types.h>

#define XSCHED_GENL_NAME	"xsched"
#define XSCHED_GENL_VERSION	1
#define XSCHED_GENL_MCGRP_EVENTS "events"

/* Of tenants: weight among siblings, share cap in permille (0 or 1000: none). */
#define XSCHED_TENANT_WEIGHT_MIN	1
#define XSCHED_TENANT_WEIGHT_MAX	10000
#define XSCHED_TENANT_WEIGHT_DEFAULT	100
#define XSCHED_TENANT_CAP_MAX		1000

#define XSCHED_LATENCY_BUCKETS	24

/**
 * struct xsched_latency - how often something took how long
 * @max_ns: the longest
 * @sum_ns: all together
 * @bucket: [0] below 1024 ns; [n] from 1024 << (n - 1) ns to below twice that; the last
 *	has no upper end
 *
 * A binary attribute. More buckets may follow: its length says how many there are, and
 * a reader takes what it knows of.
 */
struct xsched_latency {
	__u64 max_ns;
	__u64 sum_ns;
	__u64 bucket[XSCHED_LATENCY_BUCKETS];
};

/* Of XSCHED_A_ENTITY_WHY. */
#define XSCHED_WHY_OPEN		(1U << 0)	/* nothing to decide: all run, nobody looks */
#define XSCHED_WHY_CHOSEN	(1U << 1)	/* the policy wants it to run */
#define XSCHED_WHY_CARRIED	(1U << 2)	/* runs because one runs that waits for it */
#define XSCHED_WHY_AGED		(1U << 3)	/* runs because it waited too long */
#define XSCHED_WHY_CALLED	(1U << 4)	/* runs because its gang does */
#define XSCHED_WHY_CAP		(1U << 5)	/* its tenant has used its share cap */
#define XSCHED_WHY_GANG		(1U << 6)	/* other devices aren't ready for its gang */
#define XSCHED_WHY_HANDOFF	(1U << 7)	/* chosen; the device isn't free yet */
#define XSCHED_WHY_AFTER_CALL	(1U << 8)	/* chosen; a gang has its turn before */
#define XSCHED_WHY_UNTRACKED	(1U << 9)	/* its process hasn't said yet what it has */
#define XSCHED_WHY_LINGERS	(1U << 10)	/* out of work for a moment */
#define XSCHED_WHY_INHERITS	(1U << 11)	/* has the priority of one that waits for it */
#define XSCHED_WHY_CEILING	(1U << 12)	/* a tenant's ceiling lowers its priority */

/**
 * enum xsched_cmd - commands and notifications of the family
 * @XSCHED_CMD_DEVICE_GET: dump, or one by XSCHED_A_DEVICE_ID; reply carries XSCHED_A_DEVICE_*
 * @XSCHED_CMD_CLIENT_GET: dump, or one by XSCHED_A_CLIENT_ID
 * @XSCHED_CMD_ENTITY_GET: dump, or one by XSCHED_A_ENTITY_ID
 * @XSCHED_CMD_QUEUE_GET: dump, or one by XSCHED_A_QUEUE_ID
 * @XSCHED_CMD_POLICY_SET: XSCHED_A_DEVICE_ID, XSCHED_A_DEVICE_POLICY; needs CAP_SYS_ADMIN
 * @XSCHED_CMD_HINT_SET: XSCHED_A_ENTITY_ID (or XSCHED_A_CLIENT_PID: all its
 *	entities), XSCHED_A_HINT_KIND, XSCHED_A_HINT_VALUE; needs CAP_SYS_ADMIN,
 *	or the same user as the process for anything it could set itself
 * @XSCHED_CMD_SHUTDOWN: let go of every process; no new ones until the module
 *	is loaded again; needs CAP_SYS_ADMIN
 * @XSCHED_CMD_NOTIFY: multicast to "events": XSCHED_A_EVENT and what it is about
 * @XSCHED_CMD_TENANT_GET: dump, or one by XSCHED_A_TENANT_ID: cgroups that have
 *	clients, or that something was set of, and those above them
 * @XSCHED_CMD_TENANT_SET: XSCHED_A_TENANT_ID and any of XSCHED_A_TENANT_WEIGHT,
 *	_CAP, _CEILING and _MAX_ENTITIES, which take effect at once; what is left out
 *	stays. Lasts while the cgroup does. Needs CAP_SYS_ADMIN
 * @XSCHED_CMD_ENTITY_STAT_GET: dump, or one by XSCHED_A_ENTITY_ID: its times, counters and
 *	latencies
 * @XSCHED_CMD_TENANT_STAT_GET: dump, or one by XSCHED_A_TENANT_ID: the same, of all
 *	entities that are or were in it and below
 * @XSCHED_CMD_ENTITY_WHY_GET: dump, or one by XSCHED_A_ENTITY_ID: why it runs or waits
 */
enum xsched_cmd {
	XSCHED_CMD_UNSPEC,
	XSCHED_CMD_DEVICE_GET,
	XSCHED_CMD_CLIENT_GET,
	XSCHED_CMD_ENTITY_GET,
	XSCHED_CMD_QUEUE_GET,
	XSCHED_CMD_POLICY_SET,
	XSCHED_CMD_HINT_SET,
	XSCHED_CMD_SHUTDOWN,
	XSCHED_CMD_NOTIFY,
	XSCHED_CMD_TENANT_GET,
	XSCHED_CMD_TENANT_SET,
	XSCHED_CMD_ENTITY_STAT_GET,
	XSCHED_CMD_TENANT_STAT_GET,
	XSCHED_CMD_ENTITY_WHY_GET,
	__XSCHED_CMD_MAX,
	XSCHED_CMD_MAX = __XSCHED_CMD_MAX - 1,
};

/**
 * enum xsched_attr - attributes, one space for all commands
 * @XSCHED_A_PAD: alignment
 * @XSCHED_A_DEVICE_ID: u32
 * @XSCHED_A_DEVICE_NAME: string, name of its sysfs directory
 * @XSCHED_A_DEVICE_LABEL: string, as the first process called it
 * @XSCHED_A_DEVICE_CLASS: u32, enum xsched_class
 * @XSCHED_A_DEVICE_POLICY: string
 * @XSCHED_A_DEVICE_FALLBACK: string, why the policy was replaced by none; absent
 *	if it was not
 * @XSCHED_A_DEVICE_ENTITIES: u32, how many
 * @XSCHED_A_DEVICE_DECISIONS: u64, times the policy decided
 * @XSCHED_A_DEVICE_FLIPS: u64, gates changed
 * @XSCHED_A_CLIENT_ID: u32
 * @XSCHED_A_CLIENT_PID: u32, thread group id in the reader's pid namespace, 0 if
 *	not visible there
 * @XSCHED_A_CLIENT_UID: u32, in the reader's user namespace
 * @XSCHED_A_CLIENT_COMM: string, name of the process
 * @XSCHED_A_CLIENT_CGROUP: u64, cgroup v2 id
 * @XSCHED_A_CLIENT_KICKS: u64
 * @XSCHED_A_ENTITY_ID: u32
 * @XSCHED_A_ENTITY_STATE: u32, enum xsched_state
 * @XSCHED_A_ENTITY_GATE: u32, XSCHED_GATE_*
 * @XSCHED_A_ENTITY_LEVEL: u32, enum xsched_level, 0 without a queue
 * @XSCHED_A_ENTITY_PRIORITY: s32
 * @XSCHED_A_ENTITY_TRACKED: flag, its counters are kept up to date
 * @XSCHED_A_ENTITY_RUN_NS: u64, time with work and the gate open
 * @XSCHED_A_ENTITY_WAIT_NS: u64, time with work, waiting for the first turn
 * @XSCHED_A_ENTITY_HELD_NS: u64, time stopped or being stopped
 * @XSCHED_A_ENTITY_PREEMPTIONS: u64
 * @XSCHED_A_ENTITY_RUNS: u64, times it was given the device
 * @XSCHED_A_QUEUE_ID: u32
 * @XSCHED_A_QUEUE_PLATFORM: u32, enum xsched_platform
 * @XSCHED_A_QUEUE_LEVEL: u32
 * @XSCHED_A_QUEUE_HANDLE: u64
 * @XSCHED_A_QUEUE_SUBMITTED: u32
 * @XSCHED_A_QUEUE_COMPLETED: u32
 * @XSCHED_A_QUEUE_PENDING: u32
 * @XSCHED_A_HINT_KIND: u32, enum xsched_hint_kind
 * @XSCHED_A_HINT_VALUE: s64
 * @XSCHED_A_EVENT: u32, enum xsched_notify_event
 * @XSCHED_A_TIME_NS: u64, CLOCK_MONOTONIC
 * @XSCHED_A_TENANT_ID: u64, cgroup v2 id, which is its directory's inode number; of a
 *	client too
 * @XSCHED_A_TENANT_PARENT: u64, absent if it has none
 * @XSCHED_A_TENANT_PATH: string, of the cgroup, from the root of all
 * @XSCHED_A_TENANT_WEIGHT: u32, XSCHED_TENANT_WEIGHT_MIN.._MAX among its siblings
 * @XSCHED_A_TENANT_CAP: u32, permille of any device's time, 0 or 1000: no cap
 * @XSCHED_A_TENANT_CEILING: s32, higher priorities count as this one across tenants
 * @XSCHED_A_TENANT_MAX_ENTITIES: u32, in it and below, 0: no limit
 * @XSCHED_A_TENANT_ENTITIES: u32, in it and below; so are the following sums
 * @XSCHED_A_TENANT_CLIENTS: u32, processes in it, not below
 * @XSCHED_A_TENANT_RUN_NS: u64
 * @XSCHED_A_TENANT_WAIT_NS: u64
 * @XSCHED_A_TENANT_HELD_NS: u64
 * @XSCHED_A_TENANT_USED_NS: u64, share of devices' time: while several entities ran on
 *	one, each had a part of it
 * @XSCHED_A_TENANT_PREEMPTIONS: u64
 * @XSCHED_A_ENTITY_OPEN_NS: u64, time in a domain that had nothing to decide, or calm in
 *	one, in which nobody looks who has work; the other times stand still meanwhile
 * @XSCHED_A_ENTITY_USED_NS: u64, share of the device's time, see XSCHED_A_TENANT_USED_NS
 * @XSCHED_A_ENTITY_AGED: u64, times it ran because it had waited too long
 * @XSCHED_A_TENANT_RUNS: u64
 * @XSCHED_A_LATENCY_WAIT: struct xsched_latency, from having work to the first turn
 * @XSCHED_A_LATENCY_QUIET: struct xsched_latency, from being stopped to being off the
 *	device, as far as that can be seen: it is looked for every idle_poll_us; of one that
 *	has had the time that it was expected to need every 10 ms, and when it waits for its gate
 * @XSCHED_A_ENTITY_WHY: u32, XSCHED_WHY_*
 * @XSCHED_A_ENTITY_RANK: s32, the priority that counts, with what it inherits and under the
 *	ceiling of its tenants
 * @XSCHED_A_ENTITY_SINCE_NS: u64, for how long it has been in its state
 * @XSCHED_A_ENTITY_AGING_NS: u64, in how long it runs because it has waited too long;
 *	absent if that isn't going to be
 * @XSCHED_A_ENTITY_WAITS_FOR: binary, u32 ids of entities; the first eight
 * @XSCHED_A_ENTITY_WAITED_BY: binary, the same
 * @XSCHED_A_ENTITY_REASON: string, what the policy goes by; absent if it doesn't say
 * @XSCHED_A_DEVICE_POLICIES: string, the names that the policy can have, separated by spaces;
 *	absent where sysfs says it (/sys/class/xsched/<device>/policies)
 * @XSCHED_A_ENTITY_BUSY_NS: u64, how long the device has worked for it, as its process says
 *	(xsched_status_slot.busy_ns); absent if that doesn't say
 */
enum xsched_attr {
	XSCHED_A_UNSPEC,
	XSCHED_A_PAD,
	XSCHED_A_DEVICE_ID,
	XSCHED_A_DEVICE_NAME,
	XSCHED_A_DEVICE_LABEL,
	XSCHED_A_DEVICE_CLASS,
	XSCHED_A_DEVICE_POLICY,
	XSCHED_A_DEVICE_FALLBACK,
	XSCHED_A_DEVICE_ENTITIES,
	XSCHED_A_DEVICE_DECISIONS,
	XSCHED_A_DEVICE_FLIPS,
	XSCHED_A_CLIENT_ID,
	XSCHED_A_CLIENT_PID,
	XSCHED_A_CLIENT_UID,
	XSCHED_A_CLIENT_COMM,
	XSCHED_A_CLIENT_CGROUP,
	XSCHED_A_CLIENT_KICKS,
	XSCHED_A_ENTITY_ID,
	XSCHED_A_ENTITY_STATE,
	XSCHED_A_ENTITY_GATE,
	XSCHED_A_ENTITY_LEVEL,
	XSCHED_A_ENTITY_PRIORITY,
	XSCHED_A_ENTITY_TRACKED,
	XSCHED_A_ENTITY_RUN_NS,
	XSCHED_A_ENTITY_WAIT_NS,
	XSCHED_A_ENTITY_HELD_NS,
	XSCHED_A_ENTITY_PREEMPTIONS,
	XSCHED_A_ENTITY_RUNS,
	XSCHED_A_QUEUE_ID,
	XSCHED_A_QUEUE_PLATFORM,
	XSCHED_A_QUEUE_LEVEL,
	XSCHED_A_QUEUE_HANDLE,
	XSCHED_A_QUEUE_SUBMITTED,
	XSCHED_A_QUEUE_COMPLETED,
	XSCHED_A_QUEUE_PENDING,
	XSCHED_A_HINT_KIND,
	XSCHED_A_HINT_VALUE,
	XSCHED_A_EVENT,
	XSCHED_A_TIME_NS,
	XSCHED_A_TENANT_ID,
	XSCHED_A_TENANT_PARENT,
	XSCHED_A_TENANT_PATH,
	XSCHED_A_TENANT_WEIGHT,
	XSCHED_A_TENANT_CAP,
	XSCHED_A_TENANT_CEILING,
	XSCHED_A_TENANT_MAX_ENTITIES,
	XSCHED_A_TENANT_ENTITIES,
	XSCHED_A_TENANT_CLIENTS,
	XSCHED_A_TENANT_RUN_NS,
	XSCHED_A_TENANT_WAIT_NS,
	XSCHED_A_TENANT_HELD_NS,
	XSCHED_A_TENANT_USED_NS,
	XSCHED_A_TENANT_PREEMPTIONS,
	XSCHED_A_ENTITY_OPEN_NS,
	XSCHED_A_ENTITY_USED_NS,
	XSCHED_A_ENTITY_AGED,
	XSCHED_A_TENANT_RUNS,
	XSCHED_A_LATENCY_WAIT,
	XSCHED_A_LATENCY_QUIET,
	XSCHED_A_ENTITY_WHY,
	XSCHED_A_ENTITY_RANK,
	XSCHED_A_ENTITY_SINCE_NS,
	XSCHED_A_ENTITY_AGING_NS,
	XSCHED_A_ENTITY_WAITS_FOR,
	XSCHED_A_ENTITY_WAITED_BY,
	XSCHED_A_ENTITY_REASON,
	XSCHED_A_DEVICE_POLICIES,
	XSCHED_A_ENTITY_BUSY_NS,
	__XSCHED_A_MAX,
	XSCHED_A_MAX = __XSCHED_A_MAX - 1,
};

/* What XSCHED_CMD_NOTIFY reports. Decisions are tracepoints, being too many. */
enum xsched_notify_event {
	XSCHED_EVENT_DEVICE_NEW		= 1,
	XSCHED_EVENT_CLIENT_NEW		= 2,
	XSCHED_EVENT_CLIENT_GONE	= 3,
	XSCHED_EVENT_ENTITY_NEW		= 4,
	XSCHED_EVENT_ENTITY_GONE	= 5,
	XSCHED_EVENT_POLICY		= 6,	/* changed by an operator */
	XSCHED_EVENT_FALLBACK		= 7,	/* a policy failed */
	XSCHED_EVENT_HINT		= 8,
	XSCHED_EVENT_SHUTDOWN		= 9,
	XSCHED_EVENT_TENANT		= 10,	/* something was set of it */
};

#endif /* _UAPI_LINUX_XSCHED_NETLINK_H */
