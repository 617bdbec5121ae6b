# A Ceph of one node, for tests: a monitor, one OSD that keeps everything in memory, and the S3 gateway.
#
# Source: https://docs.ceph.com/en/latest/install/manual-deployment/

ceph_programs=(ceph ceph-authtool ceph-mon ceph-osd monmaptool radosgw radosgw-admin)

# A monitor of version 16.2 needs these settings for one node: it refuses pools with one copy and stops if disk space is
# low, and its default pause of one second between changes slows every test.
write_ceph_configuration() {
  cat > "$ceph/ceph.conf" << CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = [v2:127.0.0.1:$mon_port,v1:127.0.0.1:$mon_v1_port]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = $osd_first_port
ms_bind_port_max = $osd_last_port
keyring = $ceph/keyring
run_dir = $sockets
admin_socket = $sockets/\$name.sock
crash_dir = $ceph/crash
log_to_file = false
log_to_stderr = true
err_to_stderr = true
mon_cluster_log_to_file = false
mon_initial_members = one
mon_data = $ceph/mon
mon_data_avail_crit = 1
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
paxos_propose_interval = 0.05
auth_allow_insecure_global_id_reclaim = false
osd_data = $ceph/osd
osd_objectstore = memstore
memstore_device_bytes = $((4 << 30))
osd_max_object_name_len = 460
osd_max_object_namespace_len = 64
osd_class_load_list = *
osd_class_default_list = *
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
rgw_data = $ceph/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_dynamic_resharding = false
rgw_relaxed_region_enforcement = true
CONF
  export CEPH_CONF=$ceph/ceph.conf
}

# The gateway of 16.2 does not start without cephx.
make_ceph_keys() {
  local key=(ceph-authtool "$ceph/keyring" --gen-key)
  "${key[@]}" --create-keyring -n mon. --cap mon 'allow *'
  "${key[@]}" -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  "${key[@]}" -n client.rgw.one --cap mon 'allow rwx' --cap osd 'allow rwx'
  "${key[@]}" -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd'
}

# Runs a setup step that must succeed. If the step fails, the end of the log is shown.
ceph_step() {
  "$@" >> "$dir/logs/setup.log" 2>&1 || { show_tail "$dir/logs/setup.log"; fail "$1 failed"; }
}

osd_is_up() { ceph --connect-timeout 5 osd stat 2> /dev/null | grep -q ' 1 up'; }
gateway_answers() { curl --noproxy '*' -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$port/"; }

start_ceph() {
  ceph=$dir/state
  rm -rf "$ceph"
  mkdir -p "$ceph"/{mon,osd,rgw,crash}
  for log in "$dir"/logs/*.log; do [ ! -e "$log" ] || : > "$log"; done
  write_ceph_configuration
  make_ceph_keys >> "$dir/logs/setup.log" 2>&1 || fail "ceph-authtool failed"
  local id
  id=$(sed -n 's/^fsid = //p' "$ceph/ceph.conf")
  ceph_step monmaptool --create --clobber --fsid "$id" \
    --addv one "[v2:127.0.0.1:$mon_port,v1:127.0.0.1:$mon_v1_port]" "$ceph/monmap"
  ceph_step ceph-mon --mkfs -i one --monmap "$ceph/monmap" --keyring "$ceph/keyring"
  start mon ceph-mon -f -i one
  id=$(cat /proc/sys/kernel/random/uuid)
  ceph_step ceph --connect-timeout 30 osd new "$id"
  ceph_step ceph-osd --mkfs -i 0 --osd-uuid "$id"
  start osd ceph-osd -f -i 0
  await osd 60 "is up" osd_is_up
  start rgw radosgw -f -n client.rgw.one
  await rgw 120 "answers" gateway_answers
  # radosgw-admin generates the keys: every user of the machine can read the arguments of a process.
  local user
  user=$(radosgw-admin user create --uid=stowage --display-name=stowage 2>> "$dir/logs/setup.log") \
    || { show_tail "$dir/logs/setup.log"; fail "radosgw-admin failed"; }
  ceph_access_key=$(sed -n 's/.*"access_key": "\(.*\)".*/\1/p' <<< "$user" | head -n 1)
  ceph_secret_key=$(sed -n 's/.*"secret_key": "\(.*\)".*/\1/p' <<< "$user" | head -n 1)
  if [ -z "$ceph_access_key" ] || [ -z "$ceph_secret_key" ]; then fail "radosgw-admin named no keys"; fi
}
