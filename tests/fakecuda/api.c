// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The rest of the double's calls: contexts, streams, events, captures, memory
 * operations, and how functions are found.
 */
#include "fake.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static struct ctx { int dev; } primary[2], *current_default;
static _Thread_local struct ctx *stack[16];
static _Thread_local int depth;
static bool initialized, active[2];
static pid_t owner;

/* ----------------------------------------------------------- errors on demand */

static cu_result sticky;

cu_result fake_fails(const char *name)
{
	static char wanted[64];
	static int left = -1, code;
	const char *v = getenv("FAKECUDA_FAIL");

	if (owner && owner != getpid())
		return CU_NOT_INITIALIZED;	/* as in a forked child */
	if (left < 0)
		left = v && sscanf(v, "%63[^:]:%d:%d", wanted, &left, &code) == 3 ? left : 0;
	if (left && !strcmp(name, wanted) && !--left)
		sticky = code;
	return sticky;
}

#define OR_FAIL(name)	do { cu_result e__ = fake_fails(name); if (e__) return e__; } while (0)

/* ------------------------------------------------------- devices and contexts */

EXPORT cu_result cuInit(unsigned int flags)
{
	static const char said[] = "fakecuda: a test double of CUDA's driver; there is no GPU\n";

	if (flags)
		return CU_INVALID_VALUE;
	if (!initialized && write(STDERR_FILENO, said, sizeof(said) - 1) < 0)
		return CU_OK;
	initialized = true;
	owner = getpid();
	return CU_OK;
}

EXPORT cu_result cuDriverGetVersion(int *v) { *v = 13000; return CU_OK; }
EXPORT cu_result cuDeviceGetCount(int *n) { *n = 2; return CU_OK; }

EXPORT cu_result cuDeviceGet(cu_device *d, int i)
{
	if (!initialized)
		return CU_NOT_INITIALIZED;
	*d = i;
	return i == 0 || i == 1 ? CU_OK : 101;
}

EXPORT cu_result cuDeviceGetName(char *s, int n, cu_device d)
{
	snprintf(s, (size_t)n, "fakecuda%d (test double)", d);
	return CU_OK;
}

EXPORT cu_result cuDeviceGetAttribute(int *v, int attr, cu_device d)
{
	*v = attr == CU_ATTR_MPS ? !!getenv("FAKECUDA_MPS") : attr == CU_ATTR_PCI_BUS ? 0xf0 + d : attr == CU_ATTR_PCI_DOMAIN ? 0xfff0 : 0;
	return CU_OK;
}

EXPORT cu_result cuDevicePrimaryCtxRetain(cu_ctx *c, cu_device d)
{
	primary[d].dev = d;
	active[d] = true;
	*c = (cu_ctx)&primary[d];
	return CU_OK;
}

EXPORT cu_result cuDevicePrimaryCtxRelease_v2(cu_device d) { (void)d; return CU_OK; }

static void forget_registered(const struct ctx *c);

EXPORT cu_result cuDevicePrimaryCtxReset_v2(cu_device d)
{
	fake_wait_all();
	active[d] = false;
	forget_registered(&primary[d]);
	return CU_OK;
}

EXPORT cu_result cuDevicePrimaryCtxGetState(cu_device d, unsigned int *flags, int *on)
{
	*flags = 0;
	*on = active[d];
	return CU_OK;
}

EXPORT cu_result cuCtxCreate_v2(cu_ctx *c, unsigned int flags, cu_device d)
{
	struct ctx *x = calloc(1, sizeof(*x));

	(void)flags;
	x->dev = d;
	stack[depth++] = x;
	*c = (cu_ctx)x;
	return CU_OK;
}

EXPORT cu_result cuCtxDestroy_v2(cu_ctx c)
{
	fake_wait_all();
	forget_registered((struct ctx *)c);
	if (depth && stack[depth - 1] == (struct ctx *)c)
		depth--;
	return CU_OK;	/* its memory is kept, so that a use after this is seen as such */
}

