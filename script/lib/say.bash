# How the scripts talk: one line when something starts to happen, in words when it fails.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }

# Says what failed and ends the script; the exit trap stops what was started.
fail() {
  printf '\033[1;31merror:\033[0m %s\n' "$1" >&2
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

if [ ! -t 2 ]; then
  say() { printf '==> %s\n' "$*" >&2; }
fi
