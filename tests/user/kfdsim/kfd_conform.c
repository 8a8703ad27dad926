// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Asks /dev/kfd what can be asked without a queue, and prints each answer: what the
 * simulated driver says is to be what the stock one says where it has no GPU.
 */
#include "../../../hal/hip/kfd_debug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_GPU	0x1234
#define NO_ID	777

static int fd;

static void ask(const char *what, unsigned long cmd, void *args)
{
	int ret = ioctl(fd, cmd, args);

	printf("%-44s %d %s\n", what, ret, ret < 0 ? strerrorname_np(errno) : "-");
}

#define ASK(what, name, type, ...) do {					\
	struct kfd_ioctl_##type##_args a = { __VA_ARGS__ };		\
									\
	ask(what, AMDKFD_IOC_##name, &a);				\
} while (0)

static void queues(void)
{
	static uint64_t ring[1 << 12] __attribute__((aligned(65536)));
	uintptr_t r = (uintptr_t)ring;
	uint32_t mask = ~0u;

	ASK("create a queue on no GPU", CREATE_QUEUE, create_queue, .gpu_id = NO_GPU, .ring_base_address = r,
	    .ring_size = 4096, .queue_percentage = 100, .queue_priority = 7, .queue_type = 2);
	ASK("create a queue, percentage 101", CREATE_QUEUE, create_queue, .gpu_id = NO_GPU,
	    .ring_base_address = r, .ring_size = 4096, .queue_percentage = 101);
	ASK("create a queue, priority 16", CREATE_QUEUE, create_queue, .gpu_id = NO_GPU,
	    .ring_base_address = r, .ring_size = 4096, .queue_priority = 16);
	ASK("create a queue, ring of 3000", CREATE_QUEUE, create_queue, .gpu_id = NO_GPU,
	    .ring_base_address = r, .ring_size = 3000);
	ASK("destroy no queue", DESTROY_QUEUE, destroy_queue, .queue_id = NO_ID);
	ASK("update no queue to 0 %", UPDATE_QUEUE, update_queue, .queue_id = NO_ID, .ring_base_address = r,
	    .ring_size = 4096, .queue_priority = 7);
	ASK("update no queue to 200 %", UPDATE_QUEUE, update_queue, .queue_id = NO_ID,
	    .ring_base_address = r, .ring_size = 4096, .queue_percentage = 200);
	ASK("update no queue, ring of 3000", UPDATE_QUEUE, update_queue, .queue_id = NO_ID,
	    .ring_base_address = r, .ring_size = 3000);
	ASK("CU mask of no queue", SET_CU_MASK, set_cu_mask, .queue_id = NO_ID, .num_cu_mask = 32,
	    .cu_mask_ptr = (uintptr_t)&mask);
	ASK("CU mask of 0 bits", SET_CU_MASK, set_cu_mask, .queue_id = NO_ID, .cu_mask_ptr = (uintptr_t)&mask);
	ASK("CU mask of 31 bits", SET_CU_MASK, set_cu_mask, .queue_id = NO_ID, .num_cu_mask = 31,
	    .cu_mask_ptr = (uintptr_t)&mask);
	ASK("wave state of no queue", GET_QUEUE_WAVE_STATE, get_queue_wave_state, .queue_id = NO_ID);
	ASK("GWS for no queue", ALLOC_QUEUE_GWS, alloc_queue_gws, .queue_id = NO_ID, .num_gws = 1);
}

static void events(void)
{
	ASK("set no event", SET_EVENT, set_event, .event_id = NO_ID);
	ASK("reset no event", RESET_EVENT, reset_event, .event_id = NO_ID);
	ASK("destroy no event", DESTROY_EVENT, destroy_event, .event_id = NO_ID);
	ASK("an event with a page that isn't one", CREATE_EVENT, create_event, .event_page_offset = 1ULL << 40);
}

