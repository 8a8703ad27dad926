// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A simulated kernel for xschedctl: stands in for its genl.c, with two devices,
 * three clients (one of whose names attacks terminals) and a fixed course of
 * events. Requests that would change something are printed to standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "genl.h"

static const char *reason = "";

int genl_open(void)
{
	return 0;
}

void genl_close(void)
{
}

const char *genl_reason(void)
{
	return reason;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int give(genl_fn fn, void *arg, struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int ret = fn(nlmsg_data(hdr), nlmsg_datalen(hdr), arg);

	nlmsg_free(msg);
	return ret;
}

static struct nl_msg *message(void)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !nlmsg_put(msg, 0, 0, NLMSG_MIN_TYPE, 0, 0))
		abort();
	return msg;
}

static void dump_devices(genl_fn fn, void *arg)
{
	struct nl_msg *msg = message();

	nla_put_u32(msg, XSCHED_A_DEVICE_ID, 2);
	nla_put_string(msg, XSCHED_A_DEVICE_NAME, "gpu0");
	nla_put_string(msg, XSCHED_A_DEVICE_LABEL, "card");
	nla_put_u32(msg, XSCHED_A_DEVICE_CLASS, XSCHED_CLASS_GPU);
	nla_put_string(msg, XSCHED_A_DEVICE_POLICY, "none");
	nla_put_string(msg, XSCHED_A_DEVICE_FALLBACK, "hpf: nobody runs");
	nla_put_u32(msg, XSCHED_A_DEVICE_ENTITIES, 1);
	nla_put_u64(msg, XSCHED_A_DEVICE_DECISIONS, 0);
	nla_put_u64(msg, XSCHED_A_DEVICE_FLIPS, 0);
	give(fn, arg, msg);
	msg = message();
	nla_put_u32(msg, XSCHED_A_DEVICE_ID, 1);
	nla_put_string(msg, XSCHED_A_DEVICE_NAME, "cpu");
	nla_put_string(msg, XSCHED_A_DEVICE_LABEL, "pthread");
	nla_put_u32(msg, XSCHED_A_DEVICE_CLASS, XSCHED_CLASS_CPU);
	nla_put_string(msg, XSCHED_A_DEVICE_POLICY, "hpf");
	nla_put_u32(msg, XSCHED_A_DEVICE_ENTITIES, 2);
	nla_put_u64(msg, XSCHED_A_DEVICE_DECISIONS, now_ns() / 10000000);	/* 100 a second */
	nla_put_u64(msg, XSCHED_A_DEVICE_FLIPS, now_ns() / 5000000);
	give(fn, arg, msg);
}

static void dump_clients(genl_fn fn, void *arg)
{
	static const char *const comms[] = { "render", "train", "ev\033[31mil\xff\"" };
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = message();

		nla_put_u32(msg, XSCHED_A_CLIENT_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_CLIENT_PID, 1000 + i);
		nla_put_u32(msg, XSCHED_A_CLIENT_UID, i == 2 ? 4242424 : 0);
		nla_put_string(msg, XSCHED_A_CLIENT_COMM, comms[i]);
		nla_put_u64(msg, XSCHED_A_CLIENT_CGROUP, 77);
		nla_put_u64(msg, XSCHED_A_TENANT_ID, i ? 77 : 1);
		nla_put_u64(msg, XSCHED_A_CLIENT_KICKS, i);
		give(fn, arg, msg);
	}
}

/*
 * Of the time since the machine started the first runs 75%, the second 20%. Their processes say
 * that the device worked for them for 40% and, mistaken, 50%.
 */
