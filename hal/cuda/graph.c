// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Gates inside of graphs: a graph's copy with memory operations between its nodes, at which
 * the device stops in the middle of it.
 *
 * A gate takes a node's place in front of what depends on it, so it never changes an
 * order, only adds to it. Where a node is all that leads to the rest the gate says that
 * the device stands, as one in a stream does; where branches run side by side each waits
 * silently.
 */
#include "cuda.h"

#include <stdlib.h>

#define REAL(f)		(xsched_cuda_real.f)
/* From gate to gate, where the time of a node is known; a gate is 4.6 us of the device. */
#define SPACING_US	100
#define SPACING_LV3_US	200	/* short slices let others in before it */
#define SPACING_TURNS_US 400	/* who is stopped every few ms anyway loses the less */
#define SPACING_FEW_US	2000	/* who isn't stopped next to nothing */
#define SPACING_MIN	4	/* in nodes */
#define SPACING_MAX	256
#define SPACING_FEW_MAX	4096
#define SPACING		8	/* where it isn't */
#define SPACING_FEW	160

struct vertex {
	cu_node node;
	size_t depth, waits_for;	/* longest way here; of those in front, how many aren't placed */
	size_t at;			/* place in an order that keeps all dependencies */
	size_t first, n;		/* its edges */
};

struct plan {
	cu_graph g;
	size_t n, m;
	struct vertex *v;		/* by node */
	size_t *order;			/* of vertices */
	cu_node *from, *to;		/* edges, grouped by from */
	size_t *dest;			/* vertex that an edge leads to */
};

static int by_node(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct vertex *)a)->node;
	uintptr_t y = (uintptr_t)((const struct vertex *)b)->node;

	return x < y ? -1 : x > y;
}

static struct vertex *vertex_of(const struct plan *p, cu_node node)
{
	const struct vertex key = { .node = node };

	return bsearch(&key, p->v, p->n, sizeof(key), by_node);
}

/* Called with all of the plan's arrays but these three empty. */
static bool sort_edges(struct plan *p, const cu_node *from, const cu_node *to)
{
	size_t i, at = 0;
	struct vertex *f, *t;

	for (i = 0; i < p->m; i++) {
		f = vertex_of(p, from[i]);
		t = vertex_of(p, to[i]);
		if (!f || !t)
			return false;
		f->n++;
		t->waits_for++;
	}
	for (i = 0; i < p->n; i++) {
		p->v[i].first = at;
		at += p->v[i].n;
		p->v[i].n = 0;
	}
	for (i = 0; i < p->m; i++) {
		f = vertex_of(p, from[i]);
		at = f->first + f->n++;
		p->from[at] = from[i];
		p->to[at] = to[i];
		p->dest[at] = (size_t)(vertex_of(p, to[i]) - p->v);
	}
	return true;
}

/* Edges with data (programmatic launches) make the driver refuse: such a graph stays whole. */
static bool read_edges(struct plan *p)
{
	cu_node *from = calloc(p->m + 1, sizeof(*from)), *to = calloc(p->m + 1, sizeof(*to));
	bool ok = from && to && REAL(cuGraphGetEdges)(p->g, from, to, &p->m) == CU_OK &&
		  sort_edges(p, from, to);

	free(from);
	free(to);
	return ok;
}

static bool can_be_had_twice(cu_node node)
{
	int type;

	return REAL(cuGraphNodeGetType)(node, &type) == CU_OK && type != CU_NODE_MEM_ALLOC &&
	       type != CU_NODE_MEM_FREE && type != CU_NODE_CONDITIONAL;
}

static bool read_nodes(struct plan *p)
{
	cu_node *nodes = calloc(p->n + 1, sizeof(*nodes));
	bool ok = nodes && REAL(cuGraphGetNodes)(p->g, nodes, &p->n) == CU_OK;
	size_t i;

	for (i = 0; i < p->n && ok; i++) {
		ok = can_be_had_twice(nodes[i]);
		p->v[i].node = nodes[i];
	}
	free(nodes);
	if (ok)
		qsort(p->v, p->n, sizeof(*p->v), by_node);
	return ok;
}

/* Everything behind what it depends on. */
static bool put_in_order(struct plan *p)
{
	size_t i, k, n = 0;
	struct vertex *v, *t;

	for (i = 0; i < p->n; i++)
		if (!p->v[i].waits_for)
			p->order[n++] = i;
	for (i = 0; i < n; i++) {
		v = &p->v[p->order[i]];
		v->at = i;
		for (k = v->first; k < v->first + v->n; k++) {
			t = &p->v[p->dest[k]];
			if (t->depth < v->depth + 1)
				t->depth = v->depth + 1;
			if (!--t->waits_for)
				p->order[n++] = p->dest[k];
		}
	}
	return n == p->n;
}

