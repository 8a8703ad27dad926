// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * OpenCL queues at level 1 (user events as stops), on devices that run native kernels
 * at level 2 (a native kernel as gate), and where pocl.c can at level 3.
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

static void CL_CALLBACK command_done(cl_event ev, cl_int status, void *token)
{
	(void)ev;
	(void)status;	/* an error is an end too; the program sees it in its event */
	xqueue_tracked_done(token);
}

void xsched_opencl_track(struct xqueue *q, cl_event ev)
{
	struct xtrack *token = xqueue_track(q);

	if (!ev || REAL(clSetEventCallback)(ev, CL_COMPLETE, command_done, token) != CL_SUCCESS)
		xqueue_tracked_done(token);
}

/*
 * Enqueues a marker behind everything so far and has fn called when it
 * completes. fn owns arg from then on.
 */
static int mark(struct xqueue *q, void (CL_CALLBACK *fn)(cl_event, cl_int, void *), void *arg,
		cl_event *ev)
{
	if (!REAL(clEnqueueMarkerWithWaitList) || !REAL(clSetEventCallback))
		return -ENOSYS;
	if (REAL(clEnqueueMarkerWithWaitList)(handle_of(q), 0, NULL, ev) != CL_SUCCESS)
		return -EIO;
	if (REAL(clSetEventCallback)(*ev, CL_COMPLETE, fn, arg) != CL_SUCCESS) {
		REAL(clReleaseEvent)(*ev);
		return -EIO;
	}
	/* It waits for nobody, so it has to be on its way by itself. */
	REAL(clFlush)(handle_of(q));
	return 0;
}

struct lump {
	struct xtrack *token;
	uint32_t n;
};

/*
 * The scheduler asks for this at any time, also when the program calls nobody any more
 * and won't tidy up: whoever comes last here, its end or opencl_settle(), does.
 */
static void CL_CALLBACK settled(cl_event ev, cl_int status, void *arg)
{
	struct lump *l = arg;

	(void)ev;
	(void)status;
	xqueue_settled(l->token, l->n);
	free(l);
	xsched_opencl_tidy();
}

static int opencl_settle(struct xqueue *q, struct xtrack *token, uint32_t n)
{
	struct lump *l = malloc(sizeof(*l));
	cl_event ev;
	int ret;

	if (!l)
		return -ENOMEM;
	*l = (struct lump){ token, n };
	ret = mark(q, settled, l, &ev);
	if (ret) {
		free(l);
		return ret;
	}
	xsched_opencl_keep(ev);
	xsched_opencl_tidy();
	return 0;
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
	cl_event ev;

	if (REAL(clEnqueueNativeKernel)(handle_of(q), gate_kernel, &p, sizeof(p), 0, NULL, NULL,
					0, NULL, &ev) != CL_SUCCESS)
		return -EIO;
	xsched_opencl_keep(ev);
	return 0;
}

/* Without program order, a barrier makes what follows wait for the gate. */
static int opencl_gate_unordered(struct xqueue *q, uint32_t number)
{
	struct point p = { q, number };
	cl_event ev, barrier;

	if (REAL(clEnqueueNativeKernel)(handle_of(q), gate_kernel, &p, sizeof(p), 0, NULL, NULL,
					0, NULL, &ev) != CL_SUCCESS)
		return -EIO;
	if (REAL(clEnqueueBarrierWithWaitList)(handle_of(q), 1, &ev, &barrier) == CL_SUCCESS)
		xsched_opencl_keep(barrier);
	xsched_opencl_keep(ev);
	return 0;
}

/* ---------------------------------------------------------------- level 1 */

struct stop {
	struct xqueue *q;
	uint32_t number;
	cl_event user;			/* the stream waits for it */
	cl_event marker;		/* what comes before */
	cl_event barrier;		/* who waits for user: ours as long as user may be set */
	_Atomic bool reported;		/* xqueue_chunk_done() has been, or is being, called */
	_Atomic int holders;		/* the callback, and the runtime until drop() */
};

