// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * /dev/kfd: who may call, the table of ioctls, what can be mapped.
 */
#include "kfdsim.h"

#include <linux/capability.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

struct class sim_kfd_class = { .name = "kfd" };
struct device *sim_kfd_device;
static int major;

static int known_gpu(u32 id)
{
	return id == SIM_GPU_ID ? 0 : -EINVAL;
}

#define ARGS(type) struct kfd_ioctl_##type##_args *a = data

static int get_version(struct sim_process *p, void *data)
{
	ARGS(get_version);

	a->major_version = KFD_IOCTL_MAJOR_VERSION;
	a->minor_version = KFD_IOCTL_MINOR_VERSION;
	return 0;
}

static int create_queue(struct sim_process *p, void *data) { return sim_queue_create(p, data); }

static int destroy_queue(struct sim_process *p, void *data)
{
	ARGS(destroy_queue);

	return sim_queue_destroy(p, a->queue_id);
}

static int set_memory_policy(struct sim_process *p, void *data)
{
	ARGS(set_memory_policy);

	if (a->default_policy > KFD_IOC_CACHE_POLICY_NONCOHERENT ||
	    a->alternate_policy > KFD_IOC_CACHE_POLICY_NONCOHERENT)
		return -EINVAL;
	return known_gpu(a->gpu_id);
}

static int get_clock_counters(struct sim_process *p, void *data)
{
	ARGS(get_clock_counters);

	/* The GPU's clock of packet timestamps: nanoseconds too, see aql.c. */
	a->gpu_clock_counter = known_gpu(a->gpu_id) ? 0 : ktime_get_ns();
	a->cpu_clock_counter = ktime_get_raw_ns();
	a->system_clock_counter = ktime_get_boottime_ns();
	a->system_clock_freq = 1000000000;
	return 0;
}

static void fill_apertures(struct kfd_process_device_apertures *ap)
{
	*ap = (struct kfd_process_device_apertures){
		.lds_base = 1ULL << 48,
		.lds_limit = (1ULL << 48) | 0xffffffff,
		.scratch_base = 2ULL << 48,
		.scratch_limit = (2ULL << 48) | 0xffffffff,
		.gpuvm_base = 0x1000000,
		.gpuvm_limit = (1ULL << 47) - 1,
		.gpu_id = SIM_GPU_ID,
	};
}

static int get_process_apertures(struct sim_process *p, void *data)
{
	ARGS(get_process_apertures);

	fill_apertures(&a->process_apertures[0]);
	a->num_of_nodes = 1;
	return 0;
}

static int get_process_apertures_new(struct sim_process *p, void *data)
{
	ARGS(get_process_apertures_new);
	struct kfd_process_device_apertures ap;

	if (!a->num_of_nodes) {
		a->num_of_nodes = 1;
		return 0;
	}
	if (a->num_of_nodes > 2)	/* the CPU's and the GPU's */
		return -EINVAL;
	fill_apertures(&ap);
	a->num_of_nodes = 1;
	return copy_to_user(u64_to_user_ptr(a->kfd_process_device_apertures_ptr), &ap, sizeof(ap)) ?
		-EFAULT : 0;
}

static int update_queue(struct sim_process *p, void *data) { return sim_queue_update(p, data); }
static int create_event(struct sim_process *p, void *data) { return sim_event_create(p, data); }

static int destroy_event(struct sim_process *p, void *data)
{
	ARGS(destroy_event);

	return sim_event_destroy(p, a->event_id);
}

static int set_event(struct sim_process *p, void *data)
{
	ARGS(set_event);

	return sim_event_set(p, a->event_id);
}

static int reset_event(struct sim_process *p, void *data)
{
	ARGS(reset_event);

	return sim_event_reset(p, a->event_id);
}

static int wait_events(struct sim_process *p, void *data) { return sim_event_wait(p, data); }
static int not_any_more(struct sim_process *p, void *data) { return -EPERM; }

static int set_scratch_backing_va(struct sim_process *p, void *data)
{
	ARGS(set_scratch_backing_va);

	return known_gpu(a->gpu_id);
}

static int get_tile_config(struct sim_process *p, void *data)
{
	ARGS(get_tile_config);

	if (known_gpu(a->gpu_id))
		return -EINVAL;
	a->gb_addr_config = 0x2a110002;
	a->num_banks = a->num_ranks = 0;
	a->num_tile_configs = a->num_macro_tile_configs = 0;
	return 0;
}

static int set_trap_handler(struct sim_process *p, void *data)
{
	ARGS(set_trap_handler);

	return known_gpu(a->gpu_id);
}