EXPORT cu_result cuCtxDetach(cu_ctx c)
{
	return depth && stack[depth - 1] == (struct ctx *)c ? cuCtxDestroy_v2(c) : ERR_INVALID_CONTEXT;
}

/* A context with a part of the device. */
EXPORT cu_result cuGreenCtxCreate(void **c, void *desc, cu_device d, unsigned int flags)
{
	struct ctx *x = calloc(1, sizeof(*x));

	(void)desc;
	(void)flags;
	x->dev = d;
	*c = x;
	return CU_OK;
}

EXPORT cu_result cuGreenCtxDestroy(void *c) { (void)c; return fake_wait_all(); }
EXPORT cu_result cuCtxFromGreenCtx(cu_ctx *c, void *green) { *c = green; return CU_OK; }

EXPORT cu_result cuCtxGetCurrent(cu_ctx *c)
{
	*c = (cu_ctx)(depth ? stack[depth - 1] : current_default);
	return CU_OK;
}

EXPORT cu_result cuCtxSetCurrent(cu_ctx c)
{
	depth = 0;
	if (c)
		stack[depth++] = (struct ctx *)c;
	return CU_OK;
}

EXPORT cu_result cuCtxPushCurrent_v2(cu_ctx c)
{
	if (!c || depth == 16)
		return ERR_INVALID_CONTEXT;
	stack[depth++] = (struct ctx *)c;
	return CU_OK;
}

EXPORT cu_result cuCtxPopCurrent_v2(cu_ctx *c)
{
	if (!depth)
		return ERR_INVALID_CONTEXT;
	*c = (cu_ctx)stack[--depth];
	return CU_OK;
}

EXPORT cu_result cuCtxGetDevice(cu_device *d)
{
	if (!depth)
		return ERR_INVALID_CONTEXT;
	*d = stack[depth - 1]->dev;
	return CU_OK;
}

EXPORT cu_result cuCtxSynchronize(void)
{
	OR_FAIL("cuCtxSynchronize");
	return fake_unsafe() ? ERR_CAPTURE_UNSUPPORTED : fake_wait_all();
}

EXPORT cu_result cuModuleGetFunction(void **f, void *module, const char *name)
{
	(void)module;
	*f = (void *)fake_function(name);
	return *f ? CU_OK : ERR_NOT_FOUND;
}

/* -------------------------------------------------------------------- memory */

EXPORT cu_result cuMemAlloc_v2(cu_ptr *p, size_t n)
{
	OR_FAIL("cuMemAlloc");
	if (fake_unsafe())
		return ERR_CAPTURE_UNSUPPORTED;
	*p = (cu_ptr)(uintptr_t)calloc(1, n);
	return CU_OK;
}

EXPORT cu_result cuMemFree_v2(cu_ptr p)
{
	fake_wait_all();
	free((void *)(uintptr_t)p);
	return CU_OK;
}

#define PAGES 1024

/*
 * A device keeps the memory that it was given, whatever becomes of the address: an alias. Whose
 * context goes has to be given it again.
 */
static struct { void *addr, *alias; const struct ctx *ctx; } registered[PAGES];
static unsigned int n_registered;

static void forget_registered(const struct ctx *c)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_registered; i++)
		if (registered[i].ctx != c)
			registered[n++] = registered[i];
	n_registered = n;
}

static bool is_writable(const void *p)
{
	unsigned long lo, hi;
	char prot[8], line[512];
	bool found = false, w = false;
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %7s", &lo, &hi, prot) == 3 && (uintptr_t)p >= lo &&
		    (uintptr_t)p < hi) {
			found = true;
			w = prot[1] == 'w';
		}
	if (f)
		fclose(f);
	return w;
}

