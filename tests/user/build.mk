# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How the user-space tests are built.
TESTS :=
