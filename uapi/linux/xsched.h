/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The contract between a process that drives an accelerator and the scheduler
 * behind /dev/xsched: commands, mapped pages and the words in them.
 */
#ifndef _UAPI_LINUX_XSCHED_H
#define _UAPI_LINUX_XSCHED_H

#include <linux/types.h>
#include <linux/ioctl.h>

/**
 * DOC: Shape of the ABI
 *
 * A process opens /dev/xsched, calls XSCHED_ATTACH once, creates one entity per
 * device it uses (the unit that is scheduled) and one queue per command stream
 * (the unit that is counted). Everything dies with the process that opened the
 * file, at the latest when it exits; passing the fd on passes nothing.
 *
 * Every struct starts with its size. A caller may use a shorter struct than the
 * kernel's (an older header) down to the size the command first had, or a
 * longer one whose unknown tail is zero (a newer header). Growth only appends.
 * Times are absolute CLOCK_MONOTONIC nanoseconds. Ids are positive, chosen by
 * the kernel, and valid for the fd that created the object alone.
 *
 * Numbers use _IO() and not _IOWR(), which would put sizeof() into the number
 * and change it whenever a struct grows. 0xF9 is not used by any driver listed in
 * the kernel's ioctl-number.rst (checked against 6.12).
 *
 * Errors, the same everywhere:
 *
 * ============ ==============================================================
 * EINVAL       size below the command's minimum, unknown flag bit, reserved
 *              field not zero, value outside its documented range, which
 *              includes an unknown class, platform or level; a private mapping,
 *              or a shared one through a descriptor opened O_RDONLY
 * E2BIG        longer than the kernel's struct, and the tail is not zero; or
 *              longer than a page, whatever the tail
 * EOPNOTSUPP   a known field holds a value that this kernel doesn't support: an
 *              unknown kind of hint
 * ENOENT       no such id among the caller's objects; somebody else's id looks
 *              exactly like one that doesn't exist
 * EPERM        the caller is not the process that opened the file
 * ENOTCONN     XSCHED_ATTACH has not been called
 * EALREADY     XSCHED_ATTACH has been called before; XSCHED_GANG too, or there is
 *              an entity by now
 * ELOOP        a dependency would make an entity wait for itself
 * ENODEV       the scheduler has let go of this process (shutdown, or the
 *              opener closed one of its descriptors after attaching): every
 *              gate is open, run on without it
 * EDQUOT       over a per-user limit (see xsched_query) or a limit that an
 *              operator set for the caller's cgroup
 * ETIMEDOUT    the deadline of a wait passed
 * EINTR        a signal interrupted a wait; repeat it with the same deadline
 * EBADF        node_fd is not an open descriptor
 * EFAULT       a pointer is bad
 * ENOMEM       out of memory; nothing changed
 * ENOTTY       unknown command
 * ============ ==============================================================
 */

#define XSCHED_IOC_TYPE		0xF9
#define XSCHED_ABI_VERSION	1	/* for people; programs test feature bits */

#define XSCHED_QUERY		_IO(XSCHED_IOC_TYPE, 0x00)
#define XSCHED_ATTACH		_IO(XSCHED_IOC_TYPE, 0x01)
#define XSCHED_ENTITY_CREATE	_IO(XSCHED_IOC_TYPE, 0x02)
#define XSCHED_ENTITY_DESTROY	_IO(XSCHED_IOC_TYPE, 0x03)
#define XSCHED_QUEUE_CREATE	_IO(XSCHED_IOC_TYPE, 0x04)
#define XSCHED_QUEUE_DESTROY	_IO(XSCHED_IOC_TYPE, 0x05)
#define XSCHED_KICK		_IO(XSCHED_IOC_TYPE, 0x06)
#define XSCHED_WAIT		_IO(XSCHED_IOC_TYPE, 0x07)
#define XSCHED_HINT_SET		_IO(XSCHED_IOC_TYPE, 0x08)
#define XSCHED_HINT_GET		_IO(XSCHED_IOC_TYPE, 0x09)
#define XSCHED_DEPEND		_IO(XSCHED_IOC_TYPE, 0x0a)
#define XSCHED_GANG		_IO(XSCHED_IOC_TYPE, 0x0b)

