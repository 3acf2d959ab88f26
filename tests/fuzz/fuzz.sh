#!/bin/sh
# Fuzzes every target for a while: fuzz.sh SECONDS [TARGET...]. Needs clang 16 or later with its runtime
# (libclang-rt-16-dev); CC and CXX name others. Findings are in build/fuzz/findings, and the exit code is 1.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
build=$root/build/fuzz
seconds=${1:?how many seconds for each target}
shift
[ $# -gt 0 ] || set -- cursor http_front json_input json_schema list_reader manifest_reader token_answer zone_table

CC=${CC:-clang-16} CXX=${CXX:-clang++-16} cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCONNECTOR_SANITIZE=address,undefined -DCONNECTOR_BUILD_FUZZ=ON -DCONNECTOR_BUILD_UNIT_TESTS=OFF \
  -DCONNECTOR_BUILD_MODEL=OFF -DCONNECTOR_BUILD_BENCH=OFF -DCONNECTOR_BUILD_WEB=OFF >"$build.configure.log" 2>&1 || {
  cat "$build.configure.log" >&2
  exit 1
}
for target; do cmake --build "$build" --target "fuzz_$target"; done

mkdir -p "$build/findings"
failed=
for target; do
  mkdir -p "$build/corpus/$target"
  echo "fuzzing $target for $seconds s"
  # What it makes up stays in the build; the first folder is the one that is written.
  "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$build/findings/$target-" "$build/corpus/$target" "$root/tests/fuzz/corpus/$target" \
    >"$build/$target.log" 2>&1 || {
    failed="$failed $target"
    grep -E 'broken promise|ERROR|runtime error|SUMMARY|Test unit written' "$build/$target.log" || tail -n 20 "$build/$target.log"
  }
  tail -n 1 "$build/$target.log"
done
[ -z "$failed" ] || {
  echo "findings in:$failed. Mend them, and add the files of $build/findings to tests/fuzz/corpus." >&2
  exit 1
}
