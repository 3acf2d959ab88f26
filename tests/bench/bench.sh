#!/bin/sh
# ./dev bench: sets up a local nginx over TLS and HTTP/2, then runs the benchmarks against it.
#   bench.sh BUILD-DIR [smoke]
set -eu

build=$1
mode=${2:-full}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
dir=$(mktemp -d)
nginx_pid=
cleanup() {
  [ -n "$nginx_pid" ] && kill "$nginx_pid" 2>/dev/null && wait "$nginx_pid" 2>/dev/null || true
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

small=$((20000 + $$ % 20000))
big=$((small + 1))
sed -e "s|@DIR@|$dir|g" -e "s|@SMALL@|$small|" -e "s|@BIG@|$big|" "$here/nginx.conf.in" >"$dir/nginx.conf"
nginx=$(command -v nginx || echo /usr/sbin/nginx)
"$nginx" -c "$dir/nginx.conf" -p "$dir" &
nginx_pid=$!

# With two processors or more the server has one and the client another.
pin=
if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then
  sleep 0.5
  for pid in $nginx_pid $(pgrep -P "$nginx_pid"); do taskset -pc 1 "$pid" >/dev/null; done
  pin='taskset -c 0'
fi
$pin "$build/tests/bench/poll_bench" --plugins "$build/plugins" --ca "$dir/ca.pem" --small "$small" --big "$big" \
  --dir "$dir" --mode "$mode"
