// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The wrapped calls of HSA: queues come and go, slots are reserved, doorbells ring.
 * Everything else, copies by the DMA engines included, passes untouched.
 */
#include "shim.h"

#include <hsa/hsa.h>
#include <stddef.h>
#include <time.h>

#include "hsa_table.h"

#define HSA_TABLE_MAJOR	1

static struct CoreApiTable real;
_Thread_local struct aql_queue *hip_touched;
bool xsched_hip_explicit;

/* --------------------------------------------------------------- queues */

static hsa_status_t queue_create(hsa_agent_t agent, uint32_t size, hsa_queue_type32_t type,
				 void (*cb)(hsa_status_t, hsa_queue_t *, void *), void *data,
				 uint32_t private, uint32_t group, hsa_queue_t **queue)
{
	hsa_status_t ret;

	ret = real.hsa_queue_create_fn(agent, size, type, cb, data, private, group, queue);
	if (ret == HSA_STATUS_SUCCESS)
		hip_queue_new(*queue, agent);
	return ret;
}

static hsa_status_t queue_destroy(hsa_queue_t *queue)
{
	struct aql_queue *aq = hip_queue_going(queue);
	hsa_status_t ret = real.hsa_queue_destroy_fn(queue);

	if (aq)
		hip_queue_gone(aq, ret == HSA_STATUS_SUCCESS);
	return ret;
}

/* ------------------------------------------------------------ submissions */

typedef uint64_t (*add_fn)(const hsa_queue_t *, uint64_t);

/*
 * A command begins when its slot is reserved: its place in the ring is its place in
 * program order, so nothing of ours can come between later.
 */
static uint64_t begin(const hsa_queue_t *q, uint64_t n, add_fn add)
{
	struct aql_queue *aq = hip_queue(q);
	struct xqueue *xq = aq ? xs_load(&aq->xq) : NULL;
	enum xqueue_mode mode;
	uint64_t index;
	bool reported = false;

	hip_touched = aq;
	if (!xq || !n)
		return add(q, n);
	mode = xqueue_begin(xq);
	if (mode == XQ_TRACKED && aql_reserve_tracked(aq, n, xq, &index))
		reported = true;
	else
		index = add(q, n);
	/* Without room for a report aql_reserve_tracked() has counted it as over. */
	(void)reported;
	xqueue_end(xq, mode, false);
	return index;
}