static void dump_entities(genl_fn fn, void *arg)
{
	static const uint32_t percent[] = { 75, 20, 0 };
	static const int32_t priority[] = { 10, -5, 0 };
	uint64_t now = now_ns();
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = message();

		nla_put_u32(msg, XSCHED_A_ENTITY_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_CLIENT_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_DEVICE_ID, i == 2 ? 2 : 1);
		nla_put_u32(msg, XSCHED_A_ENTITY_STATE, i == 0 ? XSCHED_STATE_RUNNING :
			    i == 1 ? XSCHED_STATE_HELD : XSCHED_STATE_IDLE);
		nla_put_u32(msg, XSCHED_A_ENTITY_GATE, i == 1 ? XSCHED_GATE_HELD : XSCHED_GATE_OPEN);
		nla_put_u32(msg, XSCHED_A_ENTITY_LEVEL, i == 2 ? 0 : 2);
		nla_put_s32(msg, XSCHED_A_ENTITY_PRIORITY, priority[i]);
		if (i != 2)
			nla_put_flag(msg, XSCHED_A_ENTITY_TRACKED);
		nla_put_u64(msg, XSCHED_A_ENTITY_RUN_NS, now / 100 * percent[i]);
		nla_put_u64(msg, XSCHED_A_ENTITY_WAIT_NS, i == 1 ? 1500000 : 0);
		nla_put_u64(msg, XSCHED_A_ENTITY_HELD_NS, i == 1 ? now / 100 * 80 : 0);
		nla_put_u64(msg, XSCHED_A_ENTITY_PREEMPTIONS, 10 * i);
		if (i != 2)
			nla_put_u64(msg, XSCHED_A_ENTITY_BUSY_NS, now / 100 * (40 + 10 * i));
		nla_put_u64(msg, XSCHED_A_ENTITY_RUNS, 20);
		nla_put_u32(msg, XSCHED_A_HINT_KIND, XSCHED_HINT_TIMESLICE);
		nla_put_s64(msg, XSCHED_A_HINT_VALUE, 5000);
		nla_put_u32(msg, XSCHED_A_HINT_KIND, XSCHED_HINT_DEADLINE);
		nla_put_s64(msg, XSCHED_A_HINT_VALUE, -1);
		nla_put_u32(msg, XSCHED_A_MAX + 5, 1);	/* from a newer kernel */
		give(fn, arg, msg);
	}
}

/* Two queues of entity 1, whose counters sum over the wrap, and one of entity 2. */
static void dump_queues(genl_fn fn, void *arg)
{
	static const uint32_t submitted[] = { 0xffffffff, 11, 7 };
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = message();

		nla_put_u32(msg, XSCHED_A_QUEUE_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_ENTITY_ID, i == 2 ? 2 : 1);
		nla_put_u32(msg, XSCHED_A_QUEUE_PLATFORM, XSCHED_PLATFORM_OPENCL);
		nla_put_u32(msg, XSCHED_A_QUEUE_LEVEL, 2);
		nla_put_u64(msg, XSCHED_A_QUEUE_HANDLE, 0xfffffffffffffff0ULL);
		nla_put_u32(msg, XSCHED_A_QUEUE_SUBMITTED, submitted[i]);
		nla_put_u32(msg, XSCHED_A_QUEUE_COMPLETED, 3);
		nla_put_u32(msg, XSCHED_A_QUEUE_PENDING, i == 2 ? 4 : 0);
		give(fn, arg, msg);
		if (!i)
			continue;
		msg = message();	/* a torn dump repeats objects */
		nla_put_u32(msg, XSCHED_A_QUEUE_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_ENTITY_ID, i == 2 ? 2 : 1);
		nla_put_u32(msg, XSCHED_A_QUEUE_PLATFORM, XSCHED_PLATFORM_OPENCL);
		nla_put_u32(msg, XSCHED_A_QUEUE_LEVEL, 2);
		nla_put_u64(msg, XSCHED_A_QUEUE_HANDLE, 0xfffffffffffffff0ULL);
		nla_put_u32(msg, XSCHED_A_QUEUE_SUBMITTED, submitted[i]);
		nla_put_u32(msg, XSCHED_A_QUEUE_COMPLETED, 3);
		nla_put_u32(msg, XSCHED_A_QUEUE_PENDING, i == 2 ? 4 : 0);
		give(fn, arg, msg);
	}
}

/* The root, and a cgroup with a limit of each kind. */
static void dump_tenants(genl_fn fn, void *arg)
{
	uint32_t i;

	for (i = 0; i < 2; i++) {
		struct nl_msg *msg = message();

		nla_put_u64(msg, XSCHED_A_TENANT_ID, i ? 77 : 1);
		if (i)
			nla_put_u64(msg, XSCHED_A_TENANT_PARENT, 1);
		nla_put_string(msg, XSCHED_A_TENANT_PATH, i ? "/ev\033[31mil" : "/");
		nla_put_u32(msg, XSCHED_A_TENANT_WEIGHT, i ? 300 : 100);
		nla_put_u32(msg, XSCHED_A_TENANT_CAP, i ? 125 : 0);
		nla_put_s32(msg, XSCHED_A_TENANT_CEILING, i ? -5 : 255);
		nla_put_u32(msg, XSCHED_A_TENANT_MAX_ENTITIES, i ? 8 : 0);
		nla_put_u32(msg, XSCHED_A_TENANT_ENTITIES, 3 - i);
		nla_put_u32(msg, XSCHED_A_TENANT_CLIENTS, 1 + i);
		nla_put_u64(msg, XSCHED_A_TENANT_RUN_NS, 1500000);
		nla_put_u64(msg, XSCHED_A_TENANT_WAIT_NS, 0);
		nla_put_u64(msg, XSCHED_A_TENANT_HELD_NS, 2000000000);
		nla_put_u64(msg, XSCHED_A_TENANT_USED_NS, 750000);
		nla_put_u64(msg, XSCHED_A_TENANT_PREEMPTIONS, 4);
		give(fn, arg, msg);
	}
}

