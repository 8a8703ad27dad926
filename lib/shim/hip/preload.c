// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The way in by LD_PRELOAD: names this library as HSA's tool, and watches the ioctls by
 * which queues are made in the driver.
 */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int by_syscall(int fd, unsigned long cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return (int)syscall(SYS_ioctl, fd, cmd, arg);
}

/* Other tools keep their place: the list is separated by spaces or colons. */
void xsched_hip_name_tool(void)
{
	const char *old = getenv("HSA_TOOLS_LIB");
	char list[4096];
	Dl_info info;

	if (!dladdr((void *)xsched_hip_name_tool, &info) || !info.dli_fname)
		return;
	if (old && strstr(old, info.dli_fname))
		return;
	if (old && *old && strlen(old) + strlen(info.dli_fname) + 2 < sizeof(list)) {
		strcpy(list, info.dli_fname);
		strcat(list, " ");
		strcat(list, old);
		setenv("HSA_TOOLS_LIB", list, 1);
	} else if (!old || !*old) {
		setenv("HSA_TOOLS_LIB", info.dli_fname, 1);
	}
}

__attribute__((constructor)) static void name_ourselves(void)
{
	if (xsched_enabled())
		xsched_hip_name_tool();
}

int xsched_hip_ioctl(int fd, unsigned long cmd, void *arg)
{
	static int (*real)(int, unsigned long, ...);

	/* libhalhip.so has one too, which leads back to here. */
	if (!real && !xsched_hip_explicit)
		real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	if (!real)
		real = by_syscall;
	/* The driver's type byte is KVM's too; the numbers with their sizes tell. */
	if (_IOC_TYPE(cmd) != 'K' || _IOC_NR(cmd) > 0x1a || !hip_wanted())
		return real(fd, cmd, arg);
	return kfd_ioctl(fd, cmd, arg, real);
}

EXPORT int ioctl(int fd, unsigned long cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return xsched_hip_ioctl(fd, cmd, arg);
}
