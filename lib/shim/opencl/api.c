// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Command queues that the program itself makes XQueues of.
 */
#include "shim.h"
#include "../../api/driver.h"

#include <CL/cl_ext.h>
#include <stdlib.h>

struct ocl_hwqueue {
	cl_command_queue handle;
	pthread_mutex_t lock;
	/* marks of commands submitted to the XQueue, oldest first */
	struct mark *first, **tail;
	uint64_t passed;
	/* the last question whether all is done */
	cl_event asked;
	uint32_t asked_at;
};

struct mark {
	struct mark *next;
	uint64_t number;
	cl_event ev;
};

static XResult result_of(cl_int err)
{
	return err == CL_SUCCESS ? kXSchedSuccess : kXSchedErrorHardware;
}

/* Through the wrappers, which learn from it that all is done. */
static XResult ocl_synchronize(void *queue)
{
	struct ocl_hwqueue *h = queue;

	return result_of(clFinish(h->handle));
}

static XResult put_marker(struct ocl_hwqueue *h, cl_event *ev)
{
	const cl_icd_dispatch *real = ocl_real();
	cl_int err = real->clEnqueueMarkerWithWaitList(h->handle, 0, NULL, ev);

	if (err == CL_SUCCESS)
		real->clFlush(h->handle);
	return result_of(err);
}

static XResult ocl_mark(void *queue, uint64_t number)
{
	struct ocl_hwqueue *h = queue;
	struct mark *m = malloc(sizeof(*m));

	if (!m || put_marker(h, &m->ev)) {
		free(m);
		return kXSchedErrorHardware;
	}
	m->next = NULL;
	m->number = number;
	pthread_mutex_lock(&h->lock);
	*h->tail = m;
	h->tail = &m->next;
	pthread_mutex_unlock(&h->lock);
	return kXSchedSuccess;
}

/* A command that failed is over, too. */
static bool is_over(cl_event ev)
{
	cl_int status = CL_QUEUED;

	ocl_real()->clGetEventInfo(ev, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status,
				   NULL);
	return status <= CL_COMPLETE;
}

static uint64_t ocl_completed(void *queue)
{
	struct ocl_hwqueue *h = queue;
	struct mark *m;
	uint64_t n;

	pthread_mutex_lock(&h->lock);
	while ((m = h->first) && is_over(m->ev)) {
		h->first = m->next;
		if (!h->first)
			h->tail = &h->first;
		h->passed = m->number;
		ocl_real()->clReleaseEvent(m->ev);
		free(m);
	}
	n = h->passed;
	pthread_mutex_unlock(&h->lock);
	return n;
}

static XResult ocl_wait(void *queue, uint64_t number)
{
	struct ocl_hwqueue *h = queue;
	cl_event ev = NULL;
	struct mark *m;
	cl_int err;

	pthread_mutex_lock(&h->lock);
	for (m = h->first; m && m->number < number; m = m->next)
		;
	if (m) {
		ev = m->ev;
		ocl_real()->clRetainEvent(ev);
	}
	pthread_mutex_unlock(&h->lock);
	if (!ev)
		return kXSchedSuccess;	/* passed already */
	err = ocl_real()->clWaitForEvents(1, &ev);
	ocl_real()->clReleaseEvent(ev);
	return result_of(err);
}

static void ocl_destroy(void *queue)
{
	struct ocl_hwqueue *h = queue;
	struct mark *m;

	while ((m = h->first)) {
		h->first = m->next;
		ocl_real()->clReleaseEvent(m->ev);
		free(m);
	}
	if (h->asked)
		ocl_real()->clReleaseEvent(h->asked);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool ocl_idle(void *queue, struct xqueue *stream)
{
	struct ocl_hwqueue *h = queue;
	uint32_t begun = xqueue_begun(stream);
	bool idle = false;

	pthread_mutex_lock(&h->lock);
	if (h->asked && h->asked_at != begun) {
		ocl_real()->clReleaseEvent(h->asked);
		h->asked = NULL;
	}
	if (!h->asked && !put_marker(h, &h->asked))
		h->asked_at = begun;
	if (h->asked)
		idle = is_over(h->asked);
	pthread_mutex_unlock(&h->lock);
	return idle;
}

/*
 * A queue that is stopped in the stream, or in a kernel, keeps the device's workers: those of
 * any other queue, too.
 */
static XResult ocl_admit(void *queue, uint32_t level)
{
	struct ocl_hwqueue *h = queue;

	if (level == XSCHED_LEVEL_BLOCK || ocl_queue_is_alone(h->handle))
		return kXSchedSuccess;
	return kXSchedErrorNotSupported;
}

static struct xqueue *ocl_bind(void *queue, uint32_t level)
{
	static unsigned int said;
	struct ocl_hwqueue *h = queue;

	if (ocl_intercepts())
		return ocl_queue_own(h->handle, level);
	xsched_say_once(&said, "xsched: OpenCL was in use before libhalopencl.so came: only commands of XQueueSubmit() are scheduled; load it first, or set OPENCL_LAYERS to libxsched-opencl.so");
	return NULL;
}

static void ocl_unbind(void *queue, struct xqueue *stream)
{
	struct ocl_hwqueue *h = queue;

	ocl_queue_disown(h->handle);
	xqueue_put(stream);
}

static const struct xsched_driver driver = {
	.admit = ocl_admit,
	.bind = ocl_bind,
	.idle = ocl_idle,
	.unbind = ocl_unbind,
};

static XDevice device_of(cl_device_id dev)
{
	const cl_icd_dispatch *real = ocl_real();
	cl_device_pci_bus_info_khr pci;
	cl_device_type type = 0;
	XDeviceId id = 0;

	real->clGetDeviceInfo(dev, CL_DEVICE_TYPE, sizeof(type), &type, NULL);
	if (real->clGetDeviceInfo(dev, CL_DEVICE_PCI_BUS_INFO_KHR, sizeof(pci), &pci, NULL) ==
	    CL_SUCCESS)
		id = pci.pci_domain << 16 | pci.pci_bus << 8 | pci.pci_device << 3 |
		     pci.pci_function;
	return XDeviceMake(type & CL_DEVICE_TYPE_CPU ? kDeviceTypeCPU :
			   type & CL_DEVICE_TYPE_GPU ? kDeviceTypeGPU : kDeviceTypeASIC, id);
}

XResult xsched_opencl_queue_create(HwQueueHandle *hwq, cl_command_queue cmdq)
{
	XHwQueueOps ops = {
		.size = sizeof(ops),
		.name = "OpenCL",
		.synchronize = ocl_synchronize,
		.mark = ocl_mark,
		.completed = ocl_completed,
		.wait = ocl_wait,
		.destroy = ocl_destroy,
	};
	const cl_icd_dispatch *real = ocl_real();
	struct ocl_hwqueue *h;
	cl_device_id dev;
	XResult r;

	if (!hwq || !cmdq || !real->clGetCommandQueueInfo ||
	    real->clGetCommandQueueInfo(cmdq, CL_QUEUE_DEVICE, sizeof(dev), &dev, NULL) !=
	    CL_SUCCESS)
		return kXSchedErrorInvalidValue;
	h = calloc(1, sizeof(*h));
	if (!h)
		return kXSchedErrorUnknown;
	h->handle = cmdq;
	h->tail = &h->first;
	pthread_mutex_init(&h->lock, NULL);
	ops.max_level = ocl_intercepts() ? xsched_opencl_strongest(dev) : XSCHED_LEVEL_BLOCK;
	r = xsched_hwqueue_create(hwq, &ops, h, device_of(dev), &driver);
	if (r)
		ocl_destroy(h);
	return r;
}
