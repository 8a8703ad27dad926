// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a CUDA program relies on: order within streams and between them, what is waited for,
 * captures, errors. It knows nothing of xsched, and has to find the same with and without.
 */
#include "cu.h"

#include <pthread.h>

/* A thousand kernels in one stream, the legacy one among others, waited for in every way. */
static void in_order(const void *arg)
{
	cu_stream s = NULL;
	u32 i;

	cu_begin();
	if (!strcmp(arg, "blocking"))
		OK(cuStreamCreate(&s, 0));
	else if (!strcmp(arg, "non-blocking"))
		OK(cuStreamCreate(&s, NON_BLOCKING));
	else if (!strcmp(arg, "per-thread"))
		s = CU_PER_THREAD;
	cu_ptr log = log_new(1000);
	for (i = 0; i < 1000; i++) {
		OK(append(s, log, i, i % 100 ? 0 : 300));
		if (i % 250 == 100)
			OK(cuStreamSynchronize(s));
		if (i % 250 == 200)
			OK(cuCtxSynchronize());
	}
	OK(cuStreamSynchronize(s));
	log_is_in_order(log, 0, 1000);
}

/* One log written by turns from several streams, by events. */
static void by_events(const void *arg)
{
	cu_stream s[4] = { NULL, CU_PER_THREAD };
	cu_event e[4];
	cu_ptr log;
	u32 i;

	(void)arg;
	cu_begin();
	log = log_new(400);
	OK(cuStreamCreate(&s[2], NON_BLOCKING));
	OK(cuStreamCreate(&s[3], NON_BLOCKING));
	for (i = 0; i < 4; i++)
		OK(cuEventCreate(&e[i], 2));
	for (i = 0; i < 400; i++) {
		if (i)
			OK(cuStreamWaitEvent(s[i % 4], e[(i - 1) % 4], 0));
		OK(append(s[i % 4], log, i, i % 4 ? 0 : 50));
		OK(cuEventRecord(e[i % 4], s[i % 4]));
	}
	OK(cuEventSynchronize(e[399 % 4]));
	CHECK_EQ(cuEventQuery(e[0]), CU_OK);
	log_is_in_order(log, 0, 400);
}

/* The legacy stream comes between blocking streams, without any event. */
static void legacy_between(const void *arg)
{
	cu_stream a, b;
	cu_ptr log;
	u32 i;

	(void)arg;
	cu_begin();
	log = log_new(300);
	OK(cuStreamCreate(&a, 0));
	OK(cuStreamCreate(&b, 0));
	for (i = 0; i < 300; i += 3) {
		OK(append(a, log, i, 100));
		OK(append(NULL, log, i + 1, 50));
		OK(append(b, log, i + 2, 0));
		OK(append(NULL, log_new(1), 0, 0));
	}
	OK(cuCtxSynchronize());
	log_is_in_order(log, 0, 300);
}

/* Copies that return when they are done have seen what was launched before them. */
static void copies(const void *arg)
{
	u32 in[256], out[256], i, round;
	cu_ptr a, b;

	(void)arg;
	cu_begin();
	OK(cuMemAlloc_v2(&a, sizeof(in)));
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 256; i++)
			in[i] = i + round;
		OK(cuMemcpyHtoD_v2(a, in, sizeof(in)));
		OK(add(NULL, a, round, 256));
		OK(cuMemAllocAsync(&b, sizeof(in), NULL));
		OK(cuMemcpyAsync(b, a, sizeof(in), NULL));
		OK(add(NULL, b, 1, 256));
		OK(cuMemcpyDtoH_v2(out, b, sizeof(out)));
		OK(cuMemFreeAsync(b, NULL));
		for (i = 0; i < 256; i++)
			CHECK_EQ(out[i], ((i + round) * 31 + round) * 31 + 1);
	}
	OK(cuMemFree_v2(a));
}

static void note(void *arg)
{
	u32 *log = arg;

	log[1 + log[0]] = log[0];
	log[0]++;
}

