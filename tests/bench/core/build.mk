# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What an event costs under each policy.

BENCH_CORE_SRC	:= tests/bench/core/events.c tests/kunit/core_under_test.c

$(B)/tests/bench/core/events: $(BENCH_CORE_SRC) $(wildcard kmod/scheduler.c kmod/core/* kmod/policy/* uapi/linux/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $(BENCH_CORE_SRC)

.PHONY: bench-core
bench-core: $(B)/tests/bench/core/events
	@mkdir -p $(B)/bench
	$< $(B)/bench/core.json