/* Bits of xsched_query.features. */
#define XSCHED_FEAT_AGENT_RING	(1ULL << 0)	/* control header carries events */
#define XSCHED_FEAT_NOTIFY	(1ULL << 1)	/* notify words; no calls when alone */
#define XSCHED_FEAT_NETLINK	(1ULL << 2)	/* generic netlink family "xsched" */
#define XSCHED_FEAT_DEPEND	(1ULL << 3)	/* XSCHED_DEPEND */
#define XSCHED_FEAT_GANG	(1ULL << 4)	/* gangs, XSCHED_GANG */
#define XSCHED_FEAT_TENANTS	(1ULL << 5)	/* what cgroups are granted counts */
#define XSCHED_FEAT_ALL		(XSCHED_FEAT_AGENT_RING | XSCHED_FEAT_NOTIFY | \
				 XSCHED_FEAT_NETLINK | XSCHED_FEAT_DEPEND | \
				 XSCHED_FEAT_GANG | XSCHED_FEAT_TENANTS)

/**
 * struct xsched_query - ioctl(XSCHED_QUERY), allowed before XSCHED_ATTACH
 * @size: sizeof(struct xsched_query)
 * @flags: must be 0
 * @features: out, XSCHED_FEAT_*
 * @abi: out, XSCHED_ABI_VERSION
 * @max_clients: out, attached processes per user
 * @max_entities: out, entities per user
 * @max_queues: out, queues per user
 */
struct xsched_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 features;
	__u32 abi;
	__u32 max_clients;
	__u32 max_entities;
	__u32 max_queues;
};

#define XSCHED_NAME_LEN		32

/**
 * struct xsched_attach - ioctl(XSCHED_ATTACH)
 * @size: sizeof(struct xsched_attach)
 * @flags: must be 0
 * @client_id: out, how the control plane names this process
 * @__reserved: must be 0
 * @control_offset: out, mmap offset of page 0 of the control region
 * @status_offset: out, mmap offset of page 0 of the status region
 *
 * Identity (process, user, cgroup) is what the kernel sees at open, not what
 * the caller says.
 */
struct xsched_attach {
	__u32 size;
	__u32 flags;
	__u32 client_id;
	__u32 __reserved;
	__aligned_u64 control_offset;
	__aligned_u64 status_offset;
};

/* Device classes; the numbers are those of XSched's device types. */
enum xsched_class {
	XSCHED_CLASS_CPU	= 1,
	XSCHED_CLASS_GPU	= 2,
	XSCHED_CLASS_NPU	= 3,
	XSCHED_CLASS_FPGA	= 4,
	XSCHED_CLASS_ASIC	= 5,
	XSCHED_CLASS_MCA	= 6,
};

/* Platforms; the numbers are those of XSched's platforms, CoreX appended. */
enum xsched_platform {
	XSCHED_PLATFORM_VPI		= 1,
	XSCHED_PLATFORM_CUDA		= 2,
	XSCHED_PLATFORM_CUDLA		= 3,
	XSCHED_PLATFORM_HIP		= 4,
	XSCHED_PLATFORM_ASCEND		= 5,
	XSCHED_PLATFORM_OPENCL		= 6,
	XSCHED_PLATFORM_LEVELZERO	= 7,
	XSCHED_PLATFORM_COREX		= 8,
	XSCHED_PLATFORM_GENERIC		= 9,
};

/* How strongly a queue can be stopped. */
enum xsched_level {
	XSCHED_LEVEL_BLOCK	= 1,	/* what is queued is bounded */
	XSCHED_LEVEL_DEACTIVATE	= 2,	/* what is queued on the device stops */
	XSCHED_LEVEL_INTERRUPT	= 3,	/* what is running stops */
};

/* Send an XSCHED_EV_GATE agent event whenever the gate changes. */
#define XSCHED_ENTITY_F_GATE_EVENTS	(1U << 0)
/* Not held and released together with the process's entities on other devices. */
#define XSCHED_ENTITY_F_NO_GANG		(1U << 1)
#define XSCHED_ENTITY_F_ALL		(XSCHED_ENTITY_F_GATE_EVENTS | \
					 XSCHED_ENTITY_F_NO_GANG)

/**
 * struct xsched_entity_create - ioctl(XSCHED_ENTITY_CREATE)
 * @size: sizeof(struct xsched_entity_create)
 * @flags: XSCHED_ENTITY_F_*
 * @dev_class: enum xsched_class
 * @node_fd: open descriptor of the device's node (/dev/dri/renderD128,
 *	/dev/nvidia0, ...) which identifies the device; -1 if it has none. A CPU
 *	has none: all entities of class CPU without a node share one device. Any
 *	other class without a node gives a device private to the caller's user.
 * @priority: initial priority hint [-255..255]
 * @__reserved: must be 0
 * @name: what to call the device in listings, if this creates it; printable
 *	ASCII, zero-terminated
 * @entity_id: out
 * @device_id: out
 * @control_offset: out, mmap offset of the entity's struct xsched_control_slot;
 *	map the page that contains it
 */
