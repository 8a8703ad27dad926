// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events: what a process waits for, and what the device reports to it.
 */
#include "kfdsim.h"

#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define FIRST_OTHER	0x80000000u	/* ids of events that have no slot begin here */

static bool has_slot(u32 type)
{
	return type == KFD_IOC_EVENT_SIGNAL || type == KFD_IOC_EVENT_DEBUG_EVENT;
}

int sim_event_create(struct sim_process *p, struct kfd_ioctl_create_event_args *a)
{
	struct sim_event *ev;
	int id;

	if (a->event_page_offset) {
		mutex_lock(&p->mutex);
		if (p->event_page && p->event_page != a->event_page_offset)
			id = -EINVAL;
		else
			id = a->event_page_offset >> 32 == SIM_GPU_ID &&
			     idr_find(&p->buffers, (u32)a->event_page_offset) ? 0 : -EINVAL;
		if (!id)
			p->event_page = a->event_page_offset;
		mutex_unlock(&p->mutex);
		if (id)
			return id;
	}
	ev = kzalloc(sizeof(*ev), GFP_KERNEL);
	if (!ev)
		return -ENOMEM;
	ev->type = a->event_type;
	ev->auto_reset = a->auto_reset;
	ev->age = 1;
	idr_preload(GFP_KERNEL);
	spin_lock(&p->event_lock);
	/* As amdkfd: slots from 0 on; the others far above. An idr goes to INT_MAX. */
	id = has_slot(ev->type) ? idr_alloc(&p->events, ev, 1, KFD_SIGNAL_EVENT_LIMIT, GFP_NOWAIT) :
		idr_alloc(&p->events, ev, KFD_SIGNAL_EVENT_LIMIT, 0, GFP_NOWAIT);
	if (id >= 0)
		ev->id = has_slot(ev->type) ? id : id | FIRST_OTHER;
	spin_unlock(&p->event_lock);
	idr_preload_end();
	if (id < 0) {
		kfree(ev);
		return -ENOSPC;
	}
	a->event_page_offset = has_slot(ev->type) ? SIM_MMAP_EVENTS : 0;
	if (has_slot(ev->type))
		a->event_slot_index = ev->id;
	a->event_id = a->event_trigger_data = ev->id;
	return 0;
}

/* Called with event_lock held. */
static struct sim_event *find(struct sim_process *p, u32 id)
{
	struct sim_event *ev = idr_find(&p->events, id & ~FIRST_OTHER);

	return ev && ev->id == id ? ev : NULL;
}

/* Everybody who waits for it now is told; if nobody does, the next one who asks. */
static void raise_event(struct sim_process *p, struct sim_event *ev)
{
	ev->signaled = !ev->auto_reset || !ev->waiters;
	ev->age++;
	wake_up_all(&p->event_wq);
}

int sim_event_destroy(struct sim_process *p, u32 id)
{
	struct sim_event *ev;

	spin_lock(&p->event_lock);
	ev = find(p, id);
	if (ev)
		idr_remove(&p->events, id & ~FIRST_OTHER);
	spin_unlock(&p->event_lock);
	wake_up_all(&p->event_wq);
	if (!ev)
		return -EINVAL;
	kfree(ev);
	return 0;
}

int sim_event_set(struct sim_process *p, u32 id)
{
	struct sim_event *ev;
	int ret = -EINVAL;

	spin_lock(&p->event_lock);
	ev = find(p, id);
	if (ev && ev->type == KFD_IOC_EVENT_SIGNAL) {
		raise_event(p, ev);
		ret = 0;
	}
	spin_unlock(&p->event_lock);
	return ret;
}

int sim_event_reset(struct sim_process *p, u32 id)
{
	struct sim_event *ev;
	int ret = -EINVAL;

	spin_lock(&p->event_lock);
	ev = find(p, id);
	if (ev && ev->type == KFD_IOC_EVENT_SIGNAL) {
		ev->signaled = false;
		ret = 0;
	}
	spin_unlock(&p->event_lock);
	return ret;
}

/* From an engine: a packet's signal says so. */
void sim_event_interrupt(struct sim_process *p, u32 id)
{
	sim_event_set(p, id);
}

/* ---------------------------------------------------------------- waiting */

struct wait {
	u32 n;
	bool all;
	struct kfd_event_data *data;
	struct seen {
		u64 age;	/* when the wait began; another one: it has been raised since */
		bool hit;
	} *seen;
};

/* Called with event_lock held. */
static void take_data(const struct sim_event *ev, struct kfd_event_data *data)
{
	if (ev->type == KFD_IOC_EVENT_MEMORY)
		data->memory_exception_data = ev->data.memory_exception_data;
	else if (ev->type == KFD_IOC_EVENT_HW_EXCEPTION)
		data->hw_exception_data = ev->data.hw_exception_data;
	else if (data->signal_event_data.last_event_age)
		data->signal_event_data.last_event_age = ev->age;
}

/* What has been raised already; from here on every raise counts. */
static int begin_wait(struct sim_process *p, struct wait *w)
{
	int ret = 0;
	u32 i;

	spin_lock(&p->event_lock);
	for (i = 0; i < w->n && !ret; i++)
		ret = find(p, w->data[i].event_id) ? 0 : -EINVAL;
	for (i = 0; i < w->n && !ret; i++) {
		struct sim_event *ev = find(p, w->data[i].event_id);

		w->seen[i] = (struct seen){ ev->age, ev->signaled };
		ev->signaled &= !ev->auto_reset;
		ev->waiters++;
		if (w->seen[i].hit)
			take_data(ev, &w->data[i]);
	}
	spin_unlock(&p->event_lock);
	return ret;
}

