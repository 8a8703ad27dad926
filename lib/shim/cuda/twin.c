// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Graphs that can be launched: each may have twins with gates inside, which are launched in
 * its place, one with many while the process is one that others stop, and one with few
 * while there is somebody who might.
 *
 * The program's own stays as the driver made it. A twin is made with the first launch that
 * wants one, of a copy that was taken when the program had its graph instantiated, or updated.
 * What the program changes about its own makes twins stale; new ones are made as long as
 * all that takes no more than a twentieth of the time. The copy follows where it can, and only
 * while others stop the process: else there is none until the next update.
 */
#include "shim.h"
#include "graph.h"

#include <stdlib.h>

#define REAL(f)		(xsched_cuda_real.f)
#define BUCKETS 256
#define TWINS_MAX 4		/* for one graph, because gates are too far apart or too close */
#define AFFORD	20

struct graph {
	struct graph *next;
	cu_exec exec;
	cu_graph copy;			/* NULL: there can be no twin */
	uint64_t flags;
	cu_ctx ctx;			/* current when it was instantiated */
	struct twin {
		cu_exec exec;
		size_t spacing;		/* of its gates, in nodes */
		unsigned int made;	/* so often, changes of the program's apart */
	} twins[2];			/* with few gates, with many */
	size_t nodes;
	bool stale;			/* the twins aren't what the program has by now, */
	bool fresh;			/* and the copy was taken for the next one */
	uint64_t cost_ns, made_ns;	/* of the last copy and twin that a change asked for */
	struct xqueue *xq;		/* whose words the twins' gates are; a reference */
	cu_stream in;			/* where it was launched last */
	bool launched, by_twin;
	cu_event done;			/* of a twin */
};

static struct graph *table[BUCKETS];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static struct graph **bucket(cu_exec exec)
{
	uintptr_t x = (uintptr_t)exec;

	return &table[((x >> 4) ^ (x >> 12) ^ (x >> 20)) % BUCKETS];
}

struct graph *cuda_graph_find(cu_exec exec)
{
	struct graph *g;

	if (unlikely(cuda_is_inherited))
		return NULL;
	pthread_rwlock_rdlock(&lock);
	for (g = *bucket(exec); g && g->exec != exec; g = g->next)
		;
	pthread_rwlock_unlock(&lock);
	return g;
}

struct graph *cuda_graph_take_off(cu_exec exec)
{
	struct graph **at, *g;

	if (cuda_is_inherited)
		return NULL;
	pthread_rwlock_wrlock(&lock);
	for (at = bucket(exec); *at && (*at)->exec != exec; at = &(*at)->next)
		;
	g = *at;
	if (g)
		*at = g->next;
	pthread_rwlock_unlock(&lock);
	return g;
}

/* What runs of it goes on; the driver frees it afterwards. */
static void drop_twin(struct twin *t)
{
	if (t->exec)
		REAL(cuGraphExecDestroy)(t->exec);
	t->exec = NULL;
}

static void drop_twins(struct graph *g)
{
	drop_twin(&g->twins[false]);
	drop_twin(&g->twins[true]);
	if (g->xq)
		xqueue_put(g->xq);
	g->xq = NULL;
}

static void give_up(struct graph *g)
{
	if (g->copy)
		REAL(cuGraphDestroy)(g->copy);
	g->copy = NULL;
}

void cuda_graph_forget(struct graph *g, bool lost)
{
	int mode;

	if (!g)
		return;
	mode = xsched_cuda_relax();
	give_up(g);
	if (lost && g->xq)
		xqueue_put(g->xq);
	else
		drop_twins(g);
	if (g->done && !lost)
		REAL(cuEventDestroy)(g->done);
	xsched_cuda_unrelax(mode);
	free(g);
}