struct xsched_entity_create {
	__u32 size;
	__u32 flags;
	__u32 dev_class;
	__s32 node_fd;
	__s32 priority;
	__u32 __reserved;
	char name[XSCHED_NAME_LEN];
	__u32 entity_id;
	__u32 device_id;
	__aligned_u64 control_offset;
};

/* The process kicks when its last command completes; poll it rarely. */
#define XSCHED_QUEUE_F_KICKS_IDLE	(1U << 0)
/* arrive and pass are kept: the device itself waits at a gate. */
#define XSCHED_QUEUE_F_DEVICE_GATED	(1U << 1)
/* One closed gate of any such queue stops all queues of the entity. */
#define XSCHED_QUEUE_F_GATE_STOPS_ALL	(1U << 2)
#define XSCHED_QUEUE_F_ALL	(XSCHED_QUEUE_F_KICKS_IDLE | \
				 XSCHED_QUEUE_F_DEVICE_GATED | \
				 XSCHED_QUEUE_F_GATE_STOPS_ALL)

/**
 * struct xsched_queue_create - ioctl(XSCHED_QUEUE_CREATE)
 * @size: sizeof(struct xsched_queue_create)
 * @flags: XSCHED_QUEUE_F_*
 * @entity_id: entity that the queue is scheduled with
 * @platform: enum xsched_platform
 * @level: enum xsched_level, the level that holds for this queue; the entity's is
 *	the lowest of its queues'
 * @queue_id: out
 * @handle: the platform's handle, for listings only, never dereferenced
 * @status_offset: out, mmap offset of the queue's struct xsched_status_slot
 */
struct xsched_queue_create {
	__u32 size;
	__u32 flags;
	__u32 entity_id;
	__u32 platform;
	__u32 level;
	__u32 queue_id;
	__aligned_u64 handle;
	__aligned_u64 status_offset;
};

/**
 * struct xsched_destroy - ioctl(XSCHED_ENTITY_DESTROY, XSCHED_QUEUE_DESTROY)
 * @size: sizeof(struct xsched_destroy)
 * @flags: must be 0
 * @id: entity or queue; destroying an entity destroys its queues
 * @__reserved: must be 0
 */
struct xsched_destroy {
	__u32 size;
	__u32 flags;
	__u32 id;
	__u32 __reserved;
};

/*
 * ioctl(XSCHED_KICK, entity_id): look at this entity's words now. The argument
 * is the id itself. When the call returns every gate that the news changes
 * has been changed.
 */

/**
 * struct xsched_wait - ioctl(XSCHED_WAIT)
 * @size: sizeof(struct xsched_wait)
 * @flags: must be 0
 * @entity_id: wait for its gate to change; 0 waits for an agent event
 * @epoch: in: the epoch (for entity 0: ring_tail) last seen; out: the current
 *	one. Returns as soon as the two differ, at once if they differ already.
 * @deadline_ns: absolute CLOCK_MONOTONIC; ~0 means none
 * @gate: out, the gate at return (0 for entity 0)
 * @__reserved: must be 0
 *
 * Load the epoch, then the gate, then wait for that epoch: a change in between
 * makes the wait return.
 */
struct xsched_wait {
	__u32 size;
	__u32 flags;
	__u32 entity_id;
	__u32 epoch;
	__aligned_u64 deadline_ns;
	__u32 gate;
	__u32 __reserved;
};

#define XSCHED_NO_DEADLINE	(~0ULL)

/* Hints. Names, ranges and defaults are XSched's where it has them. */
enum xsched_hint_kind {
	XSCHED_HINT_PRIORITY	= 1,	/* -255..255, higher first; default 0 */
	XSCHED_HINT_UTILIZATION	= 2,	/* 0..100 percent; default 100 */
	XSCHED_HINT_TIMESLICE	= 3,	/* 100..10,000,000 us; default 5000 */
	XSCHED_HINT_DEADLINE	= 4,	/* us after becoming ready; -1 none */
	XSCHED_HINT_LAXITY	= 5,	/* us after becoming ready; -1 none */
	XSCHED_HINT_LAX_PRIO	= 6,	/* priority until the laxity is used up */
	XSCHED_HINT_CRIT_PRIO	= 7,	/* priority from then on */
	XSCHED_HINT_WINDOW	= 8,	/* 1: belongs to the active window */
	XSCHED_HINT_K		= 9,	/* 0..1,000,000: how many may run while this is the
					 * first by deadline; default 0: as the device says */
	XSCHED_HINT_MAX_KIND	= XSCHED_HINT_K,
};

