# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Tests of level 3 on OpenCL's CPU devices: tests/user/park/NAME_test.c becomes
# build/tests/user/host/park_NAME_test, as none needs a module.

UT_PARK_SRC	:= $(wildcard tests/user/park/*_test.c)
UT_PARK		:= $(UT_PARK_SRC:tests/user/park/%.c=$(UT)/host/park_%)

$(UT_PARK): $(UT)/host/park_%: tests/user/park/%.c tests/user/ktap.h tests/user/opencl/cl.h \
		$(wildcard tests/user/park/*.h) $(wildcard lib/include/xsched/*.h) $(B)/lib/libhalopencl.so
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) -Ilib/include $(LDFLAGS) -o $@ $< \
		-L$(B)/lib -lhalopencl -lxsched-opencl -lxsched -lOpenCL -lm -ldl -pthread \
		-Wl,-rpath,'$$ORIGIN/../../../lib:$$ORIGIN/../park'

ifeq ($(HAVE_OPENCL),y)
TESTS += $(UT_PARK)
endif

# What registers_test runs as a kernel.
$(UT)/park/hold.so: tests/user/park/hold.c tests/user/park/hold.h tests/user/park/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) -fPIC $(LDFLAGS) -shared -o $@ $<

# A program that knows nothing of all this, for park_test.sh.
$(UT)/park/walk: tests/user/park/walk.c tests/user/ktap.h tests/user/opencl/cl.h tests/user/park/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $< -lOpenCL -lm

ifeq ($(HAVE_OPENCL),y)
TESTS += $(UT)/park/walk $(UT)/park/hold.so
endif
