// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Somebody else's OpenCL layer: counts kernel launches and tells at the end, in the
 * file that OTHER_LAYER_OUT names.
 */
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static cl_icd_dispatch next, ours;
static unsigned int launches;

static cl_int CL_API_CALL count(cl_command_queue q, cl_kernel k, cl_uint dim, const size_t *off,
				const size_t *gws, const size_t *lws, cl_uint n, const cl_event *w,
				cl_event *ev)
{
	__atomic_fetch_add(&launches, 1, __ATOMIC_RELAXED);
	return next.clEnqueueNDRangeKernel(q, k, dim, off, gws, lws, n, w, ev);
}

static void tell(void)
{
	const char *path = getenv("OTHER_LAYER_OUT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (f) {
		fprintf(f, "%u\n", launches);
		fclose(f);
	}
}

EXPORT cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *ret)
{
	const cl_layer_api_version version = CL_LAYER_API_VERSION_100;

	if (what != CL_LAYER_API_VERSION || (value && size < sizeof(version)))
		return CL_INVALID_VALUE;
	if (value)
		memcpy(value, &version, sizeof(version));
	if (ret)
		*ret = sizeof(version);
	return CL_SUCCESS;
}

EXPORT cl_int CL_API_CALL clInitLayer(cl_uint n, const cl_icd_dispatch *target, cl_uint *n_ret,
				      const cl_icd_dispatch **ret)
{
	size_t most = sizeof(next) / sizeof(void *);

	memcpy(&next, target, (n < most ? n : most) * sizeof(void *));
	ours = next;
	ours.clEnqueueNDRangeKernel = count;
	*n_ret = n < most ? n : (cl_uint)most;
	*ret = &ours;
	atexit(tell);
	return CL_SUCCESS;
}
