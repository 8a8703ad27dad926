// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Long-term pins of the mapped pages, as drivers take them for their devices:
 * of gates to read, of status words to write too; and pins that outlive
 * everything else.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../lifetime/module.h"
#include "../pin/pintest.h"

static int pintest_open(void)
{
	return MUST(open(PINTEST_NODE, O_RDWR | O_CLOEXEC));
}

static int pin(int fd, unsigned long cmd, const void *at)
{
	return call(fd, cmd, (void *)at);
}

static int load(int fd)
{
	int ret = ioctl(fd, PINTEST_LOAD, 0UL);

	return ret < 0 ? -errno : ret;
}

static void control_to_read(const void *data)
{
	struct player low, high;
	int device = pintest_open();

	(void)data;
	player_open(&low, 0);
	player_open(&high, 10);
	go_idle(&low);
	go_idle(&high);
	want(&low);
	CHECK_EQ(pin(device, PINTEST_PIN_READ, &low.e.ctl->gate), 0);
	CHECK_EQ(load(device), XSCHED_GATE_OPEN);
	/* The device reads the same word. */
	want(&high);
	CHECK_EQ(load(device), XSCHED_GATE_HELD);
	go_idle(&high);
	CHECK_EQ(load(device), XSCHED_GATE_OPEN);
	CHECK_EQ(call(device, PINTEST_STORE, (void *)1), -EACCES);
}

static void control_to_write(const void *data)
{
	struct player p;
	int device = pintest_open();

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(pin(device, PINTEST_PIN_WRITE, &p.e.ctl->gate), -EFAULT);
	CHECK_EQ(pin(device, PINTEST_PIN_WRITE, &p.c.control->magic), -EFAULT);
}

static void status_to_write(const void *data)
{
	struct player p;
	int device = pintest_open();

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(pin(device, PINTEST_PIN_WRITE, &p.q.st->arrive), 0);
	CHECK_EQ(call(device, PINTEST_STORE, (void *)4711), 0);
	CHECK_EQ(LOAD(p.q.st->arrive), 4711);
	STORE(p.q.st->arrive, 4712);
	CHECK_EQ(load(device), 4712);
}

static void status_to_read(const void *data)
{
	struct player p;
	int device = pintest_open();

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(pin(device, PINTEST_PIN_READ, &p.q.st->pass), 0);
	STORE(p.q.st->pass, 99);
	CHECK_EQ(load(device), 99);
}

/* The headers too: an agent on a device could read the ring. */
static void headers(const void *data)
{
	int a = pintest_open(), b = pintest_open();
	struct player p;

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(pin(a, PINTEST_PIN_READ, &p.c.control->magic), 0);
	CHECK_EQ(load(a), XSCHED_CONTROL_MAGIC);
	CHECK_EQ(pin(b, PINTEST_PIN_WRITE, &p.c.status->ring_head), 0);
	CHECK_EQ(call(b, PINTEST_STORE, (void *)17), 0);
	CHECK_EQ(LOAD(p.c.status->ring_head), 17);
}

/* The pin keeps the memory: unmapped and closed, the device reads on. */
static void outlives_the_file(const void *data)
{
	int gate_device = pintest_open(), status_device = pintest_open();
	struct player low, high;

	(void)data;
	player_open(&low, 0);
	player_open(&high, 10);
	go_idle(&low);
	go_idle(&high);
	launch(&high, 1);
	want(&low);
	CHECK_EQ(pin(gate_device, PINTEST_PIN_READ, &low.e.ctl->gate), 0);
	CHECK_EQ(pin(status_device, PINTEST_PIN_WRITE, &low.q.st->arrive), 0);
	CHECK_EQ(load(gate_device), XSCHED_GATE_HELD);
	MUST(munmap((void *)((uintptr_t)low.e.ctl & ~(page_size() - 1)), page_size()));
	MUST(munmap((void *)((uintptr_t)low.q.st & ~(page_size() - 1)), page_size()));
	MUST(close(low.c.fd));
	/* What waits at that gate goes on. */
	CHECK_EQ(load(gate_device), XSCHED_GATE_OPEN);
	CHECK_EQ(call(status_device, PINTEST_STORE, (void *)5), 0);
	CHECK_EQ(load(status_device), 5);
	/* A new client's pages are others. */
	player_open(&low, 0);
	CHECK_EQ(call(status_device, PINTEST_STORE, (void *)6), 0);
	CHECK_EQ(LOAD(low.q.st->arrive), 0);
	CHECK_EQ(LOAD(low.q.st->submitted), 0);
}

