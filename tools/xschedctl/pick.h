/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Entities by what a user calls them: their queue, process or device.
 */
#ifndef XSCHEDCTL_PICK_H
#define XSCHEDCTL_PICK_H

#include "model.h"

/**
 * struct picked - a set of entities
 * @attr: those whose attribute @attr is @id; 0: all
 * @id: see there
 * @kind: what the user named
 * @name: and its name
 */
struct picked {
	enum xsched_attr attr;
	uint64_t id;
	const char *kind;
	char name[128];
};

/* No arguments, WHICH, or KIND WHICH. Return: 0 or an exit status after saying why */
int pick(struct picked *p, const struct model *m, int argc, char **argv);

/* For the completion: kinds, and devices. */
void pick_words(void);

#endif /* XSCHEDCTL_PICK_H */
