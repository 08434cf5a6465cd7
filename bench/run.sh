#!/bin/bash
# Runs the benches that are named, one after another, and a private broker for those that need one.
# Usage: BUILD=build bench/run.sh bench_slip bench_bus ...
set -eu

here=$(dirname "$0")
build=${BUILD:-build}
folder=

cleanup() {
	[ -z "$folder" ] || "$here/../tests/broker.sh" stop "$folder"
	[ -z "$folder" ] || rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

broker_url() {
	if [ -z "$folder" ]; then
		folder=$(mktemp -d "${TMPDIR:-/tmp}/framebus-bench.XXXXXX")
		"$here/../tests/broker.sh" start "$folder" >&2
	fi
	# shellcheck source=/dev/null
	. "$folder/env"
	export AMQP_URL BUILD="$build"
}

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, Linux $(uname -r)"
echo "Ratios hold within one run; single figures mean little on a machine that others use, too."
for bench in "$@"; do
	echo "== $bench"
	case $bench in
	bench_bus)
		broker_url
		"$build/bench/$bench" -u "$AMQP_URL"
		;;
	bench_route)
		broker_url
		"$build/bench/$bench" -u "$AMQP_URL" --router "$build/bin/amqp-route"
		;;
	bench_frame)
		# the frames of the corpus where there is one, else its own
		find "${CORPUS:-$here/../../shared/corpus}/captures" -name '*.pcap' -print0 2>/dev/null |
			xargs -0 "$build/bench/$bench"
		;;
	bench_slip_dump)
		BUILD="$build" "$here/bench_slip_dump.py"
		;;
	bench_tun)
		broker_url
		"$here/bench_tun.py"
		;;
	*) "$build/bench/$bench" ;;
	esac
done
