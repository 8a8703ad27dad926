// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A periodic OpenCL program: it filters a frame of video every so often and prints how long each took.
 *
 * An ordinary program for any OpenCL device: it links libOpenCL and nothing else. Every frame is one write, a chain of
 * kernels and one blocking read, and each result is compared with what the same filter gives in plain C.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ull

enum { IMAGES_MAX = 64 };

struct options {
	const char *input;
	size_t width, height;
	unsigned int passes;
	unsigned int frames;
	double seconds;
	double period_ms;
	unsigned int jitter_percent;
};

/* Source frames and, for each, the checksum of its filtered form. */
struct clip {
	unsigned int count;
	size_t bytes;
	uint8_t *image[IMAGES_MAX];
	uint64_t sum[IMAGES_MAX];
};

struct filter {
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	cl_kernel blur, edges;
	cl_mem buffer[2];
	size_t global[2];
	unsigned int passes;
};

struct tally {
	unsigned int done, missed, wrong;
	double *latency_ms;
	size_t room;
};

static volatile sig_atomic_t stopped;

static const char source[] =
	"static int at(global const uchar *in, int x, int y, int w, int h)\n"
	"{\n"
	"	return in[clamp(y, 0, h - 1) * w + clamp(x, 0, w - 1)];\n"
	"}\n"
	"kernel void blur(global const uchar *in, global uchar *out, int w, int h)\n"
	"{\n"
	"	const int tap[3] = { 1, 2, 1 };\n"
	"	int x = get_global_id(0), y = get_global_id(1), sum = 8;\n"
	"	for (int j = 0; j < 3; j++)\n"
	"		for (int i = 0; i < 3; i++)\n"
	"			sum += tap[i] * tap[j] * at(in, x + i - 1, y + j - 1, w, h);\n"
	"	out[y * w + x] = sum >> 4;\n"
	"}\n"
	"kernel void edges(global const uchar *in, global uchar *out, int w, int h)\n"
	"{\n"
	"	int x = get_global_id(0), y = get_global_id(1);\n"
	"	int dx = at(in, x + 1, y, w, h) - at(in, x - 1, y, w, h);\n"
	"	int dy = at(in, x, y + 1, w, h) - at(in, x, y - 1, w, h);\n"
	"	out[y * w + x] = min(255, 4 * (int)(abs(dx) + abs(dy)));\n"
	"}\n";

