# Every port is an offset from --port, so that several systems run side by side (with bases at least nine apart).
#
#   +0  nginx: the site, HTTPS          +4  SeaweedFS master
#   +1  nginx: the store, HTTPS         +5  SeaweedFS volume
#   +2  nginx: events, loopback HTTP    +6  SeaweedFS filer
#   +3  SeaweedFS S3, loopback HTTP     +7  SeaweedFS admin
#   +8  nginx: health and metrics, loopback HTTP
#
# SeaweedFS adds its gRPC ports 10,000 above its own: +10003 to +10007.
#
# script/ceph has a separate --port:
#
#   +0  the gateway, S3 over loopback HTTP     +1, +2  the monitor     +3 to +18  the OSD

# Sets the ports of a base. The base must be low enough for the highest port.
ports_from() {
  case $1 in
    '' | *[!0-9]* | 0*) fail "--port $1: a number is expected" ;;
  esac
  if [ "$1" -lt 1024 ] || [ "$1" -gt 55528 ]; then
    fail "--port $1: expected 1024 to 55528; ports up to 10,007 above it are used too"
  fi
  site_port=$1 store_port=$(($1 + 1)) events_port=$(($1 + 2)) s3_port=$(($1 + 3))
  master_port=$(($1 + 4)) volume_port=$(($1 + 5)) filer_port=$(($1 + 6)) admin_port=$(($1 + 7))
  metrics_port=$(($1 + 8))
}

# Sets the ports of a Ceph.
ceph_ports_from() {
  ports_from "$1"
  mon_port=$(($1 + 1)) mon_v1_port=$(($1 + 2)) osd_first_port=$(($1 + 3)) osd_last_port=$(($1 + 18))
}

all_ports() { echo {0..8} {10003..10007} | tr ' ' '\n' | awk -v base="$1" '{print base + $1}'; }
ceph_ports() { seq "$1" $(($1 + 18)); }

# Prints the ports of a base that are in use. $2 is the function that lists the ports; default: all_ports.
ports_in_use() {
  awk '$4 == "0A" { split($2, a, ":"); print a[2] }' /proc/net/tcp /proc/net/tcp6 2> /dev/null \
    | while read -r hex; do echo $((16#$hex)); done | sort -u > "${TMPDIR:-/tmp}/ports.$$"
  "${2:-all_ports}" "$1" | grep -Fxf "${TMPDIR:-/tmp}/ports.$$" || true
  rm -f "${TMPDIR:-/tmp}/ports.$$"
}

require_free_ports() {
  local used
  used=$(ports_in_use "$@" | tr '\n' ' ')
  [ -z "$used" ] || fail "in use: port ${used% }" \
    "Stop what listens there ('ss -ltnp' names it), or choose another base: --port $(($1 + 100))"
}

# Prints the first base from $1 on whose ports are all free; $2 as for ports_in_use.
free_base() {
  local base=$1
  while [ -n "$(ports_in_use "$base" "${@:2}")" ]; do base=$((base + 20)); done
  echo "$base"
}
