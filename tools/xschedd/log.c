// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Messages: one line each on stderr, with a priority in front if the journal
 * reads them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "xschedd.h"

int xd_log_level = XD_NOTICE;
static bool journal;

void xd_log_init(void)
{
	journal = getenv("JOURNAL_STREAM") != NULL;
}

void xd_log(int level, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n, m;

	if (level > xd_log_level)
		return;
	n = journal ? snprintf(line, sizeof(line), "<%d>", level) :
		      snprintf(line, sizeof(line), "xschedd: ");
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (m < 0)
		return;
	n += m;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;		/* nobody to tell */
}
