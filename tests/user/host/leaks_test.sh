#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# valgrind finds no leak and no error in 10,000 cycles of the API.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lib/ktap.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT

churn() {
	command -v valgrind >/dev/null || { echo "no valgrind on this machine"; return 4; }
	[ ! -e build/lib/libxsched.so.0 ] || ! nm -D build/lib/libxsched.so.0 | grep -qE '__(a|t)san_init' ||
		{ echo "built with a sanitizer"; return 4; }
	CYCLES=10000 KTAP_LIMIT=10 valgrind -q --leak-check=full --error-exitcode=9 --log-file="$log" \
		--suppressions=tests/user/api/valgrind.supp build/tests/user/host/api_churn_test ||
		{ cat "$log"; return 1; }
	cat "$log"
	[ ! -s "$log" ]
}

begin
try "no leak in 10,000 cycles" churn
end
