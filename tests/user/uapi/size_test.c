// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every command with a struct that is too short, exact, longer with zeros and
 * longer with dirt.
 */
#include "commands.h"

static void too_short(const void *data)
{
	const struct command *c = data;
	union arg arg;
	struct player p;
	uint32_t size;
	int fd = command_prepare(c, &p, &arg);

	for (size = 0; size < c->first_size; size++) {
		arg.head.size = size;
		CHECK_EQ(call(fd, c->number, &arg), -EINVAL);
	}
	/* Nothing has happened meanwhile. */
	arg.head.size = c->size;
	CHECK_EQ(call(fd, c->number, &arg), 0);
}

static void first_version(const void *data)
{
	const struct command *c = data;
	union arg arg;
	struct player p;
	int fd = command_prepare(c, &p, &arg);

	arg.head.size = c->first_size;
	CHECK_EQ(call(fd, c->number, &arg), 0);
	CHECK_EQ(arg.head.size, c->first_size);
}

/* The last ones before memory that isn't there. */
static char *last_bytes(size_t n)
{
	size_t page = page_size();
	char *mem = MUST(mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0));

	MUST(mprotect(mem + page, page, PROT_NONE));
	return mem + page - n;
}

/* Up against memory that isn't there: not a byte more may be touched. */
static void exact(const void *data)
{
	const struct command *c = data;
	union arg arg;
	struct player p;
	int fd = command_prepare(c, &p, &arg);
	char *at = last_bytes(c->size);

	memcpy(at, &arg, c->size);
	CHECK_EQ(call(fd, c->number, at), 0);
	memcpy(&arg, at, c->size);
	CHECK_EQ(arg.head.size, c->size);
}

static void longer_with_zeros(const void *data)
{
	const struct command *c = data;
	static const uint32_t more[] = { 1, 4, 8, 100 };
	union arg arg;
	struct player p;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(more); i++) {
		int fd = command_prepare(c, &p, &arg);

		arg.head.size = c->size + more[i];
		CHECK_EQ(call(fd, c->number, &arg), 0);
		for (k = c->size; k < sizeof(arg); k++)
			CHECK_EQ(arg.bytes[k], 0);
	}
}

static void longer_with_dirt(const void *data)
{
	const struct command *c = data;
	static const uint32_t more[] = { 1, 4, 8, 100 };
	union arg arg;
	struct player p;
	size_t i;
	int fd = command_prepare(c, &p, &arg);

	for (i = 0; i < ARRAY_SIZE(more); i++) {
		arg.head.size = c->size + more[i];
		arg.bytes[c->size + more[i] - 1] = 1;
		CHECK_EQ(call(fd, c->number, &arg), -E2BIG);
		arg.bytes[c->size + more[i] - 1] = 0;
	}
	arg.head.size = c->size;
	CHECK_EQ(call(fd, c->number, &arg), 0);
}

/* Nobody's header is that long: refused without reading so much. */
static void absurdly_long(const void *data)
{
	const struct command *c = data;
	union arg arg;
	struct player p;
	int fd = command_prepare(c, &p, &arg);

	arg.bytes[sizeof(arg) - 1] = 1;
	arg.head.size = sizeof(arg);
	CHECK_EQ(call(fd, c->number, &arg), -E2BIG);
	arg.head.size = ~0u;
	CHECK_EQ(call(fd, c->number, &arg), -E2BIG);
}

/* The size says more than there is. */
static void beyond_memory(const void *data)
{
	const struct command *c = data;
	union arg arg;
	struct player p;
	int fd = command_prepare(c, &p, &arg);
	char *at = last_bytes(c->size);

	arg.head.size = c->size + 8;
	memcpy(at, &arg, c->size);
	CHECK_EQ(call(fd, c->number, at), -EFAULT);
}

static const struct ktap_test kinds[] = {
	{ "too short", too_short, NULL },
	{ "first version's length", first_version, NULL },
	{ "exact, at the end of memory", exact, NULL },
	{ "longer with zeros", longer_with_zeros, NULL },
	{ "longer with dirt", longer_with_dirt, NULL },
	{ "absurdly long", absurdly_long, NULL },
	{ "longer than its memory", beyond_memory, NULL },
};

int main(int argc, char **argv)
{
	char name[80];
	size_t c, k;

	(void)argc;
	ktap_begin(argv[0], N_COMMANDS * ARRAY_SIZE(kinds));
	for (c = 0; c < N_COMMANDS; c++)
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			snprintf(name, sizeof(name), "%s: %s", commands[c].name, kinds[k].name);
			ktap_case(name, kinds[k].run, &commands[c]);
		}
	return ktap_end();
}
