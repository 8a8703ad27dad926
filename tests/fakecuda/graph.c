// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The double's graphs: one node after another, as a stream's capture makes them.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

/* Stops of the device inside of graphs, for tests. */
EXPORT _Atomic unsigned int fakecuda_stops_inside;

void fake_run_graph(struct op *op)
{
	struct op *node;

	for (node = op->nodes; node; node = node->next)
		if (node->run)
			node->run(node);
}

static void run_batch(struct op *op)
{
	struct op *o;

	for (o = op->nodes; o; o = o->next) {
		if (o->value[0] == CU_OP_WAIT_32 &&
		    __atomic_load_n((uint32_t *)o->arg[0], __ATOMIC_SEQ_CST) != (uint32_t)o->value[1])
			__atomic_fetch_add(&fakecuda_stops_inside, 1, __ATOMIC_SEQ_CST);
		o->run(o);
	}
}

/* Nodes share what they point to; nothing of a graph is ever freed. */
static struct graph *copy_of(const struct graph *g)
{
	struct graph *copy = calloc(1, sizeof(*copy));
	struct op *op, *node;

	copy->tail = &copy->first;
	for (op = g->first; op; op = op->next) {
		node = fake_op(op->run);
		memcpy(node->arg, op->arg, sizeof(op->arg));
		memcpy(node->value, op->value, sizeof(op->value));
		node->nodes = op->nodes;
		node->type = op->type;
		node->original = op;
		*copy->tail = node;
		copy->tail = &node->next;
		copy->n++;
	}
	return copy;
}

static bool has_memory(const struct graph *g)
{
	struct op *op;

	for (op = g->first; op; op = op->next)
		if (op->type == NODE_MEM_ALLOC || op->type == NODE_MEM_FREE)
			return true;
	return false;
}

/* As in CUDA what has memory nodes can't be had twice. */
EXPORT cu_result cuGraphClone(struct graph **copy, struct graph *g)
{
	if (has_memory(g))
		return CU_NOT_SUPPORTED;
	*copy = copy_of(g);
	return CU_OK;
}

EXPORT cu_result cuGraphInstantiateWithFlags(struct graph **x, struct graph *g, unsigned long long flags)
{
	(void)flags;
	if (!g)
		return CU_INVALID_VALUE;
	if (has_memory(g) && g->instantiated)
		return CU_NOT_SUPPORTED;
	g->instantiated = true;
	*x = copy_of(g);
	return CU_OK;
}

EXPORT cu_result cuGraphDestroy(struct graph *g) { (void)g; return CU_OK; }
EXPORT cu_result cuGraphExecDestroy(struct graph *x) { (void)x; return CU_OK; }

EXPORT cu_result cuGraphNodeFindInClone(struct op **out, const struct op *original, const struct graph *clone)
{
	for (*out = clone->first; *out && (*out)->original != original; *out = (*out)->next)
		;
	return *out ? CU_OK : CU_INVALID_VALUE;
}

EXPORT cu_result cuGraphGetNodes(struct graph *g, struct op **nodes, size_t *n)
{
	struct op *op = g->first;
	size_t i;

	if (!nodes)
		*n = g->n;
	for (i = 0; nodes && i < *n && op; i++, op = op->next)
		nodes[i] = op;
	return CU_OK;
}

EXPORT cu_result cuGraphGetEdges(struct graph *g, struct op **from, struct op **to, size_t *n)
{
	struct op *op = g->first;
	size_t i;

	if (!from)
		*n = g->n ? g->n - 1 : 0;
	for (i = 0; from && i < *n && op; i++, op = op->next) {
		from[i] = op;
		to[i] = op->next;
	}
	return CU_OK;
}

EXPORT cu_result cuGraphNodeGetType(struct op *node, int *type)
{
	*type = node->type;
	return CU_OK;
}

/* ---------------------------------------------------------------- changed nodes */

/* What was launched before runs as it was. */
static void renew(struct graph *x)
{
	struct graph *copy = copy_of(x);
	struct op *op;

	for (op = copy->first; op; op = op->next)
		op->original = op->original->original;
	x->first = copy->first;
	x->tail = copy->tail;
}

/* As much of CUDA's as there is of a kernel here: what to call, and its parameters. */
struct kernel_params {
	const void *f;
	unsigned int grid[3], block[3], shared_bytes;
	void **params, **extra;
};

static void set_params(struct op *op, const struct kernel_params *p)
{
	const struct function *f = op->arg[0];
	void **copy = calloc(f->n_params, sizeof(*copy));
	unsigned int i;

	for (i = 0; i < f->n_params; i++)
		copy[i] = memcpy(malloc(f->sizes[i]), p->params[i], f->sizes[i]);
	op->arg[1] = copy;
}

EXPORT cu_result cuGraphKernelNodeSetParams_v2(struct op *node, const struct kernel_params *p)
{
	set_params(node, p);
	return CU_OK;
}

/* The node is one of the graph that it was instantiated from. */
EXPORT cu_result cuGraphExecKernelNodeSetParams_v2(struct graph *x, struct op *node,
						   const struct kernel_params *p)
{
	struct op *op;
	cu_result ret;

	renew(x);
	ret = cuGraphNodeFindInClone(&op, node, x);
	if (!ret)
		set_params(op, p);
	return ret;
}

/* If it has as many nodes of the same types. */
EXPORT cu_result cuGraphExecUpdate_v2(struct graph *x, struct graph *g, void *info)
{
	struct op *to, *from = g->first;

	(void)info;
	renew(x);
	to = x->first;
	for (; to && from && to->type == from->type; to = to->next, from = from->next)
		;
	if (to || from)
		return ERR_UPDATE_FAILURE;
	for (to = x->first, from = g->first; to; to = to->next, from = from->next) {
		to->run = from->run;
		memcpy(to->arg, from->arg, sizeof(to->arg));
		memcpy(to->value, from->value, sizeof(to->value));
		to->nodes = from->nodes;
		to->original = from;
	}
	return CU_OK;
}

/* ------------------------------------------------------------ nodes in between */

EXPORT cu_result cuGraphAddBatchMemOpNode(struct op **out, struct graph *g, struct op *const *deps,
					  size_t n_deps, const struct cu_batch_node *b)
{
	struct op *batch = fake_op(run_batch), **tail = &batch->nodes;
	unsigned int i;

	batch->type = NODE_BATCH;
	if (n_deps != 1 || !b->ctx || b->flags || !b->n || !fake_memops_are_right(b->n, b->ops))
		return CU_INVALID_VALUE;
	for (i = 0; i < b->n; i++, tail = &(*tail)->next)
		*tail = fake_memop(&b->ops[i]);
	batch->next = deps[0]->next;	/* where it is going to be, if all goes well */
	*out = batch;
	g->n++;
	return CU_OK;
}

EXPORT cu_result cuGraphRemoveDependencies(struct graph *g, struct op *const *from,
					   struct op *const *to, size_t n)
{
	(void)g;
	if (n != 1 || from[0]->next != to[0])
		return CU_INVALID_VALUE;
	from[0]->cut = true;
	return CU_OK;
}

EXPORT cu_result cuGraphAddDependencies(struct graph *g, struct op *const *from,
					struct op *const *to, size_t n)
{
	struct op *op;

	for (op = g->first; op && op->next != to[0]; op = op->next)
		;
	if (n != 1 || !op || !op->cut || from[0]->next != to[0])
		return CU_INVALID_VALUE;
	op->cut = false;
	op->next = from[0];
	return CU_OK;
}
