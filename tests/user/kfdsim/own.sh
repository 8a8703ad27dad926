#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Runs one of the programs that make XQueues themselves, if it could be built: own.sh NAME
bin=$(cd "$(dirname "$0")/../../.." && pwd)/build/tests/user/kfdsim

[ -x "$bin/$1" ] || { echo "KTAP version 1"; echo "ok 1 $1 # SKIP not installed: libamdhip64-dev libhsa-runtime-dev"; echo 1..1; exit 4; }
exec "$bin/$1"
