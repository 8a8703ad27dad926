// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Module kfdsim: its parameters, and the order in which it comes up and goes.
 */
#include "kfdsim.h"

#include <linux/module.h>

struct sim_params sim_params = {
	.unmap_us = 100,
	.map_us = 20,
	.timeout_ms = 9000,
	.dispatch_us = 10,
	.slots = 1,
	.poll_us = 20,
	.gfx = 90006,
	.cwsr = true,
};

struct sim_gpu sim_gpu = {
	.dqm = __MUTEX_INITIALIZER(sim_gpu.dqm),
	.queues = LIST_HEAD_INIT(sim_gpu.queues),
	.bell_lock = __MUTEX_INITIALIZER(sim_gpu.bell_lock),
	.processes_lock = __MUTEX_INITIALIZER(sim_gpu.processes_lock),
	.processes = LIST_HEAD_INIT(sim_gpu.processes),
	.slot_lock = __SPIN_LOCK_UNLOCKED(sim_gpu.slot_lock),
	.waiting = LIST_HEAD_INIT(sim_gpu.waiting),
	.slot_wq = __WAIT_QUEUE_HEAD_INITIALIZER(sim_gpu.slot_wq),
};

module_param_named(unmap_us, sim_params.unmap_us, uint, 0644);
MODULE_PARM_DESC(unmap_us, "time to take waves off the device, context save included");
module_param_named(map_us, sim_params.map_us, uint, 0644);
MODULE_PARM_DESC(map_us, "time to put queues on the device");
module_param_named(timeout_ms, sim_params.timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "time after which an unmap counts as failed");
module_param_named(dispatch_us, sim_params.dispatch_us, uint, 0644);
MODULE_PARM_DESC(dispatch_us, "duration of a dispatch whose code doesn't name one");
module_param_named(slots, sim_params.slots, uint, 0644);
MODULE_PARM_DESC(slots, "dispatches that compute at a time");
module_param_named(poll_us, sim_params.poll_us, uint, 0644);
MODULE_PARM_DESC(poll_us, "how often memory is read while a packet waits for it");
module_param_named(gfx, sim_params.gfx, uint, 0444);
MODULE_PARM_DESC(gfx, "gfx_target_version, 90006 for gfx906");
module_param_named(mes, sim_params.mes, bool, 0444);
MODULE_PARM_DESC(mes, "MES instead of HWS: queues are mapped one by one");
module_param_named(cwsr_enable, sim_params.cwsr, bool, 0444);
MODULE_PARM_DESC(cwsr_enable, "waves can be saved; without, a queue is drained first");
module_param_named(log, sim_params.log, bool, 0644);
MODULE_PARM_DESC(log, "tell the kernel log what happens");

static int __init kfdsim_init(void)
{
	int ret;

	sim_mapping_init();
	ret = sim_memory_init();
	if (ret)
		return ret;
	ret = sim_chardev_init();
	if (ret)
		goto err_memory;
	ret = sim_topology_init();
	if (ret)
		goto err_chardev;
	ret = sim_proc_init();
	if (ret)
		goto err_topology;
	sim_control_init();
	pr_info("kfdsim: a simulated GPU (gfx %u, %s) behind /dev/kfd; no hardware is involved\n",
		sim_params.gfx, sim_params.mes ? "MES" : "HWS");
	return 0;

err_topology:
	sim_topology_exit();
err_chardev:
	sim_chardev_exit();
err_memory:
	sim_memory_exit();
	return ret;
}

static void __exit kfdsim_exit(void)
{
	sim_control_exit();
	sim_proc_exit();
	sim_topology_exit();
	sim_chardev_exit();
	sim_memory_exit();
	sim_mapping_exit();
}

module_init(kfdsim_init);
module_exit(kfdsim_exit);
MODULE_DESCRIPTION("Simulated AMD KFD, for tests");
MODULE_LICENSE("Dual MIT/GPL");
