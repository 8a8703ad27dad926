// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The debugger's ioctls: RUNTIME_ENABLE and DBG_TRAP, as far as queues are suspended
 * and resumed by them.
 */
#include "kfdsim.h"

#include <linux/file.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

int sim_debug_runtime(struct sim_process *p, struct kfd_ioctl_runtime_enable_args *a)
{
	bool on = a->mode_mask & KFD_RUNTIME_ENABLE_MODE_ENABLE_MASK;
	int ret = 0;

	mutex_lock(&p->mutex);
	if (p->dbg_enabled)
		ret = -EBUSY;	/* there the caller would wait for the debugger */
	else if (on && p->runtime.runtime_state != DEBUG_RUNTIME_STATE_DISABLED)
		ret = -EBUSY;
	else if (on && !list_empty(&p->queues))
		ret = -EEXIST;
	else
		p->runtime = (struct kfd_runtime_info){
			.r_debug = on ? a->r_debug : 0,
			.runtime_state = on ? DEBUG_RUNTIME_STATE_ENABLED :
					 DEBUG_RUNTIME_STATE_DISABLED,
			.ttmp_setup = on && (a->mode_mask & KFD_RUNTIME_ENABLE_MODE_TTMP_SAVE_MASK),
		};
	mutex_unlock(&p->mutex);
	return ret;
}

/* ------------------------------------------------------ suspend and resume */

static u32 *find_id(u32 *ids, u32 n, u32 id)
{
	u32 i;

	for (i = 0; i < n; i++)
		if ((ids[i] & ~KFD_DBG_QUEUE_INVALID_MASK) == id)
			return &ids[i];
	return NULL;
}

/* Changes one queue, with dqm held. -EBUSY: not now, and not an error. */
static int suspend_one(struct sim_queue *q, bool suspend)
{
	bool was = q->active;

	if (q->suspended == suspend)
		return 0;
	if (suspend && ((q->exceptions & KFD_EC_MASK(EC_QUEUE_NEW)) || q->destroying))
		return -EBUSY;
	if (suspend && q->kind == SIM_SDMA)
		atomic_inc(&sim_gpu.n_copies_held);
	WRITE_ONCE(q->suspended, suspend);
	q->active = sim_queue_should_run(q);
	return sim_params.mes && was != q->active ? sim_mapping_update(q, was) : 0;
}

static int change_queues(struct sim_process *p, u32 *ids, u32 n, bool suspend, u64 clear)
{
	struct sim_queue *q;
	u32 changed = 0;
	int ret = 0;

	mutex_lock(&sim_gpu.dqm);
	list_for_each_entry(q, &p->queues, in_process) {
		u32 *id = ids ? find_id(ids, n, q->id) : NULL;
		int err;

		if (ids && !id)
			continue;
		err = suspend_one(q, suspend);
		if (err == -EBUSY)
			continue;
		if (id)
			*id = q->id | (err ? KFD_DBG_QUEUE_ERROR_MASK : 0);
		if (err)
			break;
		q->exceptions &= ~clear;
		changed++;
	}
	if (changed && !sim_params.mes)
		ret = sim_mapping_update(NULL, true);
	mutex_unlock(&sim_gpu.dqm);
	if (!suspend)
		sim_queue_resumed();
	return ret ?: changed;
}

static int suspend_or_resume(struct sim_process *p, u64 array, u32 n, bool suspend, u64 clear)
{
	u32 *ids = NULL, i;
	int ret;

	if (!array && (suspend ? n : 0))
		return -EINVAL;
	if (array) {
		if (n > 1024)
			return -EINVAL;
		ids = memdup_user(u64_to_user_ptr(array), array_size(n, 4));
		if (IS_ERR(ids))
			return PTR_ERR(ids);
		for (i = 0; i < n; i++)
			ids[i] |= KFD_DBG_QUEUE_INVALID_MASK;
	}
	ret = change_queues(p, ids, n, suspend, clear);
	if (ids && copy_to_user(u64_to_user_ptr(array), ids, n * 4))
		ret = -EFAULT;
	kfree(ids);
	return ret;
}

/* ------------------------------------------------------------ enable, query */

static int enable(struct sim_process *t, struct sim_process *by, struct kfd_ioctl_dbg_trap_args *a)
{
	u32 size = min_t(u32, a->enable.rinfo_size, sizeof(t->runtime));
	struct file *f;

	if (t->dbg_enabled)
		return -EALREADY;
	f = fget(a->enable.dbg_fd);
	if (!f)
		return -EBADF;
	if (copy_to_user(u64_to_user_ptr(a->enable.rinfo_ptr), &t->runtime, size)) {
		fput(f);
		return -EFAULT;
	}
	t->dbg_file = f;
	t->dbg_enabled = true;
	t->dbg_mask = a->enable.exception_mask;
	t->debugger = t == by ? NULL : by;
	a->enable.rinfo_size = sizeof(t->runtime);
	return 0;
}

