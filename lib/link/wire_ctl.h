/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The control plane of the host scheduler (xschedd), on the socket beside that of the
 * processes (xsched_wire_ctl_path()).
 *
 * The socket is SOCK_SEQPACKET. What goes over it is what would go over the generic
 * netlink socket of <linux/xsched_netlink.h>: requests with NLM_F_DUMP or NLM_F_ACK,
 * answers of one or several messages per datagram, NLMSG_DONE and NLMSG_ERROR with
 * the extended acknowledgement's text. What differs:
 *
 * - the family's number is XSCHED_CTL_FAMILY; there is nothing to resolve
 * - XSCHED_CMD_NOTIFY with NLM_F_ACK joins the group "events"
 * - events that didn't fit are announced by an NLMSG_OVERRUN message
 * - root and the user whose xschedd it is are its administrators
 * - ids of processes are those of xschedd's pid namespace
 */
#ifndef XSCHED_LINK_WIRE_CTL_H
#define XSCHED_LINK_WIRE_CTL_H

#define XSCHED_CTL_FAMILY	0x20
#define XSCHED_CTL_DATAGRAM_MAX	16384

#endif
