// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The double's calls that give work to a stream, made from the shim's own table: those
 * that tests compute with do something, the others take their place in the
 * stream, and all of them can be made to do nothing but note their arguments.
 */
#include "fake.h"
#include "../../lib/shim/cuda/calls.h"

#include <stdlib.h>
#include <string.h>

#define A uintptr_t

/* What the tests of the shim's surface look at. */
EXPORT struct fakecuda_echo {
	int on;
	cu_result ret;
	const char *name;
	unsigned int n;
	A args[11];
} fakecuda_echo;

typedef cu_result impl(struct stream *s, const A *a);

static cu_result nothing(struct stream *s, const A *a)
{
	(void)a;
	return fake_enqueue(s, fake_op(NULL));
}

/* ------------------------------------------------------------------ kernels */

static void free_params(void **params, unsigned int n)
{
	while (n--)
		free(params[n]);
	free(params);
}

static void run_kernel(struct op *op)
{
	const struct function *f = op->arg[0];

	f->run(op->arg[1]);
	/* Of a graph's node they are needed again. */
	if (!op->value[0])
		free_params(op->arg[1], f->n_params);
}

static cu_result launch(struct stream *s, const struct function *f, void *const *params)
{
	struct op *op;
	void **copy;
	unsigned int i;

	if (!f || !params)
		return CU_INVALID_VALUE;
	copy = calloc(f->n_params, sizeof(*copy));
	for (i = 0; i < f->n_params; i++) {
		copy[i] = malloc(f->sizes[i]);
		memcpy(copy[i], params[i], f->sizes[i]);
	}
	op = fake_op(run_kernel);
	op->arg[0] = (void *)f;
	op->arg[1] = copy;
	op->value[0] = s->capturing;
	return fake_enqueue(s, op);
}

static cu_result do_cuLaunchKernel(struct stream *s, const A *a)
{
	/* More threads than a block may have. */
	return a[4] * a[5] * a[6] > 1024 ? CU_INVALID_VALUE :
	       launch(s, (const void *)a[0], (void *const *)a[9]);
}

static cu_result do_cuGraphLaunch(struct stream *s, const A *a)
{
	struct op *op = fake_op(fake_run_graph);

	struct graph *g = (struct graph *)a[0];

	op->nodes = g->first;
	if (s->capturing)
		return fake_enqueue(s, op);
	/* Behind its last launch, wherever that was. */
	pthread_mutex_lock(&fake_lock);
	fake_depend(op, g->launched);
	fake_put(g->launched);
	g->launched = op;
	op->refs++;
	pthread_mutex_unlock(&fake_lock);
	return fake_enqueue(s, op);
}

/* ---------------------------------------------------------- host functions */

static void run_host(struct op *op)
{
	((void (*)(void *))op->arg[0])(op->arg[1]);
}

static cu_result do_cuLaunchHostFunc(struct stream *s, const A *a)
{
	struct op *op = fake_op(run_host);

	op->arg[0] = (void *)a[1];
	op->arg[1] = (void *)a[2];
	return fake_enqueue(s, op);
}

static void run_callback(struct op *op)
{
	((void (*)(void *, cu_result, void *))op->arg[0])(op->arg[2], CU_OK, op->arg[1]);
}

static cu_result do_cuStreamAddCallback(struct stream *s, const A *a)
{
	struct op *op = fake_op(run_callback);

	op->arg[0] = (void *)a[1];
	op->arg[1] = (void *)a[2];
	op->arg[2] = (void *)a[0];
	return fake_enqueue(s, op);
}

/* ------------------------------------------------------------ copies, fills */

static void run_copy(struct op *op)
{
	memmove(op->arg[0], op->arg[1], op->value[0]);
}

static cu_result copy(struct stream *s, const A *a)
{
	struct op *op = fake_op(run_copy);

	op->arg[0] = (void *)a[0];
	op->arg[1] = (void *)a[1];
	op->value[0] = a[2];
	return fake_enqueue(s, op);
}

static cu_result copy_and_wait(struct stream *s, const A *a)
{
	cu_result ret = copy(s, a);

	return ret ? ret : fake_wait(s);
}

static void run_fill(struct op *op)
{
	uint32_t *p = op->arg[0];
	uint64_t i;

	for (i = 0; i < op->value[1]; i++)
		p[i] = (uint32_t)op->value[0];
}

static cu_result fill(struct stream *s, const A *a)
{
	struct op *op = fake_op(run_fill);

	op->arg[0] = (void *)a[0];
	op->value[0] = a[1];
	op->value[1] = a[2];
	return fake_enqueue(s, op);
}

static cu_result do_cuMemAllocAsync(struct stream *s, const A *a)
{
	struct op *op = fake_op(NULL);

	*(A *)a[0] = (A)calloc(1, a[1]);
	op->type = NODE_MEM_ALLOC;
	return fake_enqueue(s, op);
}

/* What a graph frees it has again with its next launch. */
static void run_free(struct op *op)
{
	if (!op->value[0])
		free(op->arg[0]);
}

static cu_result do_cuMemFreeAsync(struct stream *s, const A *a)
{
	struct op *op = fake_op(run_free);

	op->arg[0] = (void *)a[0];
	op->value[0] = s->capturing;
	op->type = NODE_MEM_FREE;
	return fake_enqueue(s, op);
}

