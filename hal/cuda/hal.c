// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CUDA streams at the three levels: gates, marks, and the words that the device sees.
 */
#define _GNU_SOURCE
#include "cuda.h"
#include "rm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct xsched_cuda_real xsched_cuda_real;
_Atomic uint32_t xsched_cuda_captures;

#define REAL(f) (xsched_cuda_real.f)

static struct xsched_cuda_stream *stream_of(const struct xqueue *q)
{
	return q->handle;
}

/* ------------------------------------------------------------- our own calls */

/*
 * While somebody captures a graph the driver refuses calls that it thinks unsafe, and
 * spoils the graph; ours have nothing to do with it.
 */
int xsched_cuda_relax(void)
{
	int mode = CU_CAPTURE_RELAXED;

	if (REAL(cuThreadExchangeStreamCaptureMode))
		REAL(cuThreadExchangeStreamCaptureMode)(&mode);
	return mode;
}

void xsched_cuda_unrelax(int mode)
{
	if (REAL(cuThreadExchangeStreamCaptureMode))
		REAL(cuThreadExchangeStreamCaptureMode)(&mode);
}

bool xsched_cuda_takes_commands(cu_stream s)
{
	int status = CU_CAPTURE_NONE;

	if (likely(!xs_load(&xsched_cuda_captures)))
		return true;
	/* For the legacy stream this is an error while a stream that it waits for is captured. */
	return REAL(cuStreamIsCapturing)(s, &status) == CU_OK && status == CU_CAPTURE_NONE;
}

/*
 * Operations behind everything in the stream. The agent's thread has no context of its own,
 * and one thread can't name another's per-thread stream: the legacy stream waits for
 * it, so a store there comes late but never early.
 */
static int put(struct xqueue *q, union cu_op *ops, unsigned int n)
{
	struct xsched_cuda_stream *s = stream_of(q);
	static unsigned int said;
	cu_stream to = s->handle;
	cu_ctx now = NULL, popped;
	int mode, ret = -EAGAIN;
	cu_result err;

	if (s->thread && s->thread != (uint64_t)gettid())
		to = CU_LEGACY;
	mode = xsched_cuda_relax();
	REAL(cuCtxGetCurrent)(&now);
	if (now != s->ctx && REAL(cuCtxPushCurrent)(s->ctx) != CU_OK) {
		xsched_cuda_unrelax(mode);
		return -EIO;
	}
	if (xsched_cuda_takes_commands(to)) {
		err = REAL(cuStreamBatchMemOp)(to, n, ops, 0);
		ret = err == CU_OK ? 0 : -EIO;
		/* Others are the program's, which sees them in its own calls. */
		if (err == CU_INVALID_VALUE || err == CU_NOT_SUPPORTED)
			xsched_say_once(&said, "xsched: the CUDA driver refuses a memory operation in a stream (error %d)", err);
	}
	if (now != s->ctx)
		REAL(cuCtxPopCurrent)(&popped);
	xsched_cuda_unrelax(mode);
	return ret;
}

union cu_op xsched_cuda_op(uint32_t code, cu_ptr addr, uint32_t value)
{
	union cu_op o = { .pad = { 0 } };

	o.op = code;
	o.addr = addr;
	o.value = value;
	o.flags = code == CU_OP_WAIT_32 ? CU_WAIT_EQ : 0;
	return o;
}

/*
 * The store of arrive and the load of gate go over the bus in this order: a read never
 * passes a posted write. Pairs with the scheduler's "store gate, fence, load arrive and
 * pass".
 */
static int cuda_gate(struct xqueue *q, uint32_t number)
{
	struct xsched_cuda_stream *s = stream_of(q);
	union cu_op ops[] = {
		xsched_cuda_op(CU_OP_WRITE_32, s->completed, xs_load_relaxed(&q->marked)),
		xsched_cuda_op(CU_OP_WRITE_32, s->arrive, number),
		xsched_cuda_op(CU_OP_WAIT_32, s->gate, XSCHED_GATE_OPEN),
		xsched_cuda_op(CU_OP_WAIT_32, s->suspended, 0),
		xsched_cuda_op(CU_OP_WRITE_32, s->pass, number),
	};

	if (s->suspended)
		return put(q, ops, 5);
	ops[3] = ops[4];
	return put(q, ops, 4);
}

static int cuda_mark(struct xqueue *q, uint32_t value)
{
	union cu_op o = xsched_cuda_op(CU_OP_WRITE_32, stream_of(q)->completed, value);

	return put(q, &o, 1);
}

/* ----------------------------------------------------- words for the device */

#define PAGES_MAX 1024

/* Pages that the device has been given, for good. */
static struct page {
	void *addr;
	uint64_t generation;		/* of the attachment that it belongs to; 0: the process's own */
} pages[PAGES_MAX];
static unsigned int n_pages;
static pthread_mutex_t pages_lock = PTHREAD_MUTEX_INITIALIZER;

static void *page_of(const void *word)
{
	return (void *)((uintptr_t)word & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1));
}

/* A page that is mapped read-only can be registered as such, and only so. */
static bool register_page(void *page, bool writable)
{
	uint32_t flags = CU_HOST_PORTABLE | CU_HOST_DEVICEMAP;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	if (REAL(cuMemHostRegister)(page, size, flags) == CU_OK)
		return true;
	return !writable &&
	       REAL(cuMemHostRegister)(page, size, flags | CU_HOST_READ_ONLY) == CU_OK;
}

