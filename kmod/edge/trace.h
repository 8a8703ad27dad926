/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tracepoints xsched:*, for what happens too often to be an event of the control
 * plane. Times are the trace clock's; durations are ns.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xsched

#if !defined(XSCHED_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define XSCHED_TRACE_H

#include <linux/tracepoint.h>
#include <linux/xsched.h>

#define xsched_show_state(state)				\
	__print_symbolic(state,					\
			 { XSCHED_STATE_IDLE, "idle" },		\
			 { XSCHED_STATE_READY, "ready" },	\
			 { XSCHED_STATE_RUNNING, "running" },	\
			 { XSCHED_STATE_DRAINING, "draining" },	\
			 { XSCHED_STATE_HELD, "held" })

TRACE_EVENT(xsched_client,
	TP_PROTO(u32 client, int pid, bool attached),
	TP_ARGS(client, pid, attached),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(int, pid)
		__field(bool, attached)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->pid = pid;
		__entry->attached = attached;
	),
	TP_printk("client=%u pid=%d %s", __entry->client, __entry->pid,
		  __entry->attached ? "attached" : "detached")
);

TRACE_EVENT(xsched_state,
	TP_PROTO(u32 device, u32 entity, u32 from, u32 to),
	TP_ARGS(device, entity, from, to),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u32, entity)
		__field(u32, from)
		__field(u32, to)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->entity = entity;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("device=%u entity=%u %s -> %s", __entry->device, __entry->entity,
		  xsched_show_state(__entry->from), xsched_show_state(__entry->to))
);

TRACE_EVENT(xsched_gate,
	TP_PROTO(u32 device, u32 entity, u32 gate),
	TP_ARGS(device, entity, gate),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u32, entity)
		__field(u32, gate)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->entity = entity;
		__entry->gate = gate;
	),
	TP_printk("device=%u entity=%u %s", __entry->device, __entry->entity,
		  __print_symbolic(__entry->gate,
				   { XSCHED_GATE_OPEN, "open" },
				   { XSCHED_GATE_HELD, "held" },
				   { XSCHED_GATE_ASK, "ask" }))
);

TRACE_EVENT(xsched_kick,
	TP_PROTO(u32 entity, u32 state),
	TP_ARGS(entity, state),
	TP_STRUCT__entry(
		__field(u32, entity)
		__field(u32, state)
	),
	TP_fast_assign(
		__entry->entity = entity;
		__entry->state = state;
	),
	TP_printk("entity=%u now %s", __entry->entity, xsched_show_state(__entry->state))
);

TRACE_EVENT(xsched_decide,
	TP_PROTO(u32 device, u64 took_ns),
	TP_ARGS(device, took_ns),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u64, took_ns)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->took_ns = took_ns;
	),
	TP_printk("device=%u took_ns=%llu", __entry->device, __entry->took_ns)
);

TRACE_EVENT(xsched_aged,
	TP_PROTO(u32 device, u32 entity, u64 waited_ns),
	TP_ARGS(device, entity, waited_ns),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u32, entity)
		__field(u64, waited_ns)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->entity = entity;
		__entry->waited_ns = waited_ns;
	),
	TP_printk("device=%u entity=%u waited_ns=%llu", __entry->device, __entry->entity,
		  __entry->waited_ns)
);

TRACE_EVENT(xsched_policy,
	TP_PROTO(u32 device, const char *policy, bool fallback),
	TP_ARGS(device, policy, fallback),
	TP_STRUCT__entry(
		__field(u32, device)
		__array(char, policy, 16)
		__field(bool, fallback)
	),
	TP_fast_assign(
		__entry->device = device;
		strscpy(__entry->policy, policy, sizeof(__entry->policy));
		__entry->fallback = fallback;
	),
	TP_printk("device=%u %s%s", __entry->device, __entry->policy,
		  __entry->fallback ? " thrown out" : "")
);

#endif /* XSCHED_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH edge
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
