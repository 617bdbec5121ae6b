# The embedded store: SeaweedFS's single binary, on loopback; browsers reach it through nginx.

# Keys and tokens of this folder: made once, kept, and readable by their owner alone.
make_secrets() {
  local file=$dir/secrets.env
  if [ ! -s "$file" ]; then
    {
      echo "s3_access_key=$(openssl rand -hex 10)"
      echo "s3_secret_key=$(openssl rand -hex 20)"
      echo "events_token=$(openssl rand -hex 32)"
    } > "$file.new"
    mv "$file.new" "$file"
  fi
  . "$file"
  [ -s "$dir/token-key.json" ] || printf '{"kty":"oct","alg":"HS256","k":"%s"}\n' \
    "$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=\n')" > "$dir/token-key.json"
  # In development nginx alone checks the cookies, so the public key needs no file.
  [ -s "$dir/cookie-key.pem" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$dir/cookie-key.pem" 2> /dev/null || fail "openssl could not make a key pair for cookies"
}

start_store() {
  local weed=$dir/weed
  rm -rf "$weed/logs"
  mkdir -p "$weed"/{data,logs}
  cat > "$weed/s3.json" << JSON
{"identities": [{"name": "stowage", "credentials": [{"accessKey": "$s3_access_key", "secretKey": "$s3_secret_key"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON
  cat > "$weed/notification.toml" << TOML
[notification.webhook]
enabled = true
endpoint = "http://127.0.0.1:$events_port/events/seaweedfs"
bearer_token = "$events_token"
# Without these two lines SeaweedFS sends some twelve messages for an upload, one after another.
event_types = ["create"]
path_prefixes = ["/buckets/$raw_bucket/"]
TOML
  # The last options close what Stowage does not need: no page of another origin unless a bucket's CORS rules allow it
  # (no page has the origin "none"), no file server without keys, no administration page without a password, no
  # telemetry.
  start weed env -C "$weed" "$root/.venv/bin/weed" -logdir="$weed/logs" -alsologtostderr=true mini -dir="$weed/data" \
    -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.port="$s3_port" -master.port="$master_port" \
    -volume.port="$volume_port" -filer.port="$filer_port" -admin.port="$admin_port" \
    -s3.config="$weed/s3.json" -s3.autoCreateBucket=false -s3.allowDeleteBucketNotEmpty=false \
    -s3.port.iceberg=0 -s3.port.lance=0 -s3.iam.readOnly=false \
    -s3.allowedOrigins=none -filer.allowedOrigins=none \
    -filer.localSocket="$sockets/filer.sock" -s3.localSocket="$sockets/s3.sock" -webdav=false \
    -disableHttp -admin.ui=false -master.telemetry=false
}

# SeaweedFS answers before it can store objects, so its health address is checked.
store_answers() { curl --noproxy '*' -fsS -o /dev/null --max-time 2 "$s3_url/healthz"; }

# For a store given by --store, any response is enough.
given_store_answers() { curl -sS -o /dev/null --max-time 5 ${s3_ca_file:+--cacert "$s3_ca_file"} "$s3_url/"; }

# Reads settings of the store that later steps need: they leave the environment once they are written to a file.
read_store_settings() {
  raw_bucket=${STOWAGE_BUCKET_RAW:-uploads-raw}
  s3_ca_file=${STOWAGE_S3_CA_FILE:-none}
  case $s3_ca_file in
    none) s3_ca_file= ;;
    /*) ;;
    *) s3_ca_file=$PWD/$s3_ca_file ;;
  esac
  if [ -n "$s3_ca_file" ]; then
    [ -r "$s3_ca_file" ] || fail "STOWAGE_S3_CA_FILE=$s3_ca_file: cannot be read" "It names a PEM file of certificate authorities."
    export STOWAGE_S3_CA_FILE=$s3_ca_file
  fi
  case ${STOWAGE_STORE:-seaweedfs} in
    aws) s3_addressing=${STOWAGE_S3_ADDRESSING:-virtual} ;;
    *) s3_addressing=${STOWAGE_S3_ADDRESSING:-path} ;;
  esac
}
