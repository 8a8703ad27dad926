// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Kernels of a given length: a victim that saturates the device, and a foreground that
 * wants it now and then. It knows nothing of xsched.
 *
 *	spin victim LENGTH_US SECONDS [STOP_FILE]	one line of JSON at the end
 *	spin endless SECONDS [STOP_FILE]		one kernel that doesn't end by itself
 *	spin foreground LENGTH_US TRIES PAUSE_US	latencies in us, as JSON
 *	spin check|clean				results of every kind of copy and stream, as text,
 *							with an error on the way or without
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <cuda_runtime.h>
#include <unistd.h>
#include <vector>
#include <algorithm>

#define OK(call) do { cudaError_t e_ = (call); if (e_ != cudaSuccess) { \
	fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, cudaGetErrorString(e_)); \
	exit(1); } } while (0)

static double now()
{
	timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}


__global__ void spin(uint64_t cycles, unsigned int *count)
{
	long long begun = clock64();

	while ((uint64_t)(clock64() - begun) < cycles)
		;
	if (count && !threadIdx.x && !blockIdx.x)
		++*count;
}

__global__ void endless(volatile int *stop, volatile unsigned long long *ticks)
{
	while (!*stop) {
		if (!threadIdx.x && !blockIdx.x)
			++*ticks;
	}
}

__global__ void add(float *a, const float *b, float k, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		a[i] = a[i] * 0.5f + b[i] * k;
}

static uint64_t cycles_per_us()
{
	int khz;

	OK(cudaDeviceGetAttribute(&khz, cudaDevAttrClockRate, 0));
	return khz / 1000;
}

/* A few kernels at a time, so that it can end; always enough to keep the device busy. */
static void victim(int us, double seconds, const char *stop_file)
{
	const int depth = std::max(4, std::min(256, 20000 / us));
	uint64_t cycles = us * cycles_per_us(), n = 0;
	std::vector<cudaEvent_t> marks(2);
	double begun = now(), end = begun + seconds;
	unsigned int *count;

	OK(cudaMalloc(&count, 4));
	OK(cudaMemset(count, 0, 4));
	for (auto &m : marks)
		OK(cudaEventCreateWithFlags(&m, cudaEventBlockingSync | cudaEventDisableTiming));
	printf("{\"ready\": true}\n");
	fflush(stdout);
	for (int i = 0; now() < end && (!stop_file || access(stop_file, F_OK)); i++) {
		if (i >= 2)
			OK(cudaEventSynchronize(marks[i % 2]));
		for (int k = 0; k < depth; k++, n++)
			spin<<<264, 256>>>(cycles, count);
		OK(cudaGetLastError());
		OK(cudaEventRecord(marks[i % 2]));
	}
	unsigned int got;
	OK(cudaMemcpy(&got, count, 4, cudaMemcpyDeviceToHost));
	printf("{\"kernels\": %llu, \"counted\": %u, \"seconds\": %.4f, \"per_ms\": %.4f}\n",
	       (unsigned long long)n, got, now() - begun, n / (now() - begun) / 1000);
	if (got != n)
		exit(3);
}

static void endless_victim(double seconds, const char *stop_file)
{
	volatile unsigned long long *ticks;
	volatile int *stop;

	OK(cudaHostAlloc((void **)&stop, 64, cudaHostAllocMapped));
	OK(cudaHostAlloc((void **)&ticks, 64, cudaHostAllocMapped));
	*stop = 0;
	*ticks = 0;
	endless<<<1, 1>>>(stop, ticks);
	OK(cudaGetLastError());
	printf("{\"ready\": true}\n");
	fflush(stdout);
	for (double end = now() + seconds; now() < end && (!stop_file || access(stop_file, F_OK));)
		usleep(10000);
	*stop = 1;
	OK(cudaDeviceSynchronize());
	printf("{\"ticks\": %llu}\n", *ticks);
}

static void foreground(int us, int tries, int pause_us)
{
	uint64_t cycles = us * cycles_per_us();
	std::vector<double> v;

	srand(1);
	for (int i = 0; i < 20; i++)
		spin<<<264, 256>>>(cycles, nullptr);
	OK(cudaDeviceSynchronize());
	printf("{\"ready\": true}\n");
	fflush(stdout);
	for (int i = 0; i < tries; i++) {
		usleep(pause_us / 2 + rand() % pause_us);
		double begun = now();
		spin<<<264, 256>>>(cycles, nullptr);
		OK(cudaDeviceSynchronize());
		v.push_back((now() - begun) * 1e6);
	}
	std::sort(v.begin(), v.end());
	printf("{\"n\": %d, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f, \"mean\": %.1f}\n", tries,
	       v[tries / 2], v[tries * 99 / 100], v.back(),
	       [&] { double s = 0; for (double x : v) s += x; return s / tries; }());
}

