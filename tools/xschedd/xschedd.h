/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The host scheduler: what it keeps around the core's objects.
 *
 * One thread does everything: it sleeps in epoll_wait() on the sockets, the
 * processes and one timer. So there are no locks, and what an event frees is put
 * on a heap of garbage until the events that came with it have been looked at.
 *
 * It mirrors kmod/edge, file by file, so that both give the same answers:
 * messages for ioctls, memfds for mapped pages, a pidfd for the exit of a process.
 *
 * What a client can write (both of its regions) is read by the core alone, once
 * and as a claim about that client. Nothing that a client sends makes this
 * process wait: sends don't block, descriptors are looked at without asking who
 * serves them, and are closed by another thread if that could take time.
 */
#ifndef XSCHEDD_H
#define XSCHEDD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/xsched_netlink.h>

#include "core/core.h"
#include "policy/policy.h"
#include "../../lib/link/wire.h"

typedef uint16_t u16;

#define XD_NSEC_PER_USEC	1000ULL
#define XD_NSEC_PER_MSEC	1000000ULL

/* log.c: one line to stderr: object, reason and next step. */
enum { XD_ERR = 3, XD_WARN = 4, XD_NOTICE = 5, XD_INFO = 6, XD_DEBUG = 7 };
extern int xd_log_level;
void xd_log_init(void);
void xd_log(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* loop.c */

/**
 * struct xd_watch - a descriptor that is waited for
 * @fd: descriptor, -1 if none
 * @ready: called with the events of epoll
 */
struct xd_watch {
	int fd;
	void (*ready)(struct xd_watch *w, uint32_t events);
};

/* First member of whatever events may still refer to when it goes. */
struct xd_garbage {
	struct xd_garbage *next;
	void (*free)(struct xd_garbage *g);
};

int xd_loop_init(void);
int xd_loop_add(struct xd_watch *w, uint32_t events);
void xd_loop_del(struct xd_watch *w);
void xd_loop_discard(struct xd_garbage *g, void (*free)(struct xd_garbage *g));
int xd_loop_run(void);
void xd_loop_stop(void);
u64 xd_now_ns(void);

/* ids.c */

/**
 * struct xd_ids - objects by id, ascending; ids are handed out in a circle
 * @v: the objects with their ids
 * @n: how many
 * @max: room
 * @last: id handed out last
 */
struct xd_ids {
	struct xd_id {
		u32 id;
		void *object;
	} *v;
	u32 n, max;
	u32 last;
};

extern struct xd_ids xd_clients, xd_entities, xd_queues, xd_devices;

int xd_ids_add(struct xd_ids *ids, void *object, u32 *id);
void *xd_ids_find(const struct xd_ids *ids, u32 id);
/* The object with the lowest id from *id on, which is set to its id; NULL at the end. */
void *xd_ids_next(const struct xd_ids *ids, u32 *id);
void xd_ids_remove(struct xd_ids *ids, u32 id);

/* user.c */

enum xd_quota {
	XD_QUOTA_CLIENTS,
	XD_QUOTA_ENTITIES,
	XD_QUOTA_QUEUES,
	XD_QUOTA_CONNECTIONS,
	XD_QUOTAS,
};

extern u32 xd_quota_max[XD_QUOTAS];

struct xd_user {
	struct xd_user *next;
	uid_t uid;
	u32 refs;
	u32 used[XD_QUOTAS];
	u32 closing;		/* descriptors that it sent and that aren't closed yet, see node.c */
};

struct xd_user *xd_user_get(uid_t uid);
void xd_user_put(struct xd_user *user);
int xd_user_charge(struct xd_user *user, enum xd_quota quota);
void xd_user_uncharge(struct xd_user *user, enum xd_quota quota);

/* peer.c */

/**
 * struct xd_peer - who is at the other end, as the kernel says
 * @pid: in our pid namespace, 0 if it isn't visible there
 * @uid: in our user namespace
 * @gid: the same
 * @pidfd: the process, -1 if the kernel can't say
 * @start: when it began, 0 if unknown; tells it from a later one with its pid
 * @cgroup: id of its cgroup v2, 0 if unknown
 * @comm: its name
 */
struct xd_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int pidfd;
	u64 start;
	u64 cgroup;
	char comm[16];
};