static void stop_put(struct stop *s)
{
	if (__atomic_sub_fetch(&s->holders, 1, __ATOMIC_ACQ_REL) == 0)
		free(s);
}

static void stop_report(struct stop *s)
{
	if (!__atomic_exchange_n(&s->reported, true, __ATOMIC_ACQ_REL))
		xqueue_chunk_done(s->q, s->number);
}

static void CL_CALLBACK chunk_done(cl_event ev, cl_int status, void *arg)
{
	struct stop *s = arg;

	(void)ev;
	(void)status;
	stop_report(s);
	stop_put(s);
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
	struct stop *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct stop){ .q = q, .number = number, .holders = 2 };
	s->user = user_event_for(q);
	if (!s->user)
		goto err_free;
	if (mark(q, chunk_done, s, &s->marker))
		goto err_release;
	/* Without a barrier nothing waits for the event: a stop that stops nothing. */
	if (REAL(clEnqueueBarrierWithWaitList)(handle_of(q), 1, &s->user, &s->barrier) != CL_SUCCESS)
		s->barrier = NULL;
	return s;

err_release:
	REAL(clSetUserEventStatus)(s->user, CL_COMPLETE);
	REAL(clReleaseEvent)(s->user);
err_free:
	free(s);
	return NULL;
}

/*
 * Neither a barrier nor a marker will do: they wait for more than the event (all that was
 * enqueued before, on PoCL), and what follows may be what lets that complete.
 */
static void *opencl_stop_unordered(struct xqueue *q, uint32_t number)
{
	struct stop *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct stop){ .q = q, .number = number, .holders = 1 };
	s->user = user_event_for(q);
	if (s->user)
		return s;
	free(s);
	return NULL;
}

static void *retain_user_event(void *stop)
{
	struct stop *s = stop;

	return REAL(clRetainEvent)(s->user) == CL_SUCCESS ? s->user : NULL;
}

cl_event xsched_opencl_hold(struct xqueue *q)
{
	return q->hal->unordered && q->hal->stop ? xqueue_window_last(q, retain_user_event) : NULL;
}

static void opencl_go(struct xqueue *q, void *stop)
{
	struct stop *s = stop;

	(void)q;
	REAL(clSetUserEventStatus)(s->user, CL_COMPLETE);
}

/* PoCL 3.1 calls nobody when a command fails. */
static void opencl_poll(struct xqueue *q, void *stop)
{
	struct stop *s = stop;
	cl_int status = CL_QUEUED;

	(void)q;
	if (REAL(clGetEventInfo)(s->marker, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status),
				 &status, NULL) == CL_SUCCESS && status < 0)
		stop_report(s);
}

static void opencl_drop(struct xqueue *q, void *stop)
{
	struct stop *s = stop;

	REAL(clReleaseEvent)(s->user);
	if (s->marker)
		xsched_opencl_keep(s->marker);
	if (s->barrier)
		xsched_opencl_keep(s->barrier);
	/* The program's own call, which tidies up, may be over. */
	xsched_opencl_tidy();
	if (xs_load(&q->closed_for_good))
		xsched_opencl_tidy_later();
	stop_put(s);
}

/* ----------------------------------------------------------------- tables */

static const struct xsched_hal_ops level1 = {
	.name = "OpenCL",
	.platform = XSCHED_PLATFORM_OPENCL,
	.level = XSCHED_LEVEL_BLOCK,
	.queue_flags = XSCHED_QUEUE_F_KICKS_IDLE,
	.stop = opencl_stop,
	.go = opencl_go,
	.poll = opencl_poll,
	.drop = opencl_drop,
	.settle = opencl_settle,
};

static const struct xsched_hal_ops level1_unordered = {
	.name = "OpenCL",
	.platform = XSCHED_PLATFORM_OPENCL,
	.level = XSCHED_LEVEL_BLOCK,
	.queue_flags = XSCHED_QUEUE_F_KICKS_IDLE,
	.unordered = true,
	.stop = opencl_stop_unordered,
	.go = opencl_go,
	.drop = opencl_drop,
	.settle = opencl_settle,
};

