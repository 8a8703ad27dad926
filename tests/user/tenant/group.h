/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Cgroups that a case makes, and processes in them that do what they are told.
 */
#ifndef XSCHED_TEST_GROUP_H
#define XSCHED_TEST_GROUP_H

#include <dirent.h>
#include <mntent.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../uapi/genl.h"

#define GROUPS_MAX	16

/* Removed when the case's process ends, as far as they are empty by then. */
static char groups[GROUPS_MAX][256];
static int n_groups;
static pid_t groups_owner;

static inline const char *group_root(void)
{
	static char root[128];
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (!*root && mounts && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			snprintf(root, sizeof(root), "%s", m->mnt_dir);
	if (mounts)
		endmntent(mounts);
	if (!*root)
		SKIP("no cgroup v2 is mounted");
	return root;
}

/* What is left of an earlier case has no process that would stay for long. */
static inline void group_remove(const char *dir)
{
	int tries;

	for (tries = 0; rmdir(dir) && errno == EBUSY && tries < 1000; tries++)
		sleep_ms(5);
}

static void groups_remove(void)
{
	if (getpid() != groups_owner)
		return;
	while (n_groups)
		group_remove(groups[--n_groups]);
}

/* A new group with this path below the root; its id. */
static inline uint64_t group_make(const char *path)
{
	char *dir = groups[n_groups];
	struct stat st;

	if (geteuid())
		SKIP("needs root, to make cgroups");
	if (!n_groups) {
		groups_owner = getpid();
		CHECK(!atexit(groups_remove));
	}
	snprintf(dir, sizeof(groups[0]), "%s/%s", group_root(), path);
	if (mkdir(dir, 0755) && errno != EEXIST)
		SKIP("can't make %s: %s", dir, strerror(errno));
	n_groups++;
	MUST(stat(dir, &st));
	return st.st_ino;
}

/* Moves the calling process. */
static inline void group_enter(const char *path)
{
	char file[512];
	int fd;

	snprintf(file, sizeof(file), "%s/%s/cgroup.procs", group_root(), path);
	fd = MUST(open(file, O_WRONLY | O_CLOEXEC));
	MUST(write(fd, "0", 1));
	close(fd);
}

/* A process in a group, with one queue on the tests' device. */
struct member {
	pid_t pid;
	int fd;
	uint32_t client, entity, device;
};

enum order { WANT, LAUNCH, IDLE, ACK, GATE, STATE, ENTITY, PRIORITY, END };

static inline int obey(struct player *p, int what, int arg)
{
	struct xsched_entity_create a = entity_args(0);

	switch (what) {
	case WANT:
		want(p);
		return 0;
	case LAUNCH:
		/* The device stands at a gate as soon as that is closed. */
		STORE(p->q.st->arrive, 1);
		launch(p, 1);
		return 0;
	case IDLE:
		go_idle(p);
		return 0;
	case ACK:
		ack(p);
		return 0;
	case GATE:
		return (int)gate(p);
	case STATE:
		return (int)state(p);
	case ENTITY:
		return call(p->c.fd, XSCHED_ENTITY_CREATE, &a);
	case PRIORITY:
		return set_hint(p->c.fd, p->e.id, XSCHED_HINT_PRIORITY, arg);
	default:
		return -EINVAL;
	}
}

static inline void member_live(int fd, int priority)
{
	struct xsched_queue_create a;
	struct player p;
	int order[2], ret;

	client_open(&p.c);
	entity_create(&p.e, &p.c, priority);
	a = queue_args(p.e.id);
	a.flags = XSCHED_QUEUE_F_DEVICE_GATED;
	queue_create_with(&p.q, &p.e, a);
	MUST(write(fd, (uint32_t[]){ p.c.id, p.e.id, p.e.device }, 12));
	while (read(fd, order, sizeof(order)) == sizeof(order) && order[0] != END) {
		ret = obey(&p, order[0], order[1]);
		MUST(write(fd, &ret, sizeof(ret)));
	}
	_exit(KTAP_PASS);
}

static inline void member_start(struct member *m, const char *group, int priority)
{
	int fds[2];
	uint32_t ids[3];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	m->pid = MUST(fork());
	if (!m->pid) {
		close(fds[0]);
		group_enter(group);
		member_live(fds[1], priority);
	}
	close(fds[1]);
	m->fd = fds[0];
	CHECK_EQ(read(m->fd, ids, sizeof(ids)), sizeof(ids));
	m->client = ids[0];
	m->entity = ids[1];
	m->device = ids[2];
}

static inline int member_order(struct member *m, int what, int arg)
{
	int order[2] = { what, arg }, ret;

	CHECK_EQ(write(m->fd, order, sizeof(order)), sizeof(order));
	CHECK_EQ(read(m->fd, &ret, sizeof(ret)), sizeof(ret));
	return ret;
}

static inline int tell(struct member *m, int what)
{
	return member_order(m, what, 0);
}

static inline void member_end(struct member *m)
{
	int order[2] = { END }, status;

	CHECK_EQ(write(m->fd, order, sizeof(order)), sizeof(order));
	close(m->fd);
	MUST(waitpid(m->pid, &status, 0));
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

/* What the control plane says about a tenant. */
struct tenant {
	int found;
	uint64_t id, parent, run_ns, wait_ns, held_ns, used_ns, preemptions;
	uint32_t weight, cap, max, entities, clients;
	int32_t ceiling;
	char path[256];
};

static inline uint64_t genl_u64(const struct nlattr *a)
{
	uint64_t value = 0;

	if (a)
		memcpy(&value, genl_data(a), sizeof(value));
	return value;
}

static inline void tenant_read(struct nlattr **attrs, void *data)
{
	struct tenant *t = data;

	if (genl_u64(attrs[XSCHED_A_TENANT_ID]) != t->id)
		return;
	t->found++;
	t->parent = genl_u64(attrs[XSCHED_A_TENANT_PARENT]);
	t->weight = genl_u32(attrs[XSCHED_A_TENANT_WEIGHT]);
	t->cap = genl_u32(attrs[XSCHED_A_TENANT_CAP]);
	t->ceiling = (int32_t)genl_u32(attrs[XSCHED_A_TENANT_CEILING]);
	t->max = genl_u32(attrs[XSCHED_A_TENANT_MAX_ENTITIES]);
	t->entities = genl_u32(attrs[XSCHED_A_TENANT_ENTITIES]);
	t->clients = genl_u32(attrs[XSCHED_A_TENANT_CLIENTS]);
	t->run_ns = genl_u64(attrs[XSCHED_A_TENANT_RUN_NS]);
	t->wait_ns = genl_u64(attrs[XSCHED_A_TENANT_WAIT_NS]);
	t->held_ns = genl_u64(attrs[XSCHED_A_TENANT_HELD_NS]);
	t->used_ns = genl_u64(attrs[XSCHED_A_TENANT_USED_NS]);
	t->preemptions = genl_u64(attrs[XSCHED_A_TENANT_PREEMPTIONS]);
	snprintf(t->path, sizeof(t->path), "%s", (char *)genl_data(attrs[XSCHED_A_TENANT_PATH]));
}

/* By dump; an object is in it once or not at all. */
static inline struct tenant tenant_find(uint64_t id)
{
	struct tenant t = { .id = id };
	struct genl g;

	genl_open(&g);
	CHECK_EQ(genl_dump(&g, XSCHED_CMD_TENANT_GET, tenant_read, &t), 0);
	genl_close(&g);
	CHECK_LE(t.found, 1);
	return t;
}

static inline int tenant_set(uint64_t id, uint16_t attr, int64_t value)
{
	struct genl_msg m;
	struct genl g;
	int ret;

	genl_open(&g);
	genl_begin(&g, &m, g.family, XSCHED_CMD_TENANT_SET, 0);
	genl_put(&m, XSCHED_A_TENANT_ID, &id, sizeof(id));
	if (attr)
		genl_put_u32(&m, attr, (uint32_t)value);
	ret = genl_ask(&g, &m, NULL, NULL);
	genl_close(&g);
	return ret;
}

#endif
