// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl shutdown: lets every program run on without the scheduler.
 */
#include "ctl.h"
#include "genl.h"
#include "out.h"
#include "policy_load.h"
#include "probe.h"

static int shutdown_run(int argc, char **argv)
{
	int err;

	(void)argc;
	(void)argv;
	if (probe_connect())
		return CTL_FAILURE;
	err = genl_set(XSCHED_CMD_SHUTDOWN, NULL, 0);
	if (err)
		return probe_fail("shutdown", err);
	policy_unload_all();
	return CTL_OK;
}

const struct ctl_cmd cmd_shutdown = {
	.name = "shutdown",
	.args = "",
	.summary = "Lets go of every program, so that the module can be unloaded",
	.more = "All gates open and programs run on without the scheduler; loaded policies go. New\n"
		"programs aren't taken until the module has been unloaded and loaded again. Needs\n"
		"root (CAP_SYS_ADMIN).\n",
	.run = shutdown_run,
};
