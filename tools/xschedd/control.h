/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Connections of the control plane.
 */
#ifndef XSCHEDD_CONTROL_H
#define XSCHEDD_CONTROL_H

#include "nl.h"

/**
 * struct xd_reader - somebody at the control socket
 * @garbage: first
 * @watch: its socket
 * @in_readers: all of them
 * @user: its account
 * @uid: its user
 * @listens: wants events
 * @lost: some didn't fit
 * @dump_cmd: dump under way, 0 if none
 * @dump_id: lowest id that hasn't been dumped
 * @dump_seq: of the request
 */
struct xd_reader {
	struct xd_garbage garbage;
	struct xd_watch watch;
	struct xsched_list in_readers;
	struct xd_user *user;
	uid_t uid;
	bool listens, lost;
	u32 dump_cmd, dump_id, dump_seq;
};

void xd_control_tell(const struct xd_nl *event);
bool xd_control_has_listeners(void);

#endif