#define GATED_FLAGS (XSCHED_QUEUE_F_KICKS_IDLE | XSCHED_QUEUE_F_DEVICE_GATED)
#define GATED(flags, fn)						\
	.name = "OpenCL",						\
	.platform = XSCHED_PLATFORM_OPENCL,				\
	.queue_flags = GATED_FLAGS | (flags),				\
	.gate = fn,							\
	.settle = opencl_settle
#define LEVEL2(flags, fn)						\
	GATED(flags, fn), .level = XSCHED_LEVEL_DEACTIVATE
#define LEVEL3(flags, fn)						\
	GATED(flags, fn), .level = XSCHED_LEVEL_INTERRUPT, .inside = xsched_pocl_inside

/* By level (2, 3), program order (in order, any) and workers (some, one: a gate stops all). */
static const struct xsched_hal_ops gated[2][2][2] = {
	{
		{
			{ LEVEL2(0, opencl_gate) },
			{ LEVEL2(XSCHED_QUEUE_F_GATE_STOPS_ALL, opencl_gate) },
		}, {
			{ LEVEL2(0, opencl_gate_unordered), .unordered = true },
			{ LEVEL2(0, opencl_gate_unordered), .unordered = true },
		},
	}, {
		{
			{ LEVEL3(0, opencl_gate) },
			{ LEVEL3(XSCHED_QUEUE_F_GATE_STOPS_ALL, opencl_gate) },
		}, {
			{ LEVEL3(0, opencl_gate_unordered), .unordered = true },
			{ LEVEL3(0, opencl_gate_unordered), .unordered = true },
		},
	},
};

/*
 * A native kernel may block only where it blocks a worker of this process: on
 * CPU devices. All queues of a CPU device are one entity, so a worker that waits
 * keeps nobody else's commands.
 */
uint32_t xsched_opencl_strongest(cl_device_id dev)
{
	cl_device_exec_capabilities caps = 0;
	cl_device_type type = 0;

	REAL(clGetDeviceInfo)(dev, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof(caps), &caps, NULL);
	REAL(clGetDeviceInfo)(dev, CL_DEVICE_TYPE, sizeof(type), &type, NULL);
	if (!(caps & CL_EXEC_NATIVE_KERNEL) || !(type & CL_DEVICE_TYPE_CPU))
		return XSCHED_LEVEL_BLOCK;
	return xsched_pocl_is(dev) ? XSCHED_LEVEL_INTERRUPT : XSCHED_LEVEL_DEACTIVATE;
}

/* Level 3 takes a signal of the program's, so it is for those who ask for it. */
static uint32_t level_for(cl_device_id dev, uint32_t wanted)
{
	uint32_t best = xsched_opencl_strongest(dev);
	static unsigned int said, said_why;

	if (wanted > best)
		xsched_say_once(&said, "xsched: XSCHED_AUTO_XQUEUE_LEVEL=%u: this OpenCL device does no more than level %u; using that",
				wanted, best);
	if (!wanted)
		wanted = XSCHED_LEVEL_DEACTIVATE;
	if (wanted < best)
		best = wanted;
	if (best < XSCHED_LEVEL_INTERRUPT || xsched_pocl_muster(dev))
		return best;
	xsched_say_once(&said_why, "xsched: level 3: it needs a free real-time signal and /proc/self/task, and one is missing; using level 2");
	return XSCHED_LEVEL_DEACTIVATE;
}

const struct xsched_hal_ops *xsched_opencl_hal(cl_device_id dev, cl_command_queue_properties props,
					       uint32_t wanted)
{
	uint32_t level = level_for(dev, wanted);
	cl_uint units = 0;
	bool unordered;

	unordered = props & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
	if (level == XSCHED_LEVEL_BLOCK)
		return unordered ? &level1_unordered : &level1;
	REAL(clGetDeviceInfo)(dev, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(units), &units, NULL);
	return &gated[level - XSCHED_LEVEL_DEACTIVATE][unordered][units == 1];
}
