#!/bin/sh
# What only MinIO's own client can do: `minio.sh user` makes the user of STOWAGE_S3_ACCESS_KEY, and `minio.sh events`
# connects the raw bucket with the webhook. Safe to repeat.
set -eu
tries=30 pause=2

fail() {
  echo "error: $1" >&2
  exit 1
}

# again COMMAND…: tries a command until it succeeds. MinIO can be healthy and refuse the first requests
# (https://github.com/minio/minio/issues/19412).
again() {
  try=1
  until "$@"; do
    [ "$try" -lt "$tries" ] || fail "mc failed $tries times; its last words are above"
    try=$((try + 1))
    sleep "$pause"
  done
}

export MC_CONFIG_DIR=/tmp/mc
# `mc alias set` would show the password in the list of processes.
export MC_HOST_local="http://root:$MINIO_ROOT_PASSWORD@minio:9000"

case ${1:-} in
  user)
    again mc admin info local > /dev/null
    # The user's keys are standard input, for the same reason.
    printf '%s\n%s\n' "$STOWAGE_S3_ACCESS_KEY" "$STOWAGE_S3_SECRET_KEY" | mc admin user add local \
      || fail "the user cannot be made"
    # A second attachment is an error of mc, so the result counts. The image has no grep.
    mc admin policy attach local readwrite --user "$STOWAGE_S3_ACCESS_KEY" || true
    case $(mc admin user info local "$STOWAGE_S3_ACCESS_KEY") in
      *readwrite*) ;;
      *) fail "the user gets no rights" ;;
    esac
    echo "the user of STOWAGE_S3_ACCESS_KEY may use all buckets"
    ;;
  events)
    again mc event add --ignore-existing local/uploads-raw arn:minio:sqs::STOWAGE:webhook --event put
    echo "the raw bucket sends its events"
    ;;
  *) fail "expected user or events" ;;
esac
