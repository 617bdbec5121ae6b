# Stowage's own processes and their configuration.

# The worker and every process that has a file in nginx/handlers, in start order. They are stopped in reverse order.
# Core's ProcessName is the same list (Tests/ArchitectureTests/ProcessNameTests.swift).
processes=(worker)
for file in "$root"/nginx/handlers/*.conf "$root"/nginx/handlers/events/*.conf; do processes+=("$(basename "$file" .conf)"); done

# Builds the programs and finds them. STOWAGE_BIN names a folder of programs that are already built.
find_programs() {
  if [ -n "${STOWAGE_BIN:-}" ]; then
    bin=$(cd "$STOWAGE_BIN" && pwd) || fail "STOWAGE_BIN=$STOWAGE_BIN: no such folder"
  else
    say "building Stowage ($configuration; the first time takes minutes)"
    # The compiler gets no terminal: with coloured output its commands differ, and everything would be built again.
    (cd "$root" && set -o pipefail && swift build -c "$configuration" 2>&1 | cat >&2) || fail "the build failed"
    bin=$(cd "$root" && swift build -c "$configuration" --show-bin-path)
  fi
  local program
  for program in "${processes[@]}" stowage decoder; do
    [ -x "$bin/$program" ] || fail "there is no program $program in $bin"
  done
}

write_configuration() {
  # The caller may allow pages of further origins.
  case ${STOWAGE_CORS_ORIGINS:-none} in
    none) page_origins=$url,https://127.0.0.1:$site_port ;;
    '*') page_origins='*' ;;
    *) page_origins=$url,https://127.0.0.1:$site_port,$STOWAGE_CORS_ORIGINS ;;
  esac
  local types
  types=$(sed -n 's/^#STOWAGE_UPLOAD_TYPES=//p' "$root/conf/stowage.env"),image/heic,image/avif
  ( umask 077
    cat > "$dir/stowage.env" << ENV
# Written by script/server at each start; conf/stowage.env explains the keys.
STOWAGE_ENVIRONMENT=development
STOWAGE_STORE=$store_kind
STOWAGE_S3_URL=$s3_url
STOWAGE_S3_PUBLIC_URL=$s3_public_url
STOWAGE_S3_REGION=${STOWAGE_S3_REGION:-us-east-1}
STOWAGE_S3_ACCESS_KEY=$s3_access_key
STOWAGE_S3_SECRET_KEY=$s3_secret_key
STOWAGE_BUCKET_RAW=${STOWAGE_BUCKET_RAW:-uploads-raw}
STOWAGE_BUCKET_PROCESSED=${STOWAGE_BUCKET_PROCESSED:-uploads-processed}
STOWAGE_BUCKET_BACKUPS=${STOWAGE_BUCKET_BACKUPS:-system-backups}
STOWAGE_BUCKET_LOGS=${STOWAGE_BUCKET_LOGS:-access-logs}
STOWAGE_BUCKET_DOCUMENTS=${STOWAGE_BUCKET_DOCUMENTS:-$root/conf/buckets}
STOWAGE_PRICES=${STOWAGE_PRICES:-$root/conf/prices.json}
STOWAGE_DATABASE_URL=$database_url
STOWAGE_TOKEN_KEY_FILE=$dir/token-key.json
STOWAGE_TOKEN_COOKIE=stowage_token
STOWAGE_EVENTS_TOKEN=$events_token
STOWAGE_UPLOAD_TYPES=${STOWAGE_UPLOAD_TYPES:-$types}
STOWAGE_SCANNER=clamd
STOWAGE_CLAMD_SOCKET=$sockets/clamd.sock
STOWAGE_DECODER=$bin/decoder
STOWAGE_IMAGES_URL=$url
STOWAGE_COOKIE_SIGNING_KEY=development=$dir/cookie-key.pem
STOWAGE_CORS_ORIGINS=$page_origins
STOWAGE_SOCKET_DIRECTORY=$sockets
STOWAGE_SOCKET_MODE=0600
STOWAGE_CACHE_NODES=$metrics_url
STOWAGE_NGINX_FILE=$dir/nginx/nginx.conf
STOWAGE_NGINX_LOG=$dir/nginx/logs/access.log
STOWAGE_AUDIT_MUTES=$root/conf/audit-mutes.json
ENV
  )
  # Adds settings of the caller's environment, unless this file sets them above.
  local name
  local -a names
  mapfile -t names < <(sed -n 's/^#\{0,1\}\(STOWAGE_[A-Z0-9_]*\)=.*/\1/p' "$root/conf/stowage.env")
  for name in "${names[@]}"; do
    [ -z "${!name:-}" ] || grep -q "^$name=" "$dir/stowage.env" || echo "$name=${!name}" >> "$dir/stowage.env"
  done
  # The environment takes precedence over the file. So variables that another system's --exec exported are removed.
  mapfile -t names < <(sed -n 's/^\(STOWAGE_[A-Z0-9_]*\)=.*/\1/p' "$dir/stowage.env")
  unset "${names[@]}"
  export STOWAGE_CONFIG=$dir/stowage.env
}

