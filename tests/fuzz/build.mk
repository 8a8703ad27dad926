# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The random run of the core and its policies, and the same for libFuzzer.

FUZZ		:= $(B)/tests/fuzz
FUZZ_SRC	:= tests/fuzz/play.c tests/fuzz/property.c tests/kunit/sim.c tests/kunit/core_under_test.c
FUZZ_DEPS	:= $(FUZZ_SRC) $(wildcard tests/fuzz/*.h tests/kunit/*.h kmod/scheduler.c kmod/core/* kmod/policy/* uapi/linux/*.h) \
		   tests/fuzz/build.mk
FUZZ_CLANG	?= clang
# How long `make fuzz-core` runs: events per policy, and seconds of libFuzzer.
FUZZ_EVENTS	?= 10000000
FUZZ_SECONDS	?= 120

$(FUZZ)/core_random: tests/fuzz/core_random.c $(FUZZ_DEPS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $< $(FUZZ_SRC)

$(FUZZ)/core_fuzz: tests/fuzz/core_fuzz.c $(FUZZ_DEPS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(FUZZ_CLANG) -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined $(UT_CFLAGS) -o $@ $< $(FUZZ_SRC)

TESTS += $(FUZZ)/core_random

.PHONY: fuzz-core
fuzz-core: $(FUZZ)/core_random $(FUZZ)/core_fuzz
	$(FUZZ)/core_random --events $(FUZZ_EVENTS) --policy all
	@mkdir -p $(FUZZ)/corpus $(FUZZ)/findings
	$(FUZZ)/core_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 \
		-artifact_prefix=$(FUZZ)/findings/ $(FUZZ)/corpus