static const struct {
	const char *name;
	impl *fn;
} impls[] = {
	{ "cuLaunchKernel", do_cuLaunchKernel },
	{ "cuGraphLaunch", do_cuGraphLaunch },
	{ "cuLaunchHostFunc", do_cuLaunchHostFunc },
	{ "cuStreamAddCallback", do_cuStreamAddCallback },
	{ "cuMemcpyAsync", copy },
	{ "cuMemcpyHtoDAsync_v2", copy },
	{ "cuMemcpyDtoHAsync_v2", copy },
	{ "cuMemcpyDtoDAsync_v2", copy },
	{ "cuMemcpy", copy_and_wait },
	{ "cuMemcpyHtoD_v2", copy_and_wait },
	{ "cuMemcpyDtoH_v2", copy_and_wait },
	{ "cuMemcpyDtoD_v2", copy },
	{ "cuMemsetD32Async", fill },
	{ "cuMemsetD32_v2", fill },
	{ "cuMemAllocAsync", do_cuMemAllocAsync },
	{ "cuMemFreeAsync", do_cuMemFreeAsync },
};

static impl *impl_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(impls) / sizeof(impls[0]); i++)
		if (!strcmp(impls[i].name, name))
			return impls[i].fn;
	return nothing;
}

/* name: without the suffix of the per-thread form; variant: with it */
static cu_result call(const char *name, const char *variant, bool per_thread, cu_stream s,
		      unsigned int n, const A *a)
{
	cu_result ret;

	if (fakecuda_echo.on) {
		fakecuda_echo.name = variant;
		fakecuda_echo.n = n;
		memcpy(fakecuda_echo.args, a, n * sizeof(*a));
		return fakecuda_echo.ret;
	}
	ret = fake_fails(name);
	return ret ? ret : impl_of(name)(fake_stream(s, per_thread), a);
}

#define P1	A a0
#define P2	P1, A a1
#define P3	P2, A a2
#define P4	P3, A a3
#define P5	P4, A a4
#define P6	P5, A a5
#define P7	P6, A a6
#define P8	P7, A a7
#define P9	P8, A a8
#define P10	P9, A a9
#define P11	P10, A a10
#define L1	a0
#define L2	L1, a1
#define L3	L2, a2
#define L4	L3, a3
#define L5	L4, a4
#define L6	L5, a5
#define L7	L6, a6
#define L8	L7, a7
#define L9	L8, a8
#define L10	L9, a9
#define L11	L10, a10

#define FUNCTION(base, name, n, stream, pt)						\
EXPORT cu_result name(P##n)								\
{											\
	const A a[] = { L##n };								\
	return call(#base, #name, pt, (cu_stream)(stream), n, a);			\
}
#define STREAM1(name, since, n, k)	FUNCTION(name, name, n, a##k, false)
#define STREAM(name, since, n, k)	STREAM1(name, since, n, k) FUNCTION(name, name##_ptsz, n, a##k, true)
#define DEFAULT1(name, since, n)	FUNCTION(name, name, n, 0, false)
#define DEFAULT(name, since, n)		DEFAULT1(name, since, n) FUNCTION(name, name##_ptds, n, 0, true)

CU_CALLS(STREAM, STREAM1, DEFAULT, DEFAULT1, DEFAULT, DEFAULT1)
CU_GRAPH_CALLS(STREAM)

#define EX(name, pt)									\
EXPORT cu_result name(const struct cu_launch_config *c, void *f, void **params, void **extra) \
{											\
	cu_result ret = fake_fails("cuLaunchKernelEx");					\
											\
	(void)extra;									\
	return ret ? ret : launch(fake_stream(c->stream, pt), f, params);		\
}
EX(cuLaunchKernelEx, false)
EX(cuLaunchKernelEx_ptsz, true)

/* Its streams are on devices that are one here. */
EXPORT cu_result cuLaunchCooperativeKernelMultiDevice(struct cu_launch_params *list, unsigned int n,
						      unsigned int flags)
{
	cu_result ret = fake_fails("cuLaunchCooperativeKernelMultiDevice");
	unsigned int i;

	(void)flags;
	for (i = 0; i < n && !ret; i++)
		ret = launch(fake_stream(list[i].stream, false), list[i].f, list[i].params);
	return ret;
}

EXPORT cu_result cuMemFreeAsync_v9(A p, A stream, A more)
{
	const A a[] = { p, stream, more };

	return call("cuMemFreeAsync", "cuMemFreeAsync_v9", false, (cu_stream)stream, 3, a);
}

/* The newest form of a call that a version knows, by its name without _v2 and the like. */
const char *fake_newest(const char *base, int version)
{
	static const struct { const char *name; int since; } all[] = {
#define ROW(name, since, ...)	{ #name, since },
		CU_CALLS(ROW, ROW, ROW, ROW, ROW, ROW) CU_GRAPH_CALLS(ROW)
	};
	size_t n = strlen(base);
	const char *best = NULL;
	unsigned int i;
	int since = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strncmp(all[i].name, base, n) && (!all[i].name[n] || all[i].name[n] == '_') &&
		    all[i].since <= version && all[i].since > since) {
			best = all[i].name;
			since = all[i].since;
		}
	return best;
}
