// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The module's map: what comes up in which order, and goes down in reverse.
 *
 *   process --ioctl, mmap, poll--> chardev, ioctl, pages     (what it may ask)
 *                                  client, entity, user      (what it owns)
 *                                  tenant                    (to whom it is counted)
 *                                  device, timer             (where it runs)
 *                                      |        ^
 *                     core: state machine, accounts, deadlines
 *                                      |        ^
 *                              policy: who runs now <--BPF programs-- bpf
 *                                      |
 *   process <--gate words, epochs, WAIT, ring, poll-- wait, ring
 *   operator <--sysfs, generic netlink, tracepoints-- sysfs, netlink, trace
 */
#include <linux/init.h>
#include <linux/module.h>

#include "bpf/bpf.h"
#include "edge/edge.h"

#define XSCHED_VERSION	"0.1.0"

module_param_named(max_clients, xsched_quota_max[XSCHED_QUOTA_CLIENTS], uint, 0644);
MODULE_PARM_DESC(max_clients, "attached processes per user (default 4096)");
module_param_named(max_entities, xsched_quota_max[XSCHED_QUOTA_ENTITIES], uint, 0644);
MODULE_PARM_DESC(max_entities, "entities per user (default 16384)");
module_param_named(max_queues, xsched_quota_max[XSCHED_QUOTA_QUEUES], uint, 0644);
MODULE_PARM_DESC(max_queues, "queues per user (default 65536)");

static int __init check_policies(void)
{
	const struct xsched_policy *const *p;
	int err = 0;

	for (p = xsched_policies; *p && !err; p++)
		err = xsched_policy_check(*p);
	return err;
}

static int __init xsched_init(void)
{
	int err;

	err = check_policies();
	if (err)
		return err;
	err = xsched_pages_init();
	if (err)
		return err;
	err = xsched_netlink_init();
	if (err)
		goto err_pages;
	err = xsched_devices_init();
	if (err)
		goto err_netlink;
	err = xsched_bpf_init();
	if (err)
		goto err_devices;
	err = xsched_chardev_init();
	if (err)
		goto err_devices;

	pr_info("xsched %s: policy %s for new devices\n", XSCHED_VERSION,
		xsched_policy_default->name);
	return 0;

err_devices:
	xsched_devices_exit();
err_netlink:
	xsched_netlink_exit();
	xsched_tenants_exit();
err_pages:
	xsched_pages_exit();
	return err;
}

/* The file operations hold the module: no file is open and no page is mapped. */
static void __exit xsched_exit(void)
{
	xsched_chardev_exit();
	xsched_clients_exit();
	xsched_devices_exit();
	xsched_netlink_exit();
	xsched_tenants_exit();
	xsched_pages_exit();
	rcu_barrier();
}

module_init(xsched_init);
module_exit(xsched_exit);

MODULE_DESCRIPTION("Scheduler for accelerators");
MODULE_VERSION(XSCHED_VERSION);
MODULE_LICENSE("Dual MIT/GPL");
