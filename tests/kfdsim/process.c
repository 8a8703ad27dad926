// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Processes: one per address space, however often it opens the node.
 */
#include "kfdsim.h"

#include <linux/file.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static struct sim_process *alloc_process(void)
{
	struct sim_process *p = kvzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	kref_init(&p->ref);
	mutex_init(&p->mutex);
	init_rwsem(&p->vm);
	idr_init_base(&p->buffers, 1);
	idr_init_base(&p->events, 1);
	spin_lock_init(&p->event_lock);
	init_waitqueue_head(&p->event_wq);
	INIT_LIST_HEAD(&p->queues);
	p->by_va = RB_ROOT;
	p->pid = current->tgid;
	p->mm = current->mm;
	mmgrab(p->mm);
	p->lead = get_task_struct(current->group_leader);
	return p;
}

static void free_process(struct sim_process *p)
{
	put_task_struct(p->lead);
	mmdrop(p->mm);
	idr_destroy(&p->buffers);
	idr_destroy(&p->events);
	kvfree(p);
}

/* Called with processes_lock held. */
static struct sim_process *find(struct mm_struct *mm)
{
	struct sim_process *p;

	list_for_each_entry(p, &sim_gpu.processes, in_gpu)
		if (p->mm == mm && kref_get_unless_zero(&p->ref))
			return p;
	return NULL;
}

struct sim_process *sim_process_of(struct mm_struct *mm)
{
	struct sim_process *p;

	mutex_lock(&sim_gpu.processes_lock);
	p = find(mm);
	mutex_unlock(&sim_gpu.processes_lock);
	return p;
}

struct sim_process *sim_process_of_pid(struct pid *pid)
{
	struct task_struct *t = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm = t ? get_task_mm(t) : NULL;
	struct sim_process *p = mm ? sim_process_of(mm) : NULL;

	if (mm)
		mmput(mm);
	if (t)
		put_task_struct(t);
	return p;
}

struct sim_process *sim_process_open(void)
{
	struct sim_process *p;
	int ret;

	if (!current->mm || current->group_leader->mm != current->mm)
		return ERR_PTR(-EINVAL);
	mutex_lock(&sim_gpu.processes_lock);
	p = find(current->mm);
	if (p)
		goto out;
	ret = -ENOMEM;
	p = alloc_process();
	if (!p)
		goto err;
	ret = sim_doorbell_init(p);
	if (ret)
		goto err_free;
	ret = sim_proc_add(p);
	if (ret)
		goto err_doorbell;
	list_add_tail(&p->in_gpu, &sim_gpu.processes);
out:
	mutex_unlock(&sim_gpu.processes_lock);
	return p;

err_doorbell:
	sim_doorbell_exit(p);
err_free:
	free_process(p);
err:
	mutex_unlock(&sim_gpu.processes_lock);
	return ERR_PTR(ret);
}

static void release(struct kref *ref)
{
	struct sim_process *p = container_of(ref, struct sim_process, ref);

	mutex_lock(&sim_gpu.processes_lock);
	list_del(&p->in_gpu);
	mutex_unlock(&sim_gpu.processes_lock);
	sim_debug_release(p);
	sim_queue_release(p);
	sim_doorbell_exit(p);
	sim_event_release(p);
	sim_memory_release(p);
	sim_proc_del(p);
	if (p->drm)
		fput(p->drm);
	free_process(p);
}

void sim_process_put(struct sim_process *p)
{
	kref_put(&p->ref, release);
}
