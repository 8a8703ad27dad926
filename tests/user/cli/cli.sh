# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What the tests of xschedctl share: running it and judging what it said.

cli_tree=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")
cli_tmp=$(mktemp -d)
trap 'rm -rf "$cli_tmp"' EXIT
. "$cli_tree/tests/lib/ktap.sh"

xschedctl=${XSCHEDCTL:-$cli_tree/build/bin/xschedctl}

skip_all() {
	begin
	echo "1..0 # SKIP $*"
	exit 4
}

# What follows starts few processes, which is what takes an emulated machine long.

# run CMD...: runs it and keeps $status, $out (standard output) and $err.
run() {
	status=0
	"$@" >"$cli_tmp/out" 2>"$cli_tmp/err" </dev/null || status=$?
	out=$(<"$cli_tmp/out") err=$(<"$cli_tmp/err")
}

# Each of the following says what is wrong, for `try`.

equals() {	# WANTED GOT
	[ "$1" = "$2" ] && return
	printf 'wanted: %s\ngot:    %s\nstatus %s, standard error: %s\n' "$1" "$2" "$status" "$err"
	return 1
}

matches() {	# REGEX TEXT: some line of TEXT matches
	local line

	while IFS= read -r line; do
		[[ $line =~ $1 ]] && return
	done <<<"$2"
	printf 'no line matches: %s\nstatus %s, standard output:\n%s\nstandard error:\n%s\n' \
		"$1" "$status" "$out" "$err"
	return 1
}

lacks() {	# REGEX TEXT: no line of TEXT matches
	! matches "$1" "$2" >/dev/null && return
	printf 'a line matches %s in:\n%s\n' "$1" "$2"
	return 1
}

# The status and the one line of error of the last run.
failed_with() {	# STATUS REGEX
	equals "$1" "$status" && equals "$err" "${err%%$'\n'*}" && matches "$2" "$err"
}

succeeded_silently() {
	equals 0 "$status" && equals "" "$out" && equals "" "$err"
}

# What a jq filter makes of $out.
json() {	# FILTER
	jq -r "$1" <<<"$out"
}

# $out is one JSON document, by the word of another parser.
valid_json() {
	equals 0 "$status" && equals "" "$err" && python3 -m json.tool <<<"$out" >/dev/null
}

json_is() {	# FILTER WANTED
	local got

	got=$(json "$1" 2>&1) && [ "$got" = "$2" ] && return
	printf '%s: %s, wanted %s, in:\n%s\n%s\n' "$1" "$got" "$2" "$out" "$err"
	return 1
}

json_error() {	# STATUS REGEX-OF-REASON
	equals "$1" "$status" && json_is '.error | keys | join(" ")' "next object reason" &&
		matches "$2" "$(json .error.reason)" && equals "" "$err"
}

# What $xschedctl says to ARG...

row() {	# REGEX ARG...: a row of the table
	local wanted=$1
	shift
	run "$xschedctl" "$@"
	equals 0 "$status" && equals "" "$err" && matches "^ *$wanted\$" "$out"
}

value() {	# FILTER WANTED ARG...
	local filter=$1 wanted=$2
	shift 2
	run "$xschedctl" -j "$@"
	equals 0 "$status" && equals "" "$err" && json_is "$filter" "$wanted"
}

silently() {	# ARG...
	run "$xschedctl" "$@"
	succeeded_silently
}

refused() {	# REGEX ARG...
	local wanted=$1
	shift
	run "$xschedctl" "$@"
	failed_with 1 "^xschedctl: $wanted" && equals "" "$out"
}

# soon CMD...: CMD succeeds within ten seconds.
soon() {
	local tries

	for ((tries = 0; tries < 100; tries++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	"$@"
}
