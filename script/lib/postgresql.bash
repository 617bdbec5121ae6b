# A PostgreSQL cluster in $dir/postgresql, which listens on a socket in $sockets alone.

# Finds the newest PostgreSQL; Debian keeps its server programs out of PATH.
find_postgresql() {
  postgresql_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ -x "$postgresql_bin/initdb" ] || fail "there is no PostgreSQL server" "script/setup installs it"
  # PostgreSQL refuses to run as root. In a private user namespace it has the number of another user, and its files
  # still belong to root.
  as_server=()
  [ "$(id -u)" -ne 0 ] || as_server=(unshare --user --map-user=1000 --map-group=1000)
}

# start_postgresql [OPTION…]: makes the cluster at the first start, and starts it with these options.
start_postgresql() {
  find_postgresql
  if [ ! -e "$dir/postgresql/PG_VERSION" ]; then
    rm -rf "$dir/postgresql"
    "${as_server[@]}" "$postgresql_bin/initdb" -D "$dir/postgresql" --username=stowage --auth=trust --encoding=UTF8 \
      --locale=C.UTF-8 > "$dir/logs/initdb.log" 2>&1 || { show_tail "$dir/logs/initdb.log"; fail "initdb failed"; }
  fi
  start postgresql "${as_server[@]}" "$postgresql_bin/postgres" -D "$dir/postgresql" -k "$sockets" -c listen_addresses= \
    -c max_connections=200 "$@"
  await postgresql 30 "answers" "$postgresql_bin/pg_isready" --quiet --host="$sockets" --username=stowage
}

# postgresql_url NAME: prints the URL of a database of this cluster.
postgresql_url() { printf 'postgresql:///%s?host=%s&user=stowage' "$1" "$sockets"; }

# make_database NAME: creates an empty database, unless it is there.
make_database() {
  local url
  url=$(postgresql_url postgres)
  [ "$("$postgresql_bin/psql" -XAtq "$url" -c "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ] \
    || "$postgresql_bin/psql" -Xq "$url" -c "CREATE DATABASE $1" >&2 || fail "the database $1 cannot be made"
}
