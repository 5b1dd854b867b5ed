# shellcheck shell=bash
# Sourced by the project's scripts: runs a long step with its output in a log and says how far it is.
#
#   step LOG "what it does" [--count REGEX [--of N]] -- COMMAND [ARG...]
#
# A terminal gets one line that is redrawn each second, anything else a line every 20 s. What follows the label is the number of
# lines in LOG that match REGEX, or else ninja's own [done/all]. The command's status is the step's; a failure shows LOG's end.

# Seconds as m:ss.
elapsed_text() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

step() {
  local log=$1 label=$2 regex='' total='' begin=$SECONDS status=0 pid tty=false last=0 text
  shift 2
  while [ "${1:---}" != -- ]; do
    case $1 in --count) regex=$2 ;; --of) total=$2 ;; *) echo "step: unknown option $1" >&2; return 2 ;; esac
    shift 2
  done
  shift
  [ -t 2 ] && tty=true
  printf '\n== %s: %s\n' "$label" "$*" >> "$log"
  # Only the lines of this step are counted: a log holds several.
  local skip
  skip=$(wc -l < "$log")
  # SIGINT stays on: bash would start a background command without job control with it ignored.
  ( trap - INT; exec "$@" ) >> "$log" 2>&1 < /dev/null &
  pid=$!
  trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
  $tty || printf '%s ...\n' "$label" >&2
  while kill -0 "$pid" 2>/dev/null; do
    text=$(step_count "$log" "$skip" "$regex" "$total")
    if $tty; then
      printf '\r\033[K%s%s, %s' "$label" "${text:+: $text}" "$(elapsed_text $((SECONDS - begin)))" >&2
    elif [ $((SECONDS - last - begin)) -ge 20 ]; then
      last=$((SECONDS - begin))
      printf '%s%s, %s\n' "$label" "${text:+: $text}" "$(elapsed_text "$last")" >&2
    fi
    # A step that is over sooner than a second should not be waited for that long.
    for _ in 1 2 3 4 5; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
  done
  wait "$pid" || status=$?
  trap - INT TERM
  $tty && printf '\r\033[K' >&2
  if [ "$status" = 0 ]; then
    printf '%s: done in %s\n' "$label" "$(elapsed_text $((SECONDS - begin)))" >&2
  else
    printf '%s: FAILED with status %s; the end of %s:\n' "$label" "$status" "$log" >&2
    tail -n +"$((skip + 1))" "$log" | tail -n 30 >&2
  fi
  return "$status"
}

step_count() {
  local n
  if [ -n "$3" ]; then
    n=$(tail -n +"$(($2 + 1))" "$1" | grep -cE -- "$3" || true)
    [ "$n" = 0 ] || printf '%s%s' "$n" "${4:+ of about $4}"
  else
    tail -n +"$(($2 + 1))" "$1" | tail -n 40 | grep -oE '^\[[0-9]+/[0-9]+\]' | tail -n 1 | tr -d '[]' | sed 's,/, of ,' || true
  fi
}