static void call_back(cu_stream s, cu_result r, void *arg)
{
	(void)s;
	if (r == CU_OK)
		note(arg);
}

/* Functions of the host run in their place. */
static void host_functions(const void *arg)
{
	cu_ptr log;
	cu_stream s;
	u32 i;

	(void)arg;
	cu_begin();
	log = log_new(300);
	OK(cuStreamCreate(&s, NON_BLOCKING));
	for (i = 0; i < 300; i += 3) {
		OK(append(s, log, i, 50));
		OK(cuLaunchHostFunc(s, note, (void *)(uintptr_t)log));
		OK(cuStreamAddCallback(s, call_back, (void *)(uintptr_t)log, 0));
	}
	OK(cuStreamSynchronize(s));
	log_is_in_order(log, 0, 300);
}

static void *busy_thread(void *stop)
{
	cu_ptr log = log_new(100000);
	cu_stream s;
	u32 i;

	cu_begin();
	OK(cuStreamCreate(&s, NON_BLOCKING));
	for (i = 0; i < 100000 && !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); i++) {
		OK(append(s, log, i, 0));
		if (i % 50 == 49)
			usleep(200);
	}
	OK(append(s, log, i, 0));
	return NULL;
}

/*
 * A graph holds what was put into it and nothing else, while another thread works, with
 * every mode of capture and streams that the scheduler meets for the first time.
 */