static void pin_and_die(void *data)
{
	int *device = data;
	struct player p;

	player_open(&p, 0);
	CHECK_EQ(pin(device[0], PINTEST_PIN_READ, &p.e.ctl->gate), 0);
	CHECK_EQ(pin(device[1], PINTEST_PIN_WRITE, &p.q.st->pass), 0);
	CHECK_EQ(call(device[1], PINTEST_STORE, (void *)33), 0);
	raise(SIGKILL);
}

static void outlives_the_process(const void *data)
{
	int device[2] = { pintest_open(), pintest_open() };
	pid_t pid;
	int status;

	(void)data;
	pid = start(pin_and_die, device);
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(load(device[0]), XSCHED_GATE_OPEN);
	CHECK_EQ(load(device[1]), 33);
	CHECK_EQ(call(device[1], PINTEST_STORE, (void *)34), 0);
	CHECK_EQ(load(device[1]), 34);
}

static bool shell(const char *command)
{
	fflush(stdout);
	return !system(command);
}

/* The node, once more, on a disk; in a mount namespace that goes with the case. */
#define DISK "/tmp/xsched-pin-disk"

static int open_on_disk(void)
{
	struct stat st;

	MUST(stat(NODE, &st));
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		SKIP("needs root, to mount");
	if (!shell("exec >/dev/null 2>&1; modprobe loop; modprobe ext4;"
		   "mkdir -p " DISK " && truncate -s 16M " DISK ".img &&"
		   "mkfs.ext4 -q -F " DISK ".img && mount -o loop " DISK ".img " DISK " && rm " DISK ".img"))
		SKIP("no ext4 on a loop device here");
	MUST(mknod(DISK "/node", S_IFCHR | 0600, st.st_rdev));
	return MUST(open(DISK "/node", O_RDWR | O_CLOEXEC));
}

/*
 * Where a file system writes back, the kernel refuses long pins of shared file
 * mappings to write. Ours are none, wherever the node lies.
 */
static void node_on_disk(const void *data)
{
	int device = pintest_open(), fd = open_on_disk();
	struct client c;

	(void)data;
	client_attach(&c, fd);
	CHECK_EQ(pin(device, PINTEST_PIN_WRITE, &c.status->ring_head), 0);
	CHECK_EQ(call(device, PINTEST_STORE, (void *)17), 0);
	CHECK_EQ(LOAD(c.status->ring_head), 17);
}

static const struct ktap_test tests[] = {
	{ "control page, to read", control_to_read, NULL },
	{ "control page, to write: refused", control_to_write, NULL },
	{ "status page, to write", status_to_write, NULL },
	{ "status page, to read", status_to_read, NULL },
	{ "headers", headers, NULL },
	{ "a pin outlives mapping and file", outlives_the_file, NULL },
	{ "a pin outlives the process", outlives_the_process, NULL },
	{ "status page, to write, of a node on a disk", node_on_disk, NULL },
};

/* The module is there for this program alone, unless somebody loaded it before. */
static int load_pintest(void)
{
	char path[PATH_MAX], *slash;

	if (!access(PINTEST_NODE, F_OK))
		return 0;
	module_file(path);
	slash = strrchr(path, '/');
	if (!slash)
		return -ENOENT;
	snprintf(slash, 100, "/tests/user/pin/xsched-pintest.ko");
	return module_insert(path, "") ?: 1;
}

int main(int argc, char **argv)
{
	int loaded = load_pintest();
	size_t i;

	(void)argc;
	ktap_begin(argv[0], loaded < 0 ? 1 : ARRAY_SIZE(tests));
	if (loaded < 0) {
		ktap->run = ktap->skipped = 1;
		printf("ok 1 pins # SKIP xsched-pintest.ko can't be loaded (%s): make pintest\n",
		       strerror(-loaded));
		return KTAP_SKIP;
	}
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ktap_case(tests[i].name, tests[i].run, NULL);
	if (loaded && module_remove("xsched_pintest"))
		printf("# xsched-pintest.ko stays loaded\n");
	return ktap_end();
}
