# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Tests of the public API on a simulated device: tests/user/api/NAME_test.c becomes
# build/tests/user/host/api_NAME_test, as none needs a module.

UT_API_SRC	:= $(wildcard tests/user/api/*_test.c)
UT_API		:= $(UT_API_SRC:tests/user/api/%.c=$(UT)/host/api_%)

$(UT_API): $(UT)/host/api_%: tests/user/api/%.c tests/user/api/api.h tests/user/ktap.h lib/api/marks.h \
		$(wildcard lib/include/xsched/*.h) $(B)/lib/libxsched.so $(B)/lib/libhalmock.so
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) -Ilib/include $(LDFLAGS) -o $@ $< \
		-L$(B)/lib -lhalmock -lxsched -Wl,-rpath,'$$ORIGIN/../../../lib' -pthread

TESTS += $(UT_API)
