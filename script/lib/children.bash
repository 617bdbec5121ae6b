# Starting, watching and stopping processes, by process ID only.
#
# Each child leads a session of its own, so Ctrl-C reaches this script alone and the order of stopping
# is kept. $STOWAGE_DIR/run/NAME.pid holds its ID, NAME.ticks when it started, since IDs are used again.
#
# A test that wants to stop NAME for a while makes run/NAME.paused first, then ends it; removing the
# file starts it again. Where another process has NAME's socket by then (stowage swap), that one is NAME
# from then on. Any other end of a child ends everything.

# Of an adopted process pid_of holds the child that watches it, successor_of the process itself.
declare -A pid_of=() command_of=() successor_of=()

# Seconds since boot at which a process started, in clock ticks; empty if there is none.
started_at() { sed 's/^.*) //' "/proc/$1/stat" 2> /dev/null | cut -d ' ' -f 20; }

# Starts COMMAND… as NAME, its output appended to logs/NAME.log.
start() {
  local name=$1
  shift
  command_of[$name]=$(printf '%q ' "$@")
  launch "$name"
}

# Whatever this script has exported by then, for --exec or from whoever started it, a child reads its settings in the file that
# STOWAGE_CONFIG names, and has no secret in its environment.
launch() {
  local name=$1
  {
    unset $(compgen -e | grep -E '^(STOWAGE|AWS)_' | grep -vx STOWAGE_CONFIG)
    eval "exec setsid ${command_of[$name]}"
  } < /dev/null >> "$dir/logs/$name.log" 2>&1 9>&- &
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

# The live process that serves NAME's socket, where that is not process $2.
successor() {
  local pid
  case " ${processes[*]} " in *" $1 "*) ;; *) return 1 ;; esac
  # Workers have no place to take over: several share one name.
  [ "$1" != worker ] || return 1
  pid=$(curl --noproxy '*' -s --max-time 5 "$metrics_url/$1/health/live" 2> /dev/null \
    | sed -n 's/.*"pid":\([0-9][0-9]*\).*/\1/p')
  [ -n "$pid" ] && [ "$pid" != "$2" ] && [ -n "$(started_at "$pid")" ] && echo "$pid"
}

# Takes process $2, which is no child of this script, for NAME, until it ends.
adopt() {
  local name=$1 pid=$2 ticks
  ticks=$(started_at "$pid")
  successor_of[$name]=$pid
  echo "$ticks" > "$dir/run/$name.ticks"
  echo "$pid" > "$dir/run/$name.pid"
  (
    trap - EXIT INT TERM HUP
    while [ "$(started_at "$pid")" = "$ticks" ] && ! ended "$pid"; do sleep 0.2; done
  ) 9>&- &
  pid_of[$name]=$!
}

# Processes that have taken a place whose earlier holder still answers what it has.
find_successors() {
  local name pid
  for name in "${!pid_of[@]}"; do
    pid=$(successor "$name" "${successor_of[$name]:-${pid_of[$name]}}") || continue
    successor_of[$name]=$pid
  done
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

# NAME, which was process $3, ended with status $2.
pause_or_fail() {
  local name=$1 marker="$dir/run/$1.paused" next paused=no
  # Before its ID goes, since a test waits for that and then removes the marker.
  [ ! -e "$marker" ] || paused=yes
  unset "pid_of[$name]" "successor_of[$name]"
  rm -f "$dir/run/$name".{pid,ticks}
  if [ "$paused" = yes ]; then
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
  show_tail "$dir/logs/$name.log"
  fail "$name ended by itself with status $2; everything else is stopped too"
}

resume() {
  unset "pid_of[$1.paused]"
  note "$1 starts again"
  launch "$1"
}
