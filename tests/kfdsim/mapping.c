// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What is on the device: HWS takes everything off to change anything, MES one queue.
 */
#include "kfdsim.h"

#include <linux/delay.h>
#include <linux/workqueue.h>

bool sim_queue_should_run(const struct sim_queue *q)
{
	return q->percent && q->ring && !q->suspended && !q->p->evicted && !q->dead;
}

/* Engines wait at one place, so that a timer can wake them without a lock. */
static void wake_engines(void)
{
	wake_up_all(&sim_gpu.slot_wq);
}

static enum hrtimer_restart runlist_is_on(struct hrtimer *t)
{
	WRITE_ONCE(sim_gpu.stalled, false);
	wake_engines();
	return HRTIMER_NORESTART;
}

static void reset_work(struct work_struct *w)
{
	sim_gpu_reset("an unmap timed out");
}
static DECLARE_WORK(do_reset, reset_work);

void sim_mapping_init(void)
{
	hrtimer_init(&sim_gpu.map_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	sim_gpu.map_timer.function = runlist_is_on;
}

void sim_mapping_exit(void)
{
	hrtimer_cancel(&sim_gpu.map_timer);
	flush_work(&do_reset);
}

static void pause_us(u32 us)
{
	if (us >= 20000)
		msleep(us / 1000);
	else if (us)
		usleep_range(us, us + 1);
}

/* Without context save the firmware waits for the waves to end. */
static bool drained(struct sim_queue *only)
{
	struct sim_queue *q;
	bool busy = false;

	spin_lock(&sim_gpu.slot_lock);
	list_for_each_entry(q, &sim_gpu.queues, in_gpu)
		busy |= q->computing && (!only || q == only);
	spin_unlock(&sim_gpu.slot_lock);
	return !busy;
}

/* How long this unmap takes, in us; more than the time-out if it is to fail. */
static u32 unmap_cost(void)
{
	int ms = atomic_xchg(&sim_gpu.inject_hang_ms, 0);

	if (atomic_dec_if_positive(&sim_gpu.inject_timeouts) >= 0)
		return U32_MAX;
	return ms ? ms * 1000 : sim_params.unmap_us;
}

static int time_out(u32 waited_ms)
{
	msleep(sim_params.timeout_ms - waited_ms);
	pr_err("kfdsim (simulated): the firmware didn't answer an unmap within %u ms\n",
	       sim_params.timeout_ms);
	sim_gpu.hung = true;
	schedule_work(&do_reset);
	return -ETIME;
}

/*
 * Waits for the firmware; only is the queue to leave, NULL for the whole runlist. What
 * the device does when, taken() arranges: it needs no CPU for it.
 */
static int unmap(struct sim_queue *only, void (*taken)(u32 cost_us))
{
	u32 cost = unmap_cost(), waited_ms = 0;

	sim_gpu.n_unmaps++;
	while (!sim_params.cwsr && !drained(only) && waited_ms < sim_params.timeout_ms) {
		usleep_range(1000, 1001);
		waited_ms++;
	}
	if (waited_ms >= sim_params.timeout_ms || cost / 1000 >= sim_params.timeout_ms)
		return time_out(waited_ms);
	if (taken)
		taken(cost);
	pause_us(cost);
	return 0;
}

/* The new runlist takes effect when the old one is off, however late the caller wakes up. */
static void runlist_is_off(u32 cost_us)
{
	struct sim_queue *q;

	WRITE_ONCE(sim_gpu.stalled, true);
	WRITE_ONCE(sim_gpu.draining, false);
	list_for_each_entry(q, &sim_gpu.queues, in_gpu)
		WRITE_ONCE(q->mapped, q->active);
	hrtimer_start(&sim_gpu.map_timer, ns_to_ktime((cost_us + sim_params.map_us) * 1000ULL),
		      HRTIMER_MODE_REL);
}

static int update_hws(void)
{
	int ret;

	hrtimer_cancel(&sim_gpu.map_timer);
	WRITE_ONCE(sim_gpu.draining, true);
	if (sim_params.cwsr)
		WRITE_ONCE(sim_gpu.stalled, true);
	wake_engines();
	ret = unmap(NULL, runlist_is_off);
	WRITE_ONCE(sim_gpu.draining, false);
	if (ret)
		WRITE_ONCE(sim_gpu.stalled, true);
	return ret;
}

static int update_mes(struct sim_queue *q, bool was_active)
{
	int ret = 0;

	if (was_active) {
		WRITE_ONCE(q->mapped, false);
		wake_engines();
		ret = unmap(q, NULL);
	}
	if (!ret && q->active) {
		pause_us(sim_params.map_us);
		WRITE_ONCE(q->mapped, true);
		wake_engines();
	}
	return ret;
}

int sim_mapping_update(struct sim_queue *q, bool was_active)
{
	lockdep_assert_held(&sim_gpu.dqm);
	if (sim_gpu.hung)
		return -EIO;
	return sim_params.mes ? update_mes(q, was_active) : update_hws();
}

/* All queues of a process at once, with dqm held. */
static int set_evicted(struct sim_process *p, bool off)
{
	struct sim_queue *q;
	int ret = 0;

	list_for_each_entry(q, &p->queues, in_process) {
		bool was = q->active;

		q->active = sim_queue_should_run(q);
		if (sim_params.mes && was != q->active && !ret)
			ret = sim_mapping_update(q, was);
	}
	if (!sim_params.mes && !list_empty(&p->queues))
		ret = sim_mapping_update(NULL, off);
	return ret;
}

int sim_process_evict(struct sim_process *p)
{
	int ret = 0;

	mutex_lock(&sim_gpu.dqm);
	if (!p->evicted++) {
		p->evicted_since = ktime_get_ns();
		ret = set_evicted(p, true);
	}
	mutex_unlock(&sim_gpu.dqm);
	return ret;
}

int sim_process_restore(struct sim_process *p)
{
	int ret = 0;

	mutex_lock(&sim_gpu.dqm);
	if (p->evicted && !--p->evicted) {
		p->evicted_ns += ktime_get_ns() - p->evicted_since;
		ret = set_evicted(p, false);
	}
	mutex_unlock(&sim_gpu.dqm);
	return ret;
}

/* Everybody's queues are lost; who starts anew finds a device that works. */
void sim_gpu_reset(const char *why)
{
	struct sim_process *p;
	struct sim_queue *q;

	mutex_lock(&sim_gpu.dqm);
	hrtimer_cancel(&sim_gpu.map_timer);
	list_for_each_entry(q, &sim_gpu.queues, in_gpu) {
		WRITE_ONCE(q->dead, true);
		WRITE_ONCE(q->mapped, false);
		q->active = false;
	}
	sim_gpu.n_resets++;
	sim_gpu.hung = false;
	WRITE_ONCE(sim_gpu.stalled, false);
	wake_engines();
	pr_err("kfdsim (simulated): GPU reset: %s\n", why);
	mutex_unlock(&sim_gpu.dqm);
	mutex_lock(&sim_gpu.processes_lock);
	list_for_each_entry(p, &sim_gpu.processes, in_gpu)
		sim_event_reset_signal(p);
	mutex_unlock(&sim_gpu.processes_lock);
}
