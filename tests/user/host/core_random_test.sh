#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The random run of every policy, the short version: `make fuzz-core` is the long one.
exec "$(dirname "$0")/../../../build/tests/fuzz/core_random" --events "${EVENTS:-200000}" --policy all
