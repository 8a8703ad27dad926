// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The service manager's side: sockets it passes, and what it wants to be told. See
 * sd_listen_fds(3) and sd_notify(3) for the protocols.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "xschedd.h"

static bool is_for_us(const char *pid)
{
	return pid && strtol(pid, NULL, 10) == (long)getpid();
}

int xd_service_listen_fds(void)
{
	const char *n = getenv("LISTEN_FDS");

	return n && is_for_us(getenv("LISTEN_PID")) ? atoi(n) : 0;
}

void xd_service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (!path || !*path || strlen(path) >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (*path == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&a, len) < 0)
		xd_log(XD_DEBUG, "%s: the service manager doesn't listen", path);
	close(fd);
}

/* How often it wants to hear that we live: twice per the time it allows; 0: not at all. */
u64 xd_service_watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && !is_for_us(pid)))
		return 0;
	return strtoull(usec, NULL, 10) * XD_NSEC_PER_USEC / 2;
}
