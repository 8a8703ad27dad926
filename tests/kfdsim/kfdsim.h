/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A simulated KFD: one GPU without hardware, behind the ABI of Linux 6.12's amdkfd.
 *
 *	ioctl -> chardev -> process, queue, memory, event, debug, criu
 *	doorbell -> engine (a thread per queue) -> aql | sdma -> signal, event
 *	queue -> mapping: what is on the device now, and what it costs to change that
 *
 * A dispatch takes time and computes nothing; copies copy. Nothing here says
 * anything about the speed of real hardware: times are what the parameters say.
 *
 * Lock order: process->mutex -> gpu.dqm -> process->vm -> process->event_lock
 *
 * process->mutex	queues, objects, debug state of a process
 * gpu.dqm		the device's list of queues, what is mapped
 * process->vm		buffers by address (read by engines)
 * process->event_lock	events (spinlock)
 * gpu.bell_lock	which doorbells are looked at (leaf)
 * gpu.slot_lock	who computes (spinlock, leaf)
 */
#ifndef KFDSIM_H
#define KFDSIM_H

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <uapi/linux/kfd_ioctl.h>

#define SIM_GPU_ID		26493
#define SIM_MAX_QUEUES		128
#define SIM_DOORBELL_SIZE	8192
#define SIM_MMAP_TYPE_SHIFT	62
#define SIM_MMAP_DOORBELL	(3ULL << SIM_MMAP_TYPE_SHIFT)
#define SIM_MMAP_EVENTS		(2ULL << SIM_MMAP_TYPE_SHIFT)
#define SIM_MMAP_RESERVED	(1ULL << SIM_MMAP_TYPE_SHIFT)
#define SIM_MMAP_MMIO		0ULL
#define SIM_MMAP_GPU_SHIFT	46
#define SIM_MMAP_GPU(id)	((u64)(id) << SIM_MMAP_GPU_SHIFT)
#define SIM_MMAP_GPU_OF(off)	(((off) >> SIM_MMAP_GPU_SHIFT) & 0xffff)

/* main.c: parameters, all of them times and properties of the simulated device */
struct sim_params {
	uint unmap_us;		/* taking waves off: context save, and the firmware's answer */
	uint map_us;		/* putting queues on */
	uint timeout_ms;	/* until the firmware counts as hung */
	uint dispatch_us;	/* a dispatch of code that doesn't say how long it takes */
	uint slots;		/* dispatches that compute at a time */
	uint poll_us;		/* how often memory is looked at, while something waits for it */
	uint gfx;		/* gfx_target_version: 90006 is gfx906 */
	bool mes;		/* queues are (un)mapped one by one, as from gfx11 on */
	bool cwsr;		/* compute wave save/restore */
	bool log;
};
extern struct sim_params sim_params;
#define sim_log(fmt, ...) do {						\
	if (sim_params.log)						\
		pr_info("kfdsim (simulated): " fmt "\n", ##__VA_ARGS__);	\
} while (0)

struct sim_process {
	struct kref ref;
	struct list_head in_gpu;	/* under sim_gpu.processes_lock */
	struct mm_struct *mm;		/* mm_count held; mm_users only for a moment */
	struct task_struct *lead;
	pid_t pid;
	struct mutex mutex;
	struct file *drm;		/* ACQUIRE_VM */
	struct idr buffers;
	struct rw_semaphore vm;
	struct rb_root by_va;		/* buffers that are mapped to the GPU */
	DECLARE_BITMAP(slots, SIM_MAX_QUEUES);
	struct list_head queues;	/* under mutex and gpu.dqm */
	struct kobject *dir, *queue_dir, *stats_dir;	/* proc/<pid> */

	u64 *doorbells;			/* two pages, shared with the process */
	u64 seen[SIM_DOORBELL_SIZE / 8];
	struct task_struct *watcher;
	wait_queue_head_t watch;
	struct list_head rung_list;	/* queues; under gpu.bell_lock */
	atomic_t rung;			/* the page was touched while nobody looked */

	spinlock_t event_lock;
	struct idr events;
	wait_queue_head_t event_wq;
	u64 event_page;			/* handle of the buffer that the process gave for it */

	unsigned int evicted;		/* how often; under mutex */
	bool paused;			/* by CRIU */
	u64 evicted_ns, evicted_since;

	struct file *dbg_file;
	struct sim_process *debugger;
	bool dbg_enabled;
	u64 dbg_mask;
	struct kfd_runtime_info runtime;
	u64 memory_exception_va;
};