static int disable(struct sim_process *t)
{
	struct sim_queue *q;

	if (!t->dbg_enabled)
		return 0;
	change_queues(t, NULL, 0, false, 0);
	list_for_each_entry(q, &t->queues, in_process)
		q->exceptions = 0;
	fput(t->dbg_file);
	t->dbg_file = NULL;
	t->debugger = NULL;
	t->dbg_enabled = false;
	return 0;
}

static int query(struct sim_process *t, struct kfd_ioctl_dbg_trap_query_debug_event_args *a)
{
	u64 clear = a->exception_mask;
	struct sim_queue *q;

	*a = (struct kfd_ioctl_dbg_trap_query_debug_event_args){ 0 };
	list_for_each_entry(q, &t->queues, in_process) {
		if (!(q->exceptions & t->dbg_mask))
			continue;
		a->exception_mask = q->exceptions;
		a->queue_id = q->id;
		a->gpu_id = SIM_GPU_ID;
		q->exceptions &= ~clear;
		return 0;
	}
	return -EAGAIN;
}

static bool needs_runtime(u32 op)
{
	return (op >= KFD_IOC_DBG_TRAP_SET_WAVE_LAUNCH_OVERRIDE &&
		op <= KFD_IOC_DBG_TRAP_CLEAR_NODE_ADDRESS_WATCH) || op == KFD_IOC_DBG_TRAP_SET_FLAGS;
}

/* With the target's mutex held. */
static int do_op(struct sim_process *t, struct sim_process *by, struct kfd_ioctl_dbg_trap_args *a)
{
	if (a->op != KFD_IOC_DBG_TRAP_ENABLE && !t->dbg_enabled)
		return -EINVAL;
	if (needs_runtime(a->op) && t->runtime.runtime_state != DEBUG_RUNTIME_STATE_ENABLED)
		return -EPERM;
	switch (a->op) {
	case KFD_IOC_DBG_TRAP_ENABLE:
		return enable(t, by, a);
	case KFD_IOC_DBG_TRAP_DISABLE:
		return disable(t);
	case KFD_IOC_DBG_TRAP_SET_EXCEPTIONS_ENABLED:
		t->dbg_mask = a->set_exceptions_enabled.exception_mask;
		return 0;
	case KFD_IOC_DBG_TRAP_SUSPEND_QUEUES:
		return suspend_or_resume(t, a->suspend_queues.queue_array_ptr,
					 a->suspend_queues.num_queues, true,
					 a->suspend_queues.exception_mask);
	case KFD_IOC_DBG_TRAP_RESUME_QUEUES:
		return suspend_or_resume(t, a->resume_queues.queue_array_ptr,
					 a->resume_queues.num_queues, false, 0);
	case KFD_IOC_DBG_TRAP_QUERY_DEBUG_EVENT:
		return query(t, &a->query_debug_event);
	case KFD_IOC_DBG_TRAP_SET_FLAGS:
		return 0;
	case KFD_IOC_DBG_TRAP_SET_NODE_ADDRESS_WATCH:
	case KFD_IOC_DBG_TRAP_CLEAR_NODE_ADDRESS_WATCH:
		return -ENODEV;
	default:
		return a->op > KFD_IOC_DBG_TRAP_GET_DEVICE_SNAPSHOT ? -EINVAL : -EOPNOTSUPP;
	}
}

int sim_debug_trap(struct sim_process *p, struct kfd_ioctl_dbg_trap_args *a)
{
	struct pid *pid = find_get_pid(a->pid);
	struct sim_process *t;
	int ret = 0;

	if (!pid)
		return -ESRCH;
	t = sim_process_of_pid(pid);
	put_pid(pid);
	if (!t)
		return -ESRCH;
	rcu_read_lock();
	if (t != p && ptrace_parent(t->lead) != current && t->debugger != p)
		ret = -EPERM;
	rcu_read_unlock();
	if (!ret) {
		mutex_lock(&t->mutex);
		ret = do_op(t, p, a);
		mutex_unlock(&t->mutex);
	}
	sim_process_put(t);
	return ret;
}

void sim_debug_release(struct sim_process *p)
{
	mutex_lock(&p->mutex);
	disable(p);
	mutex_unlock(&p->mutex);
}