#define XSCHED_PRIORITY_MIN	(-255)
#define XSCHED_PRIORITY_MAX	255

/**
 * struct xsched_hint - ioctl(XSCHED_HINT_SET, XSCHED_HINT_GET)
 * @size: sizeof(struct xsched_hint)
 * @flags: must be 0
 * @entity_id: whose
 * @kind: enum xsched_hint_kind
 * @value: in for SET, out for GET
 */
struct xsched_hint {
	__u32 size;
	__u32 flags;
	__u32 entity_id;
	__u32 kind;
	__s64 value;
};

/* The waiter doesn't wait for it any more. */
#define XSCHED_DEPEND_F_REMOVE	(1U << 0)
#define XSCHED_DEPEND_F_ALL	(XSCHED_DEPEND_F_REMOVE)

/**
 * struct xsched_depend - ioctl(XSCHED_DEPEND)
 * @size: sizeof(struct xsched_depend)
 * @flags: XSCHED_DEPEND_F_*
 * @waiter_id: entity whose work waits for work of the other, by an event say
 * @on_id: entity that it waits for, of the same process, on the same or another device
 *
 * While the waiter has work, the other has its priority if that is higher, along
 * any chain; and while the waiter runs, the other may run beside it under any policy. The
 * same pair may be said again; a process may have 256 pairs. Pairs go with
 * their entities. Removing one that there isn't is ENOENT.
 */
struct xsched_depend {
	__u32 size;
	__u32 flags;
	__u32 waiter_id;
	__u32 on_id;
};

/**
 * struct xsched_gang_join - ioctl(XSCHED_GANG), before the first entity
 * @size: sizeof(struct xsched_gang_join)
 * @flags: must be 0
 * @name: printable ASCII without spaces, zero-terminated, not empty
 *
 * Entities of a gang on different devices run together or not at all: one whose
 * gang has work elsewhere runs while it is the gang's turn there too. Without this call a
 * process is a gang of its own; with it, one with all processes of the same user
 * and tenant that gave the same name.
 */
struct xsched_gang_join {
	__u32 size;
	__u32 flags;
	char name[XSCHED_NAME_LEN];
};

/**
 * DOC: Mapped pages
 *
 * The control region is mapped with PROT_READ and MAP_SHARED, and is written by
 * the scheduler alone. Page 0 is a struct xsched_control_header; the following
 * ones hold entity slots. The status region is mapped read-write and shared, and is written
 * by the process and its device; the scheduler only reads it, and believes it
 * about the process itself and nobody else. Page 0 is a struct
 * xsched_status_header; the following ones hold queue slots. Map page by page,
 * at the offsets that the calls return. A page appears with the first object in
 * it (ENXIO before), and no slot moves while its object lives. mmap() refuses a
 * private mapping (EINVAL), PROT_WRITE of the control region and PROT_EXEC of
 * either (EPERM), and a caller other than the opener (EPERM).
 *
 * Counters are free-running 32-bit numbers; only differences mean anything.
 */

/* Gate values. Zero runs; hardware compares the whole word with zero. */
#define XSCHED_GATE_OPEN	0U
#define XSCHED_GATE_HELD	1U	/* somebody else's turn */
#define XSCHED_GATE_ASK		2U	/* idle: kick, and it may open */

/* Bits of xsched_control_slot.notify. */
#define XSCHED_NOTIFY_KICK	(1U << 0)	/* kick when work appears */
#define XSCHED_NOTIFY_TRACK	(1U << 1)	/* keep completed up to date */
#define XSCHED_NOTIFY_CALM	(1U << 2)	/* nobody waits: nothing needs to be told */

/**
 * struct xsched_control_slot - one per entity, in the control region
 * @gate: XSCHED_GATE_*; alone in its cache line
 * @notify: XSCHED_NOTIFY_*
 * @epoch: counts changes of @gate
 * @level: lowest enum xsched_level of the entity's queues
 * @state: enum xsched_state, for listings
 * @budget_us: aim for at most this much work between two gates, or on a device
 *	without gates in flight
 * @window: at most this many commands in flight; 0: as @budget_us says
 * @track_seq: counts requests to make @completed true from now on; answer for
 *	each queue in xsched_status_slot.track_ack, then kick. Until then the
 *	entity counts as busy.
 * @turns: XSCHED_TURNS_*; 0: who is held is outranked, or nobody decides, and when
 *	this entity began to run it had the device to itself
 *
 * To launch: add to submitted; full fence; load gate. If it is open, launch. If
 * not, take the count back (or leave it, if a gate on the device holds the
 * command), add to pending, and kick if notify asks for it.
 */
