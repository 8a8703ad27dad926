// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * OpenCL queues at level 1 (user events as stops) and, on devices that run
 * native kernels, at level 2 (a native kernel as gate).
 */
#include "opencl.h"
#include "../../lib/xqueue/xqueue.h"

#include <errno.h>
#include <stdlib.h>

const cl_icd_dispatch *xsched_opencl_real;
#define REAL(f) (xsched_opencl_real->f)

static cl_command_queue handle_of(struct xqueue *q)
{
	return q->handle;
}

struct point {
	struct xqueue *q;
	uint32_t number;
};

/* ------------------------------------------------------------- completion */

static void CL_CALLBACK command_done(cl_event ev, cl_int status, void *arg)
{
	struct xqueue *q = arg;

	(void)ev;
	(void)status;	/* an error is an end too; the program sees it in its event */
	xqueue_complete(q, 1);
	xqueue_put(q);
}

void xsched_opencl_track(struct xqueue *q, cl_event ev)
{
	xqueue_get(q);
	if (!ev || REAL(clSetEventCallback)(ev, CL_COMPLETE, command_done, q) != CL_SUCCESS)
		command_done(ev, CL_COMPLETE, q);
}

/*
 * Enqueues a marker behind everything so far and has fn called when it
 * completes. fn owns arg from then on.
 */
static int mark(struct xqueue *q, void (CL_CALLBACK *fn)(cl_event, cl_int, void *), void *arg)
{
	cl_event ev;
	int ret = 0;

	if (!REAL(clEnqueueMarkerWithWaitList) || !REAL(clSetEventCallback))
		return -ENOSYS;
	if (REAL(clEnqueueMarkerWithWaitList)(handle_of(q), 0, NULL, &ev) != CL_SUCCESS)
		return -EIO;
	if (REAL(clSetEventCallback)(ev, CL_COMPLETE, fn, arg) != CL_SUCCESS)
		ret = -EIO;
	/* It waits for nobody, so it has to be on its way by itself. */
	REAL(clFlush)(handle_of(q));
	REAL(clReleaseEvent)(ev);
	return ret;
}

static void CL_CALLBACK settled(cl_event ev, cl_int status, void *arg)
{
	struct point *p = arg;

	(void)ev;
	(void)status;
	xqueue_settled(p->q, p->number);
	free(p);
}

