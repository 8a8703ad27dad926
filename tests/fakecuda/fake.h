/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A test double of CUDA's driver library: no GPU, streams are threads of the CPU.
 *
 *	call -> an operation in a stream -> the stream's thread -> what it stands for
 *
 * It knows what the tests of the shim need: order within streams, the legacy stream that
 * waits for all and for which all wait, events, memory operations, captures, graphs,
 * errors on demand. Kernels are the few in device.c. FAKECUDA_FAIL=NAME:N:CODE makes the Nth
 * call of NAME fail, and all calls after it, as a sticky error does.
 * FAKECUDA_MPS=1: the GPU says that it is shared through MPS.
 * FAKECUDA_PRIVATE=1: cuGetProcAddress() gives pointers that aren't the exported ones.
 */
#ifndef XSCHED_FAKECUDA_H
#define XSCHED_FAKECUDA_H

#include "../../hal/cuda/driver.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

#define ERR_INVALID_CONTEXT	201
#define ERR_ILLEGAL_STATE	401
#define ERR_NOT_FOUND		500
#define ERR_CAPTURE_UNSUPPORTED	900
#define ERR_CAPTURE_INVALIDATED	901
#define ERR_CAPTURE_IMPLICIT	906
#define ERR_UPDATE_FAILURE	910

struct op {
	struct op *next;
	int refs;
	bool done;
	unsigned int n_deps;
	struct op **deps;
	void (*run)(struct op *);
	void *arg[4];
	uint64_t value[4];
	struct op *nodes;		/* of a graph, in order */
	bool cut;			/* from what follows it in its graph */
	int type;			/* of a node, as CUDA numbers them; 0: a kernel */
	struct op *original;		/* of a clone's node */
};

struct stream {
	struct stream *next;
	bool blocking, is_default, capturing, invalidated, global;
	pthread_t origin;
	struct op *first, **tail, *last;	/* last: newest, done or not */
	pthread_t thread;
	bool stop;
	struct graph *graph;
	cu_ctx ctx;			/* in which it was made; NULL of a default one */
};

struct graph {
	struct op *first, **tail;
	unsigned int n;
	bool instantiated;
	struct op *launched;	/* last */
};

struct event {
	struct op *op;		/* NULL: never recorded */
};

struct function {
	const char *name;
	unsigned int n_params;
	const size_t *sizes;
	void (*run)(void *const *params);
};

extern pthread_mutex_t fake_lock;
extern pthread_cond_t fake_cond;
extern struct stream fake_legacy;

/* device.c */
struct stream *fake_stream(cu_stream s, bool per_thread);
struct op *fake_op(void (*run)(struct op *));
/* Takes the operation over; an error if the stream is in no state for it. */
cu_result fake_enqueue(struct stream *s, struct op *op);
cu_result fake_wait(struct stream *s);
cu_result fake_wait_all(void);
void fake_depend(struct op *op, struct op *on);
void fake_put(struct op *op);
struct stream *fake_stream_new(bool blocking);
const struct function *fake_function(const char *name);
/* Would this call be refused because of a capture? Spoils that if so. */
bool fake_unsafe(void);
extern _Thread_local int fake_capture_mode;

/* api.c */
cu_result fake_fails(const char *name);
bool fake_memops_are_right(unsigned int n, const union cu_op *ops);
struct op *fake_memop(const union cu_op *o);

/* graph.c */
#define NODE_MEM_ALLOC	10
#define NODE_MEM_FREE	11
#define NODE_BATCH	12
void fake_run_graph(struct op *op);

/* calls.c */
const char *fake_newest(const char *base, int version);

#endif