static bool give_page(void *page, bool writable, uint64_t generation)
{
	bool ok = false;
	unsigned int i;

	pthread_mutex_lock(&pages_lock);
	for (i = 0; i < n_pages && !ok; i++)
		ok = pages[i].addr == page && pages[i].generation == generation;
	if (!ok && n_pages < PAGES_MAX) {
		ok = register_page(page, writable);
		if (ok)
			pages[n_pages++] = (struct page){ page, generation };
	}
	pthread_mutex_unlock(&pages_lock);
	return ok;
}

/* The driver's registration has gone with the context that it was made in. */
static void take_page_back(void *page)
{
	unsigned int i;

	pthread_mutex_lock(&pages_lock);
	for (i = 0; i < n_pages; i++)
		if (pages[i].addr == page)
			pages[i] = pages[--n_pages];
	pthread_mutex_unlock(&pages_lock);
}

/* Where the device finds a word of this attachment, or of the process (0); 0: nowhere. */
static cu_ptr show(const void *word, bool writable, uint64_t generation)
{
	void *page = page_of(word);
	cu_ptr at;

	if (!give_page(page, writable, generation))
		return 0;
	if (REAL(cuMemHostGetDevicePointer)(&at, page, 0) != CU_OK) {
		take_page_back(page);
		if (!give_page(page, writable, generation) ||
		    REAL(cuMemHostGetDevicePointer)(&at, page, 0) != CU_OK)
			return 0;
	}
	return at + (cu_ptr)((const char *)word - (const char *)page);
}

/* The program may stop it by itself, which its device has to see. */
static bool show_stop_word(struct xqueue *q)
{
	uint32_t *word = xqueue_stop_word(q);

	stream_of(q)->suspended = word ? show(word, true, 0) : 0;
	return stream_of(q)->suspended;
}

bool xsched_cuda_connect(struct xqueue *q)
{
	struct xsched_cuda_stream *s = stream_of(q);
	int mode = xsched_cuda_relax();
	bool ok;

	s->gate = show(&q->ctl->gate, false, q->generation);
	s->completed = show(&q->st->completed, true, q->generation);
	s->arrive = s->completed ? s->completed - offsetof(struct xsched_status_slot, completed) +
		    offsetof(struct xsched_status_slot, arrive) : 0;
	s->pass = s->completed ? s->completed - offsetof(struct xsched_status_slot, completed) +
		  offsetof(struct xsched_status_slot, pass) : 0;
	s->generation = q->generation;
	ok = s->gate && s->completed && (!q->entity->own || show_stop_word(q));
	xsched_cuda_unrelax(mode);
	return ok;
}

/* ----------------------------------------------------------------- tables */

static const struct xsched_hal_ops level1 = {
	.name = "CUDA",
	.platform = XSCHED_PLATFORM_CUDA,
	.level = XSCHED_LEVEL_BLOCK,
	.own_gate = cuda_gate,
	.gate_marks = true,
	.mark = cuda_mark,
};

#define GATED(of_level)					\
	.name = "CUDA",					\
	.platform = XSCHED_PLATFORM_CUDA,		\
	.level = (of_level),				\
	.queue_flags = XSCHED_QUEUE_F_DEVICE_GATED,	\
	.gate = cuda_gate,				\
	.gate_marks = true,				\
	.mark = cuda_mark

static const struct xsched_hal_ops level2 = {
	GATED(XSCHED_LEVEL_DEACTIVATE),
};

/* Level 2 where time slices can be set: those of who is never stopped last. */
static const struct xsched_hal_ops level2_lasting = {
	GATED(XSCHED_LEVEL_DEACTIVATE),
	.held = xsched_cuda_held,
};

static const struct xsched_hal_ops level3 = {
	GATED(XSCHED_LEVEL_INTERRUPT),
	.held = xsched_cuda_held,
};

/* Attributes have been seen to be wrong about this, so what counts is whether the call is there. */
static bool has_memory_operations(void)
{
	return REAL(cuStreamBatchMemOp) && REAL(cuMemHostRegister) &&
	       REAL(cuMemHostGetDevicePointer);
}

/* The server's channels aren't this process's, nor only for it. */
static bool is_shared_by_mps(void)
{
	static unsigned int said;
	cu_device dev;
	int mps = 0;

	if (REAL(cuCtxGetDevice)(&dev) != CU_OK ||
	    REAL(cuDeviceGetAttribute)(&mps, CU_ATTR_MPS, dev) != CU_OK || !mps)
		return false;
	xsched_say_once(&said, "xsched: the GPU is shared through MPS, whose server owns the channels: level 2 at most");
	return true;
}

const struct xsched_hal_ops *xsched_cuda_hal(uint32_t wanted)
{
	static unsigned int said_memop, said_rm;
	bool mps;

	if (!has_memory_operations()) {
		xsched_say_once(&said_memop, "xsched: this CUDA driver has no stream memory operations (cuStreamBatchMemOp_v2 needs CUDA 11.7); CUDA stays unscheduled, update the driver");
		return NULL;
	}
	mps = is_shared_by_mps();
	if (wanted == XSCHED_LEVEL_BLOCK)
		return &level1;
	if (mps)
		return &level2;
	if (xsched_rm_ready())
		return wanted == XSCHED_LEVEL_INTERRUPT ? &level3 : &level2_lasting;
	if (wanted != XSCHED_LEVEL_INTERRUPT)
		return &level2;
	xsched_say_once(&said_rm, "xsched: level 3: the driver's channel groups can't be reached (%s); using level 2",
			xsched_rm_reason());
	return &level2;
}