int xd_peer_init(struct xd_peer *p, int sock);
bool xd_peer_is_itself(const struct xd_peer *p);
s32 xd_peer_cpu_priority(const struct xd_peer *p);
/* May it administer this scheduler? */
bool xd_peer_is_admin(uid_t uid);

/* pages.c */

/**
 * struct xd_segment - memory shared with a client
 * @addr: where it is here
 * @size: bytes
 * @fd: its memfd until the client has got it, then -1
 */
struct xd_segment {
	void *addr;
	size_t size;
	int fd;
};

#define XD_SEGMENTS_MAX	24

/**
 * struct xd_region - segments of a client, which only ever grow in number
 * @slot_size: bytes, divides a page
 * @n_slots: how many there is room for
 * @n_used: how many have ever been used; those from here on are free
 * @free: numbers of slots given back
 * @n_free: how many
 */
struct xd_region {
	struct xd_segment segments[XD_SEGMENTS_MAX];
	u32 n_segments;
	u32 slot_size;
	u32 n_slots, n_used;
	u32 *free;
	u32 n_free;
};

#define XD_CONTROL_OFFSET	0ULL
#define XD_STATUS_OFFSET	0x40000000ULL

int xd_pages_init(void);
int xd_region_init(struct xd_region *r, u32 slot_size);
void xd_region_fini(struct xd_region *r);
void *xd_region_header(struct xd_region *r);
int xd_region_get(struct xd_region *r, void **slot);
void xd_region_put(struct xd_region *r, int index);
u64 xd_region_offset(const struct xd_region *r, int index);
/* The memfd that the client hasn't got yet, or -1; it is the client's from then on. */
int xd_region_pending(struct xd_region *r);
void xd_region_sent(struct xd_region *r);

/* client.c */

enum xd_client_state {
	XD_CLIENT_OPEN,
	XD_CLIENT_ATTACHED,
	XD_CLIENT_DETACHED,
};

/**
 * struct xd_client - a process, from connect to hang-up
 * @garbage: first
 * @socket: where it talks
 * @process: its pidfd
 * @in_clients: all connections, attached or not
 * @state: how far it got
 * @id: in xd_clients, from attach on
 * @peer: who it is
 * @user: its account
 * @control: written by the scheduler
 * @status: written by the process
 * @control_header: in @control, from attach on
 * @ring_tail: events written
 * @event_fd: end of a pipe that is written when there is an event; -1 before attach
 * @event_out: its other end, until the client has got it
 * @wake: on the list of those whose event fd is to be written
 * @kicks: for listings
 * @entities: of struct xd_entity
 */
struct xd_client {
	struct xd_garbage garbage;
	struct xd_watch socket, process;
	struct xsched_list in_clients;
	enum xd_client_state state;
	u32 id;
	struct xd_peer peer;
	struct xd_user *user;
	struct xd_region control, status;
	struct xsched_control_header *control_header;
	u32 ring_tail;
	int event_fd, event_out;
	struct xd_client *wake;
	bool wake_queued;
	u64 kicks;
	struct xsched_list entities;
};

int xd_client_new(int sock);
int xd_client_attach(struct xd_client *c, struct xsched_attach *arg);
int xd_client_check(const struct xd_client *c);
void xd_client_drop(struct xd_client *c);
void xd_clients_shutdown(void);

/* request.c: one message of a client; false if the client has to go. */
bool xd_request_serve(struct xd_client *c);

/* entity.c */

struct xd_entity {
	struct xsched_entity core;
	int slot;
	struct xd_client *client;
	struct xd_device *device;
	struct xsched_list in_client;
	struct xsched_list queues;
	u32 n_queues;
};