void cuda_graphs_gone(cu_ctx ctx)
{
	struct graph **at, *g, *gone = NULL;
	unsigned int i;

	pthread_rwlock_wrlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (at = &table[i]; (g = *at);) {
			if (g->ctx != ctx) {
				at = &g->next;
				continue;
			}
			*at = g->next;
			g->next = gone;
			gone = g;
		}
	pthread_rwlock_unlock(&lock);
	for (; (g = gone); cuda_graph_forget(g, true))
		gone = g->next;
}

/* ------------------------------------------------------------ they come and go */

void cuda_graph_instantiated(cu_exec exec, cu_graph graph, uint64_t flags)
{
	struct graph *g;
	int mode;

	if (!cuda_wanted() || !REAL(cuGraphClone) || !REAL(cuCtxGetCurrent) ||
	    flags & CU_GRAPH_DEVICE_LAUNCH)
		return;
	cuda_graph_forget(cuda_graph_take_off(exec), true);	/* its handle was another's, which went behind our back */
	g = calloc(1, sizeof(*g));
	if (!g)
		return;
	mode = xsched_cuda_relax();
	g->exec = exec;
	g->flags = flags & ~(uint64_t)CU_GRAPH_UPLOAD;
	REAL(cuCtxGetCurrent)(&g->ctx);
	if (REAL(cuGraphClone)(&g->copy, graph) != CU_OK)
		g->copy = NULL;
	else if (REAL(cuGraphGetNodes)(g->copy, NULL, &g->nodes) != CU_OK)
		g->nodes = 0;
	xsched_cuda_unrelax(mode);
	pthread_rwlock_wrlock(&lock);
	g->next = *bucket(exec);
	*bucket(exec) = g;
	pthread_rwlock_unlock(&lock);
}

/* Does somebody stop the process, so that it is worth something to have a twin soon? */
static bool is_contended(void)
{
	struct xqueue *xq = cuda_queue_last();

	return xq && xsched_anchor->generation == xq->generation &&
	       xqueue_level(xq) >= XSCHED_LEVEL_DEACTIVATE && xqueue_held_lately(xq);
}

static bool can_afford(const struct graph *g)
{
	return xsched_now_ns() - g->made_ns >= AFFORD * g->cost_ns;
}

void cuda_graph_changed(cu_exec exec)
{
	struct graph *g = cuda_graph_find(exec);
	int mode;

	if (!g)
		return;
	mode = xsched_cuda_relax();
	give_up(g);
	xsched_cuda_unrelax(mode);
}

void cuda_graph_updated(cu_exec exec, cu_graph graph)
{
	struct graph *g = cuda_graph_find(exec);
	uint64_t begin = xsched_now_ns();
	int mode;

	if (!g)
		return;
	mode = xsched_cuda_relax();
	give_up(g);
	g->stale = true;
	if (is_contended() && can_afford(g)) {
		if (REAL(cuGraphClone)(&g->copy, graph) != CU_OK)
			g->copy = NULL;
		g->made_ns = xsched_now_ns();
		g->cost_ns = g->made_ns - begin;
		g->fresh = true;
	}
	xsched_cuda_unrelax(mode);
}

/* A kernel has other parameters now: so has the copy's. */
void cuda_graph_set(cu_exec exec, cu_node node, const void *params)
{
	struct graph *g = cuda_graph_find(exec);
	cu_node same;
	int mode;

	if (!g || !g->copy)
		return;
	mode = xsched_cuda_relax();
	g->stale = true;
	if (!is_contended() || !REAL(cuGraphNodeFindInClone) || !REAL(cuGraphKernelNodeSetParams) ||
	    REAL(cuGraphNodeFindInClone)(&same, node, g->copy) != CU_OK ||
	    REAL(cuGraphKernelNodeSetParams)(same, params) != CU_OK)
		give_up(g);
	xsched_cuda_unrelax(mode);
}

/* ------------------------------------------------------------------- launches */

static bool is_current(cu_ctx ctx)
{
	cu_ctx now;

	return REAL(cuCtxGetCurrent)(&now) == CU_OK && now == ctx;
}

