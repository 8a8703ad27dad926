# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Policies with real programs on PoCL.

BPOL		:= $(B)/bench/policies

$(BPOL)/load: tests/bench/policies/load.c tests/user/ktap.h tests/user/opencl/cl.h tests/bench/policies/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror $(LDFLAGS) -o $@ $< -lOpenCL

TESTS += $(if $(filter y,$(HAVE_OPENCL)),$(BPOL)/load)

# In a virtual machine: DBG= tests/vm/uml tests/bench/policies/run
.PHONY: bench-policies
bench-policies: lib tools $(BPOL)/load
	@$(MAKE) -s modules KDIR="$$(tests/vm/kdir uml)" O=$(B)/kmod-uml
	@tests/vm/uml tests/bench/policies/run
