# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Tests of the runtime's queues on a stream of the test's own: tests/user/xqueue/NAME_test.c
# becomes build/tests/user/host/xqueue_NAME_test, as none needs a module.

UT_XQ_SRC	:= $(wildcard tests/user/xqueue/*_test.c)
UT_XQ		:= $(UT_XQ_SRC:tests/user/xqueue/%.c=$(UT)/host/xqueue_%)

$(UT_XQ): $(UT)/host/xqueue_%: tests/user/xqueue/%.c $(wildcard tests/user/xqueue/*.h) tests/user/ktap.h \
		lib/xqueue/xqueue.h lib/xqueue/barrier.h hal/hal.h $(wildcard uapi/linux/*.h) $(B)/lib/libxsched.so
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) -Ilib/include $(LDFLAGS) -o $@ $< \
		-L$(B)/lib -lxsched -Wl,-rpath,'$$ORIGIN/../../../lib' -pthread

TESTS += $(UT_XQ)