/* How long nodes take is found out by and by. */
static bool has_wrong_gates(const struct twin *t, size_t n)
{
	return t->made < TWINS_MAX && (n > 2 * t->spacing || 2 * n < t->spacing);
}

static void make_twin(struct graph *g, struct twin *t, struct xqueue *xq, size_t spacing)
{
	uint64_t begin = xsched_now_ns();

	if (!g->done && REAL(cuEventCreate)(&g->done, CU_EVENT_NO_TIMING) != CU_OK)
		g->done = NULL;
	t->exec = g->done ? xsched_cuda_gate_graph(xq, g->copy, g->flags, spacing) : NULL;
	t->spacing = spacing;
	if (!t->exec)
		give_up(g);
	else if (!g->xq)
		g->xq = xqueue_get(xq);
	if (g->stale) {
		g->made_ns = xsched_now_ns();
		g->cost_ns = (g->fresh ? g->cost_ns : 0) + g->made_ns - begin;
	} else {
		t->made++;
	}
	g->stale = g->fresh = false;
}

/* For this queue and its words as they are now. */
static cu_exec twin_of(struct graph *g, struct xqueue *xq, bool many)
{
	size_t spacing = xsched_cuda_graph_spacing(xq, many);
	struct xsched_cuda_stream *s = xq->handle;
	struct twin *t = &g->twins[many];

	if (!many && spacing >= g->nodes)
		return NULL;	/* it would have none */
	if (!g->copy || g->stale || g->xq != xq)
		drop_twins(g);
	else if (t->exec && has_wrong_gates(t, spacing))
		drop_twin(t);
	if (!t->exec && g->copy && is_current(s->ctx) && (!g->stale || g->fresh || can_afford(g)))
		make_twin(g, t, xq, spacing);
	return t->exec;
}

/* Somebody competes, though not with who has asked for priority, one hopes. */
static bool may_be_held(const struct xqueue *xq)
{
	return xs_load(&xq->ctl->notify) & XSCHED_NOTIFY_TRACK &&
	       xs_load_relaxed(&xq->entity->priority) <= 0;
}

/* NULL: it is to be launched itself. */
static cu_exec twin_wanted(struct graph *g, struct xqueue *xq)
{
	bool many;

	if (!xq || xqueue_level(xq) < XSCHED_LEVEL_DEACTIVATE ||
	    xsched_anchor->generation != xq->generation ||
	    xs_load_relaxed(&xq->gates) >= XSCHED_CUDA_GATES_MAX)
		return NULL;
	many = xqueue_held_lately(xq);
	return many || may_be_held(xq) ? twin_of(g, xq, many) : NULL;
}

/*
 * The driver lets a launch wait for the one before it of the same graph, in whatever
 * stream; of its twin it doesn't know.
 */
static cu_exec choose(struct graph *g, struct xqueue *xq, cu_stream s)
{
	bool moved = g->launched && g->in != s, was_twin = g->by_twin;
	cu_exec twin = moved && !was_twin ? NULL : twin_wanted(g, xq);

	g->by_twin = twin;
	if (was_twin && (moved || !g->by_twin))
		REAL(cuStreamWaitEvent)(s, g->done, 0);
	g->launched = true;
	g->in = s;
	return twin ? twin : g->exec;
}

cu_result cuda_graph_launch(struct graph *g, struct xqueue *xq, cu_stream s,
			cu_result (*real)(cu_exec, cu_stream))
{
	cu_result ret;
	cu_exec exec;
	int mode;

	xqueue_heavy(xq, (uint32_t)g->nodes);
	mode = xsched_cuda_relax();
	s = s ? s : ((struct xsched_cuda_stream *)xq->handle)->handle;
	exec = choose(g, xq, s);
	xsched_cuda_unrelax(mode);
	ret = real(exec, s);
	if (ret == CU_OK && g->by_twin)
		REAL(cuEventRecord)(g->done, s);
	return ret;
}
