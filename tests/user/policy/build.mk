# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What bpf_test.sh loads, the code of Documentation/policy-howto.rst, and a process
# with many entities.

$(UT)/policy/crowd: tests/user/policy/crowd.c $(wildcard uapi/linux/*.h) tests/user/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $<

# The code block of this name.
$(UT)/policy/lifo%c: Documentation/policy-howto.rst
	@mkdir -p $(@D)
	@awk -v name=lifo$*c '$$1 == ":name:" { on = $$2 == name; seen = 0; next } \
		/^[^\t]/ { on = 0 } on && (NF || seen) { seen = 1; sub(/^\t/, ""); print }' $< >$@

$(UT)/policy/lifo.o: $(UT)/policy/lifo.c $(wildcard kmod/policy/*.h kmod/core/*.h)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) -Ikmod/policy -c -o $@ $<

$(UT)/policy/lifo.bpf.o: $(UT)/policy/lifo.bpf.c tools/policies/xsched.bpf.h
	$(call say,BPF,$<)$(BPF_COMPILE)

TESTS += $(UT)/policy/crowd $(UT)/policy/lifo.o
TESTS += $(if $(HAVE_CLANG),policies $(UT)/policy/lifo.bpf.o \
	$(patsubst %.bpf.c,$(B)/%.bpf.o,$(filter-out $(if $(HAVE_LIBBPF),,%/counting.bpf.c),$(wildcard tests/bpf/*.bpf.c))))