static void memory(void)
{
	ASK("acquire a VM by no file", ACQUIRE_VM, acquire_vm, .drm_fd = 999, .gpu_id = NO_GPU);
	ASK("acquire the VM of no GPU", ACQUIRE_VM, acquire_vm, .drm_fd = 0, .gpu_id = NO_GPU);
	ASK("allocate nothing", ALLOC_MEMORY_OF_GPU, alloc_memory_of_gpu, .gpu_id = NO_GPU);
	ASK("allocate on no GPU", ALLOC_MEMORY_OF_GPU, alloc_memory_of_gpu, .gpu_id = NO_GPU, .size = 4096,
	    .flags = KFD_IOC_ALLOC_MEM_FLAGS_VRAM);
	ASK("free nothing", FREE_MEMORY_OF_GPU, free_memory_of_gpu, .handle = 0);
	ASK("map to no device", MAP_MEMORY_TO_GPU, map_memory_to_gpu, .handle = 0);
	ASK("unmap from no device", UNMAP_MEMORY_FROM_GPU, unmap_memory_from_gpu, .handle = 0);
}

static void others(void)
{
	ASK("policy 9", SET_MEMORY_POLICY, set_memory_policy, .gpu_id = NO_GPU, .default_policy = 9);
	ASK("policy of no GPU", SET_MEMORY_POLICY, set_memory_policy, .gpu_id = NO_GPU);
	ASK("clocks of no GPU", GET_CLOCK_COUNTERS, get_clock_counters, .gpu_id = NO_GPU);
	ASK("trap handler of no GPU", SET_TRAP_HANDLER, set_trap_handler, .gpu_id = NO_GPU);
	ASK("scratch of no GPU", SET_SCRATCH_BACKING_VA, set_scratch_backing_va, .gpu_id = NO_GPU);
	ASK("tiles of no GPU", GET_TILE_CONFIG, get_tile_config, .gpu_id = NO_GPU);
	ASK("SMI events of no GPU", SMI_EVENTS, smi_events, .gpuid = NO_GPU);
	ASK("the old debugger's register", DBG_REGISTER_DEPRECATED, dbg_register, .gpu_id = NO_GPU);
	ASK("CRIU's op 99", CRIU_OP, criu, .op = 99);
	ASK("CRIU's unpause", CRIU_OP, criu, .op = KFD_CRIU_OP_UNPAUSE);
}

static void debugger(void)
{
	static struct kfd_runtime_info info;
	uint32_t pid = (uint32_t)getpid();

	ASK("suspend before a session", DBG_TRAP, dbg_trap, .pid = pid, .op = KFD_IOC_DBG_TRAP_SUSPEND_QUEUES);
	ASK("session with nobody", DBG_TRAP, dbg_trap, .pid = 0x3fffff, .op = KFD_IOC_DBG_TRAP_ENABLE);
	ASK("session without a file", DBG_TRAP, dbg_trap, .pid = pid, .op = KFD_IOC_DBG_TRAP_ENABLE,
	    .enable = { .rinfo_ptr = (uintptr_t)&info, .rinfo_size = sizeof(info), .dbg_fd = 999 });
	ASK("runtime", RUNTIME_ENABLE, runtime_enable, .mode_mask = 1);
	ASK("runtime again", RUNTIME_ENABLE, runtime_enable, .mode_mask = 1);
	ASK("session", DBG_TRAP, dbg_trap, .pid = pid, .op = KFD_IOC_DBG_TRAP_ENABLE,
	    .enable = { .rinfo_ptr = (uintptr_t)&info, .rinfo_size = sizeof(info), .dbg_fd = 1 });
	ASK("session again", DBG_TRAP, dbg_trap, .pid = pid, .op = KFD_IOC_DBG_TRAP_ENABLE,
	    .enable = { .rinfo_ptr = (uintptr_t)&info, .rinfo_size = sizeof(info), .dbg_fd = 1 });
	ASK("an event, when there is none", DBG_TRAP, dbg_trap, .pid = pid,
	    .op = KFD_IOC_DBG_TRAP_QUERY_DEBUG_EVENT);
	ASK("end of session", DBG_TRAP, dbg_trap, .pid = pid, .op = 1);
}

int main(void)
{
	struct kfd_ioctl_get_version_args v = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);	/* a child of ours says something, too */
	fd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/kfd");
		return 1;
	}
	ask("version", AMDKFD_IOC_GET_VERSION, &v);
	printf("%-44s %u.%u\n", "  it is", v.major_version, v.minor_version);
	queues();
	events();
	memory();
	others();
	debugger();
	ask("ioctl 0x27", AMDKFD_IO(0x27), &v);
	ask("ioctl 0x82", AMDKFD_IO(0x82), &v);
	if (!fork()) {
		ask("version, by a child", AMDKFD_IOC_GET_VERSION, &v);
		_exit(0);
	}
	wait(NULL);
	return 0;
}