static void captures(const void *arg)
{
	int stop = 0, mode;
	void *graph, *exec;
	pthread_t t;
	cu_stream s;
	cu_ptr log;
	size_t n;
	u32 i;

	(void)arg;
	cu_begin();
	pthread_create(&t, NULL, busy_thread, &stop);
	usleep(20000);
	for (mode = 0; mode < 30; mode++) {
		log = log_new(500);
		OK(cuStreamCreate(&s, NON_BLOCKING));
		if (mode % 2)
			OK(append(s, log_new(1), 0, 0));
		OK(cuStreamBeginCapture_v2(s, mode % 3));
		for (i = 0; i < 50; i++) {
			OK(append(s, log, i, 0));
			if (i % 10 == 0)
				usleep(300);
		}
		OK(cuStreamEndCapture(s, &graph));
		OK(cuGraphGetNodes(graph, NULL, &n));
		CHECK_EQ(n, 50);
		OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
		OK(cuGraphLaunch(exec, s));
		OK(cuStreamSynchronize(s));
		log_is_in_order(log, 0, 50);
		OK(cuStreamDestroy_v2(s));
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
}

/* Values of a log from one on. */
static void log_holds(cu_ptr log, u32 from, const u32 *want, u32 n)
{
	u32 *v = calloc(from + n + 1, 4), i;

	OK(cuMemcpyDtoH_v2(v, log, (from + n + 1) * 4));
	if (v[0] < from + n)
		FAIL("%u values, not %u", v[0], from + n);
	for (i = 0; i < n; i++)
		CHECK_EQ(v[1 + from + i], want[i]);
	free(v);
}

enum { NODES = 20 };

/* A graph that appends these values. */
static void *capture_appends(cu_stream s, cu_ptr log, const u32 *values, u32 us)
{
	void *graph;
	u32 i;

	OK(cuStreamBeginCapture_v2(s, 0));
	for (i = 0; i < NODES; i++)
		OK(append(s, log, values[i], us));
	OK(cuStreamEndCapture(s, &graph));
	return graph;
}

/* A graph runs whole and behind itself, in whichever streams, and as it was changed last. */
static void graphs(const void *arg)
{
	enum { LAUNCHES = 40, CHANGES = 30 };
	u32 want[CHANGES][NODES], i, k;
	void *graph, *exec, *nodes[NODES];
	size_t n = NODES;
	cu_stream s[2];
	cu_ptr log;

	(void)arg;
	cu_begin();
	log = log_new(NODES * (LAUNCHES + 2 * CHANGES));
	OK(cuStreamCreate(&s[0], NON_BLOCKING));
	OK(cuStreamCreate(&s[1], NON_BLOCKING));
	for (i = 0; i < NODES; i++)
		want[0][i] = i;
	graph = capture_appends(s[0], log, want[0], 100);
	OK(cuGraphGetNodes(graph, nodes, &n));
	OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
	for (k = 0; k < LAUNCHES; k++)
		OK(cuGraphLaunch(exec, s[k % 8 == 7]));
	OK(cuStreamSynchronize(s[0]));
	OK(cuStreamSynchronize(s[1]));
	for (k = 0; k < LAUNCHES; k++)
		log_holds(log, k * NODES, want[0], NODES);
	/* One node after another, then all at once, without waiting. */
	for (k = 0; k < CHANGES; k++) {
		if (k)
			memcpy(want[k], want[k - 1], sizeof(want[k]));
		if (k % 10 < 7) {
			want[k][7 * k % NODES] += 1000;
			OK(set_append(exec, nodes[7 * k % NODES], log, want[k][7 * k % NODES], 100));
		} else {
			for (i = 0; i < NODES; i++)
				want[k][i] += 100000;
			graph = capture_appends(s[k % 2], log, want[k], 100);
			OK(cuGraphExecUpdate_v2(exec, graph, NULL));
			OK(cuGraphGetNodes(graph, nodes, &n));
		}
		OK(cuGraphLaunch(exec, s[k % 2]));
		OK(cuGraphLaunch(exec, s[k / 2 % 2]));
		if (k % 5 == 4)
			usleep(3000);
	}
	OK(cuStreamSynchronize(s[0]));
	OK(cuStreamSynchronize(s[1]));
	for (k = 0; k < CHANGES; k++) {
		log_holds(log, (LAUNCHES + 2 * k) * NODES, want[k], NODES);
		log_holds(log, (LAUNCHES + 2 * k + 1) * NODES, want[k], NODES);
	}
	OK(cuGraphExecDestroy(exec));
}

/* What allocates memory by itself there can be only once; an update that doesn't fit changes nothing. */
static void graphs_with_memory(const void *arg)
{
	u32 want[NODES], i, k;
	void *graph, *other, *exec;
	cu_ptr log, memory;
	cu_stream s;

	(void)arg;
	cu_begin();
	log = log_new(NODES * 40);
	OK(cuStreamCreate(&s, NON_BLOCKING));
	OK(cuStreamBeginCapture_v2(s, 0));
	OK(cuMemAllocAsync(&memory, 4096, s));
	for (i = 0; i < NODES; i++) {
		want[i] = i;
		OK(append(s, log, i, 100));
		OK(add(s, memory, i, 1024));
	}
	OK(cuMemFreeAsync(memory, s));
	OK(cuStreamEndCapture(s, &graph));
	OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
	other = capture_appends(s, log, want, 0);
	for (k = 0; k < 40; k++) {
		OK(cuGraphLaunch(exec, s));
		if (k % 10 == 5)
			CHECK_CU(cuGraphExecUpdate_v2(exec, other, NULL), 910);
	}
	OK(cuStreamSynchronize(s));
	for (k = 0; k < 40; k++)
		log_holds(log, k * NODES, want, NODES);
	OK(cuGraphExecDestroy(exec));
}

/* The legacy stream may not be used while a blocking stream is captured: the program is told. */
static void capture_errors(const void *arg)
{
	void *graph;
	cu_stream s;
	cu_ptr log;

	(void)arg;
	cu_begin();
	log = log_new(10);
	OK(append(NULL, log, 0, 0));
	OK(cuStreamCreate(&s, 0));
	OK(cuStreamBeginCapture_v2(s, 0));
	CHECK_CU(append(NULL, log, 0, 0), 906);
	CHECK_CU(append(s, log, 0, 0), 901);
	CHECK_CU(cuStreamEndCapture(s, &graph), 901);
	OK(append(NULL, log, 1, 0));
	log_is_in_order(log, 0, 2);
	CHECK_CU(cuStreamEndCapture(s, &graph), 401);
}

/* Streams come and go with work in them. */
static void streams_come_and_go(const void *arg)
{
	cu_ptr log;
	cu_stream s;
	u32 i, k;

	(void)arg;
	cu_begin();
	log = log_new(2000);
	for (i = 0; i < 200; i++) {
		OK(cuStreamCreate(&s, 0));
		for (k = 0; k < 10; k++)
			OK(append(s, log, i * 10 + k, i % 20 ? 0 : 100));
		OK(cuStreamDestroy_v2(s));
		OK(append(NULL, log_new(1), 0, 0));
	}
	OK(cuCtxSynchronize());
	log_is_in_order(log, 0, 2000);
}

/* Contexts, too, and a default stream in each. */
static void contexts(const void *arg)
{
	cu_ctx ctx;
	cu_ptr log;
	u32 i, k;

	(void)arg;
	cu_begin();
	for (i = 0; i < 20; i++) {
		OK(cuCtxCreate_v2(&ctx, 0, (int)i % 2));
		log = log_new(50);
		for (k = 0; k < 50; k++)
			OK(append(NULL, log, k, k ? 0 : 500));
		OK(cuCtxSynchronize());
		log_is_in_order(log, 0, 50);
		OK(append(NULL, log_new(1), 0, 500));
		OK(i % 3 ? cuCtxDestroy_v2(ctx) : cuCtxDetach(ctx));
	}
}

/* Contexts with a part of the device, whose streams any thread may use. */
static void green_contexts(const void *arg)
{
	void *green;
	cu_stream s;
	cu_ptr log;
	u32 i, k;

	(void)arg;
	cu_begin();
	for (i = 0; i < 20; i++) {
		OK(cuGreenCtxCreate(&green, NULL, 0, 1));
		OK(cuGreenCtxStreamCreate(&s, green, NON_BLOCKING, 0));
		log = log_new(50);
		for (k = 0; k < 50; k++)
			OK(append(s, log, k, k ? 0 : 500));
		OK(cuStreamSynchronize(s));
		log_is_in_order(log, 0, 50);
		OK(cuStreamDestroy_v2(s));
		OK(cuGreenCtxDestroy(green));
	}
}

/* One launch into several streams keeps its place in each. */
static void on_several_devices(const void *arg)
{
	u32 us = 100, value[2], i, d;
	cu_ptr log[2];
	cu_stream s[2];
	void *params[2][3];
	struct cu_launch_params list[2] = { { .grid = { 1, 1, 1 }, .block = { 1, 1, 1 } } };

	(void)arg;
	cu_begin();
	for (d = 0; d < 2; d++) {
		log[d] = log_new(200);
		OK(cuStreamCreate(&s[d], NON_BLOCKING));
		params[d][0] = &log[d];
		params[d][1] = &value[d];
		params[d][2] = &us;
		list[d] = list[0];
		list[d].f = append_kernel;
		list[d].stream = s[d];
		list[d].params = params[d];
	}
	for (i = 0; i < 200; i += 2) {
		value[0] = value[1] = i;
		OK(cuLaunchCooperativeKernelMultiDevice(list, 2, 0));
		OK(append(s[0], log[0], i + 1, 0));
		OK(append(s[1], log[1], i + 1, 0));
	}
	for (d = 0; d < 2; d++) {
		OK(cuStreamSynchronize(s[d]));
		log_is_in_order(log[d], 0, 200);
	}
}

static void *own_stream(void *arg)
{
	cu_ptr log;
	u32 i;

	(void)arg;
	cu_begin();
	log = log_new(200);
	for (i = 0; i < 200; i++) {
		u32 us = i % 50 ? 0 : 200;
		void *params[] = { &log, &i, &us };

		OK(cuLaunchKernel_ptsz(append_kernel, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	}
	OK(cuStreamSynchronize_ptsz(NULL));
	log_is_in_order(log, 0, 200);
	return NULL;
}

/* Threads that end, and their own default streams with them. */
static void threads(const void *arg)
{
	pthread_t t[8];
	u32 i, round;

	(void)arg;
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 8; i++)
			pthread_create(&t[i], NULL, own_stream, NULL);
		for (i = 0; i < 8; i++)
			pthread_join(t[i], NULL);
	}
}

/* What the driver refuses it refuses with the same words, and goes on. */
static void errors(const void *arg)
{
	struct cu_launch_config config = { .grid = { 1, 1, 1 }, .block = { 1, 1, 1 } };
	u32 v = 1, us = 0;
	cu_ptr log;
	void *params[] = { &log, &v, &us };

	(void)arg;
	CHECK_CU(cuLaunchKernel(NULL, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), CU_INVALID_VALUE);
	cu_begin();
	log = log_new(10);
	CHECK_CU(cuLaunchKernel(append_kernel, 1, 1, 1, 4096, 1, 1, 0, NULL, params, NULL),
		 CU_INVALID_VALUE);
	v = 0;
	OK(cuLaunchKernelEx(&config, append_kernel, params, NULL));
	OK(append(NULL, log, 1, 0));
	log_is_in_order(log, 0, 2);
}

/* A sticky error: at the same call, and from every call from then on. */
static void sticky(const void *arg)
{
	cu_ptr log;
	u32 i;

	(void)arg;
	setenv("FAKECUDA_FAIL", "cuLaunchKernel:150:719", 1);
	cu_begin();
	log = log_new(1000);
	for (i = 0; i < 149; i++)
		OK(append(NULL, log, i, 0));
	CHECK_CU(append(NULL, log, 0, 0), 719);
	CHECK_CU(cuStreamSynchronize(NULL), 719);
	CHECK_CU(cuCtxSynchronize(), 719);
	for (i = 0; i < 1000; i++)
		CHECK_CU(append(NULL, log, 0, 0), 719);
}

/* A device's own context is reset with work in it, and used again. */
static void resets(const void *arg)
{
	cu_stream s;
	cu_ptr log;
	u32 i, k;

	(void)arg;
	for (i = 0; i < 10; i++) {
		cu_begin();
		log = log_new(102);
		OK(cuStreamCreate(&s, i % 2));
		for (k = 0; k < 50; k++) {
			OK(append(s, log, 2 * k, k ? 0 : 500));
			if (i % 2)
				OK(cuStreamSynchronize(s));
			OK(append(NULL, log, 2 * k + 1, 0));
			OK(cuStreamSynchronize(NULL));
		}
		log_is_in_order(log, 0, 100);
		OK(append(s, log, 100, 500));
		OK(cuDevicePrimaryCtxReset_v2(0));
		CHECK_EQ(((u32 *)(uintptr_t)log)[0], 101);
	}
}

static void *destroy_ctx(void *ctx)
{
	OK(cuCtxDestroy_v2(ctx));
	return NULL;
}

/* By a thread in which it isn't current, with work in it, while others work elsewhere. */
static void destroyed_by_another(const void *arg)
{
	int stop = 0;
	pthread_t t, busy;
	cu_ctx ctx;
	cu_ptr log;
	u32 i, k;

	(void)arg;
	cu_begin();
	pthread_create(&busy, NULL, busy_thread, &stop);
	for (i = 0; i < 20; i++) {
		OK(cuCtxCreate_v2(&ctx, 0, 0));
		log = log_new(50);
		for (k = 0; k < 50; k++)
			OK(append(NULL, log, k, k % 10 ? 0 : 200));
		pthread_create(&t, NULL, destroy_ctx, ctx);
		pthread_join(t, NULL);
		CHECK_EQ(((u32 *)(uintptr_t)log)[0], 50);
		cu_begin();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(busy, NULL);
}

/*
 * The child of a program that has used the GPU can't, whatever it tries, and is told; its
 * parent, whose threads are busy meanwhile, goes on.
 */
static void forks(const void *arg)
{
	int status, stop = 0, n;
	pthread_t busy[2];
	cu_stream s;
	cu_ptr log;
	pid_t pid;
	u32 i;

	(void)arg;
	cu_begin();
	log = log_new(400);
	OK(cuStreamCreate(&s, NON_BLOCKING));
	for (n = 0; n < 2; n++)
		pthread_create(&busy[n], NULL, busy_thread, &stop);
	for (i = 0; i < 400; i++) {
		OK(append(s, log, i, i % 20 ? 0 : 200));
		if (i % 20 != 10)
			continue;
		pid = MUST(fork());
		if (!pid) {
			alarm(20);
			CHECK_CU(append(s, log, 0, 0), CU_NOT_INITIALIZED);
			CHECK_CU(append(CU_PER_THREAD, log, 0, 0), CU_NOT_INITIALIZED);
			CHECK_CU(cuStreamSynchronize(s), CU_NOT_INITIALIZED);
			CHECK_CU(cuCtxSynchronize(), CU_NOT_INITIALIZED);
			cuStreamDestroy_v2(s);
			if (i % 40 == 10)
				exit(0);
			_exit(0);
		}
		MUST(waitpid(pid, &status, 0));
		CHECK_EQ(status, 0);
	}
	OK(cuStreamSynchronize(s));
	log_is_in_order(log, 0, 400);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (n = 0; n < 2; n++)
		pthread_join(busy[n], NULL);
}

/* One whose parent hasn't used it may. */
static void forks_first(const void *arg)
{
	int status;
	cu_ptr log;
	pid_t pid;
	u32 i;

	(void)arg;
	for (i = 0; i < 3; i++) {
		pid = MUST(fork());
		if (!pid) {
			cu_begin();
			log = log_new(100);
			for (i = 0; i < 100; i++)
				OK(append(NULL, log, i, 0));
			log_is_in_order(log, 0, 100);
			exit(0);
		}
		MUST(waitpid(pid, &status, 0));
		CHECK_EQ(status, 0);
	}
}

/* The program ends with everything still under way. */
static void exits(const void *arg)
{
	cu_ptr log;
	u32 i;

	(void)arg;
	cu_begin();
	log = log_new(1000);
	for (i = 0; i < 500; i++)
		OK(append(NULL, log, i, 500));
	exit(0);
}

static const struct ktap_test tests[] = {
	{ "order in the legacy stream", in_order, "legacy" },
	{ "order in the thread's own default stream", in_order, "per-thread" },
	{ "order in a blocking stream", in_order, "blocking" },
	{ "order in a stream", in_order, "non-blocking" },
	{ "streams take turns by events", by_events, NULL },
	{ "the legacy stream between blocking ones", legacy_between, NULL },
	{ "copies see what came before", copies, NULL },
	{ "host functions run in their place", host_functions, NULL },
	{ "captured graphs hold what was captured", captures, NULL },
	{ "graphs are what they are at each launch", graphs, NULL },
	{ "graphs with memory of their own", graphs_with_memory, NULL },
	{ "errors of a capture", capture_errors, NULL },
	{ "streams come and go with work in them", streams_come_and_go, NULL },
	{ "contexts come and go", contexts, NULL },
	{ "contexts with a part of a device", green_contexts, NULL },
	{ "a launch on several devices", on_several_devices, NULL },
	{ "threads come and go", threads, NULL },
	{ "errors are the driver's", errors, NULL },
	{ "a sticky error stays", sticky, NULL },
	{ "a device's own context is reset", resets, NULL },
	{ "a context is destroyed by another thread", destroyed_by_another, NULL },
	{ "a forked child", forks, NULL },
	{ "a forked child is the first to use it", forks_first, NULL },
	{ "exit with work under way", exits, NULL },
};
KTAP_MAIN(tests)
