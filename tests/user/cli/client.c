// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process under the scheduler that does what signals tell it, for the tests
 * of xschedctl: client [PRIORITY [LABEL [CLASS]]].
 *
 * It prints its entity's and queue's ids, then waits. SIGUSR1: three commands
 * become ready (one submitted if the gate is open, else all three pending).
 * SIGUSR2: all work is done. SIGTERM: it ends. If the scheduler lets go of it, it
 * prints "detached" and goes on until SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/xsched.h>

static int fd;
static uint32_t entity;
static volatile struct xsched_control_slot *control;
static volatile struct xsched_status_slot *status;

static void call(unsigned long cmd, void *arg, const char *what)
{
	if (!ioctl(fd, cmd, arg))
		return;
	perror(what);
	exit(1);
}

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

static uint32_t create(int priority, const char *label, uint32_t dev_class)
{
	struct xsched_attach attach = { .size = sizeof(attach) };
	struct xsched_entity_create e = {
		.size = sizeof(e), .dev_class = dev_class, .node_fd = -1,
		.priority = priority,
	};
	struct xsched_queue_create q = {
		.size = sizeof(q), .platform = XSCHED_PLATFORM_GENERIC,
		.level = XSCHED_LEVEL_BLOCK, .handle = 0xabcd,
		.flags = XSCHED_QUEUE_F_KICKS_IDLE,
	};

	snprintf(e.name, sizeof(e.name), "%s", label);
	fd = open("/dev/xsched", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/xsched");
		exit(1);
	}
	call(XSCHED_ATTACH, &attach, "XSCHED_ATTACH");
	call(XSCHED_ENTITY_CREATE, &e, "XSCHED_ENTITY_CREATE");
	entity = q.entity_id = e.entity_id;
	call(XSCHED_QUEUE_CREATE, &q, "XSCHED_QUEUE_CREATE");
	control = map(e.control_offset, PROT_READ);
	status = map(q.status_offset, PROT_READ | PROT_WRITE);
	return q.queue_id;
}

/* The scheduler may ask to be told from when on the counters are true: always. */
static void answer(void)
{
	if (status->track_ack == control->track_seq)
		return;
	__atomic_store_n(&status->track_ack, control->track_seq, __ATOMIC_RELEASE);
	ioctl(fd, XSCHED_KICK, entity);
}

static void work(void)
{
	__atomic_add_fetch(&status->submitted, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&control->gate, __ATOMIC_SEQ_CST) != XSCHED_GATE_OPEN) {
		__atomic_sub_fetch(&status->submitted, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(&status->pending, 3, __ATOMIC_SEQ_CST);
	}
	ioctl(fd, XSCHED_KICK, entity);
}

static void idle(void)
{
	status->completed = status->submitted;
	status->pending = 0;
	status->flags = XSCHED_STATUS_SYNCED;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ioctl(fd, XSCHED_KICK, entity);
}

/* A signal, 0 after 10 ms without one. */
static int next_signal(const sigset_t *set)
{
	struct timespec ts = { .tv_nsec = 10000000 };
	int sig = sigtimedwait(set, NULL, &ts);

	return sig > 0 ? sig : 0;
}

static bool detached(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* Tells once that it was let go, and gives everything back. */
static void leave(void)
{
	puts("detached");
	fflush(stdout);
	munmap((void *)((uintptr_t)control & -sysconf(_SC_PAGESIZE)), sysconf(_SC_PAGESIZE));
	munmap((void *)((uintptr_t)status & -sysconf(_SC_PAGESIZE)), sysconf(_SC_PAGESIZE));
	close(fd);
	fd = -1;
}

int main(int argc, char **argv)
{
	sigset_t set;
	uint32_t queue;
	int sig = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	queue = create(argc > 1 ? atoi(argv[1]) : 0, argc > 2 ? argv[2] : "test cpu",
		       argc > 3 ? (uint32_t)atoi(argv[3]) : XSCHED_CLASS_CPU);
	printf("entity %u queue %u\n", entity, queue);
	fflush(stdout);
	for (; sig != SIGTERM; sig = next_signal(&set)) {
		if (fd < 0)
			continue;
		if (detached()) {
			leave();
			continue;
		}
		if (sig == SIGUSR1)
			work();
		else if (sig == SIGUSR2)
			idle();
		answer();
	}
	return 0;
}