struct xd_queue {
	struct xsched_queue core;
	int slot;
	struct xd_entity *entity;
	u64 handle;
	struct xsched_list in_entity;
};

static inline struct xd_entity *to_xd_entity(struct xsched_entity *e)
{
	return container_of(e, struct xd_entity, core);
}

int xd_entity_create(struct xd_client *c, struct xsched_entity_create *arg, int node_fd);
int xd_entity_destroy(struct xd_client *c, u32 id);
void xd_entity_drop(struct xd_entity *e);
int xd_queue_create(struct xd_client *c, struct xsched_queue_create *arg);
int xd_queue_destroy(struct xd_client *c, u32 id);
int xd_entity_kick(struct xd_client *c, u32 id);
int xd_entity_hint_set(struct xd_client *c, const struct xsched_hint *arg);
int xd_entity_hint_get(struct xd_client *c, struct xsched_hint *arg);
int xd_entity_hint(struct xd_entity *e, u32 kind, s64 value);
u32 xd_entity_level(const struct xd_entity *e);

/* ring.c */
void xd_ring_push(struct xd_client *c, u32 type, u32 entity_id, u32 value, u64 now_ns);
void xd_ring_wake(void);
void xd_ring_forget(struct xd_client *c);

/* device.c */

#define XD_KEY_LEN	32

/**
 * struct xd_device - an accelerator, or what has to be taken for one
 * @domain: its entities and policy
 * @poked: xsched_domain_poke() is wanted
 * @fell_back: the policy was replaced, and nobody has been told yet
 * @lost_policy: the policy that was
 * @id: in xd_devices
 * @dev_class: enum xsched_class
 * @number: as in its name
 * @name: class and number
 * @key: what identifies it
 * @label: as its first user called it
 * @labelled: by a user
 * @creator: that user
 * @users: entities
 * @configured: an operator set something
 */
struct xd_device {
	struct xsched_domain domain;
	bool poked;
	bool fell_back;
	char lost_policy[XSCHED_POLICY_NAME_LEN];
	u32 id;
	u32 dev_class;
	u32 number;
	char name[16];
	char key[XD_KEY_LEN];
	char label[XSCHED_NAME_LEN];
	bool labelled;
	uid_t creator;
	u32 users;
	bool configured;
};

extern const struct xsched_policy *xd_device_policy;	/* of new devices; NULL: the core's default */

int xd_devices_init(void);
int xd_device_join(const struct xsched_entity_create *arg, int node_fd, uid_t uid,
		   struct xd_device **device);
void xd_device_leave(struct xd_device *d);
int xd_device_set_policy(struct xd_device *d, const char *name);
/* The core has been called: arm the timer, throw out a slow policy, wake who is to be woken. */
void xd_device_settle(struct xd_device *d, u64 now_ns);

/* node.c: what a device's node says about the device; closes the descriptor. */
int xd_node_key(int fd, char *key);
bool xd_node_welcome(const struct xd_user *user);
void xd_node_close(struct xd_user *user, int fd);

/* timer.c */
int xd_timer_init(void);
void xd_timer_arm(u64 next_ns, u64 now_ns);

/* listen.c */
int xd_listen_init(const char *path);
void xd_listen_exit(void);
bool xd_listen_serves(uid_t uid);

/* control.c */
int xd_control_new(int sock);
void xd_control_exit(void);

/* notify.c: events for the listeners of the control plane. */
void xd_notify_device(u32 event, const struct xd_device *d);
void xd_notify_client(u32 event, const struct xd_client *c);
void xd_notify_entity(u32 event, const struct xd_entity *e);
void xd_notify_hint(const struct xd_entity *e, u32 kind, s64 value);
void xd_notify_shutdown(void);

/* service.c: the service manager, if one started us. */
int xd_service_listen_fds(void);
void xd_service_notify(const char *state);
u64 xd_service_watchdog_ns(void);

#endif /* XSCHEDD_H */
