# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The simulated KFD: make kfdsim KDIR=... O=build/kmod-6.12 gives
# build/kmod-6.12/tests/kfdsim/kfdsim.ko.

KFDSIM_DIR = $(O)/tests/kfdsim

.PHONY: kfdsim
kfdsim:
	@mkdir -p $(KFDSIM_DIR)
	@for f in Kbuild $(notdir $(wildcard tests/kfdsim/*.[ch])); do \
		cmp -s tests/kfdsim/$$f $(KFDSIM_DIR)/$$f || cp tests/kfdsim/$$f $(KFDSIM_DIR); done
	+env -u MAKEFLAGS $(MAKE) $(if $(findstring s,$(firstword -$(MAKEFLAGS))),-s) -C $(KDIR) \
		M=$(abspath $(KFDSIM_DIR)) $(MODARCH) $(MODPASS) $(MODFLAGS) modules
