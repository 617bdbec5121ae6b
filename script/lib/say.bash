# Messages of the scripts: one line when a step starts, and an explanation when a step fails.

bold='' red='' plain=''
[ ! -t 2 ] || { bold=$'\033[1m' red=$'\033[1;31m' plain=$'\033[0m'; }

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }

# Prints the error and ends the script; the exit trap stops all started processes.
fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  local line
  for line in "$@"; do note "$line"; done
  exit 1
}

# Shows the end of a log.
show_tail() {
  [ -s "$1" ] || { note "($1 is empty)"; return; }
  note "the end of $1:"
  tail -n 15 "$1" | cut -c1-400 | sed 's/^/      /' >&2
}