static void end_wait(struct sim_process *p, struct wait *w)
{
	struct sim_event *ev;
	u32 i;

	spin_lock(&p->event_lock);
	for (i = 0; i < w->n; i++) {
		ev = find(p, w->data[i].event_id);
		if (ev && ev->waiters)
			ev->waiters--;
	}
	spin_unlock(&p->event_lock);
}

/* So many as are needed have been raised, or one has gone. */
static bool satisfied(struct sim_process *p, struct wait *w, int *err)
{
	u32 i, hits = 0;

	spin_lock(&p->event_lock);
	for (i = 0; i < w->n && !*err; i++) {
		struct sim_event *ev = find(p, w->data[i].event_id);

		if (!ev) {
			*err = -EINVAL;
		} else if (!w->seen[i].hit && ev->age != w->seen[i].age) {
			w->seen[i].hit = true;
			take_data(ev, &w->data[i]);
		}
		hits += w->seen[i].hit;
	}
	spin_unlock(&p->event_lock);
	return *err || (w->all ? hits == w->n : hits > 0);
}

static long to_jiffies(u32 ms)
{
	if (ms == 0)
		return 0;
	if (ms == 0xffffffff)
		return MAX_SCHEDULE_TIMEOUT;
	return msecs_to_jiffies(min_t(u32, ms, 0x7fffffff)) + 1;
}

static int wait_for(struct sim_process *p, struct wait *w, struct kfd_ioctl_wait_events_args *a)
{
	size_t size = array_size(a->num_events, sizeof(*w->data));
	int err = begin_wait(p, w);
	long ret;

	if (err)
		return err;
	if (satisfied(p, w, &err))
		ret = 1;
	else
		ret = wait_event_interruptible_timeout(p->event_wq, satisfied(p, w, &err),
						       to_jiffies(a->timeout));
	end_wait(p, w);
	if (ret == -ERESTARTSYS)
		return fatal_signal_pending(current) ? -EINTR : -ERESTARTSYS;
	if (err)
		return err;
	a->wait_result = ret > 0 ? KFD_IOC_WAIT_RESULT_COMPLETE : KFD_IOC_WAIT_RESULT_TIMEOUT;
	return ret > 0 && copy_to_user(u64_to_user_ptr(a->events_ptr), w->data, size) ? -EFAULT : 0;
}

int sim_event_wait(struct sim_process *p, struct kfd_ioctl_wait_events_args *a)
{
	struct wait w = { .n = a->num_events, .all = a->wait_for_all };
	int ret = -ENOMEM;

	a->wait_result = KFD_IOC_WAIT_RESULT_FAIL;
	if (a->num_events > 2 * KFD_SIGNAL_EVENT_LIMIT)
		return -EINVAL;
	w.data = vmemdup_user(u64_to_user_ptr(a->events_ptr),
			      array_size(a->num_events, sizeof(*w.data)));
	if (IS_ERR(w.data))
		return PTR_ERR(w.data);
	w.seen = kvcalloc(a->num_events, sizeof(*w.seen), GFP_KERNEL);
	if (w.seen || !a->num_events)
		ret = wait_for(p, &w, a);
	kvfree(w.seen);
	kvfree(w.data);
	return ret;
}

/* ------------------------------------------------------- what goes wrong */

static void raise_all(struct sim_process *p, u32 type, const struct kfd_event_data *data)
{
	struct sim_event *ev;
	int id;

	spin_lock(&p->event_lock);
	idr_for_each_entry(&p->events, ev, id)
		if (ev->type == type) {
			ev->data = *data;
			raise_event(p, ev);
		}
	spin_unlock(&p->event_lock);
}

/* The device has been reset: everyone's memory and queues are lost. */
void sim_event_reset_signal(struct sim_process *p)
{
	struct kfd_event_data hw = {
		.hw_exception_data = {
			.reset_type = KFD_HW_EXCEPTION_WHOLE_GPU_RESET,
			.reset_cause = KFD_HW_EXCEPTION_GPU_HANG,
			.memory_lost = 1,
			.gpu_id = SIM_GPU_ID,
		},
	};
	struct kfd_event_data mem = {
		.memory_exception_data = { .ErrorType = KFD_MEM_ERR_GPU_HANG, .gpu_id = SIM_GPU_ID },
	};

	raise_all(p, KFD_IOC_EVENT_HW_EXCEPTION, &hw);
	raise_all(p, KFD_IOC_EVENT_MEMORY, &mem);
}

void sim_event_memory_fault(struct sim_process *p, u64 va, bool write)
{
	struct kfd_event_data mem = {
		.memory_exception_data = {
			.failure = { .NotPresent = 1, .ReadOnly = write },
			.va = va & PAGE_MASK,
			.gpu_id = SIM_GPU_ID,
		},
	};

	raise_all(p, KFD_IOC_EVENT_MEMORY, &mem);
}

void sim_event_release(struct sim_process *p)
{
	struct sim_event *ev;
	int id;

	idr_for_each_entry(&p->events, ev, id)
		kfree(ev);
}