EXPORT cu_result cuMemHostRegister_v2(void *p, size_t n, unsigned int flags)
{
	void *alias;
	unsigned int i;

	if (fake_unsafe())
		return ERR_CAPTURE_UNSUPPORTED;
	for (i = 0; i < n_registered; i++)
		if (registered[i].addr == p)
			return 712;
	if (!(flags & CU_HOST_READ_ONLY) && !is_writable(p))
		return 712;
	alias = mremap(p, 0, n, MREMAP_MAYMOVE);	/* shared: another view of it */
	if (alias == MAP_FAILED)
		alias = p;
	registered[n_registered].addr = p;
	registered[n_registered].ctx = depth ? stack[depth - 1] : NULL;
	registered[n_registered++].alias = alias;
	return CU_OK;
}

EXPORT cu_result cuMemHostUnregister(void *p) { (void)p; return CU_OK; }

EXPORT cu_result cuMemHostGetDevicePointer_v2(cu_ptr *d, void *p, unsigned int flags)
{
	unsigned int i;

	(void)flags;
	for (i = 0; i < n_registered; i++)
		if (registered[i].addr == p) {
			*d = (cu_ptr)(uintptr_t)registered[i].alias;
			return CU_OK;
		}
	return CU_INVALID_VALUE;
}

/* ---------------------------------------------------------- streams and events */

EXPORT cu_result cuStreamCreate(cu_stream *s, unsigned int flags)
{
	OR_FAIL("cuStreamCreate");
	*s = (cu_stream)fake_stream_new(!(flags & 1));
	return cuCtxGetCurrent(&((struct stream *)*s)->ctx);
}

EXPORT cu_result cuStreamCreateWithPriority(cu_stream *s, unsigned int flags, int priority)
{
	(void)priority;
	return cuStreamCreate(s, flags);
}

EXPORT cu_result cuGreenCtxStreamCreate(cu_stream *s, void *ctx, unsigned int flags, int priority)
{
	cu_result ret = cuStreamCreateWithPriority(s, flags, priority);

	if (!ret)
		((struct stream *)*s)->ctx = ctx;
	return ret;
}

EXPORT cu_result cuStreamDestroy_v2(cu_stream s)
{
	/* What is in it still runs; its memory is kept, so that a late use is seen as such. */
	return s > CU_PER_THREAD ? CU_OK : CU_INVALID_VALUE;
}

EXPORT cu_result cuStreamGetCtx(cu_stream s, cu_ctx *c)
{
	*c = s > CU_PER_THREAD ? ((struct stream *)s)->ctx : NULL;
	return *c ? CU_OK : cuCtxGetCurrent(c);
}

