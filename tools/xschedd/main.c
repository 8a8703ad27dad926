// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedd: the scheduler for machines that can't load the kernel module.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "xschedd.h"

#ifndef XSCHED_VERSION
#define XSCHED_VERSION "0.1.0"
#endif

/* Each client takes three: its socket, its process, its event. */
#define FDS_PER_CLIENT	3

static char path[XSCHED_WIRE_PATH_MAX];

static const struct option options[] = {
	{ "socket",	required_argument, NULL, 's' },
	{ "policy",	required_argument, NULL, 'p' },
	{ "verbose",	no_argument,	   NULL, 'v' },
	{ "version",	no_argument,	   NULL, 'V' },
	{ "help",	no_argument,	   NULL, 'h' },
	{ 0 },
};

static void print_policies(FILE *f)
{
	size_t i;

	for (i = 0; xsched_policies[i]; i++)
		fprintf(f, "%s%s", i ? ", " : "", xsched_policies[i]->name);
}

static void print_help(void)
{
	printf("usage: xschedd [-v] [--socket PATH] [--policy NAME]\n"
	       "\n"
	       "Schedules accelerators among processes, as the xsched kernel module does, where that\n"
	       "can't be loaded. As root it serves all users, as anybody else that user.\n"
	       "\n"
	       "  -s, --socket PATH   where processes connect; default: $XSCHED_SOCKET, else\n"
	       "                      /run/xsched/xschedd.sock as root and\n"
	       "                      $XDG_RUNTIME_DIR/xsched/xschedd.sock as anybody else\n"
	       "  -p, --policy NAME   of new devices; default %s. There are:\n"
	       "                      ", xsched_policy_default->name);
	print_policies(stdout);
	printf("\n"
	       "  -v, --verbose       log clients as they come and go\n"
	       "  -V, --version       print the version\n"
	       "  -h, --help          print this\n"
	       "\n"
	       "Programs started with \"xschedctl run\" find it; \"xschedctl\" controls it. On SIGTERM\n"
	       "every gate opens and programs run on unscheduled.\n");
}

static void usage_hint(void)
{
	fputs("see \"xschedd --help\"\n", stderr);
}

static int set_path(const char *to)
{
	if (*to != '/') {
		fprintf(stderr, "xschedd: %s: not an absolute path; programs start in other directories, so give one\n",
			to);
		return -1;
	}
	if (snprintf(path, sizeof(path), "%s", to) < (int)sizeof(path))
		return 0;
	fprintf(stderr, "xschedd: %s: too long for a socket; choose a path of at most %zu characters\n",
		to, sizeof(path) - 6);
	return -1;
}

static int set_policy(const char *name)
{
	xd_device_policy = xsched_policy_find(name);
	if (xd_device_policy)
		return 0;
	fprintf(stderr, "xschedd: %s: no such policy; choose one of: ", name);
	print_policies(stderr);
	fputc('\n', stderr);
	return -1;
}

static int default_path(void)
{
	const char *name = getenv("XSCHED_SOCKET");

	if (name && *name)
		return set_path(name);
	if (!geteuid())
		return set_path(XSCHED_WIRE_SYSTEM_PATH);
	if (xsched_wire_user_path(path))
		return 0;
	fputs("xschedd: XDG_RUNTIME_DIR: not set; name a socket with --socket\n", stderr);
	return -1;
}

/* -1 to go on, else an exit status. */
static int parse(int argc, char **argv)
{
	int opt, bad = 0;

	while ((opt = getopt_long(argc, argv, "s:p:vVh", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			bad |= set_path(optarg);
			break;
		case 'p':
			bad |= set_policy(optarg);
			break;
		case 'v':
			xd_log_level = XD_INFO;
			break;
		case 'V':
			puts("xschedd " XSCHED_VERSION);
			return 0;
		case 'h':
			print_help();
			return 0;
		default:
			bad = 1;
			usage_hint();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "xschedd: %s: takes no arguments; ", argv[optind]);
		usage_hint();
		bad = 1;
	}
	return bad || (!*path && default_path()) ? 2 : -1;
}

static void on_signal(struct xd_watch *w, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) != sizeof(info))
		return;
	xd_log(XD_NOTICE, "%s: opening all gates, and ending", strsignal((int)info.ssi_signo));
	xd_loop_stop();
}

static int catch_signals(void)
{
	static struct xd_watch watch;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	watch.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	watch.ready = on_signal;
	return watch.fd < 0 ? -errno : xd_loop_add(&watch, EPOLLIN);
}

/* As many descriptors as we may have; no user alone may take more than half. */
static void raise_limits(void)
{
	struct rlimit r;
	u32 share;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	if (geteuid() || r.rlim_cur == RLIM_INFINITY ||
	    r.rlim_cur / (2 * FDS_PER_CLIENT) >= xd_quota_max[XD_QUOTA_CONNECTIONS])
		return;
	share = (u32)(r.rlim_cur / (2 * FDS_PER_CLIENT));
	xd_quota_max[XD_QUOTA_CONNECTIONS] = share;
	xd_log(XD_INFO, "file descriptors: at most %llu, so at most %u connections per user; raise LimitNOFILE or \"ulimit -n\"",
	       (u64)r.rlim_cur, share);
}

static int init(void)
{
	int err;

	raise_limits();
	prctl(PR_SET_TIMERSLACK, 1);
	err = xd_loop_init();
	if (!err)
		err = catch_signals();
	if (!err)
		err = xd_pages_init();
	if (!err)
		err = xd_timer_init();
	if (!err)
		err = xd_devices_init();
	if (err)
		xd_log(XD_ERR, "start: %s; see the limits of this service", strerror(-err));
	return err ? err : xd_listen_init(path);
}

int main(int argc, char **argv)
{
	int status = parse(argc, argv);

	if (status >= 0)
		return status;
	xd_log_init();
	if (init()) {
		xd_listen_exit();
		return 1;
	}
	xd_log(XD_NOTICE, "ready on %s", path);
	xd_service_notify("READY=1");
	status = xd_loop_run() ? 1 : 0;
	xd_service_notify("STOPPING=1");
	xd_listen_exit();
	xd_clients_shutdown();
	xd_control_exit();
	return status;
}
