# Starting, watching and stopping processes, by process ID only.
#
# Each child leads a session of its own, so Ctrl-C reaches this script alone and the order of stopping
# is kept. $STOWAGE_DIR/run/NAME.pid holds its ID, NAME.ticks when it started, since IDs are used again.
#
# A test that wants to stop NAME for a while makes run/NAME.paused first, then ends it; removing the
# file starts it again. Any other end of a child ends everything.

declare -A pid_of=() command_of=()

# Seconds since boot at which a process started, in clock ticks; empty if there is none.
started_at() { sed 's/^.*) //' "/proc/$1/stat" 2> /dev/null | cut -d ' ' -f 20; }

# Starts COMMAND… as NAME, its output appended to logs/NAME.log.
start() {
  local name=$1
  shift
  command_of[$name]=$(printf '%q ' "$@")
  launch "$name"
}

launch() {
  local name=$1
  eval "exec setsid ${command_of[$name]}" < /dev/null >> "$dir/logs/$name.log" 2>&1 9>&- &
  pid_of[$name]=$!
  started_at "$!" > "$dir/run/$name.ticks"
  echo "$!" > "$dir/run/$name.pid"
}

running() { kill -0 "${pid_of[$1]:-0}" 2> /dev/null && [ -n "${pid_of[$1]:-}" ]; }

# await NAME SECONDS WHAT COMMAND…: waits until COMMAND succeeds, and says why not otherwise.
await() {
  local name=$1 seconds=$2 what=$3 deadline=$((SECONDS + $2))
  shift 3
  until "$@" > /dev/null 2>&1; do
    running "$name" || died "$name" "$what"
    if [ "$SECONDS" -ge "$deadline" ]; then
      show_tail "$dir/logs/$name.log"
      fail "$name: $what: no success after $seconds s"
    fi
    sleep 0.1
  done
}

died() {
  local status=0
  wait "${pid_of[$1]}" || status=$?
  show_tail "$dir/logs/$1.log"
  fail "$1 ended with status $status${2:+ ($2)}"
}

# stop NAME SIGNAL SECONDS: asks, waits, and kills what does not go.
stop() {
  local name=$1 pid=${pid_of[$1]:-} deadline=$((SECONDS + $3))
  [ -n "$pid" ] || return 0
  if kill -"$2" "$pid" 2> /dev/null; then
    while [ -n "$(started_at "$pid")" ] && ! ended "$pid"; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        note "$name did not stop within $3 s: killed"
        kill -KILL -- "-$pid" 2> /dev/null || true
        break
      fi
      sleep 0.05
    done
  fi
  wait "$pid" 2> /dev/null || true
  unset "pid_of[$name]"
  rm -f "$dir/run/$name".{pid,ticks}
}

# A process and all that it started, one ID a line.
tree_of() {
  local child
  echo "$1"
  for child in $(ps -o pid= --ppid "$1"); do tree_of "$child"; done
}

# Ends the command of --exec with its children: it shares this script's terminal, so it has no group.
end_tree() {
  local tree
  tree=$(tree_of "$1")
  kill -TERM $tree 2> /dev/null
  for _ in $(seq 100); do
    kill -0 $tree 2> /dev/null || return 0
    ! ended "$1" || [ "$tree" != "$1" ] || return 0
    sleep 0.1
  done
  kill -KILL $tree 2> /dev/null
}

# Whether a process is gone but for its status.
ended() { [[ "$(cat "/proc/$1/stat" 2> /dev/null)" =~ \)\ [ZX] ]]; }

# Ends what an earlier run that was killed outright left behind in this folder.
end_leftovers() {
  local file name pid ticks
  for file in "$dir"/run/*.pid; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .pid)
    read -r pid < "$file" || true
    read -r ticks < "${file%.pid}.ticks" || true
    if [ -n "${pid:-}" ] && [ -n "${ticks:-}" ] && [ "$(started_at "$pid")" = "$ticks" ]; then
      note "ending $name (process $pid), left behind by an earlier run that was killed"
      kill -TERM "$pid" 2> /dev/null || true
      for _ in $(seq 100); do
        [ "$(started_at "$pid")" = "$ticks" ] || break
        sleep 0.1
      done
      [ "$(started_at "$pid")" != "$ticks" ] || kill -KILL -- "-$pid" 2> /dev/null || true
    fi
    rm -f "$file" "${file%.pid}.ticks"
  done
}

# Waits until the process with ID $1 (empty: none) ends, and answers its status in $status. Children
# that end meanwhile end everything, unless their end was announced.
supervise() {
  local awaited=$1 ended_pid name
  while true; do
    status=0
    # No group around it: the trap of Ctrl-C would run inside, and be silent.
    wait -n -p ended_pid "${pid_of[@]}" ${awaited:+"$awaited"} 2> /dev/null || status=$?
    [ -n "${ended_pid:-}" ] || continue
    [ "$ended_pid" != "$awaited" ] || return 0
    name=$(name_of "$ended_pid")
    case $name in
      *.paused) resume "${name%.paused}" ;;
      *) pause_or_fail "$name" "$status" ;;
    esac
  done
}

name_of() {
  local name
  for name in "${!pid_of[@]}"; do
    [ "${pid_of[$name]}" != "$1" ] || { echo "$name"; return; }
  done
}

pause_or_fail() {
  local name=$1 marker="$dir/run/$1.paused"
  unset "pid_of[$name]"
  rm -f "$dir/run/$name".{pid,ticks}
  if [ -e "$marker" ]; then
    note "$name stopped, until $marker is removed"
    (trap - EXIT INT TERM; while [ -e "$marker" ]; do sleep 0.1; done) 9>&- &
    pid_of[$name.paused]=$!
    return
  fi
  show_tail "$dir/logs/$name.log"
  fail "$name ended by itself with status $2; everything else is stopped too"
}

resume() {
  unset "pid_of[$1.paused]"
  note "$1 starts again"
  launch "$1"
}
