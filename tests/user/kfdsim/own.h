/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A queue that the program makes an XQueue of, fed by a thread of its own.
 */
#ifndef XSCHED_TEST_OWN_H
#define XSCHED_TEST_OWN_H

#include "hsa.h"

#include <pthread.h>
#include <xsched/hint.h>
#include <xsched/hip/hal.h>
#include <xsched/xqueue.h>

#define IN_FLIGHT 8

struct feeder {
	hsa_queue_t *q;
	HwQueueHandle hw;
	XQueueHandle xq;
	uint64_t kernel_ns;
	hsa_signal_t left;		/* counted up by the feeder, down by the device */
	_Atomic uint64_t sent;
	_Atomic int stop;
	int64_t least;			/* that left was seen at */
	bool naps;			/* leaves the CPU to others: AMD's runtime spins for 200 us */
	pthread_t thread;
};

static inline void own_queue(struct feeder *f, int level, int window, int batch)
{
	f->q = new_queue(256);
	CHECK_EQ(HsaQueueCreate(&f->hw, f->q), kXSchedSuccess);
	CHECK_EQ(XQueueCreate(&f->xq, f->hw, level, kQueueCreateFlagNone), kXSchedSuccess);
	CHECK_EQ(XQueueSetLaunchConfig(f->xq, window, batch), kXSchedSuccess);
}

static void *feed(void *arg)
{
	struct feeder *f = arg;
	hsa_signal_value_t v;

	while (!atomic_load(&f->stop)) {
		while (hsa_signal_load_scacquire(f->left) < IN_FLIGHT) {
			hsa_signal_add_relaxed(f->left, 1);
			dispatch(f->q, f->kernel_ns, f->left);
			atomic_fetch_add(&f->sent, 1);
		}
		if (f->naps)
			sleep_us(50);
		else
			hsa_signal_wait_scacquire(f->left, HSA_SIGNAL_CONDITION_LT, IN_FLIGHT, 5000000,
						  HSA_WAIT_STATE_BLOCKED);
		v = hsa_signal_load_scacquire(f->left);
		if (v < f->least)
			f->least = v;
	}
	return NULL;
}

static inline void feeder_start(struct feeder *f, uint64_t kernel_us)
{
	f->kernel_ns = kernel_us * 1000;
	f->left = new_signal(0);
	CHECK_EQ(pthread_create(&f->thread, NULL, feed, f), 0);
}

/* Everything that was sent has completed, once. */
static inline void feeder_stop(struct feeder *f)
{
	atomic_store(&f->stop, 1);
	CHECK_EQ(pthread_join(f->thread, NULL), 0);
	CHECK(wait_below(f->left, 1, 30000));
	CHECK_EQ(hsa_signal_load_scacquire(f->left), 0);
	CHECK_GE(f->least, 0);
}

static inline void own_queue_end(struct feeder *f)
{
	CHECK_EQ(XQueueDestroy(f->xq), kXSchedSuccess);
	CHECK_EQ(HwQueueDestroy(f->hw), kXSchedSuccess);
	HSA(hsa_queue_destroy(f->q));
}

#endif