static int acquire_vm(struct sim_process *p, void *data) { return sim_memory_acquire_vm(p, data); }
static int alloc_memory(struct sim_process *p, void *data) { return sim_memory_alloc(p, data); }
static int free_memory(struct sim_process *p, void *data) { return sim_memory_free(p, data); }
static int map_memory(struct sim_process *p, void *data) { return sim_memory_map(p, data); }
static int unmap_memory(struct sim_process *p, void *data) { return sim_memory_unmap(p, data); }
static int set_cu_mask(struct sim_process *p, void *data) { return sim_queue_cu_mask(p, data); }
static int wave_state(struct sim_process *p, void *data) { return sim_queue_wave_state(p, data); }
static int alloc_gws(struct sim_process *p, void *data) { return sim_queue_gws(p, data); }
/* There are no other DRM devices to share with. */
static int no_dmabuf(struct sim_process *p, void *data) { return -EINVAL; }

static int smi_events(struct sim_process *p, void *data)
{
	ARGS(smi_events);

	/* Nothing is ever reported: the fd alone would promise more. */
	return known_gpu(a->gpuid) ? -EINVAL : -EOPNOTSUPP;
}

static int svm(struct sim_process *p, void *data)
{
	ARGS(svm);

	if ((a->start_addr | a->size) & ~PAGE_MASK || !a->start_addr || !a->size)
		return -EINVAL;
	return -EOPNOTSUPP;	/* as where the driver finds no range support */
}

static int set_xnack_mode(struct sim_process *p, void *data)
{
	ARGS(set_xnack_mode);
	int ret = 0;

	mutex_lock(&p->mutex);
	if (a->xnack_enabled < 0)
		a->xnack_enabled = 0;
	else if (!list_empty(&p->queues))
		ret = -EBUSY;
	else if (a->xnack_enabled)
		ret = -EPERM;
	mutex_unlock(&p->mutex);
	return ret;
}

static int criu(struct sim_process *p, void *data) { return sim_criu(p, data); }
static int available(struct sim_process *p, void *data) { return sim_memory_available(p, data); }
static int runtime(struct sim_process *p, void *data) { return sim_debug_runtime(p, data); }
static int trap(struct sim_process *p, void *data) { return sim_debug_trap(p, data); }

static const struct {
	unsigned int cmd;
	int (*fn)(struct sim_process *p, void *data);
	bool of_owner_or_tracer;
} table[] = {
#define ROW(name, f) [_IOC_NR(AMDKFD_IOC_##name)] = { AMDKFD_IOC_##name, f, false }
	ROW(GET_VERSION, get_version),
	ROW(CREATE_QUEUE, create_queue),
	ROW(DESTROY_QUEUE, destroy_queue),
	ROW(SET_MEMORY_POLICY, set_memory_policy),
	ROW(GET_CLOCK_COUNTERS, get_clock_counters),
	ROW(GET_PROCESS_APERTURES, get_process_apertures),
	ROW(UPDATE_QUEUE, update_queue),
	ROW(CREATE_EVENT, create_event),
	ROW(DESTROY_EVENT, destroy_event),
	ROW(SET_EVENT, set_event),
	ROW(RESET_EVENT, reset_event),
	ROW(WAIT_EVENTS, wait_events),
	ROW(DBG_REGISTER_DEPRECATED, not_any_more),
	ROW(DBG_UNREGISTER_DEPRECATED, not_any_more),
	ROW(DBG_ADDRESS_WATCH_DEPRECATED, not_any_more),
	ROW(DBG_WAVE_CONTROL_DEPRECATED, not_any_more),
	ROW(SET_SCRATCH_BACKING_VA, set_scratch_backing_va),
	ROW(GET_TILE_CONFIG, get_tile_config),
	ROW(SET_TRAP_HANDLER, set_trap_handler),
	ROW(GET_PROCESS_APERTURES_NEW, get_process_apertures_new),
	ROW(ACQUIRE_VM, acquire_vm),
	ROW(ALLOC_MEMORY_OF_GPU, alloc_memory),
	ROW(FREE_MEMORY_OF_GPU, free_memory),
	ROW(MAP_MEMORY_TO_GPU, map_memory),
	ROW(UNMAP_MEMORY_FROM_GPU, unmap_memory),
	ROW(SET_CU_MASK, set_cu_mask),
	ROW(GET_QUEUE_WAVE_STATE, wave_state),
	ROW(GET_DMABUF_INFO, no_dmabuf),
	ROW(IMPORT_DMABUF, no_dmabuf),
	ROW(ALLOC_QUEUE_GWS, alloc_gws),
	ROW(SMI_EVENTS, smi_events),
	ROW(SVM, svm),
	ROW(SET_XNACK_MODE, set_xnack_mode),
	[_IOC_NR(AMDKFD_IOC_CRIU_OP)] = { AMDKFD_IOC_CRIU_OP, criu, true },
	ROW(AVAILABLE_MEMORY, available),
	ROW(EXPORT_DMABUF, no_dmabuf),
	ROW(RUNTIME_ENABLE, runtime),
	ROW(DBG_TRAP, trap),
};