static bool make_plan(struct plan *p, cu_graph g)
{
	p->g = g;
	if (REAL(cuGraphGetNodes)(g, NULL, &p->n) != CU_OK || p->n < 2 * SPACING_MIN ||
	    REAL(cuGraphGetEdges)(g, NULL, NULL, &p->m) != CU_OK)
		return false;
	p->v = calloc(p->n, sizeof(*p->v));
	p->order = calloc(p->n, sizeof(*p->order));
	p->from = calloc(p->m + 1, sizeof(*p->from));
	p->to = calloc(p->m + 1, sizeof(*p->to));
	p->dest = calloc(p->m + 1, sizeof(*p->dest));
	return p->v && p->order && p->from && p->to && p->dest && read_nodes(p) &&
	       read_edges(p) && put_in_order(p);
}

static void drop_plan(struct plan *p)
{
	free(p->v);
	free(p->order);
	free(p->from);
	free(p->to);
	free(p->dest);
}

/*
 * While a graph runs pass is the number of a gate in front of it, so the first value is
 * ahead of it and the second isn't, up to XSCHED_CUDA_GATES_MAX.
 */
static bool add_gate(struct plan *p, const struct vertex *v, const struct xsched_cuda_stream *s,
		     bool alone)
{
	union cu_op ops[4];
	struct cu_batch_node b = { .ctx = s->ctx, .ops = ops };
	cu_node gate, *from;
	bool ok;
	size_t i;

	if (alone)
		ops[b.n++] = xsched_cuda_op(CU_OP_WRITE_32, s->arrive, 0x7fffffff);
	ops[b.n++] = xsched_cuda_op(CU_OP_WAIT_32, s->gate, XSCHED_GATE_OPEN);
	if (s->suspended)
		ops[b.n++] = xsched_cuda_op(CU_OP_WAIT_32, s->suspended, 0);
	if (alone)
		ops[b.n++] = xsched_cuda_op(CU_OP_WRITE_32, s->arrive, 0);
	from = calloc(v->n, sizeof(*from));
	ok = from && REAL(cuGraphAddBatchMemOpNode)(&gate, p->g, &v->node, 1, &b) == CU_OK;
	for (i = 0; i < v->n && ok; i++)
		from[i] = gate;
	ok = ok && REAL(cuGraphRemoveDependencies)(p->g, p->from + v->first, p->to + v->first,
						   v->n) == CU_OK &&
	     REAL(cuGraphAddDependencies)(p->g, from, p->to + v->first, v->n) == CU_OK;
	free(from);
	return ok;
}

size_t xsched_cuda_graph_spacing(const struct xqueue *q, bool many)
{
	uint64_t us = !many ? SPACING_FEW_US :
		      xs_load(&q->ctl->turns) & XSCHED_TURNS_POLICY ? SPACING_TURNS_US :
		      xqueue_level(q) == XSCHED_LEVEL_INTERRUPT ? SPACING_LV3_US : SPACING_US;
	uint64_t est_ns = xs_load_relaxed(&q->est_ns), n, max;

	if (!est_ns)
		return many ? SPACING : SPACING_FEW;
	n = us * 1000 / est_ns;
	max = many ? SPACING_MAX : SPACING_FEW_MAX;
	return n < SPACING_MIN ? SPACING_MIN : n > max ? max : n;
}

/* By depth, so that each of several branches has its own. */
static bool add_gates(struct plan *p, struct xqueue *q, size_t every)
{
	size_t i, k, reach = 0;
	struct vertex *v;

	for (i = 0; i < p->n; i++) {
		v = &p->v[p->order[i]];
		/* reach: how far edges from before this one lead. */
		if (v->depth % every == every - 1 && v->n &&
		    !add_gate(p, v, q->handle, reach <= i))
			return false;
		for (k = v->first; k < v->first + v->n; k++)
			if (reach < p->v[p->dest[k]].at)
				reach = p->v[p->dest[k]].at;
	}
	return true;
}

static bool driver_can(void)
{
	return REAL(cuGraphClone) && REAL(cuGraphDestroy) && REAL(cuGraphGetNodes) &&
	       REAL(cuGraphGetEdges) && REAL(cuGraphNodeGetType) && REAL(cuGraphAddBatchMemOpNode) &&
	       REAL(cuGraphAddDependencies) && REAL(cuGraphRemoveDependencies) &&
	       REAL(cuGraphInstantiateWithFlags) && REAL(cuGraphExecDestroy);
}

cu_exec xsched_cuda_gate_graph(struct xqueue *q, cu_graph g, uint64_t flags, size_t spacing)
{
	struct plan p = { 0 };
	cu_exec exec = NULL;
	cu_graph copy;
	int mode;

	if (!driver_can())
		return NULL;
	mode = xsched_cuda_relax();
	if (REAL(cuGraphClone)(&copy, g) == CU_OK) {
		if (!make_plan(&p, copy) || !add_gates(&p, q, spacing) ||
		    REAL(cuGraphInstantiateWithFlags)(&exec, copy, flags) != CU_OK)
			exec = NULL;
		drop_plan(&p);
		REAL(cuGraphDestroy)(copy);
	}
	xsched_cuda_unrelax(mode);
	return exec;
}
