// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * User queues: created, changed, suspended, destroyed by their process.
 */
#include "kfdsim.h"

#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static DECLARE_WAIT_QUEUE_HEAD(destroy_wait);

/* With p->mutex held. */
struct sim_queue *sim_queue_find(struct sim_process *p, u32 id)
{
	struct sim_queue *q;

	list_for_each_entry(q, &p->queues, in_process)
		if (q->id == id)
			return q;
	return NULL;
}

static int check_common(u32 *percent, u32 priority, u64 ring, u32 *size)
{
	*percent &= 0xff;
	if (*percent > KFD_MAX_QUEUE_PERCENTAGE || priority > KFD_MAX_QUEUE_PRIORITY)
		return -EINVAL;
	if (ring && !access_ok(u64_to_user_ptr(ring), 8))
		return -EFAULT;
	if (*size && !is_power_of_2(*size))
		return -EINVAL;
	*size = max_t(u32, *size, KFD_MIN_QUEUE_RING_SIZE);
	return 0;
}

static int check_create(struct kfd_ioctl_create_queue_args *a)
{
	int ret = check_common(&a->queue_percentage, a->queue_priority, a->ring_base_address,
			       &a->ring_size);

	if (ret)
		return ret;
	if (!access_ok(u64_to_user_ptr(a->read_pointer_address), 4) ||
	    !access_ok(u64_to_user_ptr(a->write_pointer_address), 4) ||
	    (a->eop_buffer_address && !access_ok(u64_to_user_ptr(a->eop_buffer_address), 4)) ||
	    (a->ctx_save_restore_address &&
	     !access_ok(u64_to_user_ptr(a->ctx_save_restore_address), 4)))
		return -EFAULT;
	if (a->queue_type > KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID)
		return -524;	/* ENOTSUPP, which isn't for user space but is what comes */
	return a->gpu_id == SIM_GPU_ID ? 0 : -EINVAL;
}

static bool is_compute(u32 type)
{
	return type == KFD_IOC_QUEUE_TYPE_COMPUTE || type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL;
}

static struct sim_queue *alloc_queue(struct sim_process *p, struct kfd_ioctl_create_queue_args *a)
{
	struct sim_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	q->p = p;
	q->type = a->queue_type;
	q->kind = q->type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL ? SIM_AQL :
		  q->type == KFD_IOC_QUEUE_TYPE_COMPUTE ? SIM_PM4 : SIM_SDMA;
	q->priority = a->queue_priority;
	q->percent = a->queue_percentage;
	q->ring = a->ring_base_address;
	q->size = a->ring_size;
	q->rptr = a->read_pointer_address;
	q->wptr = a->write_pointer_address;
	q->eop = a->eop_buffer_address;
	q->cwsr = a->ctx_save_restore_address;
	q->cwsr_size = a->ctx_save_restore_size;
	q->ctl_stack_size = a->ctl_stack_size;
	q->exceptions = KFD_EC_MASK(EC_QUEUE_NEW);
	q->cu_share = 100;
	q->rung = q->done_rung = q->kind == SIM_SDMA ? 0 : U64_MAX;
	INIT_LIST_HEAD(&q->in_waiting);
	return q;
}

/* The buffers that the device uses can't go while the queue is there. */
static int hold_buffers(struct sim_queue *q)
{
	struct sim_process *p = q->p;
	int ret = sim_memory_hold(p, q->wptr, 0);

	if (ret)
		return ret;
	ret = sim_memory_hold(p, q->rptr, 0);
	if (ret)
		goto err_wptr;
	ret = sim_memory_hold(p, q->ring, q->size);
	if (ret)
		goto err_rptr;
	if (!is_compute(q->type))
		return 0;
	ret = -EINVAL;
	if (q->ctl_stack_size != sim_ctl_stack_size() || q->cwsr_size < sim_cwsr_size() ||
	    (q->eop && sim_memory_hold(p, q->eop, 0)))
		goto err_ring;
	if (sim_memory_hold(p, q->cwsr, 0))
		goto err_eop;
	return 0;

err_eop:
	if (q->eop)
		sim_memory_unhold(p, q->eop);
err_ring:
	sim_memory_unhold(p, q->ring);
err_rptr:
	sim_memory_unhold(p, q->rptr);
err_wptr:
	sim_memory_unhold(p, q->wptr);
	return ret;
}

