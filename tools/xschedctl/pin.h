/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where a loaded policy stays after who loaded it has ended.
 */
#ifndef XSCHEDCTL_PIN_H
#define XSCHEDCTL_PIN_H

#define PIN_FS	"/sys/fs/bpf"
#define PIN_DIR	PIN_FS "/xsched"

#endif /* XSCHEDCTL_PIN_H */
