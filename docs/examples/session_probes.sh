#!/bin/bash
# Two radio probes that share one air through a router, which loses the second data frame of probe_1: session_probes.sh PORT PORT
# docs/session.md explains it. Needs a broker ($AMQP_URL), the tools in $PATH and tshark. Ends when
# three frames of probe_1, and what the router makes of them, were recorded.
set -eu

fail() {
	echo "$0: $1" >&2
	exit 1
}

[ $# = 2 ] || fail "two ports are needed: $0 PORT PORT"
for program in amqp-route amqp-dump amqp-serial tshark; do
	command -v $program >/dev/null || fail "$program is not there (Debian: tshark has what is not ours)"
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/session.XXXXXX")
started=0

cleanup() {
	trap '' EXIT INT TERM
	jobs -pr | xargs -r kill 2>/dev/null
	wait
	rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start() {
	local ready=$folder/ready.$((started++))

	mkfifo "$ready"
	"$@" --ready-fd 9 9>"$ready" &
	read -r _ <"$ready"
}

start amqp-route --link probe_1,probe_2 --impair "probe_1>probe_2 skip=1 drop=1 only=type=data"
start amqp-dump -k 'fromAgent.probe_1.#' -k 'toAgent.probe_2.#' -w "$folder/frames.pcapng" -c 5
recorder=$!
start amqp-serial -n probe_1 -p "$1" --fcs none
start amqp-serial -n probe_2 -p "$2" --fcs none
echo "both probes are there"
wait $recorder
tshark -n -r "$folder/frames.pcapng" -T fields -e frame.interface_name -e wpan.seq_no 2>/dev/null
