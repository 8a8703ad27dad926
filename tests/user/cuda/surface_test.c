// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every call of the shim's table, by each way to it: the driver gets the arguments that the
 * program gave, in their places, and the program gets what the driver returned. Every
 * call of the driver's other functions that the shim knows is found, too.
 */
#include "cu.h"
#include "../../../lib/shim/cuda/calls.h"

#include <dlfcn.h>

extern struct fakecuda_echo {
	int on;
	cu_result ret;
	const char *name;
	unsigned int n;
	uintptr_t args[11];
} fakecuda_echo;

#define A uintptr_t
typedef cu_result fn11(A, A, A, A, A, A, A, A, A, A, A);

static const struct row {
	const char *name;
	int since;
	unsigned int n;
	int stream;		/* argument, -1 none */
	char variant;		/* z: _ptsz, s: _ptds, 0: none */
} rows[] = {
#define STREAM(name, since, n, k)	{ #name, since, n, k, 'z' },
#define STREAM1(name, since, n, k)	{ #name, since, n, k, 0 },
#define DEFAULT(name, since, n)		{ #name, since, n, -1, 's' },
#define DEFAULT1(name, since, n)	{ #name, since, n, -1, 0 },
	CU_CALLS(STREAM, STREAM1, DEFAULT, DEFAULT1, DEFAULT, DEFAULT1)
	CU_GRAPH_CALLS(STREAM)
};

/* Upper halves as well: what is 32 bits wide there is the driver's to know. */
static A arg_of(const struct row *r, unsigned int i)
{
	return (int)i == r->stream ? 0 : 0x1111111100000000u * (i % 2) + 1000 + i;
}

static void try_call(const struct row *r, const char *name, void *fn, cu_result want)
{
	A a[11];
	unsigned int i;
	cu_result got;

	if (!fn)
		FAIL("%s: not found", name);
	for (i = 0; i < 11; i++)
		a[i] = arg_of(r, i);
	memset(&fakecuda_echo, 0, sizeof(fakecuda_echo));
	fakecuda_echo.on = 1;
	fakecuda_echo.ret = want;
	/* More arguments than it takes are nothing to it. */
	got = ((fn11 *)fn)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10]);
	fakecuda_echo.on = 0;
	if (got != want || !fakecuda_echo.name || strcmp(fakecuda_echo.name, name) ||
	    fakecuda_echo.n != r->n)
		FAIL("%s: returned %d, reached %s with %u arguments", name, got,
		     fakecuda_echo.name ? fakecuda_echo.name : "nothing", fakecuda_echo.n);
	for (i = 0; i < r->n; i++)
		if (fakecuda_echo.args[i] != a[i])
			FAIL("%s: argument %u is %lx, not %lx", name, i,
			     (long)fakecuda_echo.args[i], (long)a[i]);
}

static const char *variant_of(const struct row *r, char *buf, size_t n)
{
	snprintf(buf, n, "%s_pt%s", r->name, r->variant == 'z' ? "sz" : "ds");
	return buf;
}

/* As a program finds them that is linked with the library, or loads it. */
static void by_symbol(const void *arg)
{
	void *handle = strcmp(arg, "linked") ? dlopen("libcuda.so.1", RTLD_LAZY) : RTLD_DEFAULT;
	char name[96];
	unsigned int i;

	cu_begin();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		try_call(&rows[i], rows[i].name, dlsym(handle, rows[i].name), i % 2 ? 0 : 999);
		if (!rows[i].variant)
			continue;
		variant_of(&rows[i], name, sizeof(name));
		try_call(&rows[i], name, dlsym(handle, name), 0);
	}
	ktap_note("%zu calls", ARRAY_SIZE(rows));
}

static void base_of(const struct row *r, char *buf, size_t n)
{
	char *v;

	snprintf(buf, n, "%s", r->name);
	v = strstr(buf, "_v");
	if (v)
		*v = 0;
}

/* As libcudart finds them: by the name without a suffix, a version and the default stream. */
static void by_proc_address(const void *arg)
{
	char base[96], name[96];
	unsigned int i, n = 0;
	void *fn;

	if (arg)
		setenv("FAKECUDA_PRIVATE", "1", 1);
	cu_begin();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		base_of(&rows[i], base, sizeof(base));
		OK(cuGetProcAddress_v2(base, &fn, rows[i].since, 1, NULL));
		try_call(&rows[i], rows[i].name, fn, 0);
		n++;
		if (!rows[i].variant)
			continue;
		OK(cuGetProcAddress_v2(base, &fn, rows[i].since, 2, NULL));
		try_call(&rows[i], variant_of(&rows[i], name, sizeof(name)), fn, 0);
		n++;
	}
	ktap_note("%u functions", n);
	CHECK_CU(cuGetProcAddress_v2("cuNoSuchFunction", &fn, 13000, 1, NULL), 500);
}

/* A form of a function that is newer than anybody knows takes what it takes. */
static void newer_form(const void *arg)
{
	static const struct row row = { "cuMemFreeAsync_v9", 14000, 3, 1, 0 };
	cu_result (*launch)(void *, u32, u32, u32, u32, u32, u32, u32, cu_stream, void **, void **);
	u32 value = 0, us = 0;
	cu_ptr log;
	void *params[] = { &log, &value, &us };
	void *fn;

	if (arg)
		setenv("FAKECUDA_PRIVATE", "1", 1);
	cu_begin();
	OK(cuGetProcAddress_v2("cuMemFreeAsync", &fn, 14000, 1, NULL));
	try_call(&row, row.name, fn, 0);
	OK(cuGetProcAddress_v2("cuMemFreeAsync", &fn, 13000, 1, NULL));
	OK(cuGetProcAddress_v2("cuLaunchKernel", (void **)&launch, 14000, 1, NULL));
	log = log_new(1);
	OK(launch(append_kernel, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	log_is_in_order(log, 0, 1);
}

static const struct ktap_test tests[] = {
	{ "linked", by_symbol, "linked" },
	{ "by dlopen() and dlsym()", by_symbol, "loaded" },
	{ "by cuGetProcAddress()", by_proc_address, NULL },
	{ "by cuGetProcAddress(), pointers of its own", by_proc_address, "private" },
	{ "a form that is newer than the shim", newer_form, NULL },
	{ "a form that is newer than the shim, pointers of its own", newer_form, "private" },
};
KTAP_MAIN(tests)