static void unhold_buffers(struct sim_queue *q)
{
	sim_memory_unhold(q->p, q->wptr);
	sim_memory_unhold(q->p, q->rptr);
	sim_memory_unhold(q->p, q->ring);
	if (!is_compute(q->type))
		return;
	if (q->eop)
		sim_memory_unhold(q->p, q->eop);
	sim_memory_unhold(q->p, q->cwsr);
}

static int put_on(struct sim_queue *q)
{
	int ret;

	mutex_lock(&sim_gpu.dqm);
	list_add_tail(&q->in_gpu, &sim_gpu.queues);
	list_add_tail(&q->in_process, &q->p->queues);
	q->active = sim_queue_should_run(q);
	ret = q->active ? sim_mapping_update(q, false) : 0;
	if (ret) {
		list_del(&q->in_gpu);
		list_del(&q->in_process);
	}
	mutex_unlock(&sim_gpu.dqm);
	return ret;
}

static void take_off(struct sim_queue *q)
{
	bool was;

	mutex_lock(&sim_gpu.dqm);
	was = q->active;
	q->active = false;
	if (was && !q->dead)
		sim_mapping_update(q, true);
	WRITE_ONCE(q->mapped, false);
	list_del(&q->in_gpu);
	list_del(&q->in_process);
	mutex_unlock(&sim_gpu.dqm);
}

static int add_queue(struct sim_process *p, struct sim_queue *q)
{
	int ret;

	q->id = find_first_zero_bit(p->slots, SIM_MAX_QUEUES);
	if (q->id == SIM_MAX_QUEUES)
		return -ENOMEM;
	q->doorbell = q->id;
	ret = hold_buffers(q);
	if (ret)
		return ret;
	__set_bit(q->id, p->slots);
	ret = sim_proc_add_queue(q);
	if (ret)
		goto err_slot;
	ret = sim_engine_start(q);
	if (ret)
		goto err_proc;
	sim_doorbell_add(q);
	ret = put_on(q);
	if (!ret)
		return 0;
	sim_doorbell_del(q);
	sim_engine_stop(q);
err_proc:
	sim_proc_del_queue(q);
err_slot:
	__clear_bit(q->id, p->slots);
	unhold_buffers(q);
	return ret;
}

int sim_queue_create(struct sim_process *p, struct kfd_ioctl_create_queue_args *a)
{
	struct sim_queue *q;
	int ret = check_create(a);

	if (ret)
		return ret;
	if (!p->drm)
		return -ESRCH;
	q = alloc_queue(p, a);
	if (!q)
		return -ENOMEM;
	mutex_lock(&p->mutex);
	ret = add_queue(p, q);
	mutex_unlock(&p->mutex);
	if (ret) {
		kfree(q);
		return ret;
	}
	a->queue_id = q->id;
	a->doorbell_offset = SIM_MMAP_DOORBELL | SIM_MMAP_GPU(SIM_GPU_ID) | q->doorbell * 8ULL;
	return 0;
}

static void remove(struct sim_queue *q)
{
	take_off(q);
	sim_doorbell_del(q);
	sim_engine_stop(q);
	sim_proc_del_queue(q);
	__clear_bit(q->id, q->p->slots);
	unhold_buffers(q);
	kfree(q);
}

/* One that the debugger suspended is destroyed when it is resumed. */
static int wait_resumed(struct sim_process *p, struct sim_queue *q)
{
	int ret;

	q->destroying = true;
	while (q->suspended) {
		mutex_unlock(&p->mutex);
		ret = wait_event_interruptible(destroy_wait, !READ_ONCE(q->suspended));
		mutex_lock(&p->mutex);
		if (ret) {
			q->destroying = false;
			return ret;
		}
	}
	return 0;
}

int sim_queue_destroy(struct sim_process *p, u32 id)
{
	struct sim_queue *q;
	int ret = -EINVAL;

	mutex_lock(&p->mutex);
	q = sim_queue_find(p, id);
	if (q && !q->destroying)
		ret = wait_resumed(p, q);
	if (!ret)
		remove(q);
	mutex_unlock(&p->mutex);
	return ret;
}

