// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A HIP program: streams, copies, events, kernels of a code object, by both ways of
 * launching.
 */
#include "hsa.h"

#include <hip/hip_runtime_api.h>
#include <sys/stat.h>

#define HIP(call) do {							\
	hipError_t __e = (call);					\
	if (__e != hipSuccess)						\
		FAIL("%s: %d (%s)", #call, __e, hipGetErrorName(__e));	\
} while (0)

#define STREAMS	6
#define SIZE	((size_t)1 << 20)

/* What a compiler's startup code calls. */
void **__hipRegisterFatBinary(const void *wrapper);
void __hipRegisterFunction(void **modules, const void *host, char *name, const char *device,
			   unsigned int limit, void *tid, void *bid, void *block, void *grid, int *size);

static unsigned char *read_file(const char *name, size_t *size)
{
	unsigned char *data;
	char path[4096];
	struct stat st;
	FILE *f;

	beside(path, sizeof(path), name);
	f = fopen(path, "r");
	if (!f || fstat(fileno(f), &st) < 0)
		FAIL("%s: %s", path, strerror(errno));
	data = aligned_alloc(4096, (size_t)(st.st_size + 8191) & ~(size_t)4095);
	*size = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	return data;
}

static void fill(unsigned char *p, unsigned int seed)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		p[i] = (unsigned char)(i * seed + (i >> 8));
}

static void streams(const void *arg)
{
	unsigned char *h[STREAMS], *back[STREAMS];
	hipStream_t s[STREAMS];
	hipEvent_t e[STREAMS];
	void *d[STREAMS];
	int i, n = 0;

	(void)arg;
	HIP(hipInit(0));
	HIP(hipGetDeviceCount(&n));
	CHECK_EQ(n, 1);
	for (i = 0; i < STREAMS; i++) {
		HIP(hipStreamCreate(&s[i]));
		HIP(hipEventCreate(&e[i]));
		HIP(hipMalloc(&d[i], SIZE));
		HIP(hipHostMalloc((void **)&h[i], SIZE, 0));
		HIP(hipHostMalloc((void **)&back[i], SIZE, 0));
		fill(h[i], (unsigned int)i + 3);
		memset(back[i], 0, SIZE);
	}
	for (i = 0; i < STREAMS; i++) {
		HIP(hipMemcpyAsync(d[i], h[i], SIZE, hipMemcpyHostToDevice, s[i]));
		HIP(hipMemcpyAsync(back[i], d[i], SIZE, hipMemcpyDeviceToHost, s[i]));
		HIP(hipEventRecord(e[i], s[i]));
	}
	for (i = 0; i < STREAMS; i++) {
		HIP(hipEventSynchronize(e[i]));
		HIP(hipStreamSynchronize(s[i]));
		CHECK_EQ(memcmp(h[i], back[i], SIZE), 0);
	}
	RESULT("%d streams copied %zu bytes both ways", STREAMS, SIZE);
}

/* Pageable memory, and calls that wait. */
static void plain_copies(const void *arg)
{
	unsigned char *h = malloc(SIZE), *back = calloc(1, SIZE);
	void *d;

	(void)arg;
	fill(h, 11);
	HIP(hipMalloc(&d, SIZE));
	HIP(hipMemcpy(d, h, SIZE, hipMemcpyHostToDevice));
	HIP(hipMemcpy(back, d, SIZE, hipMemcpyDeviceToHost));
	CHECK_EQ(memcmp(h, back, SIZE), 0);
	HIP(hipFree(d));
	RESULT("pageable memory copied both ways");
}

static hipFunction_t module_function(void)
{
	hipFunction_t fn;
	hipModule_t mod;
	size_t size;

	HIP(hipInit(0));
	HIP(hipModuleLoadData(&mod, read_file("spin.hsaco", &size)));
	HIP(hipModuleGetFunction(&fn, mod, "spin"));
	return fn;
}

static void module_launch(const void *arg)
{
	uint64_t ns = 3000000, begin;
	void *args[] = { &ns };
	hipEvent_t from, to;
	hipFunction_t fn = module_function();
	hipStream_t s;
	float ms = 0;
	int i;

	(void)arg;
	HIP(hipStreamCreate(&s));
	HIP(hipEventCreate(&from));
	HIP(hipEventCreate(&to));
	begin = now_ns();
	HIP(hipEventRecord(from, s));
	for (i = 0; i < 10; i++)
		HIP(hipModuleLaunchKernel(fn, 1, 1, 1, 1, 1, 1, 0, s, args, NULL));
	HIP(hipEventRecord(to, s));
	CHECK_EQ(hipStreamQuery(s), hipErrorNotReady);
	HIP(hipStreamSynchronize(s));
	CHECK_EQ(hipStreamQuery(s), hipSuccess);
	CHECK_GE(now_ns() - begin, 30000000);
	HIP(hipEventElapsedTime(&ms, from, to));
	ktap_note("simulated: ten kernels of 3 ms took %.1f ms", (double)ms);
	CHECK(ms >= 29.9f);
	RESULT("ten launches of a module's kernel");
}