#define ADD(order)								\
static uint64_t add_##order(const hsa_queue_t *q, uint64_t n)			\
{										\
	return begin(q, n, real.hsa_queue_add_write_index_##order##_fn);	\
}
ADD(scacq_screl)
ADD(scacquire)
ADD(relaxed)
ADD(screlease)

/*
 * A program that stores the index may remember it, so nothing can be put in between: the
 * call waits while the gate is closed, and what it submitted counts as over at once.
 */
static struct xqueue *begin_by_index(const hsa_queue_t *q)
{
	struct timespec t = { .tv_nsec = 50000 };
	struct aql_queue *aq = hip_queue(q);
	struct xqueue *xq = aq ? xs_load(&aq->xq) : NULL;
	static unsigned int said;
	enum xqueue_mode mode;

	if (!xq)
		return NULL;
	if (!xs_load(&aq->by_index)) {
		xs_store_release(&aq->by_index, true);
		xsched_say_once(&said, "xsched: an HSA queue whose write index is stored by the program: it is held in the calling thread (level 1)");
	}
	mode = xqueue_begin(xq);
	while (xqueue_closed(xq) && xsched_anchor->generation == xq->generation)
		nanosleep(&t, NULL);
	xqueue_end(xq, mode, true);
	return xq;
}

static void store_relaxed(const hsa_queue_t *q, uint64_t v)
{
	begin_by_index(q);
	real.hsa_queue_store_write_index_relaxed_fn(q, v);
}

static void store_screlease(const hsa_queue_t *q, uint64_t v)
{
	begin_by_index(q);
	real.hsa_queue_store_write_index_screlease_fn(q, v);
}

#define CAS(order)									\
static uint64_t cas_##order(const hsa_queue_t *q, uint64_t expected, uint64_t v)	\
{											\
	begin_by_index(q);								\
	return real.hsa_queue_cas_write_index_##order##_fn(q, expected, v);		\
}
CAS(scacq_screl)
CAS(scacquire)
CAS(relaxed)
CAS(screlease)

/* ---------------------------------------------------------------- doorbells */

/* Not below a packet of ours that lies behind the program's. */
static hsa_signal_value_t with_ours(hsa_signal_t s, hsa_signal_value_t v)
{
	struct aql_queue *aq = hip_queue_by_doorbell(s.handle);
	uint64_t extra = aq ? xs_load(&aq->extra) : 0;

	return extra > (uint64_t)v + 1 ? (hsa_signal_value_t)(extra - 1) : v;
}

static void signal_store_relaxed(hsa_signal_t s, hsa_signal_value_t v)
{
	real.hsa_signal_store_relaxed_fn(s, with_ours(s, v));
}

static void signal_store_screlease(hsa_signal_t s, hsa_signal_value_t v)
{
	real.hsa_signal_store_screlease_fn(s, with_ours(s, v));
}

/* ------------------------------------------------------------------ loading */

static void note_below(const struct CoreApiTable *core, const struct AmdExtTable *amd)
{
	hsa_below = (struct hsa_below){
		.queue_create = core->hsa_queue_create_fn,
		.queue_destroy = core->hsa_queue_destroy_fn,
		.load_read = core->hsa_queue_load_read_index_scacquire_fn,
		.load_write = core->hsa_queue_load_write_index_relaxed_fn,
		.cas_write = core->hsa_queue_cas_write_index_scacq_screl_fn,
		.signal_create = core->hsa_signal_create_fn,
		.signal_destroy = core->hsa_signal_destroy_fn,
		.signal_load = core->hsa_signal_load_scacquire_fn,
		.signal_store = core->hsa_signal_store_screlease_fn,
		.signal_wait = core->hsa_signal_wait_scacquire_fn,
		.agent_info = core->hsa_agent_get_info_fn,
		.async_handler = amd->hsa_amd_signal_async_handler_fn,
		.signal_create_for = amd->hsa_amd_signal_create_fn,
	};
}

static void wrap(struct CoreApiTable *core)
{
	core->hsa_queue_create_fn = queue_create;
	core->hsa_queue_destroy_fn = queue_destroy;
	core->hsa_queue_add_write_index_scacq_screl_fn = add_scacq_screl;
	core->hsa_queue_add_write_index_scacquire_fn = add_scacquire;
	core->hsa_queue_add_write_index_relaxed_fn = add_relaxed;
	core->hsa_queue_add_write_index_screlease_fn = add_screlease;
	core->hsa_queue_store_write_index_relaxed_fn = store_relaxed;
	core->hsa_queue_store_write_index_screlease_fn = store_screlease;
	core->hsa_queue_cas_write_index_scacq_screl_fn = cas_scacq_screl;
	core->hsa_queue_cas_write_index_scacquire_fn = cas_scacquire;
	core->hsa_queue_cas_write_index_relaxed_fn = cas_relaxed;
	core->hsa_queue_cas_write_index_screlease_fn = cas_screlease;
	core->hsa_signal_store_relaxed_fn = signal_store_relaxed;
	core->hsa_signal_store_screlease_fn = signal_store_screlease;
}

static hsa_status_t prepare(hsa_agent_t agent, void *unused)
{
	hsa_device_type_t type = HSA_DEVICE_TYPE_CPU;

	(void)unused;
	real.hsa_agent_get_info_fn(agent, HSA_AGENT_INFO_DEVICE, &type);
	if (type == HSA_DEVICE_TYPE_GPU)
		kfd_before_queues(agent);
	return HSA_STATUS_SUCCESS;
}

/* ROCr's entry points for what HSA_TOOLS_LIB names. */
EXPORT bool OnLoad(struct HsaApiTable *table, uint64_t version, uint64_t n_failed, const char *const *failed);
EXPORT void OnUnload(void);

EXPORT bool OnLoad(struct HsaApiTable *table, uint64_t version, uint64_t n_failed, const char *const *failed)
{
	(void)version;
	(void)n_failed;
	(void)failed;
	if (!hip_wanted() || !table || table->version.major_id != HSA_TABLE_MAJOR ||
	    table->core_->version.minor_id < offsetof(struct CoreApiTable, hsa_signal_cas_relaxed_fn) ||
	    table->amd_ext_->version.minor_id <= offsetof(struct AmdExtTable, hsa_amd_signal_create_fn))
		return true;
	real = *table->core_;
	note_below(&real, table->amd_ext_);
	wrap(table->core_);
	/* Now, since ROCr makes queues of its own, too. */
	real.hsa_iterate_agents_fn(prepare, NULL);
	return true;
}

EXPORT void OnUnload(void)
{
	hip_queues_drop();
}
