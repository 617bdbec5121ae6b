# clamd, with the official signatures if this machine has them, and always with a test signature.

# The text that the test signature matches (script/data/stowage-test.ndb).
test_signature=STOWAGE-TEST-SIGNATURE-NEVER-SERVE-THIS

start_scanner() {
  local clamd=$dir/clamd file official=no
  rm -rf "$clamd/db"
  mkdir -p "$clamd/db" "$clamd/tmp"
  cp "$root/script/data/stowage-test.ndb" "$clamd/db/"
  for file in /var/lib/clamav/*.c[lv]d; do
    [ -r "$file" ] || continue
    ln -s "$file" "$clamd/db/"
    official=yes
  done
  [ "$official" = yes ] \
    || note "no official ClamAV signatures in /var/lib/clamav ('freshclam' fetches them): the test signature alone"
  sed -E -e "s#^LocalSocket .*#LocalSocket $sockets/clamd.sock#" -e 's#^LocalSocketMode .*#LocalSocketMode 600#' \
    -e "s#^DatabaseDirectory .*#DatabaseDirectory $clamd/db#" \
    -e "s#^TemporaryDirectory .*#TemporaryDirectory $clamd/tmp#" \
    -e "s#^LogFile .*#LogFile $dir/logs/clamd-scans.log#" "$root/conf/clamd.conf" > "$clamd/clamd.conf"
  start clamd clamd --config-file="$clamd/clamd.conf"
}

# clamd's socket answers PING only after the signatures are loaded.
scanner_answers() {
  timeout 5 "$python" -c '
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(2); s.connect(sys.argv[1])
s.sendall(b"zPING\0"); sys.exit(s.recv(16) != b"PONG\0")' "$sockets/clamd.sock"
}