/* Waits of 3 us and of 1 s, from a newer kernel with more buckets. */
static void put_latency(struct nl_msg *msg, int attr, uint32_t times)
{
	struct { struct xsched_latency l; uint64_t more[4]; } v = {
		.l = { .max_ns = 1000000000, .sum_ns = times * 3000 + 1000000000 },
	};

	v.l.bucket[2] = times;
	v.l.bucket[20] = 1;
	nla_put(msg, attr, sizeof(v), &v);
}

static void dump_entity_stats(genl_fn fn, void *arg)
{
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = message();

		nla_put_u32(msg, XSCHED_A_ENTITY_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_DEVICE_ID, i == 2 ? 2 : 1);
		nla_put_u32(msg, XSCHED_A_CLIENT_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_CLIENT_PID, 1000 + i);
		nla_put_u64(msg, XSCHED_A_ENTITY_RUN_NS, 1000000 * (i + 1));
		nla_put_u64(msg, XSCHED_A_ENTITY_OPEN_NS, 7000);
		if (i == 1)
			nla_put_u64(msg, XSCHED_A_ENTITY_BUSY_NS, 1500000);
		nla_put_u64(msg, XSCHED_A_ENTITY_RUNS, 10);
		nla_put_u64(msg, XSCHED_A_ENTITY_PREEMPTIONS, i);
		nla_put_u64(msg, XSCHED_A_ENTITY_AGED, i);
		if (i != 2)
			put_latency(msg, XSCHED_A_LATENCY_WAIT, 99);
		give(fn, arg, msg);
	}
}

static void dump_tenant_stats(genl_fn fn, void *arg)
{
	struct nl_msg *msg = message();

	nla_put_u64(msg, XSCHED_A_TENANT_ID, 77);
	nla_put_string(msg, XSCHED_A_TENANT_PATH, "/ev\033[31mil");
	nla_put_u32(msg, XSCHED_A_TENANT_ENTITIES, 2);
	nla_put_u64(msg, XSCHED_A_TENANT_RUN_NS, 5000000);
	nla_put_u64(msg, XSCHED_A_TENANT_RUNS, 12);
	put_latency(msg, XSCHED_A_LATENCY_QUIET, 1);
	give(fn, arg, msg);
}

/* The first runs though it isn't chosen, the second waits for every reason there is. */
static void dump_whys(genl_fn fn, void *arg)
{
	static const uint32_t waits_for[] = { 1, 3 };
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = message();

		nla_put_u32(msg, XSCHED_A_ENTITY_ID, i + 1);
		nla_put_u32(msg, XSCHED_A_DEVICE_ID, i == 2 ? 2 : 1);
		nla_put_u32(msg, XSCHED_A_ENTITY_STATE, i == 0 ? XSCHED_STATE_RUNNING :
			    i == 1 ? XSCHED_STATE_HELD : XSCHED_STATE_IDLE);
		nla_put_u32(msg, XSCHED_A_ENTITY_WHY, i == 0 ? XSCHED_WHY_AGED | XSCHED_WHY_INHERITS :
			    i == 1 ? XSCHED_WHY_CAP | XSCHED_WHY_GANG | XSCHED_WHY_CEILING :
			    XSCHED_WHY_OPEN);
		nla_put_s32(msg, XSCHED_A_ENTITY_RANK, i ? -7 : 30);
		nla_put_u64(msg, XSCHED_A_ENTITY_SINCE_NS, 2500000);
		if (i == 1) {
			nla_put_u64(msg, XSCHED_A_ENTITY_AGING_NS, 40000);
			nla_put(msg, XSCHED_A_ENTITY_WAITS_FOR, sizeof(waits_for), waits_for);
			nla_put_string(msg, XSCHED_A_ENTITY_REASON, "its level is -7");
		}
		give(fn, arg, msg);
	}
}

