#!/bin/sh
# Makes the buckets and their rules by `stowage buckets apply`, as soon as the store answers, and checks them.
#
# A store can be healthy and refuse the first requests, so each failure but a wrong configuration is tried again:
# INIT_TRIES times (default 30), with INIT_PAUSE_SECONDS (default 2) between them. Then the script ends with status 1 and
# shows what the last try said.
set -u
tries=${INIT_TRIES:-30} pause=${INIT_PAUSE_SECONDS:-2}
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

fail() {
  cat "$said" >&2
  echo "error: $1" >&2
  exit 1
}

try=1
while true; do
  status=0
  stowage buckets apply > "$said" 2>&1 || status=$?
  [ "$status" -ne 0 ] || break
  case $status in
    64 | 78) fail "the settings are wrong: see above" ;;
    126 | 127) fail "there is no program stowage in this image" ;;
  esac
  [ "$try" -lt "$tries" ] || fail "stowage buckets apply failed $tries times; the last try is above"
  echo "try $try of $tries: the store is not ready, or refuses a rule; again in $pause s" >&2
  try=$((try + 1))
  sleep "$pause"
done
cat "$said"
stowage buckets audit > "$said" 2>&1 || fail "the buckets differ from the documents after apply"
echo "the buckets and their rules are in place"
