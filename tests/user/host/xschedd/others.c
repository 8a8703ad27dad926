// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Other processes' and users' things, and the control plane.
 * A part of xschedd_peers.c.
 */

static void foreign(struct client *c, const struct entity *e)
{
	struct xsched_queue_create q = {
		.size = sizeof(q), .platform = XSCHED_PLATFORM_GENERIC,
		.level = XSCHED_LEVEL_BLOCK, .entity_id = e->id,
	};
	struct xsched_destroy d = { .size = sizeof(d), .id = e->id };
	struct xsched_hint h = { .size = sizeof(h), .entity_id = e->id, .kind = 1 };

	CHECK_EQ(kick_id(c, e->id), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_ENTITY_DESTROY, &d, sizeof(d)), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_QUEUE_CREATE, &q, sizeof(q)), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_HINT_SET, &h, sizeof(h)), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_HINT_GET, &h, sizeof(h)), -ENOENT);
	d.id = e->queue;
	CHECK_EQ(client_call(c, XSCHED_QUEUE_DESTROY, &d, sizeof(d)), -ENOENT);
}

static void foreign_ids(const void *arg)
{
	struct client a, b;
	struct entity e;

	(void)arg;
	client_open(&a);
	client_open(&b);
	entity_make(&a, &e, 0);
	foreign(&b, &e);
	CHECK_EQ(kick_id(&a, e.id), 0);
}

/* Sends a request to the control plane; the error of its answer. */
static int control_call(uint8_t cmd, uint16_t attr1, uint32_t v1, const char *policy)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		char attrs[256];
	} m = {
		.h = { .nlmsg_type = XSCHED_CTL_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.g = { .cmd = cmd, .version = XSCHED_GENL_VERSION },
	};
	struct { struct nlmsghdr h; struct nlmsgerr e; char more[512]; } reply;
	char path[XSCHED_WIRE_PATH_MAX], *at = m.attrs;
	int64_t value = 3;
	uint32_t kind = 1;
	int fd;

	CHECK(xsched_wire_ctl_path(path, socket_path()));
#define ATTR(type, data, len) do {						\
	struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + (len)), .nla_type = type }; \
	memcpy(at, &a, sizeof(a));						\
	memcpy(at + NLA_HDRLEN, data, len);					\
	at += NLA_HDRLEN + NLA_ALIGN(len);					\
} while (0)
	if (attr1)
		ATTR(attr1, &v1, 4u);
	if (policy)
		ATTR(XSCHED_A_DEVICE_POLICY, policy, strlen(policy) + 1);
	if (cmd == XSCHED_CMD_HINT_SET) {
		ATTR(XSCHED_A_HINT_KIND, &kind, 4u);
		ATTR(XSCHED_A_HINT_VALUE, &value, 8u);
	}
	m.h.nlmsg_len = (uint32_t)(at - (char *)&m);
	fd = MUST(connect_path(path));
	MUST(send(fd, &m, m.h.nlmsg_len, 0));
	CHECK(recv(fd, &reply, sizeof(reply), 0) >= (ssize_t)(sizeof(reply.h) + sizeof(reply.e)));
	close(fd);
	CHECK_EQ(reply.h.nlmsg_type, NLMSG_ERROR);
	return reply.e.error;
}

static void other_user(const void *arg)
{
	struct client a, b;
	struct entity e, f;

	(void)arg;
	need_root();
	client_open(&a);
	entity_make(&a, &e, 0);
	become_other();
	client_open(&b);
	entity_make(&b, &f, 0);
	foreign(&b, &e);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, 1, "none"), -EPERM);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_ENTITY_ID, e.id, NULL), -EPERM);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_ENTITY_ID, f.id, NULL), 0);
	CHECK_EQ(control_call(XSCHED_CMD_SHUTDOWN, 0, 0, NULL), -EPERM);
	CHECK_EQ(kick_id(&b, f.id), 0);
}

static void control(const void *arg)
{
	struct client a;
	struct entity e;

	(void)arg;
	if (geteuid())
		SKIP("needs to administer the scheduler");
	client_open(&a);
	entity_make(&a, &e, 0);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, e.device, "none"), 0);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, e.device, "hpf"), 0);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, e.device, "nope"), -EINVAL);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, 12345, "hpf"), -ENOENT);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, 0, 0, "hpf"), -EINVAL);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_CLIENT_PID, (uint32_t)getpid(), NULL), 0);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_CLIENT_PID, 1, NULL), -ENOENT);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_ENTITY_ID, 12345678, NULL), -ENOENT);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, 0, 0, NULL), -EINVAL);
	CHECK_EQ(control_call(99, 0, 0, NULL), -EOPNOTSUPP);
}

/* Torn and random requests to the control plane. */
static void control_fuzz(const void *arg)
{
	char path[XSCHED_WIRE_PATH_MAX], reply[XSCHED_CTL_DATAGRAM_MAX];
	unsigned int seed = 1, i, j;
	int fd = -1;

	(void)arg;
	CHECK(xsched_wire_ctl_path(path, socket_path()));
	for (i = 0; i < 5000; i++) {
		struct { struct nlmsghdr h; struct genlmsghdr g; char rest[80]; } m;
		size_t len = sizeof(m.h) + (size_t)rand_r(&seed) % 84;

		for (j = 0; j < sizeof(m); j++)
			((char *)&m)[j] = rand_r(&seed) % 3 ? 0 : (char)rand_r(&seed);
		m.h.nlmsg_type = XSCHED_CTL_FAMILY;
		m.h.nlmsg_flags = rand_r(&seed) % 2 ? NLM_F_ACK : NLM_F_DUMP;
		m.h.nlmsg_len = (uint32_t)(rand_r(&seed) % 8 ? len : (size_t)rand_r(&seed));
		m.g.cmd = (uint8_t)(rand_r(&seed) % 12);
		if (m.g.cmd == XSCHED_CMD_SHUTDOWN)
			continue;
		if (fd < 0)
			fd = MUST(connect_path(path));
		if (send(fd, &m, len, MSG_NOSIGNAL) < 0 || rand_r(&seed) % 16 == 0) {
			close(fd);
			fd = -1;
			continue;
		}
		while (recv(fd, reply, sizeof(reply), MSG_DONTWAIT) > 0)
			;
	}
	check_serves();
}
