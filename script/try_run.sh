#!/usr/bin/env bash
# try_run.sh - tries script/run as a newcomer does: start, the printed curl lines, Ctrl-C, start again.
#
#   script/try_run.sh [arguments of script/run]
#
# Says the seconds of both starts; false if something printed did not work, or something stayed behind.
set -um # -m: a process group of its own, and SIGINT not ignored
cd "$(dirname "$0")/.." || exit 1
. script/lib.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# group ID: the processes of this process group.
group() {
    local stat
    for stat in /proc/[0-9]*/stat; do
        # pid (name) state parent group
        sed -nE "s/^([0-9]+) .*\\) [A-Z] [0-9]+ $1 .*/\\1/p" "$stat" 2>/dev/null
    done
}

# first_start_s is at most 180 and later ones at most 2 where the machine is not shared; said, not asserted.
try_start() {
    local began ended pid line child children
    : >"$log"
    began=$(date +%s.%N)
    script/run "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    until grep -q '^Ctrl-C ends it' "$log"; do
        kill -0 $pid 2>/dev/null || {
            tail -n 20 "$log"
            return 1
        }
        sleep 0.05
    done
    ended=$(date +%s.%N)
    awk -v a="$began" -v b="$ended" 'BEGIN { printf "script/run: ready after %.1f s\n", b - a }'
    grep -E '^  (export|curl) ' "$log" | while read -r line; do
        printf '%s\n' "$line"
    done >"$log.lines"
    sed -E 's/^curl /curl -sS --fail-with-body -o '"$(sed 's/[\/&]/\\&/g' <<<"$log.body")"' -w "%{http_code} %{size_download} bytes  %{url_effective}\\n" /' \
        "$log.lines" >"$log.sh"
    bash -e "$log.sh" || {
        cat "$log.body"
        kill -INT -- "-$pid"
        return 1
    }
    children=$(group $pid)
    [ -n "$children" ] || return 1 # script/run itself is one of them
    kill -INT -- "-$pid"
    wait $pid || true
    for child in $children; do
        # a zombie has ended; its parent's parent may be slow to look
        if grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$child/status"; then
            say "script/run left a process: $(tr '\0' ' ' <"/proc/$child/cmdline")"
            return 1
        fi
    done
    rm -f "$log".*
    return 0
}

try_start "$@" && try_start "$@"
