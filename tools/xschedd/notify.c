// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events of the control plane: XSCHED_CMD_NOTIFY to whoever listens.
 */
#include "control.h"

static struct xd_nl message;

/* False if nobody listens. */
static bool begin(u32 event)
{
	if (!xd_control_has_listeners())
		return false;
	message.len = 0;
	xd_nl_begin_genl(&message, 0, 0, XSCHED_CMD_NOTIFY);
	xd_nl_u32(&message, XSCHED_A_EVENT, event);
	xd_nl_u64(&message, XSCHED_A_TIME_NS, xd_now_ns());
	return true;
}

static void finish(void)
{
	if (xd_nl_end(&message))
		xd_control_tell(&message);
}

void xd_notify_device(u32 event, const struct xd_device *d)
{
	if (!begin(event))
		return;
	xd_put_device(&message, d);
	finish();
}

void xd_notify_client(u32 event, const struct xd_client *c)
{
	if (!begin(event))
		return;
	xd_put_client(&message, c);
	finish();
}

void xd_notify_entity(u32 event, const struct xd_entity *e)
{
	if (!begin(event))
		return;
	xd_put_ids(&message, e);
	finish();
}

void xd_notify_hint(const struct xd_entity *e, u32 kind, s64 value)
{
	if (!begin(XSCHED_EVENT_HINT))
		return;
	xd_put_ids(&message, e);
	xd_nl_u32(&message, XSCHED_A_HINT_KIND, kind);
	xd_nl_u64(&message, XSCHED_A_HINT_VALUE, (u64)value);
	finish();
}

void xd_notify_shutdown(void)
{
	if (begin(XSCHED_EVENT_SHUTDOWN))
		finish();
}