struct sim_buffer {
	struct rb_node by_va;
	u64 va, size, handle, userptr;
	u32 flags;
	unsigned int queues;		/* that need it */
	bool mapped;
	struct file *file;		/* VRAM and GTT: what is behind */
	u64 mmap_offset;
	struct list_head in_node;	/* render node's list */
	struct sim_process *owner;
};

enum sim_queue_kind { SIM_AQL, SIM_SDMA, SIM_PM4 };

struct sim_queue {
	struct list_head in_process, in_gpu, in_rung;
	struct sim_process *p;
	struct kobject kobj;
	struct kobject *dir;
	u32 id, type, priority, percent;
	enum sim_queue_kind kind;
	u64 ring, size, rptr, wptr, eop, cwsr;
	u32 cwsr_size, ctl_stack_size;
	unsigned int doorbell;		/* index of its word */
	u64 exceptions;			/* KFD_EC_MASK() */
	bool suspended;			/* by the debugger */
	bool destroying;

	/* under gpu.dqm, read by the engine */
	bool active;			/* percent, suspended, evicted */
	bool mapped;			/* on the device */
	bool dead;			/* a reset or a fault took it */

	/* engine */
	struct task_struct *engine;
	struct list_head in_waiting;	/* for a slot; under gpu.slot_lock */
	u64 read, rung, done_rung;
	bool computing;			/* has one of the slots; under gpu.slot_lock */
	u64 ticket;			/* waits for one */
	u64 left_ns;			/* of the dispatch under way */
	u64 whole_ns;			/* all of it */
	u64 ran_ns;			/* by the clock, on the device: of this dispatch, or the last */
	bool in_dispatch;
	u32 cu_share;

	/* figures, see control.c */
	u64 n_packets, n_dispatches, n_saves, n_restores, busy_ns;
	u64 last_start_ns, last_stop_ns, last_done_ns;
};

struct sim_event {
	u32 id, type;
	bool auto_reset, signaled;
	u32 waiters;
	u64 age;
	struct kfd_event_data data;
};

struct sim_gpu {
	struct mutex dqm;
	struct list_head queues;
	struct mutex bell_lock;		/* which queues have doorbells (leaf) */
	struct mutex processes_lock;
	struct list_head processes;

	bool stalled;			/* HWS: the runlist is off the device */
	bool draining;			/* nothing new is to begin */
	struct hrtimer map_timer;
	bool hung;			/* an unmap timed out: no order is taken before the reset */
	unsigned int n_resets, n_unmaps;
	atomic_t n_copies;		/* by copy engines */
	atomic_t n_copies_held;		/* how often a copy engine's queue was stopped */
	atomic_t inject_timeouts;	/* so many of the next unmaps time out */
	atomic_t inject_hang_ms;	/* the next unmap takes this long */
	atomic_t inject_forgets;	/* so many of the next saves lose how far the waves were */

	spinlock_t slot_lock;
	wait_queue_head_t slot_wq;	/* where all engines wait, for whatever */
	struct list_head waiting;
	unsigned int slots_used;
	u64 next_ticket;
};
extern struct sim_gpu sim_gpu;

/* chardev.c */
int sim_chardev_init(void);
void sim_chardev_exit(void);
extern struct class sim_kfd_class;
extern struct device *sim_kfd_device;
u64 sim_calls(unsigned int nr);		/* how many ioctls of this number there have been */
u64 sim_calls_unanswered(void);		/* of numbers that aren't known */

/* process.c */
struct sim_process *sim_process_open(void);
struct sim_process *sim_process_of(struct mm_struct *mm);	/* with a reference, or NULL */
struct sim_process *sim_process_of_pid(struct pid *pid);
void sim_process_put(struct sim_process *p);

/* memory.c */
int sim_memory_init(void);
void sim_memory_exit(void);
int sim_memory_acquire_vm(struct sim_process *p, struct kfd_ioctl_acquire_vm_args *a);
int sim_memory_alloc(struct sim_process *p, struct kfd_ioctl_alloc_memory_of_gpu_args *a);
int sim_memory_free(struct sim_process *p, struct kfd_ioctl_free_memory_of_gpu_args *a);
int sim_memory_map(struct sim_process *p, struct kfd_ioctl_map_memory_to_gpu_args *a);
int sim_memory_unmap(struct sim_process *p, struct kfd_ioctl_unmap_memory_from_gpu_args *a);
void sim_memory_release(struct sim_process *p);
/* Pins the buffer that starts exactly at va; size 0 takes any. */
int sim_memory_hold(struct sim_process *p, u64 va, u64 size);
void sim_memory_unhold(struct sim_process *p, u64 va);
int sim_memory_available(struct sim_process *p, struct kfd_ioctl_get_available_memory_args *a);
/* The GPU's view. -EFAULT is a GPU page fault, which the caller reports. */
int sim_read(struct sim_process *p, u64 va, void *to, size_t n);
int sim_write(struct sim_process *p, u64 va, const void *from, size_t n);
int sim_copy(struct sim_process *p, u64 to, u64 from, u64 n);
int sim_fill(struct sim_process *p, u64 to, u32 value, u64 n);
int sim_add64(struct sim_process *p, u64 va, s64 n);

