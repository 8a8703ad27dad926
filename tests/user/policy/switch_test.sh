#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Replaces a device's policy again and again, from each one to each, while processes use
# it, by writing to sysfs: nobody may be lost and no policy thrown out. To be run as root
# where the module is loaded: DBG=1 tests/vm/uml tests/user/policy/switch_test.sh
#
#	SWITCHES=20000 switch_test.sh	how often (1000)
set -u

tree=$(realpath "$(dirname "$0")/../../..")
client=${XSCHED_TESTS:-$tree/build/tests/user}/cli/client
switches=${SWITCHES:-1000}
clients=6

echo "KTAP version 1"
echo "1..4"
[ -e /dev/xsched ] || { echo "ok 1 # SKIP no /dev/xsched"; exit 4; }
[ -x "$client" ] || { echo "Bail out! no $client: make tests"; exit 1; }

failed=0
number=0
report() {	# STATUS WHAT
	number=$((number + 1))
	if [ "$1" = 0 ]; then echo "ok $number $2"; else echo "not ok $number $2"; failed=1; fi
}

pids=()
for ((i = 0; i < clients; i++)); do
	"$client" "$((i % 3))" "client $i" >/dev/null &
	pids+=($!)
done
trap 'kill "${pids[@]}" 2>/dev/null' EXIT
for ((i = 0; i < 100; i++)); do
	for dev in /sys/class/xsched/*; do	# others may be left from before
		[ "$(cat "$dev/entities")" = $clients ] && break 2
	done
	sleep 0.1
done
[ "$(cat "$dev/entities")" = $clients ]
report $? "$clients processes on ${dev##*/}"

read -ra policies <"$dev/policies"
n=${#policies[@]}
wrong=0
for ((k = 0; k < switches; k++)); do
	pair=$((k / 2 % (n * n)))
	name=${policies[k % 2 ? pair % n : pair / n]}
	# Some have work, some are done with it, at any time.
	((k % 100)) || echo "# $k switches, $SECONDS s"
	kill -s "$((k % 3 ? 10 : 12))" "${pids[k % clients]}"
	echo "$name" >"$dev/policy" || wrong=$((wrong + 1))
	read -r now <"$dev/policy"
	read -r why <"$dev/fallback"
	[ "$now" = "$name" ] && [ -z "$why" ] && continue
	wrong=$((wrong + 1))
	echo "# switch $k to $name: $now runs, fallback '$why'"
	[ $wrong -lt 10 ] || break
done
[ $wrong = 0 ]
report $? "$k switches among $n policies"

kill -s USR2 "${pids[@]}"
sleep 0.5
alive=0
for pid in "${pids[@]}"; do
	kill -0 "$pid" 2>/dev/null && alive=$((alive + 1))
done
[ $alive = $clients ] && [ "$(cat "$dev/entities")" = $clients ]
report $? "all processes are still there"

kill -s TERM "${pids[@]}"
wait
for ((i = 0; i < 50; i++)); do
	[ "$(cat "$dev/entities")" = 0 ] && break
	sleep 0.1
done
[ "$(cat "$dev/entities")" = 0 ]
report $? "and gone when they end"
exit $failed
