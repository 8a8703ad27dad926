// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * /sys/class/kfd/kfd/proc: processes, their queues, and how busy or evicted they are.
 */
#include "kfdsim.h"

#include <linux/slab.h>

static struct kobject *top;

static struct sim_process *process_of(struct kobject *stats)
{
	struct sim_process *p;
	long pid;

	/* proc/<pid>/stats_<gpu>; the list is the only way back */
	if (kstrtol(kobject_name(stats->parent), 10, &pid))
		return NULL;
	list_for_each_entry(p, &sim_gpu.processes, in_gpu)
		if (p->pid == pid)
			return p;
	return NULL;
}

static ssize_t cu_occupancy_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct sim_process *p;
	struct sim_queue *q;
	unsigned int cus = 0;

	mutex_lock(&sim_gpu.processes_lock);
	p = process_of(kobj);
	if (p) {
		mutex_lock(&sim_gpu.dqm);
		list_for_each_entry(q, &p->queues, in_process)
			if (q->computing)
				cus = 60;
		mutex_unlock(&sim_gpu.dqm);
	}
	mutex_unlock(&sim_gpu.processes_lock);
	return sysfs_emit(buf, "%u\n", cus);
}

static ssize_t evicted_ms_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct sim_process *p;
	u64 ns = 0;

	mutex_lock(&sim_gpu.processes_lock);
	p = process_of(kobj);
	if (p)
		ns = p->evicted_ns + (p->evicted ? ktime_get_ns() - p->evicted_since : 0);
	mutex_unlock(&sim_gpu.processes_lock);
	return sysfs_emit(buf, "%llu\n", ns / 1000000);
}

static struct kobj_attribute cu_occupancy = __ATTR_RO(cu_occupancy);
static struct kobj_attribute evicted_ms = __ATTR_RO(evicted_ms);

static ssize_t pasid_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "32768\n");
}
static struct kobj_attribute pasid = __ATTR_RO(pasid);

static const struct attribute *const stats[] = { &cu_occupancy.attr, &evicted_ms.attr, NULL };

int sim_proc_add(struct sim_process *p)
{
	char name[24];

	snprintf(name, sizeof(name), "%d", p->pid);
	p->dir = kobject_create_and_add(name, top);
	if (!p->dir)
		return -ENOMEM;
	snprintf(name, sizeof(name), "stats_%u", SIM_GPU_ID);
	p->stats_dir = kobject_create_and_add(name, p->dir);
	p->queue_dir = kobject_create_and_add("queues", p->dir);
	if (p->stats_dir && p->queue_dir && !sysfs_create_file(p->dir, &pasid.attr) &&
	    !sysfs_create_files(p->stats_dir, (const struct attribute **)stats))
		return 0;
	sim_proc_del(p);
	return -ENOMEM;
}

void sim_proc_del(struct sim_process *p)
{
	kobject_put(p->queue_dir);
	kobject_put(p->stats_dir);
	kobject_put(p->dir);
}

/* ------------------------------------------------------------------- queues */

struct queue_dir {
	struct kobject kobj;
	u32 type, size;
};

static ssize_t gpuid_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u", SIM_GPU_ID);
}

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u", container_of(kobj, struct queue_dir, kobj)->size);
}

static ssize_t type_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u", container_of(kobj, struct queue_dir, kobj)->type);
}

static struct kobj_attribute gpuid = __ATTR_RO(gpuid), size = __ATTR_RO(size), type = __ATTR_RO(type);
static struct attribute *queue_attrs[] = { &gpuid.attr, &size.attr, &type.attr, NULL };
ATTRIBUTE_GROUPS(queue);

static void free_dir(struct kobject *kobj)
{
	kfree(container_of(kobj, struct queue_dir, kobj));
}

static const struct kobj_type queue_ktype = {
	.release = free_dir,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = queue_groups,
};

int sim_proc_add_queue(struct sim_queue *q)
{
	struct queue_dir *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int ret;

	if (!d)
		return -ENOMEM;
	d->size = q->size;
	/* Its own numbers, which aren't those of the ioctl: compute is 0, SDMA 1. */
	d->type = q->kind == SIM_SDMA;
	ret = kobject_init_and_add(&d->kobj, &queue_ktype, q->p->queue_dir, "%u", q->id);
	if (ret)
		kobject_put(&d->kobj);
	else
		q->dir = &d->kobj;
	return ret;
}

void sim_proc_del_queue(struct sim_queue *q)
{
	kobject_del(q->dir);
	kobject_put(q->dir);
}

int sim_proc_init(void)
{
	top = kobject_create_and_add("proc", &sim_kfd_device->kobj);
	return top ? 0 : -ENOMEM;
}

void sim_proc_exit(void)
{
	kobject_put(top);
}