/* A call and its form for which stream 0 is the thread's own. */
#define BOTH(name, params, args)					\
	EXPORT cu_result name params { const bool pt = false; return of_##name args; }	\
	EXPORT cu_result name##_ptsz params { const bool pt = true; return of_##name args; }

static cu_result of_cuStreamSynchronize(cu_stream s, bool pt)
{
	OR_FAIL("cuStreamSynchronize");
	return fake_wait(fake_stream(s, pt));
}
BOTH(cuStreamSynchronize, (cu_stream s), (s, pt))

static cu_result of_cuStreamQuery(cu_stream s, bool pt)
{
	struct stream *x = fake_stream(s, pt);
	bool busy;

	OR_FAIL("cuStreamQuery");
	pthread_mutex_lock(&fake_lock);
	busy = x->last && !x->last->done;
	pthread_mutex_unlock(&fake_lock);
	return busy ? CU_NOT_READY : CU_OK;
}
BOTH(cuStreamQuery, (cu_stream s), (s, pt))

static cu_result of_cuStreamIsCapturing(cu_stream s, int *status, bool pt)
{
	struct stream *x = fake_stream(s, pt);

	*status = x->invalidated ? 2 : x->capturing;
	return CU_OK;
}
BOTH(cuStreamIsCapturing, (cu_stream s, int *status), (s, status, pt))

EXPORT cu_result cuThreadExchangeStreamCaptureMode(int *mode)
{
	int old = fake_capture_mode;

	fake_capture_mode = *mode;
	*mode = old;
	return CU_OK;
}

static cu_result of_cuStreamBeginCapture_v2(cu_stream s, int mode, bool pt)
{
	struct stream *x = fake_stream(s, pt);

	if (x == &fake_legacy || x->capturing)
		return ERR_CAPTURE_UNSUPPORTED;
	x->graph = calloc(1, sizeof(*x->graph));
	x->graph->tail = &x->graph->first;
	x->origin = pthread_self();
	x->global = !mode;
	x->last = NULL;
	x->capturing = true;
	return CU_OK;
}
BOTH(cuStreamBeginCapture_v2, (cu_stream s, int mode), (s, mode, pt))

static cu_result of_cuStreamEndCapture(cu_stream s, void **g, bool pt)
{
	struct stream *x = fake_stream(s, pt);
	cu_result ret = x->invalidated ? ERR_CAPTURE_INVALIDATED : CU_OK;

	if (!x->capturing)
		return ERR_ILLEGAL_STATE;
	*g = ret ? NULL : x->graph;
	x->capturing = x->invalidated = false;
	x->last = NULL;
	return ret;
}
BOTH(cuStreamEndCapture, (cu_stream s, void **g), (s, g, pt))

EXPORT cu_result cuEventCreate(cu_event *e, unsigned int flags)
{
	(void)flags;
	*e = calloc(1, sizeof(struct event));
	return CU_OK;
}

EXPORT cu_result cuEventDestroy_v2(cu_event e) { (void)e; return CU_OK; }

static cu_result of_cuEventRecord(cu_event e, cu_stream s, bool pt)
{
	struct event *ev = (struct event *)e;
	struct op *op = fake_op(NULL);

	OR_FAIL("cuEventRecord");
	op->refs++;
	ev->op = op;
	return fake_enqueue(fake_stream(s, pt), op);
}
BOTH(cuEventRecord, (cu_event e, cu_stream s), (e, s, pt))

static cu_result of_cuStreamWaitEvent(cu_stream s, cu_event e, unsigned int flags, bool pt)
{
	struct event *ev = (struct event *)e;
	struct op *op = fake_op(NULL);

	(void)flags;
	pthread_mutex_lock(&fake_lock);
	fake_depend(op, ev->op);
	pthread_mutex_unlock(&fake_lock);
	return fake_enqueue(fake_stream(s, pt), op);
}
BOTH(cuStreamWaitEvent, (cu_stream s, cu_event e, unsigned int flags), (s, e, flags, pt))

EXPORT cu_result cuEventQuery(cu_event e)
{
	struct op *op = ((struct event *)e)->op;

	OR_FAIL("cuEventQuery");
	return !op || __atomic_load_n(&op->done, __ATOMIC_ACQUIRE) ? CU_OK : CU_NOT_READY;
}

EXPORT cu_result cuEventSynchronize(cu_event e)
{
	struct op *op = ((struct event *)e)->op;

	OR_FAIL("cuEventSynchronize");
	pthread_mutex_lock(&fake_lock);
	while (op && !op->done)
		pthread_cond_wait(&fake_cond, &fake_lock);
	pthread_mutex_unlock(&fake_lock);
	return CU_OK;
}

/* ---------------------------------------------------------- memory operations */

static void run_memop(struct op *op)
{
	uint32_t *word = op->arg[0];
	struct timespec t = { .tv_nsec = 20000 };

	if (op->value[0] == CU_OP_WRITE_32) {
		__atomic_store_n(word, (uint32_t)op->value[1], __ATOMIC_SEQ_CST);
		return;
	}
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) != (uint32_t)op->value[1])
		nanosleep(&t, NULL);
}

/* Flags as the driver takes them: a store has none, a wait for "equal" is 1. */
bool fake_memops_are_right(unsigned int n, const union cu_op *ops)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if ((ops[i].op != CU_OP_WRITE_32 || ops[i].flags) &&
		    (ops[i].op != CU_OP_WAIT_32 || ops[i].flags != CU_WAIT_EQ))
			return false;
	return true;
}

