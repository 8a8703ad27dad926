# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Lets a shell script report its tests as KTAP: source it, then begin, try or
# suite for each test, and end.

ktap_number=0
ktap_failed=0

begin() { echo "KTAP version 1"; }

# report STATUS NAME: 0 is a pass, 4 a skip, anything else a failure.
report() {
	ktap_number=$((ktap_number + 1))
	case $1 in
	0) echo "ok $ktap_number $2" ;;
	4) echo "ok $ktap_number $2 # SKIP" ;;
	*) ktap_failed=1; echo "not ok $ktap_number $2 # exit status $1" ;;
	esac
}

# try NAME CMD...: CMD is one test; its output becomes diagnostics.
try() {
	local name=$1 status

	shift
	"$@" 2>&1 | sed -u 's/^/# /'
	status=${PIPESTATUS[0]}
	report "$status" "$name"
	[ "$status" = 0 ]
}

# spent: sets cpu_cs to the CPU time, in 10 ms, of this shell's children that have ended,
# and of theirs.
spent() {
	local stat

	read -r stat <"/proc/$BASHPID/stat"
	# shellcheck disable=SC2086 # fields
	set -- ${stat##*) }
	cpu_cs=$((${14} + ${15}))
}

# suite NAME CMD...: CMD reports tests of its own, which are nested below NAME.
suite() {
	local name=$1 status out begun=$SECONDS cpu_cs before

	shift
	spent
	before=$cpu_cs
	out=$(mktemp)
	echo "# check: begin $name"
	"$@" 2>&1 | sed -u 's/^/  /' | tee "$out"
	status=${PIPESTATUS[0]}
	if ! grep -qE '^ *((not )?ok |1\.\.0)' "$out" && [ "$status" = 0 ]; then
		echo "# $name reported no test"
		status=1
	fi
	rm -f "$out"
	spent
	echo "# $((SECONDS - begun)) s, CPU $(((cpu_cs - before) / 100)) s"
	report "$status" "$name"
	[ "$status" = 0 ] || [ "$status" = 4 ]
}

# end: print the plan and leave the status of a kselftest.
end() {
	echo "1..$ktap_number"
	return $ktap_failed
}