static atomic64_t calls[ARRAY_SIZE(table)], unanswered;

u64 sim_calls(unsigned int nr)
{
	return atomic64_read(&calls[nr]);
}

u64 sim_calls_unanswered(void)
{
	return atomic64_read(&unanswered);
}

/* The opener, or where that is allowed whoever traces it. */
static int may_call(struct sim_process *p, bool tracer_too)
{
	bool traced = false;

	rcu_read_lock();
	if (tracer_too && ptrace_parent(p->lead) == current)
		traced = true;
	rcu_read_unlock();
	if (p->lead != current->group_leader && !traced)
		return -EBADF;
	if (tracer_too && !capable(CAP_CHECKPOINT_RESTORE) && !capable(CAP_SYS_ADMIN))
		return -EACCES;
	return 0;
}

static long kfd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct sim_process *p = file->private_data;
	unsigned int nr = _IOC_NR(cmd), usize = _IOC_SIZE(cmd), size;
	void *data;
	int ret;

	if (nr < AMDKFD_COMMAND_START || nr >= ARRAY_SIZE(table) || !table[nr].fn) {
		atomic64_inc(&unanswered);
		return -ENOTTY;
	}
	atomic64_inc(&calls[nr]);
	ret = may_call(p, table[nr].of_owner_or_tracer);
	if (ret)
		return ret;
	size = max(usize, _IOC_SIZE(table[nr].cmd));
	data = kzalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = -EFAULT;
	if ((table[nr].cmd & IOC_IN) && copy_from_user(data, (void __user *)arg, usize))
		goto out;
	ret = table[nr].fn(p, data);
	if ((table[nr].cmd & IOC_OUT) && copy_to_user((void __user *)arg, data, usize))
		ret = -EFAULT;
out:
	kfree(data);
	sim_log("pid %d ioctl %#x = %d", current->tgid, nr, ret);
	return ret;
}

static int kfd_open(struct inode *inode, struct file *file)
{
	struct sim_process *p = sim_process_open();

	if (IS_ERR(p))
		return PTR_ERR(p);
	file->private_data = p;
	return 0;
}

static int kfd_release(struct inode *inode, struct file *file)
{
	sim_process_put(file->private_data);
	return 0;
}

/* The page of registers to flush by: nothing happens when it is written. */
static int mmio_mmap(struct vm_area_struct *vma)
{
	struct page *page;
	int ret;

	if (vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	ret = vm_insert_page(vma, vma->vm_start, page);
	put_page(page);
	return ret;
}

static int kfd_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct sim_process *p = file->private_data;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	bool ours = SIM_MMAP_GPU_OF(offset) == SIM_GPU_ID;

	if (p->mm != current->mm)
		return -EINVAL;
	switch (offset & (3ULL << SIM_MMAP_TYPE_SHIFT)) {
	case SIM_MMAP_DOORBELL:
		return ours ? sim_doorbell_mmap(p, vma) : -ENODEV;
	case SIM_MMAP_EVENTS:
		return -EINVAL;		/* a discrete GPU's page is the process's own */
	case SIM_MMAP_RESERVED:
		return ours ? -EINVAL : -ENODEV;	/* that of APUs */
	default:
		return ours ? mmio_mmap(vma) : -ENODEV;
	}
}

static const struct file_operations kfd_fops = {
	.owner = THIS_MODULE,
	.open = kfd_open,
	.release = kfd_release,
	.unlocked_ioctl = kfd_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = kfd_mmap,
};

static char *node_mode(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

int sim_chardev_init(void)
{
	int ret;

	major = register_chrdev(0, "kfd", &kfd_fops);
	if (major < 0)
		return major;
	sim_kfd_class.devnode = node_mode;
	ret = class_register(&sim_kfd_class);
	if (ret)
		goto err_chrdev;
	sim_kfd_device = device_create(&sim_kfd_class, NULL, MKDEV(major, 0), NULL, "kfd");
	if (!IS_ERR(sim_kfd_device))
		return 0;
	ret = PTR_ERR(sim_kfd_device);
	class_unregister(&sim_kfd_class);
err_chrdev:
	unregister_chrdev(major, "kfd");
	return ret;
}

void sim_chardev_exit(void)
{
	device_destroy(&sim_kfd_class, MKDEV(major, 0));
	class_unregister(&sim_kfd_class);
	unregister_chrdev(major, "kfd");
}
