// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * HwCommand*: the entry points of commands.
 */
#include "api.h"

/* Goes from created to another state, if it is what the handle says. */
static XResult leave_created(HwCommandHandle h, uint64_t state, struct gcmd **out)
{
	struct gcmd *c = gcmd_of(h);
	uint64_t generation = handle_generation(h) * GCMD_STATES, tag;

	if (unlikely(!c))
		return kXSchedErrorNotFound;
	tag = generation | GCMD_CREATED;
	*out = c;
	if (likely(__atomic_compare_exchange_n(&c->tag, &tag, generation | state, false,
					       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)))
		return kXSchedSuccess;
	return tag == (generation | GCMD_SUBMITTED) ? kXSchedErrorNotAllowed : kXSchedErrorNotFound;
}

XResult command_take(HwCommandHandle h, struct gcmd **out)
{
	return leave_created(h, GCMD_SUBMITTED, out);
}

static XResult create(HwCommandHandle *out, enum gcmd_kind kind, struct gcmd **cmd)
{
	struct gcmd *c;

	api_begin();
	c = gcmd_alloc();
	if (unlikely(!c))
		return kXSchedErrorUnknown;
	c->kind = kind;
	*cmd = c;
	*out = gcmd_handle(c);
	return kXSchedSuccess;
}

XSCHED_PUBLIC XResult HwCommandCreateCallback(HwCommandHandle *hw_cmd, LaunchCallback launch,
					      void *data)
{
	struct gcmd *c;
	XResult r;

	if (unlikely(!hw_cmd || !launch))
		return kXSchedErrorInvalidValue;
	r = create(hw_cmd, GCMD_CALLBACK, &c);
	if (likely(!r)) {
		c->launch = launch;
		c->data = data;
	}
	return r;
}

XSCHED_PUBLIC XResult HwCommandCreate(HwCommandHandle *hw_cmd, void *command,
				      void (*release)(void *command))
{
	struct gcmd *c;
	XResult r;

	if (!hw_cmd)
		return kXSchedErrorInvalidValue;
	r = create(hw_cmd, GCMD_HAL, &c);
	if (!r) {
		c->release = release;
		c->data = command;
	}
	return r;
}

XSCHED_PUBLIC XResult HwCommandCreateHostFunction(HwCommandHandle *hw_cmd, void (*fn)(void *data),
						  void *data)
{
	struct gcmd *c;
	XResult r;

	if (!hw_cmd || !fn)
		return kXSchedErrorInvalidValue;
	r = create(hw_cmd, GCMD_HOST, &c);
	if (!r) {
		c->host = fn;
		c->data = data;
	}
	return r;
}

XSCHED_PUBLIC XResult HwCommandOnComplete(HwCommandHandle hw_cmd,
					  void (*fn)(HwCommandHandle, XResult, void *), void *data)
{
	struct gcmd *c = gcmd_of(hw_cmd);
	uint64_t tag = c ? xs_load(&c->tag) : 0;

	if (!fn)
		return kXSchedErrorInvalidValue;
	if (!c || tag / GCMD_STATES != handle_generation(hw_cmd) || tag % GCMD_STATES == GCMD_FREE)
		return kXSchedErrorNotFound;
	if (tag % GCMD_STATES != GCMD_CREATED)
		return kXSchedErrorNotAllowed;
	c->on_complete = fn;
	c->on_complete_data = data;
	return kXSchedSuccess;
}

XSCHED_PUBLIC XResult HwCommandDestroy(HwCommandHandle hw_cmd)
{
	struct gcmd *c;
	XResult r = leave_created(hw_cmd, GCMD_SUBMITTED, &c);

	if (r)
		return r;
	if (c->kind == GCMD_HAL && c->release)
		c->release(c->data);
	gcmd_free(c);
	return kXSchedSuccess;
}