/* event.c */
int sim_event_create(struct sim_process *p, struct kfd_ioctl_create_event_args *a);
int sim_event_destroy(struct sim_process *p, u32 id);
int sim_event_set(struct sim_process *p, u32 id);
int sim_event_reset(struct sim_process *p, u32 id);
int sim_event_wait(struct sim_process *p, struct kfd_ioctl_wait_events_args *a);
void sim_event_interrupt(struct sim_process *p, u32 id);
void sim_event_reset_signal(struct sim_process *p);
void sim_event_memory_fault(struct sim_process *p, u64 va, bool write);
void sim_event_release(struct sim_process *p);

/* queue.c */
int sim_queue_create(struct sim_process *p, struct kfd_ioctl_create_queue_args *a);
int sim_queue_destroy(struct sim_process *p, u32 id);
int sim_queue_update(struct sim_process *p, struct kfd_ioctl_update_queue_args *a);
int sim_queue_cu_mask(struct sim_process *p, struct kfd_ioctl_set_cu_mask_args *a);
int sim_queue_wave_state(struct sim_process *p, struct kfd_ioctl_get_queue_wave_state_args *a);
int sim_queue_gws(struct sim_process *p, struct kfd_ioctl_alloc_queue_gws_args *a);
struct sim_queue *sim_queue_find(struct sim_process *p, u32 id);
void sim_queue_release(struct sim_process *p);
void sim_queue_resumed(void);

/* mapping.c; all with gpu.dqm held */
void sim_mapping_init(void);
void sim_mapping_exit(void);
/* Brings what is on the device in line with q->active of all queues; q: the one that changed. */
int sim_mapping_update(struct sim_queue *q, bool was_active);
bool sim_queue_should_run(const struct sim_queue *q);
/* Takes dqm by itself. */
int sim_process_evict(struct sim_process *p);
int sim_process_restore(struct sim_process *p);
void sim_gpu_reset(const char *why);

/* engine.c */
int sim_engine_start(struct sim_queue *q);
void sim_engine_stop(struct sim_queue *q);
static inline bool sim_runnable(const struct sim_queue *q)
{
	return READ_ONCE(q->mapped) && !READ_ONCE(sim_gpu.stalled) && !READ_ONCE(q->dead);
}
bool sim_engine_sleep_us(struct sim_queue *q, uint us);	/* false: it is to end */
/* Computes for so long, with others at it, off and on as the queue is mapped. */
bool sim_engine_compute(struct sim_queue *q, u64 ns);
void sim_engine_fault(struct sim_queue *q, u64 va, bool write, const char *what);

/* aql.c, sdma.c: all there is to do now; false if the engine is to end */
bool sim_aql_run(struct sim_queue *q);
bool sim_sdma_run(struct sim_queue *q);
/* blit.c */
bool sim_blit(struct sim_queue *q, u64 kernarg, u64 *bytes);

/* doorbell.c */
int sim_doorbell_init(struct sim_process *p);
void sim_doorbell_exit(struct sim_process *p);
void sim_doorbell_add(struct sim_queue *q);
void sim_doorbell_del(struct sim_queue *q);
int sim_doorbell_mmap(struct sim_process *p, struct vm_area_struct *vma);

/* debug.c */
int sim_debug_runtime(struct sim_process *p, struct kfd_ioctl_runtime_enable_args *a);
int sim_debug_trap(struct sim_process *p, struct kfd_ioctl_dbg_trap_args *a);
void sim_debug_release(struct sim_process *p);

/* criu.c */
int sim_criu(struct sim_process *p, struct kfd_ioctl_criu_args *a);

/* topology.c */
int sim_topology_init(void);
void sim_topology_exit(void);
u32 sim_cwsr_size(void);
u32 sim_ctl_stack_size(void);
u64 sim_vram_size(void);

/* proc.c: /sys/class/kfd/kfd/proc */
int sim_proc_init(void);
void sim_proc_exit(void);
int sim_proc_add(struct sim_process *p);
void sim_proc_del(struct sim_process *p);
int sim_proc_add_queue(struct sim_queue *q);
void sim_proc_del_queue(struct sim_queue *q);

/* control.c: /sys/kernel/debug/kfdsim */
void sim_control_init(void);
void sim_control_exit(void);

#endif
