// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * /sys/kernel/debug/kfdsim: "queues" tells what each did, "inject" makes things go wrong.
 */
#include "kfdsim.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

static struct dentry *dir;

static int queues_show(struct seq_file *s, void *unused)
{
	struct sim_queue *q;

	seq_puts(s, "# simulated; times in ns of CLOCK_MONOTONIC\n"
		 "# pid queue type percent mapped suspended dead read packets dispatches saves restores left busy start stop done ran\n");
	mutex_lock(&sim_gpu.dqm);
	list_for_each_entry(q, &sim_gpu.queues, in_gpu)
		seq_printf(s, "%d %u %s %u %d %d %d %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu\n",
			   q->p->pid, q->id,
			   q->kind == SIM_AQL ? "aql" : q->kind == SIM_SDMA ? "sdma" : "pm4",
			   q->percent, q->mapped && !sim_gpu.stalled, q->suspended, q->dead, q->read,
			   q->n_packets, q->n_dispatches, q->n_saves, q->n_restores,
			   q->in_dispatch ? q->left_ns : 0, q->busy_ns, q->last_start_ns,
			   q->last_stop_ns, q->last_done_ns, q->ran_ns);
	mutex_unlock(&sim_gpu.dqm);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

static int stats_show(struct seq_file *s, void *unused)
{
	seq_printf(s, "simulated 1\nunmaps %u\nresets %u\nhung %d\n", sim_gpu.n_unmaps,
		   sim_gpu.n_resets, sim_gpu.hung);
	seq_printf(s, "copies %d\ncopies_held %d\n", atomic_read(&sim_gpu.n_copies),
		   atomic_read(&sim_gpu.n_copies_held));
	seq_printf(s, "update_queue %llu\ndbg_trap %llu\nunanswered %llu\n",
		   sim_calls(_IOC_NR(AMDKFD_IOC_UPDATE_QUEUE)),
		   sim_calls(_IOC_NR(AMDKFD_IOC_DBG_TRAP)), sim_calls_unanswered());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static ssize_t inject_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	char text[32] = "";
	int v;

	if (n >= sizeof(text) || copy_from_user(text, buf, n))
		return -EINVAL;
	if (sscanf(text, "timeout %d", &v) == 1 && v >= 0)
		atomic_set(&sim_gpu.inject_timeouts, v);
	else if (sscanf(text, "forget %d", &v) == 1 && v >= 0)
		atomic_set(&sim_gpu.inject_forgets, v);
	else if (sscanf(text, "slow %d", &v) == 1 && v >= 0)
		atomic_set(&sim_gpu.inject_hang_ms, v);
	else if (!strncmp(text, "reset", 5))
		sim_gpu_reset("asked for");
	else
		return -EINVAL;
	return n;
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.write = inject_write,
};

void sim_control_init(void)
{
	dir = debugfs_create_dir("kfdsim", NULL);
	debugfs_create_file("queues", 0444, dir, NULL, &queues_fops);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	debugfs_create_file("inject", 0200, dir, NULL, &inject_fops);
}

void sim_control_exit(void)
{
	debugfs_remove_recursive(dir);
}