#define XSCHED_TURNS_POLICY	(1U << 0)	/* it goes by turns: who is held now runs soon, and the other way round */
#define XSCHED_TURNS_TOGETHER	(1U << 1)	/* others run at the same time */
#define XSCHED_TURNS_OVER	(1U << 2)	/* one of several; when it began others were still being stopped */

struct xsched_control_slot {
	__u32 gate;
	__u32 __pad0[15];
	__u32 notify;
	__u32 epoch;
	__u32 level;
	__u32 state;
	__u32 budget_us;
	__u32 window;
	__u32 track_seq;
	__u32 turns;
	__u32 __pad1[8];
};

enum xsched_state {
	XSCHED_STATE_IDLE	= 0,	/* no work */
	XSCHED_STATE_READY	= 1,	/* has work, waits for its first turn */
	XSCHED_STATE_RUNNING	= 2,	/* gate open */
	XSCHED_STATE_DRAINING	= 3,	/* gate closed, not quiet yet */
	XSCHED_STATE_HELD	= 4,	/* stopped, quiet, has work */
};

/* The queue's process waited for its work: nothing follows soon. */
#define XSCHED_STATUS_SYNCED	(1U << 0)

/**
 * struct xsched_status_slot - one per queue, in the status region
 * @submitted: commands given to the device
 * @completed: commands that the device is done with; may lag while
 *	XSCHED_NOTIFY_TRACK is clear
 * @pending: commands (or callers) held back by the process
 * @arrive: number of the last gate that the device reached; while commands stand in
 *	their middle (level 3), the next one
 * @pass: number of the last gate that the device went through
 * @flags: XSCHED_STATUS_*
 * @ready_ns: when the queue last became non-empty
 * @track_ack: the last track_seq for which @completed has been made true; the
 *	kernel starts a new queue with the current one
 * @busy_ns: how long the device has worked for the queue so far, less what it did at the same
 *	time as for another queue of the entity; for listings, 0 if the process can't tell
 */
struct xsched_status_slot {
	__u32 submitted;
	__u32 completed;
	__u32 pending;
	__u32 arrive;
	__u32 pass;
	__u32 flags;
	__aligned_u64 ready_ns;
	__u32 track_ack;
	__u32 __pad0;
	__aligned_u64 busy_ns;
	__u32 __pad1[4];
};

#define XSCHED_CONTROL_MAGIC	0x64686373U	/* "schd" */

/* Bits of xsched_control_header.flags. */
#define XSCHED_CONTROL_DETACHED	(1U << 0)	/* all gates open for good */

#define XSCHED_RING_ENTRIES	64

enum xsched_event_type {
	XSCHED_EV_GATE		= 1,	/* an entity's gate changed */
	XSCHED_EV_TRACK		= 2,	/* answer track_seq */
	XSCHED_EV_DETACHED	= 3,	/* let go: unmap, close, run on */
};

/**
 * struct xsched_event - something only the process can act on
 * @type: enum xsched_event_type
 * @entity_id: whose, 0 if the whole process's
 * @value: the gate (GATE), track_seq (TRACK)
 * @__reserved: 0
 * @time_ns: when it was decided
 *
 * Events only say where to look; the words are the truth. A reader that
 * finds ring_tail - ring_head >= XSCHED_RING_ENTRIES after having copied them may
 * have lost some and looks everywhere: the next event is written before it is
 * counted.
 */
struct xsched_event {
	__u32 type;
	__u32 entity_id;
	__u32 value;
	__u32 __reserved;
	__aligned_u64 time_ns;
};

/**
 * struct xsched_control_header - page 0 of the control region
 * @magic: XSCHED_CONTROL_MAGIC
 * @abi: XSCHED_ABI_VERSION
 * @flags: XSCHED_CONTROL_*
 * @ring_tail: events written so far; event n is at ring[n % entries]
 * @ring: the agent ring
 */
struct xsched_control_header {
	__u32 magic;
	__u32 abi;
	__u32 flags;
	__u32 __pad0[13];
	__u32 ring_tail;
	__u32 __pad1[15];
	struct xsched_event ring[XSCHED_RING_ENTRIES];
};

/**
 * struct xsched_status_header - page 0 of the status region
 * @ring_head: events read so far; poll() reports POLLIN while it differs from
 *	ring_tail
 */
struct xsched_status_header {
	__u32 ring_head;
	__u32 __pad[15];
};

#endif /* _UAPI_LINUX_XSCHED_H */
