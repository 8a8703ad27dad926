// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Unloading the module: refused while anybody uses it, complete afterwards.
 */
#include "module.h"
#include "victim.h"

static char file[PATH_MAX], parameters[1024];

static void need_module(void)
{
	module_need(file);
	module_parameters(parameters, sizeof(parameters));
	close(node_open());
}

static void refused(void)
{
	CHECK_EQ(module_remove("xsched"), -EWOULDBLOCK);
}

static void unload(void)
{
	module_remove_soon("xsched");
	CHECK(access(NODE, F_OK));
	CHECK(access("/sys/class/xsched", F_OK));
	CHECK(access("/sys/module/xsched", F_OK));
}

static void load(void)
{
	module_reload(file, parameters);
}

static void only_open(const void *data)
{
	int fd;

	(void)data;
	need_module();
	fd = node_open();
	refused();
	MUST(close(fd));
	unload();
	load();
}

static void attached(const void *data)
{
	struct player p;

	(void)data;
	need_module();
	player_open(&p, 0);
	refused();
	/* And nothing has changed by the attempt. */
	kick(&p);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
	MUST(close(p.c.fd));
	/* The mappings are still there. */
	refused();
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	MUST(munmap((void *)p.c.control, page_size()));
	MUST(munmap(p.c.status, page_size()));
	MUST(munmap((void *)((uintptr_t)p.e.ctl & ~(page_size() - 1)), page_size()));
	refused();
	MUST(munmap((void *)((uintptr_t)p.q.st & ~(page_size() - 1)), page_size()));
	unload();
	load();
}

/* Its timers run, its words are being read. */
static void killed_in_action(const void *data)
{
	struct victim a, b;
	int i;

	(void)data;
	need_module();
	for (i = 0; i < 10; i++) {
		victim_start(&a, hold_device);
		victim_start(&b, hold_device);
		refused();
		kill_and_reap(a.pid);
		kill_and_reap(b.pid);
		unload();
		load();
	}
}

static void listing(const void *data)
{
	struct genl g;

	(void)data;
	need_module();
	genl_open(&g);
	CHECK_EQ(genl_dump(&g, XSCHED_CMD_DEVICE_GET, NULL, NULL), 0);
	/* A socket that has asked is not in the way. */
	unload();
	CHECK_EQ(genl_dump(&g, XSCHED_CMD_DEVICE_GET, NULL, NULL), -ENOENT);
	load();
}

static void often(const void *data)
{
	struct player p;
	int i;

	(void)data;
	need_module();
	for (i = 0; i < 20; i++) {
		player_open(&p, 0);
		MUST(munmap((void *)p.c.control, page_size()));
		MUST(munmap(p.c.status, page_size()));
		MUST(munmap((void *)((uintptr_t)p.e.ctl & ~(page_size() - 1)), page_size()));
		MUST(munmap((void *)((uintptr_t)p.q.st & ~(page_size() - 1)), page_size()));
		MUST(close(p.c.fd));
		unload();
		load();
	}
}

/* A bad parameter is refused before anything is there. */
static void bad_parameter(const void *data)
{
	(void)data;
	need_module();
	unload();
	CHECK_EQ(module_insert(file, "max_clients=many"), -EINVAL);
	CHECK(access(NODE, F_OK));
	load();
}

static const struct ktap_test tests[] = {
	{ "refused while open", only_open, NULL },
	{ "refused while attached, and while a page is mapped", attached, NULL },
	{ "after kill -9 in action", killed_in_action, NULL },
	{ "after a listing", listing, NULL },
	{ "20 times", often, NULL },
	{ "a bad parameter", bad_parameter, NULL },
};

KTAP_MAIN(tests)