# Runs the administrator's program; shows its log if it fails.
administer() {
  local log=$dir/logs/stowage.log
  "$bin/stowage" "$@" 2>> "$log" || { show_tail "$log"; fail "stowage $1 failed"; }
}

start_processes() {
  local process
  for process in "${processes[@]}"; do
    rm -f "$sockets/$process.sock"
    start "$process" "$bin/$process"
  done
}

is_live() { [ "$(status_of "$metrics_url/$1/health/live")" = 200 ]; }

await_processes() {
  local process
  for process in "${processes[@]}"; do await "$process" 20 "is live" is_live "$process"; done
}

# The values for COMMAND of --exec, for people, and for $dir/env.
export_environment() {
  export STOWAGE_URL=$url STOWAGE_CA=$dir/tls/ca.pem STOWAGE_DIR=$dir STOWAGE_PYTHON=$python
  export STOWAGE_EVENTS_URL=$events_url STOWAGE_EVENTS_TOKEN=$events_token STOWAGE_CLAMD_SOCKET=$sockets/clamd.sock
  export STOWAGE_METRICS_URL=$metrics_url
  export STOWAGE_S3_URL=$s3_url STOWAGE_S3_PUBLIC_URL=$s3_public_url
  export STOWAGE_S3_ACCESS_KEY=$s3_access_key STOWAGE_S3_SECRET_KEY=$s3_secret_key
  export STOWAGE_TEST_SIGNATURE=$test_signature
  STOWAGE_TOKEN=$(administer token --user demo) || exit 1
  STOWAGE_ADMIN_TOKEN=$(administer token --user admin --role admin) || exit 1
  export STOWAGE_TOKEN STOWAGE_ADMIN_TOKEN
  export PATH=$bin:$PATH
  local name
  ( umask 077
    for name in STOWAGE_URL STOWAGE_CA STOWAGE_TOKEN STOWAGE_ADMIN_TOKEN STOWAGE_EVENTS_URL STOWAGE_EVENTS_TOKEN \
      STOWAGE_DIR STOWAGE_CONFIG STOWAGE_S3_URL STOWAGE_S3_PUBLIC_URL STOWAGE_S3_ACCESS_KEY STOWAGE_S3_SECRET_KEY \
      STOWAGE_CLAMD_SOCKET STOWAGE_PYTHON STOWAGE_TEST_SIGNATURE STOWAGE_METRICS_URL; do
      printf 'export %s=%q\n' "$name" "${!name}"
    done > "$dir/env"
    # shellcheck disable=SC2016 # expanded by the shell that reads the file
    printf 'export PATH=%q:"$PATH"\n' "$bin" >> "$dir/env"
    printf '{"user":"demo","token":"%s"}\n' "$STOWAGE_TOKEN" > "$dir/nginx/files/session.json"
  )
}
