// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A queue's thread: works while the queue is mapped and has been rung, and takes its
 * turn at computing.
 */
#include "kfdsim.h"

#include <linux/delay.h>
#include <linux/sched.h>

static bool has_work(struct sim_queue *q)
{
	return sim_runnable(q) && READ_ONCE(q->rung) != q->done_rung;
}

static int engine(void *arg)
{
	struct sim_queue *q = arg;
	bool go_on = true;

	current->timer_slack_ns = 1;
	while (go_on) {
		wait_event_interruptible(sim_gpu.slot_wq, kthread_should_stop() || has_work(q));
		if (kthread_should_stop())
			break;
		q->done_rung = READ_ONCE(q->rung);
		go_on = q->kind == SIM_SDMA ? sim_sdma_run(q) :
			q->kind == SIM_AQL ? sim_aql_run(q) : true;
	}
	while (!kthread_should_stop())
		wait_event_interruptible(sim_gpu.slot_wq, kthread_should_stop());
	return 0;
}

int sim_engine_start(struct sim_queue *q)
{
	struct task_struct *t = kthread_create(engine, q, "kfdsim/%d:%u", q->p->pid, q->id);

	if (IS_ERR(t))
		return PTR_ERR(t);
	sched_set_fifo(t);	/* a device doesn't wait for the CPU's users */
	q->engine = t;
	wake_up_process(t);
	return 0;
}

void sim_engine_stop(struct sim_queue *q)
{
	kthread_stop(q->engine);
}

/* Until the queue is on the device; false: it never will be. */
static bool wait_runnable(struct sim_queue *q)
{
	wait_event_interruptible(sim_gpu.slot_wq, kthread_should_stop() || sim_runnable(q));
	return !kthread_should_stop();
}

bool sim_engine_sleep_us(struct sim_queue *q, uint us)
{
	if (!wait_runnable(q))
		return false;
	if (us)
		usleep_range(us, us + 1);
	return wait_runnable(q);
}

/* ------------------------------------------------------------------ computing */

/* The best of those that wait: by priority, then first come first served. */
static bool my_turn(struct sim_queue *q)
{
	struct sim_queue *o;
	bool mine = false;

	if (!sim_runnable(q) || READ_ONCE(sim_gpu.draining))
		return false;
	spin_lock(&sim_gpu.slot_lock);
	if (sim_gpu.slots_used >= sim_params.slots)
		goto out;
	list_for_each_entry(o, &sim_gpu.waiting, in_waiting)
		if (o != q && sim_runnable(o) &&
		    (o->priority > q->priority ||
		     (o->priority == q->priority && o->ticket < q->ticket)))
			goto out;
	list_del_init(&q->in_waiting);
	sim_gpu.slots_used++;
	q->computing = mine = true;
out:
	spin_unlock(&sim_gpu.slot_lock);
	return mine;
}

static bool take_slot(struct sim_queue *q)
{
	spin_lock(&sim_gpu.slot_lock);
	/* What has been interrupted keeps its place in the line. */
	if (!q->ticket)
		q->ticket = ++sim_gpu.next_ticket;
	list_add_tail(&q->in_waiting, &sim_gpu.waiting);
	spin_unlock(&sim_gpu.slot_lock);
	wait_event_interruptible(sim_gpu.slot_wq, kthread_should_stop() || my_turn(q));
	if (q->computing)
		return true;
	spin_lock(&sim_gpu.slot_lock);
	list_del_init(&q->in_waiting);
	spin_unlock(&sim_gpu.slot_lock);
	return false;
}

static void give_slot(struct sim_queue *q)
{
	spin_lock(&sim_gpu.slot_lock);
	q->computing = false;
	sim_gpu.slots_used--;
	spin_unlock(&sim_gpu.slot_lock);
	wake_up_all(&sim_gpu.slot_wq);
}

/* One stretch of a dispatch; what is left of it is in left_ns. */
static void stretch(struct sim_queue *q)
{
	u64 begin = ktime_get_ns(), end, ran;

	q->last_start_ns = begin;
	wait_event_interruptible_hrtimeout(sim_gpu.slot_wq,
					   !sim_runnable(q) || kthread_should_stop(),
					   ns_to_ktime(q->left_ns));
	end = ktime_get_ns();
	ran = min(end - begin, q->left_ns);
	q->left_ns -= ran;
	q->busy_ns += ran;
	q->ran_ns += end - begin;
	if (q->left_ns) {
		q->last_stop_ns = end;
		q->n_saves++;
		if (atomic_dec_if_positive(&sim_gpu.inject_forgets) >= 0)
			q->left_ns = q->whole_ns;
	}
}

bool sim_engine_compute(struct sim_queue *q, u64 ns)
{
	bool again = false;

	q->left_ns = q->whole_ns = ns * 100 / q->cu_share;
	q->ran_ns = 0;
	q->in_dispatch = true;
	while (q->left_ns && take_slot(q)) {
		q->n_restores += again;
		stretch(q);
		give_slot(q);
		again = true;
	}
	q->ticket = 0;
	q->in_dispatch = false;
	q->last_done_ns = ktime_get_ns();
	return !q->left_ns;
}

/* A GPU page fault: the queue stops for good, its process is told. */
void sim_engine_fault(struct sim_queue *q, u64 va, bool write, const char *what)
{
	pr_err("kfdsim (simulated): GPU page fault of pid %d queue %u at %#llx (%s)\n", q->p->pid,
	       q->id, va, what);
	WRITE_ONCE(q->dead, true);
	sim_event_memory_fault(q->p, va, write);
}
