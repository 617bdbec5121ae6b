# Runs nginx with the repository's configuration. Only local/ and the files page are written for this folder.

render_nginx() {
  local to=$dir/nginx
  rm -rf "$to"
  mkdir -p "$to"/{logs,cache,tmp,files,web}
  cp -r "$root"/nginx/. "$to/"
  cp -r "$root"/web/{index.html,page.js,page.css,files} "$root"/web/stowage*.js "$to/files/"
  cp -r "$root"/web/{openapi.yaml,docs,admin} "$to/web/"
  mkdir -p "$to/tls"
  cp "$dir/tls/server.pem" "$dir/tls/server.key" "$to/tls/"
  local six=''
  [ ! -e /proc/net/if_inet6 ] || ! grep -q ' lo$' /proc/net/if_inet6 || six=yes

  {
    [ "$(id -u)" -ne 0 ] || echo "user root;"
    echo "worker_processes auto;"
  } > "$to/local/main.conf"

  # With STOWAGE_IDENTITY=nginx: uncomments the examples in local/identity.conf and local/login.conf.
  if grep -qx STOWAGE_IDENTITY=nginx "$dir/stowage.env"; then
    sed -i 's/^# include /include /' "$to/local/identity.conf"
    sed -i '/^# location /,$s/^# //' "$to/local/login.conf"
  fi

  listen "$site_port" ' http2' > "$to/local/listen.conf"
  listen "$site_port" ' http2 default_server backlog=4096' > "$to/local/listen-default.conf"
  # A system that other machines reach by name needs that name in STOWAGE_SITE_NAMES.
  echo "server_name localhost 127.0.0.1 [::1] ${STOWAGE_SITE_NAMES:-};" > "$to/local/names.conf"
  echo "listen 127.0.0.1:$events_port;" > "$to/local/listen-events.conf"
  echo "listen 127.0.0.1:$metrics_port;" > "$to/local/listen-metrics.conf"

  # localhost has no rate limit, so that benchmarks measure Stowage. Tests of the limits use 127.0.0.2 and other
  # addresses.
  cat > "$to/local/http.conf" << CONF
map "" \$stowage_sockets { default $sockets; }
geo \$stowage_limit_exempt { default 0; 127.0.0.1/32 1; ::1/128 1; }
map "" \$stowage_hsts { default ""; }
map \$http_cookie \$stowage_session {
  default "";
  "~(?:^|;\s*)stowage_token=.*;\s*stowage_token=" "!";
  "~(?:^|;\s*)stowage_token=(?<stowage_session_value>[^;]*)" \$stowage_session_value;
}
map "" \$stowage_upload_origin { default "$(origin_of_raw "$s3_public_url")"; }
map "" \$stowage_images_origin { default "$url"; }
map "" \$stowage_store { default "$(origin_of_raw "$s3_url")"; }
proxy_ssl_trusted_certificate ${s3_ca_file:-/etc/ssl/certs/ca-certificates.crt};
$(resolver_line)
map \$http_origin \$stowage_page_origin {
$(origin_lines)
}
CONF

  cat > "$to/local/site.conf" << 'CONF'
error_page 497 =308 https://$host:$server_port$request_uri;

location = / {
  include snippets/headers.conf;
  return 302 /files/;
}

include snippets/files-page.conf;

# The address of the page that earlier versions had.
location ~ ^/demo(?:/|\z) {
  include snippets/headers.conf;
  return 302 /files/;
}

location = /favicon.ico {
  access_log off;
  return 204;
}

location ^~ /uploads/ {
  set $stowage_path /uploads/;
  include snippets/old-urls.conf;
  fastcgi_pass unix:$stowage_sockets/files.sock;
}

# A token for everybody who can reach this development server.
location = /files/session.json {
  include snippets/headers.conf;
  add_header Cache-Control no-store always;
  root .;
}
CONF

  : > "$to/local/servers.conf"
  case $s3_url in
    http://*) store_server > "$to/local/servers.conf" ;;
    *) store_name >> "$to/local/site.conf" ;;
  esac
}

# nginx's resolver asks DNS only, and ignores /etc/hosts. nginx looks up a name in proxy_pass without a variable at its
# start, with the system's own resolver, and then also uses it for proxy_pass with a variable. So this location makes
# names such as localhost known.
store_name() {
  local origin host
  origin=$(origin_of_raw "$s3_url")
  host=${origin#*://}
  getent ahosts "${host%:*}" > /dev/null || return 0
  printf '\nlocation = /internal/store {\n  internal;\n  proxy_pass %s;\n}\n' "$origin"
}

# Prints the origin of the raw bucket's objects: the store's origin, or with virtual addressing the bucket's subdomain.
origin_of_raw() {
  case $s3_addressing in
    virtual) echo "${1%%://*}://$raw_bucket.${1#*://}" ;;
    *) echo "$1" ;;
  esac
}

# Prints nginx's resolver for the host name of a store given by --store: this machine's name server.
resolver_line() {
  local server
  server=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2); exit }' /etc/resolv.conf 2> /dev/null)
  [ -z "$server" ] || echo "resolver $server;"
}

# Prints one map line per origin whose pages may read responses that nginx makes itself.
origin_lines() {
  local origin
  if [ "$page_origins" = '*' ]; then
    # shellcheck disable=SC2016 # nginx's variable
    echo '  default $http_origin;'
    return
  fi
  echo '  default "";'
  for origin in ${page_origins//,/ }; do echo "  \"$origin\" \"$origin\";"; done
}

listen() {
  echo "listen 127.0.0.1:$1 ssl$2;"
  [ -z "$six" ] || echo "listen [::1]:$1 ssl$2;"
}

# Prints a server that serves the store over HTTPS, because pages served over HTTPS may only contact HTTPS servers.
# Path, query and Host are passed on unchanged, because they are signed. Bodies are not buffered. A browser must not guess
# the type of a redirected download, so the responses carry nosniff.
store_server() {
  cat << CONF
server {
$(listen "$store_port" '' | sed 's/^/  /')
  server_name _;
  access_log logs/store.log stowage;
  error_log logs/error.log alert;
  client_max_body_size 51m;
  client_body_timeout 60s;
  proxy_hide_header X-Content-Type-Options;
  add_header X-Content-Type-Options nosniff always;
  add_header Strict-Transport-Security \$stowage_hsts always;
  location / {
    proxy_pass $s3_url;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_connect_timeout 2s;
    # The clients sign this header: name and port, since the port is never 443.
    proxy_set_header Host \$host:\$server_port;
    proxy_set_header Connection "";
    proxy_set_header X-Forwarded-Host "";
    proxy_set_header X-Forwarded-Proto "";
    proxy_set_header X-Forwarded-Port "";
  }
}
CONF
}

start_nginx() {
  local nginx
  nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)
  "$nginx" -t -q -p "$dir/nginx/" -e "$dir/nginx/logs/error.log" -c "$dir/nginx/nginx.conf" > "$dir/logs/nginx.log" 2>&1 \
    || { show_tail "$dir/logs/nginx.log"; fail "nginx does not accept its configuration"; }
  start nginx "$nginx" -p "$dir/nginx/" -e "$dir/nginx/logs/error.log" -c "$dir/nginx/nginx.conf" -g 'daemon off;'
}

# Prints the status of a request; 000 if the server does not answer.
status_of() { curl --noproxy '*' -sS -o /dev/null --max-time 40 -w '%{http_code}' --cacert "$dir/tls/ca.pem" "$@" 2> /dev/null; }

site_answers() { [ "$(status_of "$url/files/")" = 200 ]; }