/* As hipcc would embed it: a bundle with an empty host part and the code object. */
static void *bundle(void)
{
	static const char host[] = "host-x86_64-unknown-linux--", dev[] = "hipv4-amdgcn-amd-amdhsa--gfx906";
	unsigned char *b = aligned_alloc(4096, 1 << 20), *p = b, *code;
	size_t size;
	uint64_t v;

	code = read_file("spin.hsaco", &size);
#define PUT(x) do { v = (x); memcpy(p, &v, 8); p += 8; } while (0)
	memcpy(p, "__CLANG_OFFLOAD_BUNDLE__", 24);
	p += 24;
	PUT(2);
	PUT(4096); PUT(0); PUT(sizeof(host) - 1);
	memcpy(p, host, sizeof(host) - 1);
	p += sizeof(host) - 1;
	PUT(4096); PUT(size); PUT(sizeof(dev) - 1);
	memcpy(p, dev, sizeof(dev) - 1);
	memcpy(b + 4096, code, size);
	return b;
}

static void spin_stub(void) { }

static void launch(const void *arg)
{
	static struct { uint32_t magic, version; void *binary, *unused; } wrapper = { 0x48495046, 1, NULL, NULL };
	uint64_t ns = 2000000, begin;
	void *args[] = { &ns };
	dim3 one = { 1, 1, 1 };
	void **modules;
	int i;

	(void)arg;
	wrapper.binary = bundle();
	modules = __hipRegisterFatBinary(&wrapper);
	__hipRegisterFunction(modules, (const void *)spin_stub, (char *)"spin", "spin", ~0u, NULL, NULL,
			      NULL, NULL, NULL);
	begin = now_ns();
	for (i = 0; i < 10; i++)
		HIP(hipLaunchKernel((const void *)spin_stub, one, one, args, 0, NULL));
	HIP(hipDeviceSynchronize());
	CHECK_GE(now_ns() - begin, 20000000);
	RESULT("ten launches by hipLaunchKernel on the NULL stream");
}

/* One stream waits for another's event. */
static void across(const void *arg)
{
	uint64_t ns = 20000000;
	void *args[] = { &ns };
	hipFunction_t fn = module_function();
	hipStream_t a, b;
	hipEvent_t e;

	(void)arg;
	HIP(hipStreamCreate(&a));
	HIP(hipStreamCreate(&b));
	HIP(hipEventCreateWithFlags(&e, hipEventDisableTiming));
	HIP(hipModuleLaunchKernel(fn, 1, 1, 1, 1, 1, 1, 0, a, args, NULL));
	HIP(hipEventRecord(e, a));
	HIP(hipStreamWaitEvent(b, e, 0));
	ns = 1000;
	HIP(hipModuleLaunchKernel(fn, 1, 1, 1, 1, 1, 1, 0, b, args, NULL));
	CHECK_EQ(hipStreamQuery(b), hipErrorNotReady);
	HIP(hipStreamSynchronize(b));
	CHECK_EQ(hipEventQuery(e), hipSuccess);
	RESULT("a stream waited for another");
}

static void graph(const void *arg)
{
	uint64_t ns = 1000000;
	void *args[] = { &ns };
	hipFunction_t fn = module_function();
	hipGraphExec_t exec;
	hipGraph_t g;
	hipStream_t s;
	int i;

	(void)arg;
	HIP(hipStreamCreate(&s));
	HIP(hipStreamBeginCapture(s, hipStreamCaptureModeGlobal));
	for (i = 0; i < 3; i++)
		HIP(hipModuleLaunchKernel(fn, 1, 1, 1, 1, 1, 1, 0, s, args, NULL));
	HIP(hipStreamEndCapture(s, &g));
	HIP(hipGraphInstantiate(&exec, g, NULL, NULL, 0));
	for (i = 0; i < 3; i++)
		HIP(hipGraphLaunch(exec, s));
	HIP(hipStreamSynchronize(s));
	RESULT("a graph of three kernels, three times");
}

static void errors(const void *arg)
{
	void *d;

	(void)arg;
	HIP(hipInit(0));
	RESULT("hipMalloc of too much: %d", hipMalloc(&d, (size_t)1 << 44));
	RESULT("hipMemcpy to nowhere: %d", hipMemcpy(NULL, NULL, 16, hipMemcpyHostToDevice));
	RESULT("hipStreamSynchronize of no stream: %d", hipStreamSynchronize((hipStream_t)8));
	RESULT("hipModuleLoad of no file: %d", hipModuleLoad((hipModule_t *)&d, "/nonexistent"));
}

static const struct ktap_test tests[] = {
	{ "six streams copy both ways", streams, NULL },
	{ "pageable memory", plain_copies, NULL },
	{ "a module's kernel", module_launch, NULL },
	{ "hipLaunchKernel", launch, NULL },
	{ "an event between streams", across, NULL },
	{ "a graph", graph, NULL },
	{ "errors stay the driver's", errors, NULL },
};
KTAP_MAIN(tests)
