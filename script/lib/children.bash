# Starts, watches and stops processes, by process ID only.
#
# Each child runs in a separate session, so Ctrl-C reaches this script alone, and the order of stopping is kept.
# $STOWAGE_DIR/run/NAME.pid contains the child's process ID. NAME.ticks contains its start time, because the system
# reuses IDs.
#
# To stop NAME for a while, a test creates run/NAME.paused and then ends the process; when the test removes the file,
# this script starts NAME again. If another process has taken over NAME's socket (stowage swap), this script watches
# that process as NAME. If a child ends in any other way, this script stops everything.

# For an adopted process, pid_of contains the child that watches the process, and successor_of the process itself.
declare -A pid_of=() command_of=() successor_of=()

# Prints the start time of a process, in clock ticks since boot; prints nothing if there is no such process.
started_at() { sed 's/^.*) //' "/proc/$1/stat" 2> /dev/null | cut -d ' ' -f 20; }

# Starts COMMAND… as NAME, and appends its output to logs/NAME.log.
start() {
  local name=$1
  shift
  command_of[$name]=$(printf '%q ' "$@")
  launch "$name"
}

# A child reads its settings from the file that STOWAGE_CONFIG names, and has no secret in its environment. So all other
# variables that this script or its caller exported are removed.
launch() {
  local name=$1 settings
  mapfile -t settings < <(compgen -e | grep -E '^(STOWAGE|AWS)_' | grep -vx STOWAGE_CONFIG)
  {
    unset "${settings[@]}"
    eval "exec setsid ${command_of[$name]}"
  } < /dev/null >> "$dir/logs/$name.log" 2>&1 9>&- &
  pid_of[$name]=$!
  started_at "$!" > "$dir/run/$name.ticks"
  echo "$!" > "$dir/run/$name.pid"
}

running() { kill -0 "${pid_of[$1]:-0}" 2> /dev/null && [ -n "${pid_of[$1]:-}" ]; }

# await NAME SECONDS WHAT COMMAND…: waits until COMMAND succeeds, and otherwise fails with the reason.
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

# stop NAME SIGNAL SECONDS: sends the signal, waits, and kills a process that does not end in time.
stop() {
  local name=$1
  if [ -n "${successor_of[$name]:-}" ]; then
    stop_process "$name" "${successor_of[$name]}" "$2" "$3"
  fi
  if [ -n "${pid_of[$name]:-}" ]; then
    stop_process "$name" "${pid_of[$name]}" "$2" "$3"
  fi
  unset "pid_of[$name]" "successor_of[$name]"
  rm -f "$dir/run/$name".{pid,ticks}
}

stop_process() {
  local name=$1 pid=$2 deadline=$((SECONDS + $4))
  if kill -"$3" "$pid" 2> /dev/null; then
    while [ -n "$(started_at "$pid")" ] && ! ended "$pid"; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        note "$name did not stop within $4 s: killed"
        kill -KILL -- "-$pid" 2> /dev/null || true
        break
      fi
      sleep 0.05
    done
  fi
  wait "$pid" 2> /dev/null || true
}

# Prints the ID of the live process that serves NAME's socket, if it is not process $2.
successor() {
  local pid
  case " ${processes[*]} " in *" $1 "*) ;; *) return 1 ;; esac
  # Workers have no successor: several workers share one name.
  [ "$1" != worker ] || return 1
  pid=$(curl --noproxy '*' -s --max-time 5 "$metrics_url/$1/health/live" 2> /dev/null \
    | sed -n 's/.*"pid":\([0-9][0-9]*\).*/\1/p')
  [ -n "$pid" ] && [ "$pid" != "$2" ] && [ -n "$(started_at "$pid")" ] && echo "$pid"
}

