# How the scripts talk: one line when something starts to happen, in words when it fails.

bold='' red='' plain=''
[ ! -t 2 ] || { bold=$'\033[1m' red=$'\033[1;31m' plain=$'\033[0m'; }

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }

# Says what failed and ends the script; the exit trap stops what was started.
fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  local line
  for line in "$@"; do note "$line"; done
  exit 1
}

# Shows the end of a log, so that nobody has to look for it.
show_tail() {
  [ -s "$1" ] || { note "($1 is empty)"; return; }
  note "the end of $1:"
  tail -n 15 "$1" | cut -c1-400 | sed 's/^/      /' >&2
}
