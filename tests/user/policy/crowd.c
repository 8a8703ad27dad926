// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process with many entities on the CPU, all of which have work that is never
 * done: crowd N. It says "ready", and ends with SIGTERM.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include <linux/xsched.h>

struct member {
	uint32_t id;
	volatile struct xsched_control_slot *control;
	volatile struct xsched_status_slot *status;
};

static int fd;

static void call(unsigned long cmd, void *arg, const char *what)
{
	if (!ioctl(fd, cmd, arg))
		return;
	perror(what);
	exit(1);
}

/* Pages are mapped once per member; there are few of them. */
static void *map(uint64_t offset, int prot)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, page, prot, MAP_SHARED, fd, offset / page * page);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p + offset % page;
}

static void join(struct member *m)
{
	struct xsched_entity_create e = {
		.size = sizeof(e), .dev_class = XSCHED_CLASS_CPU, .node_fd = -1,
	};
	struct xsched_queue_create q = {
		.size = sizeof(q), .platform = XSCHED_PLATFORM_GENERIC,
		.level = XSCHED_LEVEL_BLOCK, .flags = XSCHED_QUEUE_F_KICKS_IDLE,
	};

	call(XSCHED_ENTITY_CREATE, &e, "XSCHED_ENTITY_CREATE");
	m->id = q.entity_id = e.entity_id;
	call(XSCHED_QUEUE_CREATE, &q, "XSCHED_QUEUE_CREATE");
	m->control = map(e.control_offset, PROT_READ);
	m->status = map(q.status_offset, PROT_READ | PROT_WRITE);
	m->status->pending = 1;
	ioctl(fd, XSCHED_KICK, m->id);
}

/* The scheduler asks whether the counters are true: they always are. */
static void answer(struct member *m)
{
	uint32_t seq = m->control->track_seq;

	if (m->status->track_ack == seq)
		return;
	__atomic_store_n(&m->status->track_ack, seq, __ATOMIC_RELEASE);
	ioctl(fd, XSCHED_KICK, m->id);
}

int main(int argc, char **argv)
{
	struct xsched_attach attach = { .size = sizeof(attach) };
	int n = argc > 1 ? atoi(argv[1]) : 1, i;
	struct member *members = calloc(n, sizeof(*members));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open("/dev/xsched", O_RDWR | O_CLOEXEC);
	if (fd < 0 || !members) {
		perror("/dev/xsched");
		return 1;
	}
	call(XSCHED_ATTACH, &attach, "XSCHED_ATTACH");
	for (i = 0; i < n; i++)
		join(&members[i]);
	puts("ready");
	fflush(stdout);
	for (;; usleep(10000))
		for (i = 0; i < n; i++)
			answer(&members[i]);
}
