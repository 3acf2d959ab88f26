#!/bin/sh
# ./dev bench: sets up a local nginx over TLS and HTTP/2, then runs the benchmarks against it.
#   bench.sh BUILD-DIR [smoke | memory | polls | commits | detection | input | output]
# smoke: everything once and briefly, to see that it works; its figures mean nothing. The other words:
# that table only.
set -eu

build=$1
smoke=0
only=
case ${2:-} in
  smoke) smoke=1 ;;
  *) only=${2:-} ;;
esac
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

die() {
  printf 'bench: %s\n' "$*" >&2
  exit 1
}

nginx=$(command -v nginx || true)
[ -n "$nginx" ] || nginx=/usr/sbin/nginx
[ -x "$nginx" ] || die "nginx is missing: install nginx-light, or run ./dev bench, which does"
command -v openssl >/dev/null || die "openssl is missing: install it"
[ -x "$build/tests/bench/poll_bench" ] || die "$build has no tests/bench/poll_bench: build it first"
[ -d "$build/plugins/sendpulse" ] || die "$build has no plugins/sendpulse: build it first"

dir=$(mktemp -d)
nginx_pid=
cleanup() {
  if [ -n "$nginx_pid" ]; then
    kill "$nginx_pid" 2>/dev/null && wait "$nginx_pid" 2>/dev/null || true
  fi
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# nginx drops its rights; its worker has to get at the folder.
chmod 755 "$dir"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=bench CA" \
  -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=api.sendpulse.com" \
  -keyout "$dir/leaf.key" -out "$dir/leaf.csr" 2>/dev/null
printf 'subjectAltName=DNS:api.sendpulse.com\n' >"$dir/leaf.ext"
openssl x509 -req -in "$dir/leaf.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
  -extfile "$dir/leaf.ext" -out "$dir/leaf.pem" 2>/dev/null

lists() { # lists COUNT >FILE
  awk -v n="$1" 'BEGIN {
    printf "["
    for (i = 1; i <= n; i++)
      printf "%s{\"id\":%d,\"name\":\"Mailing list number %d\",\"all_email_qty\":%d,\"active_email_qty\":%d,\"inactive_email_qty\":%d,\"creationdate\":\"2026-03-%02d 09:%02d:00\",\"status\":0,\"status_explain\":\"Active\"}", (i > 1 ? "," : ""), 88000 + i, i, i * 37, i * 31, i * 6, i % 28 + 1, i % 60
    printf "]"
  }'
}
mkdir -p "$dir/small" "$dir/big"
lists 3 >"$dir/small/addressbooks"
lists 99 >"$dir/big/addressbooks"

# Starts nginx on two ports of its own; false when one of them is taken. It writes its pid file when
# it has them.
start_nginx() {
  sed -e "s|@DIR@|$dir|g" -e "s|@SMALL@|$small|" -e "s|@BIG@|$big|" "$here/nginx.conf.in" >"$dir/nginx.conf"
  rm -f "$dir/nginx.pid"
  "$nginx" -c "$dir/nginx.conf" -p "$dir" 2>"$dir/nginx.err" &
  nginx_pid=$!
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -s "$dir/nginx.pid" ] && return 0
    kill -0 "$nginx_pid" 2>/dev/null || break
    sleep 0.25
  done
  kill "$nginx_pid" 2>/dev/null || true
  wait "$nginx_pid" 2>/dev/null || true
  nginx_pid=
  grep -q 'Address already in use' "$dir/nginx.err" "$dir/nginx.log" 2>/dev/null && return 1
  cat "$dir/nginx.err" >&2
  die "nginx did not start"
}
small=$((20000 + $$ % 10000))
tries=0
until big=$((small + 1)) && start_nginx; do
  tries=$((tries + 1))
  [ "$tries" -lt 20 ] || die "no two free ports between $((20000 + $$ % 10000)) and $big"
  small=$((small + 37))
done

# With two processors or more the server has one and the client another.
pin=
if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then
  for pid in $nginx_pid $(pgrep -P "$nginx_pid"); do taskset -pc 1 "$pid" >/dev/null; done
  pin='taskset -c 0'
fi

processor=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")
printf '%s, %s processors; Linux %s; %s; %s; %s; load %s\n\n' "${processor:-unknown processor}" "$(nproc)" "$(uname -r)" \
  "$("$compiler" --version | head -n 1)" "$("$nginx" -v 2>&1 | sed 's/.*: //')" "$(date -u +%Y-%m-%d)" \
  "$(cut -d' ' -f1 /proc/loadavg)"

if [ "$only" != detection ] && [ "$only" != input ] && [ "$only" != output ]; then
  $pin "$build/tests/bench/poll_bench" --plugins "$build/plugins" --ca "$dir/ca.pem" --small "$small" --big "$big" \
    --dir "$dir" --smoke "$smoke" --only "$only"
fi

# in_memory NAME TITLE: a benchmark without host and network.
in_memory() {
  if [ -n "$only" ] && [ "$only" != "$1" ] || [ ! -x "$build/tests/bench/$1_bench" ]; then return; fi
  printf '\n%s:\n\n' "$2"
  least=0.5
  [ "$smoke" = 1 ] && least=0.01
  $pin "$build/tests/bench/$1_bench" --benchmark_min_time="$least" 2>/dev/null
}
in_memory detection 'What of it is detection (the answer is in memory already; no host, no network)'
in_memory input 'Checking an input of 100 and of 200,000 elements, all right or all wrong'
in_memory output 'Holding the data of 100 events against their schema, relative to reading and writing them (ratio)'
