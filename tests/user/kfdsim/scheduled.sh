#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The same programs under xsched at each level, and two that share the simulated GPU.
. "$(dirname "$0")/lib.sh"

# Copies by the DMA engines while somebody more important computes now and then: done, and
# their queues never taken off the device.
copies() {
	local copied held front status

	copied=$(stat_of copies) held=$(stat_of copies_held)
	under 3 10 timeout 300 "$bin/load" front 20000 1000 >/dev/null 2>&1 & front=$!
	sleep 0.6
	under 3 0 "$bin/hip_test" >/dev/null 2>&1
	status=$?
	copied=$(($(stat_of copies) - copied)) held=$(($(stat_of copies_held) - held))
	kill -0 $front || { echo "the other ended before"; return 1; }
	pkill -TERM -x -P $front timeout || kill -TERM $front
	wait $front
	echo "simulated: $copied copies by DMA engines, held $held times; status $status"
	[ $status = 0 ] && [ $copied -ge 12 ] && [ $held = 0 ]
}

begin
for level in 1 2 3; do
	suite "HSA at level $level" under $level 0 "$bin/hsa_test"
	suite "HIP at level $level" under $level 0 "$bin/hip_test"
	try "two programs at level $level" share $level
done
try "copies beside somebody more important" copies
end
