#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# All tests on the simulated GPU, in a guest.
tree=$(cd "$(dirname "$0")/../../.." && pwd)
here=$tree/tests/user/kfdsim
with=$tree/tests/kfdsim/with
own=$here/own.sh
. "$tree/tests/lib/ktap.sh"

begin
try "the page of HIP's calls is up to date" "$here/coverage"
suite "without xsched (simulated)" "$with" unmap_us=100 "$here/programs.sh"
suite "under xsched (simulated)" "$with" unmap_us=100 "$here/scheduled.sh"
suite "HWS (simulated)" "$with" unmap_us=100 "$here/modes.sh" hws
suite "MES (simulated)" "$with" unmap_us=100 mes=1 "$here/modes.sh" mes
suite "without CWSR (simulated)" "$with" unmap_us=100 cwsr_enable=0 "$here/modes.sh" nocwsr
suite "XQueues of its own (simulated)" "$with" unmap_us=50 "$own" xqueue_test
suite "a queue that is stopped (simulated)" "$with" unmap_us=50 "$own" xfault_test
suite "what goes wrong (simulated)" "$with" unmap_us=50 "$here/faults.sh"
suite "calls that AMD's runtime makes (simulated)" "$with" unmap_us=50 "$here/calls.sh"
suite "answers without a GPU (simulated)" "$with" "$here/conform.sh"
end
