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
		*copy->tail = node;
		copy->tail = &node->next;
		copy->n++;
	}
	return copy;
}

EXPORT cu_result cuGraphClone(struct graph **copy, struct graph *g)
{
	*copy = copy_of(g);
	return CU_OK;
}

EXPORT cu_result cuGraphInstantiateWithFlags(struct graph **x, struct graph *g, unsigned long long flags)
{
	(void)flags;
	if (!g)
		return CU_INVALID_VALUE;
	*x = copy_of(g);
	return CU_OK;
}

EXPORT cu_result cuGraphDestroy(struct graph *g) { (void)g; return CU_OK; }
EXPORT cu_result cuGraphExecDestroy(struct graph *x) { (void)x; return CU_OK; }

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
	*type = node->run == run_batch ? 12 : 0;
	return CU_OK;
}

/* The kernel's second parameter becomes what params points to. */
EXPORT cu_result cuGraphExecKernelNodeSetParams_v2(struct graph *x, size_t index, const void *params)
{
	struct op *op;
	void **p;

	for (op = x->first; op && index; op = op->next)
		index--;
	if (!op)
		return CU_INVALID_VALUE;
	p = op->arg[1];
	op->arg[1] = memcpy(malloc(3 * sizeof(*p)), p, 3 * sizeof(*p));
	p = op->arg[1];
	p[1] = memcpy(malloc(4), params, 4);
	return CU_OK;
}

/* ------------------------------------------------------------ nodes in between */

EXPORT cu_result cuGraphAddBatchMemOpNode(struct op **out, struct graph *g, struct op *const *deps,
					  size_t n_deps, const struct cu_batch_node *b)
{
	struct op *batch = fake_op(run_batch), **tail = &batch->nodes;
	unsigned int i;

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
