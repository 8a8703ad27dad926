// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who schedules this process: what the environment says, and XHintSetScheduler().
 */
#include "api.h"
#include "driver.h"
#include "scheduler.h"
#include "../link/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_POLICY	"hpf"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* a change at a time */
static _Atomic int current = kSchedulerAppManaged;

static bool env_is_on(const char *name)
{
	const char *v = getenv(name);

	return v && (!strcasecmp(v, "ON") || !strcasecmp(v, "TRUE") ||
		     !strcasecmp(v, "YES") || !strcmp(v, "1"));
}

/* A policy in the environment means that the process schedules itself. */
static const char *env_policy(void)
{
	static unsigned int said;
	const char *v = getenv("XSCHED_POLICY"), *name;

	if (!v || !*v)
		return NULL;
	name = xsched_local_policy_name(v);
	if (!name)
		xsched_say_once(&said, "xsched: XSCHED_POLICY=%s: no such policy in this build; ignored",
				v);
	return name;
}

static void read_environment(void)
{
	static unsigned int said;
	const char *v = getenv("XSCHED_SCHEDULER"), *policy = env_policy();

	if (policy || (v && !strcasecmp(v, "LCL")))
		current = kSchedulerLocal;
	else if (v && !strcasecmp(v, "GLB"))
		current = kSchedulerGlobal;
	else if (v && *v && strcasecmp(v, "APP"))
		xsched_say_once(&said, "xsched: XSCHED_SCHEDULER=%s: not one of APP, LCL, GLB; using APP",
				v);
	if (current != kSchedulerGlobal)
		xsched_local_set_policy(current == kSchedulerAppManaged ? NULL :
					policy ? policy : DEFAULT_POLICY);
	xsched_local_set_strict(env_is_on("XSCHED_SCHEDULER_SUSPEND_SYNC_HWQ") ||
				env_is_on("XSCHED_SCHEDULER_SUSPEND_WAIT_ALL") ||
				env_is_on("XSCHED_SCHEDULER_SUSPEND_WAIT_IDLE"));
}

const struct xsched_link_ops *xsched_scheduler_link(void)
{
	pthread_once(&once, read_environment);
	return current == kSchedulerGlobal ? NULL : &xsched_link_local;
}

bool xsched_scheduler_wants_queues(void)
{
	pthread_once(&once, read_environment);
	return current != kSchedulerAppManaged;
}

static void come_back_all(void);

/* A queue that somebody else may stop needs someone who notices. */
static void attend(struct gqueue *q)
{
	gq_need_worker(q);
}

void scheduler_greet(struct gqueue *q)
{
	pthread_once(&once, read_environment);
	hint_defaults(q);
	gq_attach(q);
	xsched_on_return(come_back_all);
	if (q->generation && current != kSchedulerAppManaged)
		attend(q);
}

static const char *policy_name(XPolicyType policy)
{
	static const char *const names[kPolicyMax] = {
		[kPolicyUnknown]				= DEFAULT_POLICY,
		[kPolicyHighestPriorityFirst]			= "hpf",
		[kPolicyHeterogeneousHighestPriorityFirst]	= "hhpf",
		[kPolicyCPUHighestPriorityFirst]		= "chpf",
		[kPolicyUtilizationPartition]			= "up",
		[kPolicyProcessUtilizationPartition]		= "pup",
		[kPolicyStrictProcessUtilizationPartition]	= "spup",
		[kPolicyKEarliestDeadlineFirst]			= "kedf",
		[kPolicyLaxity]					= "laxity",
		[kPolicyActiveWindowFirst]			= "awf",
		[kPolicyCompletelyFairScheduler]		= "fair",
		[kPolicyMultiLevelFeedbackQueue]		= "mlfq",
	};

	return xsched_local_policy_name(names[policy]);
}

static void move(struct gqueue *q)
{
	gq_detach(q);
	gq_attach(q);
}

/* The platform's queue passes through until it is bound anew. */
static void rebind(struct gqueue *q)
{
	struct xqueue *old = q->stream;

	if (!old)
		return;
	q->stream = q->driver->bind(q->data, q->level);
	if (!q->stream) {
		q->stream = old;
		return;
	}
	xqueue_inherit(q->stream, old);
	xqueue_put(old);
}

/* Its scheduler is another, or was gone and is there again. */
static void come_back(struct gqueue *q)
{
	rebind(q);
	move(q);
}

static void come_back_all(void)
{
	pthread_mutex_lock(&lock);
	gq_for_each(come_back);
	pthread_mutex_unlock(&lock);
}

/* In a forked child. */
void scheduler_forget_parent(void)
{
	pthread_mutex_init(&lock, NULL);
}

static XResult go_local(XSchedulerType to, const char *policy)
{
	bool was_global = current == kSchedulerGlobal;

	if (was_global)
		xsched_switch();
	current = to;
	if (to == kSchedulerLocal)
		gq_for_each(attend);
	if (xsched_local_set_policy(policy))
		return kXSchedErrorNotSupported;
	if (was_global)
		gq_for_each(come_back);
	return kXSchedSuccess;
}

static XResult go_global(void)
{
	int before = current;
	bool there;

	if (before == kSchedulerGlobal)
		return kXSchedSuccess;
	xsched_switch();
	current = kSchedulerGlobal;
	pthread_mutex_lock(&xsched_process.lock);
	there = xsched_attach();
	pthread_mutex_unlock(&xsched_process.lock);
	if (!there) {
		xsched_switch();
		current = before;
	}
	gq_for_each(come_back);
	return there ? kXSchedSuccess : kXSchedErrorNotFound;
}

XSCHED_PUBLIC XResult XHintSetScheduler(XSchedulerType scheduler, XPolicyType policy)
{
	const char *name = NULL;
	XResult r;

	if ((int)scheduler <= kSchedulerUnknown || scheduler >= kSchedulerMax ||
	    (int)policy < kPolicyUnknown || policy >= kPolicyMax)
		return kXSchedErrorInvalidValue;
	if (scheduler == kSchedulerLocal) {
		name = policy_name(policy);
		if (!name)
			return kXSchedErrorNotSupported;
	}
	api_begin();
	pthread_once(&once, read_environment);
	pthread_mutex_lock(&lock);
	r = scheduler == kSchedulerGlobal ? go_global() : go_local(scheduler, name);
	pthread_mutex_unlock(&lock);
	return r;
}
