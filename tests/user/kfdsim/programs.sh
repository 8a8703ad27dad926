#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Programs that use HSA and HIP, on the simulated GPU without xsched.
tree=$(cd "$(dirname "$0")/../../.." && pwd)
bin=$tree/build/tests/user/kfdsim
. "$tree/tests/lib/ktap.sh"

[ -x "$bin/hsa_test" ] || { echo "KTAP version 1"; echo "ok 1 AMD's runtime # SKIP not installed: libamdhip64-dev libhsa-runtime-dev"; echo 1..1; exit 4; }
begin
suite "HSA" "$bin/hsa_test"
suite "HIP" "$bin/hip_test"
end
