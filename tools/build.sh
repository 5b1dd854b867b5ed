# shellcheck shell=bash disable=SC2154
# Sourced by run and check, after progress.sh, with $top (the tree) and $log set: configures and builds a build folder.

# configure FOLDER [MESON OPTION...]: makes the folder, or brings an existing one's options up to these.
configure() {
  local folder=$1 protocols
  shift
  protocols=$(tools/fetch-protocols)
  set -- "$@" -Dprotocols-dir="$protocols"
  if [ -f "$folder/build.ninja" ]; then
    # Changes nothing, and costs no time, where the options are these already.
    meson configure "$folder" "$@" >> "$log" 2>&1 && return
    echo "$folder cannot be configured anew: making it afresh" >&2
  fi
  step "$log" "configuring $folder" -- meson setup --wipe "$folder" "$@"
}

# build FOLDER [TARGET...]: all of it, or the targets.
build() {
  local folder=$1
  shift
  # Nothing to do is said in no words.
  [ -f "$folder/build.ninja" ] && [ "$(ninja -C "$folder" -n "$@" 2>/dev/null | tail -n 1)" = "ninja: no work to do." ] && return
  step "$log" "building $folder" -- ninja -C "$folder" "$@"
}