static int change(struct sim_queue *q)
{
	bool was;
	int ret;

	mutex_lock(&sim_gpu.dqm);
	was = q->active;
	q->active = sim_queue_should_run(q);
	ret = sim_mapping_update(q, was);
	mutex_unlock(&sim_gpu.dqm);
	return ret;
}

int sim_queue_update(struct sim_process *p, struct kfd_ioctl_update_queue_args *a)
{
	struct sim_queue *q;
	int ret = check_common(&a->queue_percentage, a->queue_priority, a->ring_base_address,
			       &a->ring_size);

	if (ret)
		return ret;
	mutex_lock(&p->mutex);
	q = sim_queue_find(p, a->queue_id);
	ret = q ? 0 : -EFAULT;
	if (q && a->ring_base_address &&
	    (a->ring_base_address != q->ring || a->ring_size != q->size)) {
		/* Another ring: one that is mapped, of exactly that size. */
		ret = sim_memory_hold(p, a->ring_base_address, a->ring_size) ? -EFAULT : 0;
		if (!ret)
			sim_memory_unhold(p, q->ring);
	}
	if (!ret) {
		q->ring = a->ring_base_address;
		q->size = a->ring_size;
		q->percent = a->queue_percentage;
		q->priority = a->queue_priority;
		if (q->kind == SIM_SDMA && !q->percent)
			atomic_inc(&sim_gpu.n_copies_held);
		ret = change(q);
	}
	mutex_unlock(&p->mutex);
	return ret;
}

int sim_queue_cu_mask(struct sim_process *p, struct kfd_ioctl_set_cu_mask_args *a)
{
	u32 words = min_t(u32, a->num_cu_mask, 1024) / 32, i, bits = 0;
	u32 mask[32] = { 0 };
	struct sim_queue *q;
	int ret;

	if (a->num_cu_mask % 32 || !a->num_cu_mask)
		return -EINVAL;
	if (copy_from_user(mask, u64_to_user_ptr(a->cu_mask_ptr), words * 4))
		return -EFAULT;
	for (i = 0; i < words; i++)
		bits += hweight32(mask[i]);
	mutex_lock(&p->mutex);
	q = sim_queue_find(p, a->queue_id);
	ret = q ? 0 : -EFAULT;
	for (i = 0; q && sim_params.gfx >= 100000 && i < words * 32; i += 2) {
		u32 pair = mask[i / 32] >> (i % 32) & 3;

		if (pair && pair != 3)
			ret = -EINVAL;
	}
	if (!ret) {
		q->cu_share = clamp_t(u32, bits * 100 / 60, 1, 100);
		ret = change(q);
	}
	mutex_unlock(&p->mutex);
	return ret;
}

int sim_queue_wave_state(struct sim_process *p, struct kfd_ioctl_get_queue_wave_state_args *a)
{
	struct sim_queue *q;
	int ret = 0;

	mutex_lock(&p->mutex);
	q = sim_queue_find(p, a->queue_id);
	if (!q) {
		ret = -EFAULT;
	} else if (!is_compute(q->type) || q->active || !sim_params.cwsr) {
		ret = -EINVAL;
	} else {
		/* As much of both as one dispatch of a full device leaves. */
		a->ctl_stack_used_size = q->in_dispatch ? q->ctl_stack_size - 48 : 0;
		a->save_area_used_size = q->in_dispatch ? q->cwsr_size - q->ctl_stack_size : 0;
	}
	mutex_unlock(&p->mutex);
	return ret;
}

int sim_queue_gws(struct sim_process *p, struct kfd_ioctl_alloc_queue_gws_args *a)
{
	int ret;

	mutex_lock(&p->mutex);
	ret = sim_queue_find(p, a->queue_id) ? -ENODEV : -EINVAL;	/* the device has none */
	mutex_unlock(&p->mutex);
	return ret;
}

/* The process is gone; nobody resumes anything. */
void sim_queue_release(struct sim_process *p)
{
	struct sim_queue *q, *next;

	mutex_lock(&p->mutex);
	list_for_each_entry_safe(q, next, &p->queues, in_process)
		remove(q);
	mutex_unlock(&p->mutex);
}

/* debug.c has resumed some. */
void sim_queue_resumed(void)
{
	wake_up_all(&destroy_wait);
}
