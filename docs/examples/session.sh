#!/bin/bash
# A session in one script: a router, two agents, a recorder; a CoAP exchange whose second packet is lost; then the same packets again.
# docs/session.md explains it. Needs root (network namespaces), a broker ($AMQP_URL), the tools in $PATH, libcoap's programs and tshark.
set -eu

fail() {
	echo "$0: $1" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || fail "network namespaces need root: sudo --preserve-env=AMQP_URL $0"
for program in amqp-route amqp-tun amqp-dump amqp-play ip ss tshark coap-client-notls coap-server-notls; do
	command -v $program >/dev/null || fail "$program is not there (Debian: iproute2, tshark and libcoap3-bin have what is not ours)"
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/session.XXXXXX")
client=client-$$ server=server-$$ # two hosts
started=0

cleanup() {
	trap '' EXIT INT TERM
	jobs -pr | xargs -r kill 2>/dev/null
	wait
	for host in $client $server; do ip netns del "$host" 2>/dev/null; done
	rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a tool, and goes on when both its ends work.
start() {
	local ready=$folder/ready.$((started++))

	mkfifo "$ready"
	"$@" --ready-fd 9 9>"$ready" &
	read -r _ <"$ready"
}

# Ends the last one that was started so, and waits until its file is whole.
stop() {
	kill "$1"
	wait "$1"
}

ip netns add $client
ip netns add $server

# The router, whose link loses the first CoAP message from agent_2 to agent_1: the second packet of the exchange.
start amqp-route --link agent_1,agent_2 --impair "agent_2>agent_1 drop=1 only='udp port 5683'"
router=$!

# What the agents say, as they say it; and what agent_1 says alone, to be played again.
start amqp-dump -k 'fromAgent.#' -w "$folder/session.pcapng"
session=$!
start amqp-dump -k 'fromAgent.agent_1.#' -w "$folder/agent_1.pcap"
agent_1=$!

start amqp-tun -n agent_1 --netns $client
first=$!
start amqp-tun -n agent_2 --netns $server
second=$!

ip netns exec $server coap-server-notls -A bbbb::2 >/dev/null 2>&1 &
until ip netns exec $server ss -Hlun | grep -q :5683; do sleep 0.1; done
ip netns exec $client coap-client-notls -m get -B 20 'coap://[bbbb::2]/' >"$folder/answer"
grep -q . "$folder/answer" && echo "the client has its answer"

stop $first
stop $second
stop $session
stop $agent_1

echo "the exchange, with the request that had to be sent again:"
tshark -n -r "$folder/session.pcapng" -Y coap -T fields -e frame.interface_name -e coap.type -e coap.mid 2>/dev/null

# Played again, with nobody but a recorder at the other end: what the router makes of it.
packets=$(tshark -n -r "$folder/agent_1.pcap" 2>/dev/null | wc -l)
start amqp-dump -k 'toAgent.agent_2.#' -w "$folder/again.pcap" -c "$packets"
again=$!
amqp-play -n agent_1 -r "$folder/agent_1.pcap" --speed 0
wait $again
cmp "$folder/agent_1.pcap" "$folder/again.pcap" && echo "the same $packets packets, octet for octet and with their times"
stop $router
