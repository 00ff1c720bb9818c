# lib.sh - what the commands of this folder share; sourced, never run.
#
# Packages are Debian 12's, by name, in one place.  need SET... installs what is missing of the sets and is
# quick (one dpkg-query) when nothing is.  run_suite runs a build's tests and adds up their counts; tally
# prints the closing line.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

packages_build='ca-certificates g++ gcc libcurl4-openssl-dev libjansson-dev libmicrohttpd-dev libphonenumber-dev
    libsqlite3-dev libssl-dev meson ninja-build pkg-config'
packages_run='curl tzdata'
packages_image='ca-certificates curl libcurl4 libjansson4 libmicrohttpd12 libphonenumber8 libsqlite3-0 libssl3 tzdata'
packages_test='binutils chromium curl libcmocka-dev node-graphql nodejs python3'
packages_ci='clang clang-format clang-tidy libclang-rt-14-dev valgrind'
packages_bench='curl nginx-light nodejs python3 valgrind wrk'
packages_fresh='debootstrap git iproute2 util-linux'
packages_live='bc curl nodejs npm postgresql postgresql-client'

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "This needs root or sudo: $*"
    fi
}

# need SET...: the Debian packages of these sets, installed now if they are not.
need() {
    local set name have wanted=() missing=()
    for set in "$@"; do
        set="packages_$set"
        # shellcheck disable=SC2206 # the sets are words
        wanted+=(${!set})
    done
    command -v dpkg-query >/dev/null || {
        say "This is not Debian; taken to be installed: ${wanted[*]}"
        return 0
    }
    have=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null) "
    for name in "${wanted[@]}"; do
        # node's own packages of nodejs hold npm too, and refuse Debian's beside them
        [[ $have == *" installed:$name "* ]] || { [ "$name" = npm ] && command -v npm >/dev/null; } || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return 0
    say "Installing ${missing[*]}"
    as_root apt-get -qq -o DPkg::Lock::Timeout=300 update </dev/null >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        install -y --no-install-recommends "${missing[@]}" </dev/null >&2
}

# configure DIR OPTION...: a meson build folder with these options, made once and then left alone.
configure() {
    local dir=$1
    shift
    [ -f "$dir/build.ninja" ] && return 0
    rm -rf "$dir" && mkdir -p "$dir"
    meson setup "$@" "$dir" "$top" >"$dir.setup.log" 2>&1 || {
        cat "$dir.setup.log" >&2
        return 1
    }
    mv "$dir.setup.log" "$dir/setup.log"
}

passed=0 failed=0 skipped=0
faults='' # a line for each thing that failed; told again at the end, where it is found

# count N_PASSED N_FAILED N_SKIPPED: adds to the totals.
count() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# fault TEXT: one line for the list that tally prints.
fault() {
    faults+="  $*"$'\n'
}

# run_suite NAME DIR [meson test arguments]: builds DIR and runs its tests; a build that fails counts as one failure,
# and so does a sanitizer's report from whatever process the tests started.
run_suite() {
    local name=$1 dir=$2 counts line reports=$2/reports
    shift 2
    if ! ninja -C "$dir" >"$dir/build.log" 2>&1; then
        say "$name: the build fails"
        tail -n 40 "$dir/build.log" >&2
        count 0 1 0
        fault "$name: the build fails"
        return 0
    fi
    rm -rf "$dir"/meson-logs/testlog*.json "$reports" && mkdir -p "$reports"
    ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:log_path=$reports/asan \
        UBSAN_OPTIONS=print_stacktrace=1:log_path=$reports/ubsan \
        TSAN_OPTIONS=suppressions=$top/tests/tsan.supp:second_deadlock_stack=1:log_path=$reports/tsan \
        meson test -C "$dir" --no-rebuild --print-errorlogs "$@" >&2
    counts=$(python3 "$top/script/count_tests.py" "$dir"/meson-logs/testlog*.json 2>"$dir/faults.log") || {
        counts='0 1 0'
        fault "$name: no test ran"
    }
    while IFS= read -r line; do fault "$name: $line"; done <"$dir/faults.log"
    # shellcheck disable=SC2086 # three words
    count $counts
    # shellcheck disable=SC2086
    printf '%s: %d passed, %d failed, %d skipped\n' "$name" $counts
    if [ -n "$(ls -A "$reports")" ]; then
        say "$name: reports of the sanitizers, in $reports"
        head -n 60 "$reports"/* >&2
        count 0 1 0
        fault "$name: sanitizer: $(cat "$reports"/* | grep -m 1 -E 'ERROR|WARNING|runtime error')"
    fi
}

# run_check NAME COMMAND...: one check that passes or fails by its exit code.
run_check() {
    local name=$1
    shift
    if "$@" >&2 </dev/null; then
        count 1 0 0
        say "$name: ok"
    else
        count 0 1 0
        fault "$name"
        say "$name: FAILED"
    fi
}

# tally: what failed, then the closing line; false if something failed or nothing passed.
tally() {
    [ -z "$faults" ] || printf 'failed:\n%s' "$faults"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ] && [ "$passed" != 0 ]
}
