// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Doorbells: two pages in memory. A watcher per process reads them while they are
 * being rung; when they have been silent for a while the pages are taken out of the
 * process, so that the next ring is noticed at once. A store may still get through by a
 * translation that is about to go, so the watcher looks now and then.
 */
#include "kfdsim.h"

#include <linux/delay.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#define SILENT_US	1500
#define LOOK_MS		4

static DEFINE_MUTEX(pages_lock);		/* a page is either given or taken */
static struct address_space *node_mapping;	/* of /dev/kfd: where all doorbells are mapped */

/* True if one has been rung since the last look. */
static bool scan(struct sim_process *p)
{
	struct sim_queue *q;
	bool any = false;
	u64 v;

	mutex_lock(&sim_gpu.bell_lock);
	list_for_each_entry(q, &p->rung_list, in_rung) {
		v = READ_ONCE(p->doorbells[q->doorbell]);
		if (v == p->seen[q->doorbell])
			continue;
		p->seen[q->doorbell] = v;
		WRITE_ONCE(q->rung, v);
		any = true;
	}
	mutex_unlock(&sim_gpu.bell_lock);
	if (any)
		wake_up_all(&sim_gpu.slot_wq);
	return any;
}

/* Until nobody has rung for a while. */
static void attend(struct sim_process *p)
{
	u32 us = 2, silent = 0;

	while (silent < SILENT_US && !kthread_should_stop()) {
		if (scan(p)) {
			us = 5;
			silent = 0;
		}
		usleep_range(us, us + 1);
		silent += us;
		us = min(2 * us, 200U);
	}
}

static void take_pages(void)
{
	mutex_lock(&pages_lock);
	if (node_mapping)
		unmap_mapping_range(node_mapping,
				    (loff_t)(SIM_MMAP_DOORBELL | SIM_MMAP_GPU(SIM_GPU_ID)),
				    SIM_DOORBELL_SIZE, 1);
	mutex_unlock(&pages_lock);
}

static int watcher(void *arg)
{
	struct sim_process *p = arg;

	current->timer_slack_ns = 1;
	while (!kthread_should_stop()) {
		if (!wait_event_interruptible_timeout(p->watch,
						      kthread_should_stop() || atomic_xchg(&p->rung, 0),
						      msecs_to_jiffies(LOOK_MS)) && !scan(p))
			continue;
		attend(p);
		take_pages();
		/* Rung between the last look and the unmapping? */
		if (scan(p))
			atomic_set(&p->rung, 1);
	}
	return 0;
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct sim_process *p = vmf->vma->vm_private_data;
	u64 offset = (vmf->address & PAGE_MASK) - vmf->vma->vm_start;
	vm_fault_t ret;

	if (offset >= SIM_DOORBELL_SIZE)
		return VM_FAULT_SIGBUS;
	mutex_lock(&pages_lock);
	ret = vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK,
			     vmalloc_to_pfn((u8 *)p->doorbells + offset));
	mutex_unlock(&pages_lock);
	atomic_set(&p->rung, 1);
	wake_up(&p->watch);
	return ret;
}

static const struct vm_operations_struct vm_ops = { .fault = fault };

int sim_doorbell_mmap(struct sim_process *p, struct vm_area_struct *vma)
{
	if (vma->vm_end - vma->vm_start != SIM_DOORBELL_SIZE)
		return -EINVAL;
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = p;	/* which the file keeps */
	vma->vm_ops = &vm_ops;
	WRITE_ONCE(node_mapping, vma->vm_file->f_mapping);
	return 0;
}

int sim_doorbell_init(struct sim_process *p)
{
	init_waitqueue_head(&p->watch);
	INIT_LIST_HEAD(&p->rung_list);
	p->doorbells = vmalloc_user(SIM_DOORBELL_SIZE);
	if (!p->doorbells)
		return -ENOMEM;
	p->watcher = kthread_create(watcher, p, "kfdsim-db/%d", p->pid);
	if (IS_ERR(p->watcher)) {
		vfree(p->doorbells);
		return PTR_ERR(p->watcher);
	}
	sched_set_fifo(p->watcher);
	wake_up_process(p->watcher);
	return 0;
}

void sim_doorbell_exit(struct sim_process *p)
{
	kthread_stop(p->watcher);
	vfree(p->doorbells);
}

void sim_doorbell_add(struct sim_queue *q)
{
	mutex_lock(&sim_gpu.bell_lock);
	/* Packet 0 is rung by its number. */
	WRITE_ONCE(q->p->doorbells[q->doorbell], U64_MAX);
	q->p->seen[q->doorbell] = U64_MAX;
	list_add(&q->in_rung, &q->p->rung_list);
	mutex_unlock(&sim_gpu.bell_lock);
}

void sim_doorbell_del(struct sim_queue *q)
{
	mutex_lock(&sim_gpu.bell_lock);
	list_del(&q->in_rung);
	mutex_unlock(&sim_gpu.bell_lock);
}
