// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CRIU_OP: its first and its third step, which evict all queues of a process and
 * restore them. Dumping and restoring contents is answered with "not supported".
 */
#include "kfdsim.h"

#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>

static int process_info(struct sim_process *p, struct kfd_ioctl_criu_args *a)
{
	struct sim_buffer *b;
	int ret = 0, id;

	if (!p->paused)
		ret = sim_process_evict(p);
	if (ret) {
		sim_process_restore(p);
		return ret;
	}
	p->paused = true;
	a->pid = task_pid_nr_ns(p->lead, task_active_pid_ns(p->lead));
	a->num_devices = 1;
	a->num_bos = a->num_objects = 0;
	idr_for_each_entry(&p->buffers, b, id)
		a->num_bos++;
	a->num_objects = bitmap_weight(p->slots, SIM_MAX_QUEUES);
	return 0;
}

static int unpause(struct sim_process *p)
{
	int ret;

	if (!p->paused)
		return -EINVAL;
	ret = sim_process_restore(p);
	if (!ret)
		p->paused = false;
	return ret;
}

int sim_criu(struct sim_process *p, struct kfd_ioctl_criu_args *a)
{
	int ret;

	mutex_lock(&p->mutex);
	switch (a->op) {
	case KFD_CRIU_OP_PROCESS_INFO:
		ret = process_info(p, a);
		break;
	case KFD_CRIU_OP_UNPAUSE:
		ret = unpause(p);
		break;
	case KFD_CRIU_OP_CHECKPOINT:
		ret = !a->devices || !a->bos || !a->priv_data || !p->paused ? -EINVAL : -EOPNOTSUPP;
		break;
	case KFD_CRIU_OP_RESTORE:
	case KFD_CRIU_OP_RESUME:
		ret = -EOPNOTSUPP;
		break;
	default:
		ret = -EINVAL;
	}
	mutex_unlock(&p->mutex);
	return ret;
}