# Watches process $2 as NAME until it ends. The process is no child of this script.
adopt() {
  local name=$1 pid=$2 ticks
  ticks=$(started_at "$pid")
  successor_of[$name]=$pid
  echo "$ticks" > "$dir/run/$name.ticks"
  # A reader finds the previous ID until then, and never an empty file.
  echo "$pid" > "$dir/run/$name.pid.new"
  mv "$dir/run/$name.pid.new" "$dir/run/$name.pid"
  (
    trap - EXIT INT TERM HUP
    while [ "$(started_at "$pid")" = "$ticks" ] && ! ended "$pid"; do sleep 0.2; done
  ) 9>&- &
  pid_of[$name]=$!
}

# Finds processes that took over a socket while the previous process still finishes its requests.
find_successors() {
  local name pid
  for name in "${!pid_of[@]}"; do
    pid=$(successor "$name" "${successor_of[$name]:-${pid_of[$name]}}") || continue
    successor_of[$name]=$pid
  done
}

# Prints the IDs of a process and of all its descendants, one per line.
tree_of() {
  local child
  echo "$1"
  for child in $(ps -o pid= --ppid "$1"); do tree_of "$child"; done
}

# Ends the command of --exec and its children. The command uses this script's terminal, so it has no process group of
# its own.
end_tree() {
  local -a tree
  mapfile -t tree < <(tree_of "$1")
  kill -TERM "${tree[@]}" 2> /dev/null
  for _ in $(seq 100); do
    kill -0 "${tree[@]}" 2> /dev/null || return 0
    ! ended "$1" || [ "${tree[*]}" != "$1" ] || return 0
    sleep 0.1
  done
  kill -KILL "${tree[@]}" 2> /dev/null
}

# Succeeds if a process has ended, even if nobody has read its status yet.
ended() { [[ "$(cat "/proc/$1/stat" 2> /dev/null)" =~ \)\ [ZX] ]]; }

# Ends processes in this folder that an earlier run left behind because the run was killed.
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

# Waits until the process with ID $1 ends, and stores its exit status in $status. With an empty $1, waits for ever. If a
# child ends unexpectedly, everything stops.
supervise() {
  local awaited=$1 ended_pid name
  while true; do
    status=0
    # No { } around this command: the trap for Ctrl-C would run inside, without any output.
    wait -n -p ended_pid "${pid_of[@]}" ${awaited:+"$awaited"} 2> /dev/null || status=$?
    [ -n "${ended_pid:-}" ] || continue
    [ "$ended_pid" != "$awaited" ] || return 0
    name=$(name_of "$ended_pid")
    case $name in
      *.paused) resume "${name%.paused}" ;;
      *) pause_or_fail "$name" "$status" "${successor_of[$name]:-$ended_pid}" ;;
    esac
  done
}

name_of() {
  local name
  for name in "${!pid_of[@]}"; do
    [ "${pid_of[$name]}" != "$1" ] || { echo "$name"; return; }
  done
}

# Handles the end of NAME: it was process $3, and ended with status $2.
pause_or_fail() {
  local name=$1 marker="$dir/run/$1.paused" next paused=no
  # Read the marker before the ID file is deleted: a test waits for that deletion, and then removes the marker.
  [ ! -e "$marker" ] || paused=yes
  unset "pid_of[$name]" "successor_of[$name]"
  if [ "$paused" = yes ]; then
    rm -f "$dir/run/$name".{pid,ticks}
    note "$name stopped, until $marker is removed"
    (trap - EXIT INT TERM; while [ -e "$marker" ]; do sleep 0.1; done) 9>&- &
    pid_of[$name.paused]=$!
    return
  fi
  if next=$(successor "$name" "$3"); then
    note "$name was process $3, and is process $next now"
    adopt "$name" "$next"
    return
  fi
  rm -f "$dir/run/$name".{pid,ticks}
  show_tail "$dir/logs/$name.log"
  fail "$name ended by itself with status $2; everything else is stopped too"
}

resume() {
  unset "pid_of[$1.paused]"
  note "$1 starts again"
  launch "$1"
}
