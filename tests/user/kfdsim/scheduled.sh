#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The same programs under xsched at each level, and two that share the simulated GPU.
. "$(dirname "$0")/lib.sh"

# Copies by the DMA engines while somebody more important computes now and then: done, and
# their queues never taken off the device.
copies() {
	local copied=0 n held=0 front test

	under 3 10 timeout 300 "$bin/load" front 20000 1000 >/dev/null 2>&1 & front=$!
	sleep 0.6
	under 3 0 "$bin/hip_test" >/dev/null 2>&1 & test=$!
	while kill -0 $test 2>/dev/null; do
		n=$(awk '$3 == "sdma" { n += $10 } END { print n + 0 }' $sim/queues)
		[ "$n" -le $copied ] || copied=$n
		held=$((held + $(awk '$3 == "sdma" && ($4 != 100 || $6) { n++ } END { print n + 0 }' $sim/queues)))
		sleep 0.02
	done
	wait $test
	n=$?
	kill -0 $front || { echo "the other ended before"; return 1; }
	pkill -TERM -x -P $front timeout || kill -TERM $front
	wait $front
	echo "simulated: at most $copied copies by DMA engines seen at a time; held $held times; status $n"
	[ $n = 0 ] && [ $copied -gt 0 ] && [ $held = 0 ]
}

begin
for level in 1 2 3; do
	suite "HSA at level $level" under $level 0 "$bin/hsa_test"
	suite "HIP at level $level" under $level 0 "$bin/hip_test"
	try "two programs at level $level" share $level
done
try "copies beside somebody more important" copies
end