static void check(cl_int rc, const char *what)
{
	if (rc != CL_SUCCESS)
		errx(1, "%s failed: OpenCL error %d", what, rc);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static uint64_t checksum(const uint8_t *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ull;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

static int at(const uint8_t *in, long x, long y, long w, long h)
{
	x = x < 0 ? 0 : x >= w ? w - 1 : x;
	y = y < 0 ? 0 : y >= h ? h - 1 : y;
	return in[y * w + x];
}

static void plain_blur(const uint8_t *in, uint8_t *out, long w, long h)
{
	static const int tap[3] = { 1, 2, 1 };

	for (long y = 0; y < h; y++) {
		for (long x = 0; x < w; x++) {
			int sum = 8;

			for (int j = 0; j < 3; j++)
				for (int i = 0; i < 3; i++)
					sum += tap[i] * tap[j] * at(in, x + i - 1, y + j - 1, w, h);
			out[y * w + x] = sum >> 4;
		}
	}
}

static void plain_edges(const uint8_t *in, uint8_t *out, long w, long h)
{
	for (long y = 0; y < h; y++) {
		for (long x = 0; x < w; x++) {
			int dx = at(in, x + 1, y, w, h) - at(in, x - 1, y, w, h);
			int dy = at(in, x, y + 1, w, h) - at(in, x, y - 1, w, h);
			int v = 4 * (abs(dx) + abs(dy));

			out[y * w + x] = v > 255 ? 255 : v;
		}
	}
}

/* The whole filter without OpenCL, to know what each frame must come to. */
static uint64_t plain_filter(const uint8_t *image, const struct options *o)
{
	size_t bytes = o->width * o->height;
	uint8_t *a = malloc(bytes), *b = malloc(bytes), *swap;
	uint64_t sum;

	if (!a || !b)
		err(1, "no memory for a frame of %zu bytes", bytes);
	memcpy(a, image, bytes);
	for (unsigned int i = 0; i < o->passes; i++) {
		plain_blur(a, b, o->width, o->height);
		swap = a, a = b, b = swap;
	}
	plain_edges(a, b, o->width, o->height);
	sum = checksum(b, bytes);
	free(a);
	free(b);
	return sum;
}

static void read_clip(struct clip *clip, const struct options *o)
{
	FILE *f = fopen(o->input, "rb");

	if (!f)
		err(1, "%s", o->input);
	clip->bytes = o->width * o->height;
	while (clip->count < IMAGES_MAX) {
		uint8_t *image = malloc(clip->bytes);

		if (!image)
			err(1, "no memory for a frame of %zu bytes", clip->bytes);
		if (fread(image, 1, clip->bytes, f) != clip->bytes) {
			free(image);
			break;
		}
		clip->sum[clip->count] = plain_filter(image, o);
		clip->image[clip->count++] = image;
	}
	fclose(f);
	if (!clip->count)
		errx(1, "%s: no frame of %zux%zu 8-bit grey in it", o->input, o->width, o->height);
}

static cl_device_id first_device(void)
{
	cl_platform_id platform;
	cl_device_id device;

	check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
	check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "clGetDeviceIDs");
	return device;
}

static void build_program(struct filter *f, cl_device_id device)
{
	const char *text = source;
	cl_int rc;

	f->program = clCreateProgramWithSource(f->context, 1, &text, NULL, &rc);
	check(rc, "clCreateProgramWithSource");
	check(clBuildProgram(f->program, 1, &device, "", NULL, NULL), "clBuildProgram");
	f->blur = clCreateKernel(f->program, "blur", &rc);
	check(rc, "clCreateKernel(blur)");
	f->edges = clCreateKernel(f->program, "edges", &rc);
	check(rc, "clCreateKernel(edges)");
}

static void filter_init(struct filter *f, const struct options *o)
{
	cl_device_id device = first_device();
	cl_int rc;

	f->context = clCreateContext(NULL, 1, &device, NULL, NULL, &rc);
	check(rc, "clCreateContext");
	f->queue = clCreateCommandQueue(f->context, device, 0, &rc);
	check(rc, "clCreateCommandQueue");
	build_program(f, device);
	for (int i = 0; i < 2; i++) {
		f->buffer[i] = clCreateBuffer(f->context, CL_MEM_READ_WRITE, o->width * o->height, NULL, &rc);
		check(rc, "clCreateBuffer");
	}
	f->global[0] = o->width;
	f->global[1] = o->height;
	f->passes = o->passes;
}

static void filter_exit(struct filter *f)
{
	clReleaseMemObject(f->buffer[0]);
	clReleaseMemObject(f->buffer[1]);
	clReleaseKernel(f->blur);
	clReleaseKernel(f->edges);
	clReleaseProgram(f->program);
	clReleaseCommandQueue(f->queue);
	clReleaseContext(f->context);
}

static void enqueue_pass(struct filter *f, cl_kernel kernel, unsigned int from)
{
	cl_int w = f->global[0], h = f->global[1];

	check(clSetKernelArg(kernel, 0, sizeof(cl_mem), &f->buffer[from]), "clSetKernelArg");
	check(clSetKernelArg(kernel, 1, sizeof(cl_mem), &f->buffer[!from]), "clSetKernelArg");
	check(clSetKernelArg(kernel, 2, sizeof(w), &w), "clSetKernelArg");
	check(clSetKernelArg(kernel, 3, sizeof(h), &h), "clSetKernelArg");
	check(clEnqueueNDRangeKernel(f->queue, kernel, 2, NULL, f->global, NULL, 0, NULL, NULL),
	      "clEnqueueNDRangeKernel");
}

static void filter_frame(struct filter *f, const uint8_t *image, uint8_t *result, size_t bytes)
{
	unsigned int from = 0;

	check(clEnqueueWriteBuffer(f->queue, f->buffer[0], CL_FALSE, 0, bytes, image, 0, NULL, NULL),
	      "clEnqueueWriteBuffer");
	for (unsigned int i = 0; i < f->passes; i++, from = !from)
		enqueue_pass(f, f->blur, from);
	enqueue_pass(f, f->edges, from);
	check(clEnqueueReadBuffer(f->queue, f->buffer[!from], CL_TRUE, 0, bytes, result, 0, NULL, NULL),
	      "clEnqueueReadBuffer");
}

static void tally_add(struct tally *t, double latency_ms)
{
	if (t->done == t->room) {
		t->room = t->room ? 2 * t->room : 1024;
		t->latency_ms = realloc(t->latency_ms, t->room * sizeof(*t->latency_ms));
		if (!t->latency_ms)
			err(1, "no memory for %zu latencies", t->room);
	}
	t->latency_ms[t->done++] = latency_ms;
}

/* The gap to the next frame: the period, give or take the jitter, the same sequence in every run. */
static uint64_t next_gap_ns(const struct options *o, uint32_t *seed)
{
	double swing;

	*seed = *seed * 1664525u + 1013904223u;
	swing = (*seed / 4294967296.0 * 2 - 1) * o->jitter_percent / 100;
	return o->period_ms * 1e6 * (1 + swing);
}

static void run_frames(struct filter *f, const struct clip *clip, const struct options *o, struct tally *t)
{
	uint8_t *result = malloc(clip->bytes);
	uint64_t start = now_ns(), due = start;
	uint32_t seed = 1;

	if (!result)
		err(1, "no memory for a frame of %zu bytes", clip->bytes);
	printf("due_ns,latency_ms\n");
	for (unsigned int n = 0; !stopped && n < o->frames; n++) {
		const unsigned int i = n % clip->count;
		double latency_ms;

		/* A camera doesn't wait: what fell due during the last frame is missed. */
		for (due += next_gap_ns(o, &seed); due < now_ns(); due += next_gap_ns(o, &seed))
			t->missed++;
		if (o->seconds && due - start > o->seconds * NSEC_PER_SEC)
			break;
		sleep_until(due);
		if (stopped)
			break;
		filter_frame(f, clip->image[i], result, clip->bytes);
		latency_ms = (now_ns() - due) / 1e6;
		tally_add(t, latency_ms);
		printf("%llu,%.4f\n", (unsigned long long)due, latency_ms);
		t->wrong += checksum(result, clip->bytes) != clip->sum[i];
	}
	free(result);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(const struct tally *t, double p)
{
	return t->latency_ms[(size_t)((t->done - 1) * p + 0.5)];
}

static int summarize(struct tally *t)
{
	if (!t->done)
		errx(1, "not one frame was done in the time given");
	qsort(t->latency_ms, t->done, sizeof(*t->latency_ms), by_value);
	fprintf(stderr, "frames: %u done, %u missed, %u wrong, p50 %.3f ms, p99 %.3f ms\n", t->done, t->missed,
		t->wrong, percentile(t, 0.5), percentile(t, 0.99));
	return t->wrong ? 1 : 0;
}

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void usage(FILE *to)
{
	fputs("usage: frames [OPTION...] CLIP\n"
	      "Filter the frames of CLIP (raw 8-bit grey), one every period, and print the latency of each.\n\n"
	      "  -s, --size WxH      size of a frame (default 320x240)\n"
	      "  -k, --passes N      blur passes a frame, a kernel each (default 8)\n"
	      "  -p, --period MS     time between frames (default 25)\n"
	      "  -j, --jitter PCT    how far a period may vary (default 0)\n"
	      "  -n, --frames N      stop after N frames\n"
	      "  -t, --seconds S     stop after S seconds\n"
	      "  -h, --help          this text\n", to);
}

static unsigned int number(const char *arg, const char *option)
{
	char *end;
	unsigned long v = strtoul(arg, &end, 10);

	if (end == arg || *end || v > UINT32_MAX)
		errx(2, "--%s: '%s' is not a number", option, arg);
	return v;
}

static double amount(const char *arg, const char *option)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v > 0))
		errx(2, "--%s: '%s' is not a number above 0", option, arg);
	return v;
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "size", required_argument, NULL, 's' },   { "passes", required_argument, NULL, 'k' },
		{ "period", required_argument, NULL, 'p' }, { "jitter", required_argument, NULL, 'j' },
		{ "frames", required_argument, NULL, 'n' }, { "seconds", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },	    {}
	};
	int c;

	while ((c = getopt_long(argc, argv, "s:k:p:j:n:t:h", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			if (sscanf(optarg, "%zux%zu", &o->width, &o->height) != 2 || !o->width || !o->height)
				errx(2, "--size: '%s' is not WIDTHxHEIGHT", optarg);
			break;
		case 'k': o->passes = number(optarg, "passes"); break;
		case 'p': o->period_ms = amount(optarg, "period"); break;
		case 'j': o->jitter_percent = number(optarg, "jitter"); break;
		case 'n': o->frames = number(optarg, "frames"); break;
		case 't': o->seconds = amount(optarg, "seconds"); break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (optind != argc - 1 || o->jitter_percent > 100) {
		usage(stderr);
		exit(2);
	}
	o->input = argv[optind];
}

int main(int argc, char **argv)
{
	struct options o = { .width = 320, .height = 240, .passes = 8, .frames = UINT32_MAX, .period_ms = 25 };
	struct filter filter = {};
	struct clip clip = {};
	struct tally tally = {};
	uint8_t *scratch;

	parse(argc, argv, &o);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	setlinebuf(stdout);
	read_clip(&clip, &o);
	filter_init(&filter, &o);
	scratch = malloc(clip.bytes);
	if (!scratch)
		err(1, "no memory for a frame of %zu bytes", clip.bytes);
	/* PoCL and its like compile at the first launch: that is no frame's latency. */
	filter_frame(&filter, clip.image[0], scratch, clip.bytes);
	free(scratch);
	run_frames(&filter, &clip, &o, &tally);
	filter_exit(&filter);
	return summarize(&tally);
}
