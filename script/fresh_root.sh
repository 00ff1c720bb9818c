# fresh_root.sh - a Debian 12 that has nothing installed, to try things in; sourced after lib.sh, as root.
#
# fresh_base makes a minimal bookworm once with debootstrap, from the mirror that this machine is set up
# with, and keeps it as a tar; fresh_copy unpacks it; in_root runs a command inside, in a mount and process
# namespace of its own, so that no mount and no process stays behind however it ends.  The machine's own
# package sources and name service are copied at run time.

fresh_cache=${CARTWAY_FRESH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cartway}
apt_files='/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources /etc/apt/trusted.gpg.d
    /etc/apt/auth.conf.d /etc/apt/apt.conf /etc/apt/apt.conf.d /etc/apt/keyrings /usr/share/keyrings
    /etc/resolv.conf /etc/hosts'

# The first address of a Debian archive with this release in the machine's sources, either format.
debian_mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p; s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' |
        grep -E '/debian/?$' | head -n 1
}

# fresh_base: prints the path of the tar, made now if it is not there.
fresh_base() {
    local tar=$fresh_cache/bookworm.tar made
    if [ ! -f "$tar" ]; then
        local mirror
        mirror=$(debian_mirror)
        [ -n "$mirror" ] || die "No Debian archive stands in this machine's package sources."
        mkdir -p "$fresh_cache"
        made=$(mktemp -d)
        say "Making a minimal Debian 12 with debootstrap"
        debootstrap --variant=minbase bookworm "$made" "$mirror" >"$fresh_cache/debootstrap.log" 2>&1 || {
            tail -n 5 "$fresh_cache/debootstrap.log" >&2
            rm -rf "$made"
            die "debootstrap failed."
        }
        rm -f "$made"/var/cache/apt/archives/*.deb
        chmod 755 "$made"
        tar -C "$made" --numeric-owner -cf "$tar.new" . && mv "$tar.new" "$tar"
        rm -rf "$made"
    fi
    printf '%s\n' "$tar"
}

# fresh_copy DIR: a new root there, with this machine's package sources.
fresh_copy() {
    local dir=$1 tar file
    tar=$(fresh_base) || exit 1
    mkdir -p "$dir" && tar -C "$dir" -xpf "$tar" || die "The root could not be unpacked."
    rm -f "$dir/etc/apt/sources.list"
    for file in $apt_files; do
        [ -e "$file" ] || continue
        mkdir -p "$dir${file%/*}" && cp -rL "$file" "$dir${file%/*}/"
    done
}

# in_root DIR COMMAND...: runs it inside; /proc, /dev and /sys are there for as long as it runs.
in_root() {
    local dir=$1
    shift
    unshare --mount --pid --fork --kill-child --propagation private bash -c '
        dir=$1; shift
        mount -t proc proc "$dir/proc"
        mount --rbind /dev "$dir/dev"
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
            TERM=dumb chroot "$dir" "$@"' in_root "$dir" "$@"
}