static int opencl_settle(struct xqueue *q, uint32_t n)
{
	struct point *p = malloc(sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	*p = (struct point){ q, n };
	ret = mark(q, settled, p);
	if (ret)
		free(p);
	return ret;
}

/* ---------------------------------------------------------------- level 2 */

static void CL_CALLBACK gate_kernel(void *arg)
{
	struct point *p = arg;

	xqueue_gate_run(p->q, p->number);
}

static int opencl_gate(struct xqueue *q, uint32_t number)
{
	struct point p = { q, number };

	return REAL(clEnqueueNativeKernel)(handle_of(q), gate_kernel, &p, sizeof(p), 0, NULL, NULL,
					   0, NULL, NULL) == CL_SUCCESS ? 0 : -EIO;
}

/* Without program order, a barrier makes what follows wait for the gate. */
static int opencl_gate_unordered(struct xqueue *q, uint32_t number)
{
	struct point p = { q, number };
	cl_event ev;

	if (REAL(clEnqueueNativeKernel)(handle_of(q), gate_kernel, &p, sizeof(p), 0, NULL, NULL,
					0, NULL, &ev) != CL_SUCCESS)
		return -EIO;
	REAL(clEnqueueBarrierWithWaitList)(handle_of(q), 1, &ev, NULL);
	REAL(clReleaseEvent)(ev);
	return 0;
}

/* ---------------------------------------------------------------- level 1 */

static void CL_CALLBACK chunk_done(cl_event ev, cl_int status, void *arg)
{
	struct point *p = arg;

	(void)ev;
	(void)status;
	xqueue_chunk_done(p->q, p->number);
	free(p);
}

static cl_event user_event_for(struct xqueue *q)
{
	cl_context ctx;
	cl_int err;
	cl_event ev;

	if (REAL(clGetCommandQueueInfo)(handle_of(q), CL_QUEUE_CONTEXT, sizeof(ctx), &ctx, NULL) !=
	    CL_SUCCESS)
		return NULL;
	ev = REAL(clCreateUserEvent)(ctx, &err);
	return err == CL_SUCCESS ? ev : NULL;
}

static void *opencl_stop(struct xqueue *q, uint32_t number)
{
	struct point *p = malloc(sizeof(*p));
	cl_event stop;

	if (!p)
		return NULL;
	*p = (struct point){ q, number };
	stop = user_event_for(q);
	if (!stop)
		goto err_free;
	if (mark(q, chunk_done, p))
		goto err_release;
	if (REAL(clEnqueueBarrierWithWaitList)(handle_of(q), 1, &stop, NULL) == CL_SUCCESS)
		return stop;
	/* No barrier: nothing waits for the event. The marker stays valid. */
	REAL(clSetUserEventStatus)(stop, CL_COMPLETE);
	return stop;

err_release:
	REAL(clSetUserEventStatus)(stop, CL_COMPLETE);
	REAL(clReleaseEvent)(stop);
err_free:
	free(p);
	return NULL;
}

static void opencl_go(struct xqueue *q, void *stop)
{
	(void)q;
	REAL(clSetUserEventStatus)(stop, CL_COMPLETE);
	REAL(clReleaseEvent)(stop);
}

/* ----------------------------------------------------------------- tables */

static const struct xsched_hal_ops level1 = {
	.name = "OpenCL",
	.platform = XSCHED_PLATFORM_OPENCL,
	.level = XSCHED_LEVEL_BLOCK,
	.queue_flags = XSCHED_QUEUE_F_KICKS_IDLE,
	.stop = opencl_stop,
	.go = opencl_go,
	.settle = opencl_settle,
};

#define LEVEL2_FLAGS (XSCHED_QUEUE_F_KICKS_IDLE | XSCHED_QUEUE_F_DEVICE_GATED)

static const struct xsched_hal_ops level2 = {
	.name = "OpenCL",
	.platform = XSCHED_PLATFORM_OPENCL,
	.level = XSCHED_LEVEL_DEACTIVATE,
	.queue_flags = LEVEL2_FLAGS,
	.gate = opencl_gate,
	.settle = opencl_settle,
};

static const struct xsched_hal_ops level2_unordered = {
	.name = "OpenCL",
	.platform = XSCHED_PLATFORM_OPENCL,
	.level = XSCHED_LEVEL_DEACTIVATE,
	.queue_flags = LEVEL2_FLAGS,
	.gate = opencl_gate_unordered,
	.settle = opencl_settle,
};

/* With one worker a gate that waits stops every queue of the process. */
static const struct xsched_hal_ops level2_one_worker = {
	.name = "OpenCL",
	.platform = XSCHED_PLATFORM_OPENCL,
	.level = XSCHED_LEVEL_DEACTIVATE,
	.queue_flags = LEVEL2_FLAGS | XSCHED_QUEUE_F_GATE_STOPS_ALL,
	.gate = opencl_gate,
	.settle = opencl_settle,
};

/*
 * A native kernel may block only where it blocks a worker of this process: on
 * CPU devices. All queues of a CPU device are one entity, so a worker that waits
 * keeps nobody else's commands.
 */
static uint32_t strongest(cl_device_id dev)
{
	cl_device_exec_capabilities caps = 0;
	cl_device_type type = 0;

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof(caps), &caps, NULL);
	REAL(clGetDeviceInfo)(dev, CL_DEVICE_TYPE, sizeof(type), &type, NULL);
	return (caps & CL_EXEC_NATIVE_KERNEL) && (type & CL_DEVICE_TYPE_CPU) ?
		XSCHED_LEVEL_DEACTIVATE : XSCHED_LEVEL_BLOCK;
}

const struct xsched_hal_ops *xsched_opencl_hal(cl_device_id dev, cl_command_queue_properties props,
					       uint32_t wanted)
{
	static unsigned int said;
	uint32_t best = strongest(dev);
	cl_uint units = 0;

	if (wanted > best)
		xsched_say_once(&said, "xsched: XSCHED_AUTO_XQUEUE_LEVEL=%u: this OpenCL device does no more than level %u; using that",
				wanted, best);
	if (wanted && wanted < best)
		best = wanted;
	if (best == XSCHED_LEVEL_BLOCK)
		return &level1;
	if (props & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE)
		return &level2_unordered;
	REAL(clGetDeviceInfo)(dev, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(units), &units, NULL);
	return units == 1 ? &level2_one_worker : &level2;
}
