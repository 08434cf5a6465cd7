#!/bin/sh
# Installs the Debian packages that building, the demo or the tests need, and only those that are missing.
# Usage: deps.sh [build] [demo] [check] [bench] [portable] [screenshots] [plots]    (default: the first three)
set -eu

here=$(dirname "$0")
[ $# -gt 0 ] || set -- build demo check

wanted=
for purpose in "$@"; do
    wanted="$wanted $(sed -n "s/^$purpose //p" "$here/packages.txt")"
done

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

if ! command -v apt-get >/dev/null 2>&1; then
    echo "There is no apt-get here. Install these (Debian's names), then go on:" >&2
    for package in $wanted; do echo "  $package" >&2; done
    exit 1
fi

missing=
for package in $wanted; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "deps.sh: neither root nor sudo: as root, run: apt-get install$missing" >&2
        exit 1
    }
    as_root=sudo
fi

# Debian starts a package's service when it installs it. Nobody asked for a broker that listens on every
# interface: while we install, invoke-rc.d is told to start nothing.
policy=/usr/sbin/policy-rc.d
made_policy=
cleanup() { [ -z "$made_policy" ] || $as_root rm -f "$policy"; }
trap cleanup EXIT
trap 'exit 130' INT TERM
if [ ! -e "$policy" ]; then
    # shellcheck disable=SC2016 # the words are for the script that is written
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    made_policy=yes
    $as_root chmod 755 "$policy"
fi

$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086 # package names never hold blanks
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing

# Installed now and started by nobody, it would still start at the next boot.
case " $missing " in
*" rabbitmq-server "*)
    if [ -d /run/systemd/system ]; then $as_root systemctl disable --quiet rabbitmq-server; fi ;;
esac
