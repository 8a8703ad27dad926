// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Errors that no call returned.
 */
#include "api.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static XErrorCallback callback;
static void *callback_data;

XSCHED_PUBLIC XResult XSetErrorCallback(XErrorCallback fn, void *data)
{
	pthread_mutex_lock(&lock);
	callback = fn;
	callback_data = data;
	pthread_mutex_unlock(&lock);
	return kXSchedSuccess;
}

/* In a forked child. */
void error_forget_parent(void)
{
	pthread_mutex_init(&lock, NULL);
}

void xsched_report_error(XQueueHandle xq, HwCommandHandle cmd, XResult result)
{
	XErrorCallback fn;
	void *data;

	pthread_mutex_lock(&lock);
	fn = callback;
	data = callback_data;
	pthread_mutex_unlock(&lock);
	if (fn)
		fn(xq, cmd, result, data);
}