struct op *fake_memop(const union cu_op *o)
{
	struct op *op = fake_op(run_memop);

	op->arg[0] = (void *)(uintptr_t)o->addr;
	op->value[0] = o->op;
	op->value[1] = o->value;
	return op;
}

EXPORT cu_result cuStreamBatchMemOp_v2(cu_stream s, unsigned int n, union cu_op *ops, unsigned int flags)
{
	struct stream *x = fake_stream(s, false);
	cu_result ret = sticky;
	unsigned int i;

	if (!ret && (flags || !fake_memops_are_right(n, ops)))
		ret = CU_INVALID_VALUE;
	for (i = 0; i < n && !ret; i++)
		ret = fake_enqueue(x, fake_memop(&ops[i]));
	return ret;
}

/* ---------------------------------------------------------- finding functions */

/* The newest form of a function that this version knows, as the real one finds it. */
static const struct { const char *base, *name; int since; } forms[] = {
	{ "cuStreamBeginCapture", "cuStreamBeginCapture_v2", 10010 },
	{ "cuStreamDestroy", "cuStreamDestroy_v2", 4000 }, { "cuCtxDestroy", "cuCtxDestroy_v2", 4000 },
	{ "cuMemAlloc", "cuMemAlloc_v2", 3020 }, { "cuMemFree", "cuMemFree_v2", 3020 },
	{ "cuGetProcAddress", "cuGetProcAddress_v2", 12000 },
	{ "cuMemFreeAsync", "cuMemFreeAsync_v9", 14000 },	/* CUDA has none: a form that nobody knows */
};

/* A jump to a function from an address that nobody exports. */
static void *hidden(void *to)
{
	static struct { void *to, *at; } known[2048];
	static unsigned char *page;
	static size_t used;
	unsigned char *at;
	size_t i;

	for (i = 0; known[i].to; i++)
		if (known[i].to == to)
			return known[i].at;

	if (!page)
		page = mmap(NULL, 65536, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	at = page + used;
#ifdef __x86_64__
	memcpy(at, "\x49\xbb", 2);		/* movabs to, %r11; jmp *%r11 */
	memcpy(at + 2, &to, 8);
	memcpy(at + 10, "\x41\xff\xe3", 3);
	used += 16;
	known[i].to = to;
	known[i].at = at;
	return at;
#else
	(void)at;
	return to;
#endif
}

EXPORT cu_result cuGetProcAddress_v2(const char *name, void **fn, int version, uint64_t flags, int *status)
{
	void *self = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
	const char *newest = fake_newest(name, version);
	char full[96];
	unsigned int i;

	snprintf(full, sizeof(full), "%s", newest ? newest : name);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(forms[i].base, name) && version >= forms[i].since)
			snprintf(full, sizeof(full), "%s", forms[i].name);
	*fn = NULL;
	if (flags & CU_PROC_PER_THREAD) {
		size_t n = strlen(full);

		snprintf(full + n, sizeof(full) - n, "_ptsz");
		*fn = dlvsym(self, full, "FAKECUDA");
		if (!*fn) {
			snprintf(full + n, sizeof(full) - n, "_ptds");
			*fn = dlvsym(self, full, "FAKECUDA");
		}
		full[n] = 0;
	}
	if (!*fn)
		*fn = dlvsym(self, full, "FAKECUDA");
	if (*fn && getenv("FAKECUDA_PRIVATE"))
		*fn = hidden(*fn);
	if (status)
		*status = *fn ? 0 : 1;
	return *fn ? CU_OK : ERR_NOT_FOUND;
}

EXPORT cu_result cuGetProcAddress(const char *name, void **fn, int version, uint64_t flags)
{
	return cuGetProcAddress_v2(name, fn, version, flags, NULL);
}
