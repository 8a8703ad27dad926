// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Command queues that the program itself makes XQueues of.
 */
#include "shim.h"
#include "../../api/driver.h"
#include "../../api/marks.h"

#include <CL/cl_ext.h>
#include <stdlib.h>

struct ocl_hwqueue {
	struct xsched_marks marks;
	cl_command_queue handle;
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

static bool mark_put(void *queue, uintptr_t *point)
{
	const cl_icd_dispatch *real = ocl_real();
	struct ocl_hwqueue *h = queue;
	cl_event ev;

	if (real->clEnqueueMarkerWithWaitList(h->handle, 0, NULL, &ev) != CL_SUCCESS)
		return false;
	real->clFlush(h->handle);
	*point = (uintptr_t)ev;
	return true;
}

/* A command that failed is over, too. */
static bool mark_over(void *queue, uintptr_t point)
{
	cl_int status = CL_QUEUED;

	(void)queue;
	ocl_real()->clGetEventInfo((cl_event)point, CL_EVENT_COMMAND_EXECUTION_STATUS,
				   sizeof(status), &status, NULL);
	return status <= CL_COMPLETE;
}

static XResult mark_await(void *queue, uintptr_t point)
{
	cl_event ev = (cl_event)point;

	(void)queue;
	return result_of(ocl_real()->clWaitForEvents(1, &ev));
}

static void mark_drop(void *queue, uintptr_t point)
{
	(void)queue;
	ocl_real()->clReleaseEvent((cl_event)point);
}

static const struct xsched_mark_ops mark_ops = {
	.put = mark_put,
	.over = mark_over,
	.await = mark_await,
	.drop = mark_drop,
};

static void ocl_destroy(void *queue)
{
	struct ocl_hwqueue *h = queue;

	xsched_marks_fini(&h->marks);
	free(h);
}

static bool ocl_idle(void *queue, struct xqueue *stream)
{
	struct ocl_hwqueue *h = queue;

	return xsched_marks_idle(&h->marks, xqueue_begun(stream));
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
		.mark = xsched_marks_put,
		.completed = xsched_marks_completed,
		.wait = xsched_marks_wait,
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
	xsched_marks_init(&h->marks, &mark_ops);
	ops.max_level = ocl_intercepts() ? xsched_opencl_strongest(dev) : XSCHED_LEVEL_BLOCK;
	r = xsched_hwqueue_create(hwq, &ops, h, device_of(dev), &driver);
	if (r)
		ocl_destroy(h);
	return r;
}
