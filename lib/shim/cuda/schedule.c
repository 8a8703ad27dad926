// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A stream gets a queue of the runtime's, and its device is named to the scheduler.
 */
#define _GNU_SOURCE
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define REAL(f) (xsched_cuda_real.f)

bool xsched_cuda_explicit;
bool cuda_is_inherited;

static void in_child(void)
{
	cuda_is_inherited = true;
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, in_child);
}

/* The node of a GPU: its DRM one, which other platforms know too, or NVIDIA's. */
static int node_of(cu_device dev)
{
	int domain = 0, bus = 0, slot = 0, fd, minor = -1;
	char path[96], line[128];
	FILE *f;

	REAL(cuDeviceGetAttribute)(&domain, CU_ATTR_PCI_DOMAIN, dev);
	REAL(cuDeviceGetAttribute)(&bus, CU_ATTR_PCI_BUS, dev);
	REAL(cuDeviceGetAttribute)(&slot, CU_ATTR_PCI_DEVICE, dev);
	snprintf(path, sizeof(path), "/dev/dri/by-path/pci-%04x:%02x:%02x.0-render",
		 domain, bus, slot);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/driver/nvidia/gpus/%04x:%02x:%02x.0/information",
		 domain, bus, slot);
	f = fopen(path, "re");
	while (f && minor < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "Device Minor: %d", &minor);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/dev/nvidia%d", minor);
	return minor < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
}

/*
 * Level 3 takes a process's channels off the hardware, so it is nothing for one entity among
 * several.
 */
static uint32_t wanted_level(uint32_t level)
{
	static unsigned int said;

	level = level ? level : xsched_wanted_level();
	if (level != XSCHED_LEVEL_INTERRUPT || (!xsched_cuda_explicit && !xsched_unit_is_queue()))
		return level;
	xsched_say_once(&said, "xsched: level 3 stops all CUDA streams of a process, and here each may be scheduled by itself; using level 2");
	return XSCHED_LEVEL_DEACTIVATE;
}

struct xqueue *cuda_schedule(struct xsched_cuda_stream *s, uint32_t level)
{
	struct xsched_device_desc desc = { .node_fd = -1, .dev_class = XSCHED_CLASS_GPU, .own = level };
	static pthread_once_t forks = PTHREAD_ONCE_INIT;
	static unsigned int said;
	const struct xsched_hal_ops *hal;
	char name[128] = "";
	struct xqueue *xq;
	cu_device dev;

	pthread_once(&forks, watch_forks);
	if (!level && !xsched_enabled())
		return NULL;
	hal = xsched_cuda_hal(wanted_level(level));
	if (!hal || REAL(cuCtxGetDevice)(&dev) != CU_OK)
		return NULL;
	REAL(cuDeviceGetName)(name, sizeof(name) - 1, dev);
	desc.key = (uint64_t)dev + 1;
	desc.name = name;
	desc.node_fd = node_of(dev);
	xq = xqueue_create(hal, s, &desc);
	if (desc.node_fd >= 0)
		close(desc.node_fd);
	if (!xq || xsched_cuda_connect(xq))
		return xq;
	xsched_say_once(&said, "xsched: the GPU can't be given the scheduler's page (cuMemHostRegister failed); CUDA stays unscheduled, see \"ulimit -l\"");
	xqueue_release(xq);
	return NULL;
}
