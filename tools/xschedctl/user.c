// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Names of users, looked up once per run of equal ids.
 */
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "user.h"

const char *user_name(uint32_t uid)
{
	static uint32_t last_uid;
	static char last[64];
	static bool valid;
	struct passwd *pw;

	if (valid && uid == last_uid)
		return last;
	pw = getpwuid(uid);
	if (pw)
		snprintf(last, sizeof(last), "%s", pw->pw_name);
	else
		snprintf(last, sizeof(last), "%u", uid);
	last_uid = uid;
	valid = true;
	return last;
}