int genl_dump(enum xsched_cmd cmd, genl_fn fn, void *arg)
{
	if (getenv("MOCK_EMPTY"))
		return 0;
	switch (cmd) {
	case XSCHED_CMD_DEVICE_GET:
		dump_devices(fn, arg);
		return 0;
	case XSCHED_CMD_CLIENT_GET:
		dump_clients(fn, arg);
		return 0;
	case XSCHED_CMD_ENTITY_GET:
		dump_entities(fn, arg);
		return 0;
	case XSCHED_CMD_QUEUE_GET:
		dump_queues(fn, arg);
		return 0;
	case XSCHED_CMD_TENANT_GET:
		if (getenv("MOCK_NO_TENANTS"))
			return -EOPNOTSUPP;
		dump_tenants(fn, arg);
		return 0;
	case XSCHED_CMD_ENTITY_STAT_GET:
		dump_entity_stats(fn, arg);
		return 0;
	case XSCHED_CMD_TENANT_STAT_GET:
		dump_tenant_stats(fn, arg);
		return 0;
	case XSCHED_CMD_ENTITY_WHY_GET:
		dump_whys(fn, arg);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* MOCK_ERROR is the errno that every change gets; else "bad" is no policy, 99 nobody. */
int genl_set(enum xsched_cmd cmd, const struct genl_arg *args, size_t n_args)
{
	const char *error = getenv("MOCK_ERROR");
	int err = error ? -atoi(error) : 0;
	size_t i;

	fprintf(stderr, "mock: cmd %d:", cmd);
	for (i = 0; i < n_args; i++) {
		if (args[i].type == GENL_STRING)
			fprintf(stderr, " %d=%s", args[i].attr, args[i].str);
		else
			fprintf(stderr, " %d=%" PRId64, args[i].attr, args[i].num);
		if (args[i].type == GENL_STRING && !strcmp(args[i].str, "bad"))
			err = -EINVAL;
		if (args[i].type == GENL_U32 && args[i].num == 99)
			err = -ENOENT;
	}
	fputc('\n', stderr);
	if (err)
		reason = "so says the mock";
	return err;
}

static struct nl_msg *event(enum xsched_notify_event what, uint64_t time_ns)
{
	struct nl_msg *msg = message();

	nla_put_u32(msg, XSCHED_A_EVENT, what);
	nla_put_u64(msg, XSCHED_A_TIME_NS, time_ns);
	return msg;
}

static int first_events(genl_fn fn, void *arg)
{
	struct nl_msg *msg = event(XSCHED_EVENT_CLIENT_NEW, 12000345678ULL);
	int ret;

	nla_put_u32(msg, XSCHED_A_CLIENT_ID, 3);
	nla_put_u32(msg, XSCHED_A_CLIENT_PID, 1002);
	nla_put_string(msg, XSCHED_A_CLIENT_COMM, "ev\033[31mil");
	ret = give(fn, arg, msg);
	if (ret)
		return ret;
	msg = event(XSCHED_EVENT_DEVICE_NEW, 12500000000ULL);
	nla_put_u32(msg, XSCHED_A_DEVICE_ID, 3);
	nla_put_string(msg, XSCHED_A_DEVICE_NAME, "npu0");
	nla_put_string(msg, XSCHED_A_DEVICE_POLICY, "hpf");
	ret = give(fn, arg, msg);
	if (ret)
		return ret;
	msg = event(XSCHED_EVENT_ENTITY_NEW, 12600000000ULL);
	nla_put_u32(msg, XSCHED_A_ENTITY_ID, 9);
	nla_put_u32(msg, XSCHED_A_DEVICE_ID, 3);
	nla_put_u32(msg, XSCHED_A_CLIENT_ID, 1);
	nla_put_u32(msg, XSCHED_A_CLIENT_PID, 1000);
	ret = give(fn, arg, msg);
	if (ret)
		return ret;
	msg = event(XSCHED_EVENT_HINT, 13000000000ULL);
	nla_put_u32(msg, XSCHED_A_ENTITY_ID, 2);
	nla_put_u32(msg, XSCHED_A_HINT_KIND, XSCHED_HINT_PRIORITY);
	nla_put_s64(msg, XSCHED_A_HINT_VALUE, -7);
	return give(fn, arg, msg);
}

/* Four events, then some are lost, then the shutdown, then the module goes. */
int genl_listen(genl_fn fn, void *arg)
{
	static int calls;
	int ret;

	switch (calls++) {
	case 0:
		ret = first_events(fn, arg);
		return ret ? ret : -ENOBUFS;
	case 1:
		ret = give(fn, arg, event(XSCHED_EVENT_SHUTDOWN, 14000000000ULL));
		return ret ? ret : -ENODEV;
	default:
		return -EIO;
	}
}
