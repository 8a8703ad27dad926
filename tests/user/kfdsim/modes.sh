#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Level 3 by each of the driver's ways, on the simulated GPU as it was loaded:
# modes.sh hws|mes|nocwsr
. "$(dirname "$0")/lib.sh"

# by WAY CALL OTHER: the pair is served by calls of one kind alone
by() {
	local before other ret

	export XSCHED_HIP_LV3=$1
	before=$(stat_of "$2") other=$(stat_of "$3")
	share 3
	ret=$?
	unset XSCHED_HIP_LV3
	before=$(($(stat_of "$2") - before)) other=$(($(stat_of "$3") - other))
	echo "simulated: $before calls of $2, $other of $3"
	[ $ret = 0 ] && [ $before -gt 0 ] && [ "$other" = 0 ]
}

# Level 2 instead, said once; and no wave is saved.
instead() {
	back 3 20000
	under 3 10 timeout 60 "$bin/load" front 5 100 2>/dev/null
	local saves=$(of_back 11) told
	told=$(grep -c "using level 2" "$said.err")
	back_ends || return
	echo "simulated: $saves saves"
	[ "$saves" = 0 ] && [ "$told" = 1 ]
}

off() {
	local before ret

	export XSCHED_HIP_LV3=off
	before=$(driver_calls)
	back 3 20000
	under 3 10 timeout 60 "$bin/load" front 5 100 2>/dev/null
	back_ends
	ret=$?
	unset XSCHED_HIP_LV3
	[ $ret = 0 ] && [ "$before" = "$(driver_calls)" ]
}

begin
case $1 in
hws)	XSCHED_HIP_GATE=value suite "HSA at level 2, gates by value" under 2 0 "$bin/hsa_test"
	XSCHED_HIP_GATE=value try "two programs at level 2, gates by value" share 2
	try "HWS: debugger's ioctls" by debug dbg_trap update_queue
	try "HWS: switched off" off ;;
mes)	try "MES: UPDATE_QUEUE" by update update_queue dbg_trap
	try "MES: debugger's ioctls" by debug dbg_trap update_queue
	XSCHED_HIP_LV3=debug suite "HSA at level 3 by the debugger's ioctls" under 3 0 "$bin/hsa_test" ;;
nocwsr)	try "waves can't be saved" instead ;;
esac
end