/* Streams of every kind, events between them, captures, host functions, pools: a checksum of all. */
static void CUDART_CB bump(void *p) { ++*(int *)p; }

static void check(bool with_errors)
{
	const int n = 1 << 20;
	std::vector<float> h(n), out(n);
	float *a, *b, *c;
	cudaStream_t s[3];
	cudaEvent_t e;
	int bumps = 0;

	for (int i = 0; i < n; i++)
		h[i] = (float)(i % 1000) / 1000;
	OK(cudaMalloc(&a, n * 4)); OK(cudaMalloc(&b, n * 4));
	OK(cudaStreamCreate(&s[0]));
	OK(cudaStreamCreateWithFlags(&s[1], cudaStreamNonBlocking));
	OK(cudaStreamCreateWithPriority(&s[2], cudaStreamNonBlocking, -1));
	OK(cudaEventCreate(&e));
	OK(cudaMemcpy(a, h.data(), n * 4, cudaMemcpyHostToDevice));
	OK(cudaMemcpy(b, h.data(), n * 4, cudaMemcpyHostToDevice));
	for (int round = 0; round < 50; round++) {
		cudaStream_t own[] = { 0, cudaStreamLegacy, cudaStreamPerThread, s[0], s[1], s[2] };
		for (auto q : own) {
			OK(cudaMallocAsync((void **)&c, n * 4, q));
			OK(cudaMemcpyAsync(c, b, n * 4, cudaMemcpyDeviceToDevice, q));
			add<<<n / 256, 256, 0, q>>>(a, c, 0.25f + round * 0.001f, n);
			OK(cudaGetLastError());
			OK(cudaFreeAsync(c, q));
			OK(cudaLaunchHostFunc(q, bump, &bumps));
			OK(cudaEventRecord(e, q));
			for (auto r : own)
				OK(cudaStreamWaitEvent(r, e));
		}
	}
	cudaGraph_t g;
	cudaGraphExec_t x;
	OK(cudaStreamBeginCapture(s[1], cudaStreamCaptureModeGlobal));
	for (int i = 0; i < 20; i++)
		add<<<n / 256, 256, 0, s[1]>>>(a, b, 0.125f * i, n);
	OK(cudaStreamEndCapture(s[1], &g));
	OK(cudaGraphInstantiate(&x, g, 0));
	for (int i = 0; i < 10; i++)
		OK(cudaGraphLaunch(x, s[1]));
	OK(cudaStreamSynchronize(s[1]));
	OK(cudaMemcpy(out.data(), a, n * 4, cudaMemcpyDeviceToHost));
	uint64_t sum = 14695981039346656037u;
	for (int i = 0; i < n; i++) {
		uint32_t w;
		memcpy(&w, &out[i], 4);
		sum = (sum ^ w) * 1099511628211u;
	}
	/* Errors stay what they are: a bad launch, and what is remembered of it. */
	if (with_errors)
		add<<<n / 256, 4096>>>(a, b, 1, n);
	cudaError_t first = cudaGetLastError(), second = cudaGetLastError();
	printf("{\"sum\": \"%016llx\", \"bumps\": %d, \"error\": \"%s\", \"after\": \"%s\"}\n",
	       (unsigned long long)sum, bumps, cudaGetErrorName(first), cudaGetErrorName(second));
	OK(cudaDeviceReset());
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "victim"))
		victim(atoi(argv[2]), atof(argv[3]), argc > 4 ? argv[4] : nullptr);
	else if (argc >= 3 && !strcmp(argv[1], "endless"))
		endless_victim(atof(argv[2]), argc > 3 ? argv[3] : nullptr);
	else if (argc == 5 && !strcmp(argv[1], "foreground"))
		foreground(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	else if (argc == 2 && (!strcmp(argv[1], "check") || !strcmp(argv[1], "clean")))
		check(!strcmp(argv[1], "check"));
	else
		return 2;
	return 0;
}
