// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The way in by the ICD loader: OPENCL_LAYERS names this library.
 */
#include "shim.h"

#include <CL/cl_layer.h>
#include <string.h>

bool ocl_layer_active;
bool xsched_opencl_explicit;

static cl_icd_dispatch target, ours;

EXPORT cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value,
					 size_t *size_ret)
{
	static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
	static const char name[] = "xsched";
	const void *from = what == CL_LAYER_API_VERSION ? (const void *)&version :
			   what == CL_LAYER_NAME ? name : NULL;
	size_t n = what == CL_LAYER_API_VERSION ? sizeof(version) : sizeof(name);

	if (!from || (value && size < n))
		return CL_INVALID_VALUE;
	if (value)
		memcpy(value, from, n);
	if (size_ret)
		*size_ret = n;
	return CL_SUCCESS;
}

EXPORT cl_int CL_API_CALL clInitLayer(cl_uint n, const cl_icd_dispatch *target_dispatch,
				      cl_uint *n_ret, const cl_icd_dispatch **ret)
{
	cl_uint most = sizeof(ours) / sizeof(void *);

	if (!target_dispatch || !n_ret || !ret)
		return CL_INVALID_VALUE;
	if (n > most)
		n = most;	/* entries we don't know are the loader's to fill */
	/* An older loader's table is shorter: the rest stays NULL. */
	memcpy(&target, target_dispatch, n * sizeof(void *));
	memcpy(&ours, &target, sizeof(ours));
	if (ocl_wanted()) {
		xsched_opencl_real = &target;
		ocl_layer_active = true;
		ocl_wrap_dispatch(&ours);
	}
	*n_ret = n;
	*ret = &ours;
	return CL_SUCCESS;
}
