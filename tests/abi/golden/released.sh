#!/bin/sh
# released.sh PYTHON RELEASED_HEADER HEADER: has today's header lost nothing of the released one?
set -eu
layout=$(dirname "$0")/layout.py
golden=$(mktemp)
trap 'rm -f "$golden"' EXIT
"$1" "$layout" print "$2" >"$golden"
"$1" "$layout" check "$3" "$golden" || [ $? -eq 2 ]
