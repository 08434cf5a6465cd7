#!/bin/bash
# What framebus does, shown on this machine: a private broker, two hosts joined through it, two radio probes that share one air, captures.
# Each command is shown as you would type it. Everything is taken away again, whatever happens; the status is 0 if all of it worked.
set -u

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/.." && cd "${BUILD:-build}" && pwd) || exit 1

if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "The demo makes network namespaces and TUN interfaces: run it as root." >&2
		exit 1
	}
	echo "Network namespaces and TUN interfaces need root: asking sudo."
	exec sudo BUILD="$build" "$0"
fi

PATH=$build/bin:$PATH
folder=$(mktemp -d "${TMPDIR:-/tmp}/framebus-demo.XXXXXX")
left=left-$$ right=right-$$ # the two hosts
patience=15                 # seconds that any one thing may take
failures=0
declare -A pid_of=()
link=/dev/null

# --- taking it all away ---

# A process and all that it has started: who ends a shell of ours does not end its pipeline.
family() { # PID
	local child

	echo "$1"
	for child in $(pgrep -P "$1"); do family "$child"; done
}

cleanup() {
	trap '' INT TERM HUP
	local pid ours=

	for pid in $(jobs -pr); do ours="$ours $(family "$pid")"; done
	for pid in $ours; do kill -TERM "$pid" 2>/dev/null; done
	for pid in $ours; do
		timeout 3 tail --pid="$pid" -s 0.05 -f /dev/null 2>/dev/null || kill -KILL "$pid" 2>/dev/null
	done
	[ ! -e "$folder/broker/env" ] || "$here/broker.sh" stop "$folder/broker"
	for host in "$left" "$right"; do
		[ ! -e "/run/netns/$host" ] || ip netns del "$host"
	done
	rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- showing and doing ---

bold='' plain=''
if [ -t 1 ]; then bold=$(tput bold 2>/dev/null) plain=$(tput sgr0 2>/dev/null); fi

chapter() { printf '\n%s# %s%s\n' "$bold" "$1" "$plain"; }
tell() { printf '# %s\n' "$1"; }
show() { printf '%s$ %s%s\n' "$bold" "${*//$folder\//}" "$plain"; }
indent() { sed 's/^/    /'; }
fail() {
	printf '    FAILED: %s\n' "$1"
	failures=$((failures + 1))
}

# Shows a command, runs it, shows what it says.
run() {
	show "$*"
	"$@" 2>&1 | indent
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "$1"
}

# Runs what stands after the name in the background; its output goes to a file of that name.
background() { # NAME COMMAND...
	local name=$1

	shift
	"$@" >"$folder/$name.out" 2>&1 </dev/null &
	pid_of[$name]=$!
}

# The same for a tool of ours, and waits until it says that both its ends work.
start() { # NAME TOOL ARGUMENT...
	local name=$1 ready=$folder/$1.ready

	shift
	show "$* &"
	mkfifo "$ready"
	"$1" --stats=json --ready-fd=8 "${@:2}" >"$folder/$name.out" 2>"$folder/$name.err" </dev/null 8>"$ready" &
	pid_of[$name]=$!
	await_ready "$1" "$ready" || indent <"$folder/$name.err"
}

await_ready() { # TOOL FIFO
	local line=

	read -r -t "$patience" line <"$2"
	[ "$line" = ready ] || {
		fail "$1 did not get ready"
		return 1
	}
}

# Ends a tool as Ctrl-C would; it must end at once and well.
stop() { # NAME
	local pid=${pid_of[$1]}

	kill -INT "$pid" 2>/dev/null
	await_end "$1"
}

await_end() { # NAME
	local pid=${pid_of[$1]} status

	timeout "$patience" tail --pid="$pid" -s 0.02 -f /dev/null || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	status=$?
	[ "$status" -eq 0 ] || {
		grep -v '^{' "$folder/$1.err" | indent
		fail "$1 ended with status $status"
	}
}

# The first line of a growing file that matches.
await_line() { # FILE PATTERN
	timeout "$patience" grep -m 1 --line-buffered -e "$2" < <(exec tail -n +1 -s 0.02 -f "$1" 2>/dev/null & echo $! >"$folder/tail.pid"; wait)
	local status=$?

	kill "$(cat "$folder/tail.pid")" 2>/dev/null
	return "$status"
}

counter() { # NAME COUNTER: from a tool's last report
	grep '^{' "$folder/$1.err" | tail -n 1 | grep -o "\"$2\":[0-9]*" | cut -d: -f2
}

# --- simulated probes: what a mote on a USB port would be ---

probe() { # NAME
	mkfifo "$folder/$1.commands"
	"$here/probe.py" "$folder/$1" >"$folder/$1.out" 2>"$folder/$1.err" <"$folder/$1.commands" &
	pid_of[$1]=$!
	exec {link}>"$folder/$1.commands"
	declare -g "commands_$1=$link"
	await_line "$folder/$1.out" ready >/dev/null || fail "$1"
}

hears() { # NAME HEX: the probe's radio hears a frame
	local fd=commands_$1

	printf '# the radio of %s hears %s\n' "$1" "$2"
	echo "send $2" >&"${!fd}"
}

must_send() { # NAME HEX: the probe is given this frame to send
	if await_line "$folder/$1.out" "^$2\$" >/dev/null; then
		printf '# the radio of %s sends %s\n' "$1" "$2"
	else
		fail "$1 was not given $2"
	fi
}

# --- the chapters ---

broker() {
	chapter "A RabbitMQ of our own, on loopback"
	run "$here/broker.sh" start "$folder/broker"
	[ "$failures" -eq 0 ] || exit 1
	# shellcheck source=/dev/null
	. "$folder/broker/env"
	export AMQP_URL
	show "export AMQP_URL=$AMQP_URL"
}

hosts() {
	chapter "Two hosts with nothing between them but the broker"
	run ip netns add "$left"
	run ip netns add "$right"
	start agent_1 amqp-tun -n agent_1 --peer agent_2 --netns "$left"
	start agent_2 amqp-tun -n agent_2 --peer agent_1 --netns "$right"
	run ip -n "$left" -brief address
}

pings() {
	chapter "Ping, both ways, IPv6 and IPv4"
	run ip netns exec "$left" ping -q -c 3 -i 0.2 -W 5 bbbb::2
	run ip netns exec "$right" ping -q -c 3 -i 0.2 -W 5 bbbb::1
	run ip netns exec "$left" ping -q -c 3 -i 0.2 -W 5 10.2.0.2
	run ip netns exec "$right" ping -q -c 3 -i 0.2 -W 5 10.2.0.1
}

coap() {
	chapter "CoAP: a client here, a server there"
	show "ip netns exec $right coap-server-notls -A bbbb::2 &"
	background coap-server ip netns exec "$right" coap-server-notls -A bbbb::2 -v 7
	await_line "$folder/coap-server.out" 'created UDP' >/dev/null || fail "coap-server"
	show "ip netns exec $left coap-client-notls -m get coap://[bbbb::2]/"
	ip netns exec "$left" coap-client-notls -B 10 -m get 'coap://[bbbb::2]/' >"$folder/coap.out" 2>&1
	indent <"$folder/coap.out"
	grep -q 'test server' "$folder/coap.out" || fail "coap-client got no answer"
}

# CoAP over 6LoWPAN: GET /hi with the ACK request bit, the acknowledgement of the radio that hears it, and the answer.
request=6188010df0010002007e33f0163316337cfa40010001b26869
acknowledgement=020001
answer=4188070df0020001007e33f016331633a6d460450001ff68656c6c6f

air() {
	chapter "Two radio probes in two cities share one air"
	tell "Two simulated probes stand in for motes on USB ports: pseudo-terminals $(basename "$folder")/probe_1 and probe_2."
	probe probe_1
	probe probe_2
	start serial_1 amqp-serial -n probe_1 --peer probe_2 -p "$folder/probe_1"
	start serial_2 amqp-serial -n probe_2 --peer probe_1 -p "$folder/probe_2"
	hears probe_1 $request
	must_send probe_2 $request
	tell "The device in the second city acknowledges by radio, then answers:"
	hears probe_2 $acknowledgement
	hears probe_2 $answer
	must_send probe_1 $answer
	if grep -q "^$acknowledgement\$" "$folder/probe_1.out"; then
		fail "a radio acknowledgement crossed the bus"
	else
		tell "The acknowledgement stayed where it was: each probe makes its own."
	fi
	stop serial_1
	stop serial_2
}

is_conversation() { # FILE: what tshark says of the three frames
	grep -q 'CoAP .*GET, /hi' "$1" && grep -q 'IEEE 802.15.4 .*Ack' "$1" && grep -q 'CoAP .*2.05 Content' "$1"
}

sniff() {
	chapter "A passive probe into Wireshark's format, no broker needed"
	probe probe_3
	start sniffer slip-dump -p "$folder/probe_3" -w "$folder/heard.pcap" -c 3
	for frame in $request $acknowledgement $answer; do hears probe_3 "$frame"; done
	await_end sniffer
	show "tshark -r heard.pcap"
	tshark -n -r "$folder/heard.pcap" 2>/dev/null >"$folder/heard.txt"
	indent <"$folder/heard.txt"
	is_conversation "$folder/heard.txt" || fail "tshark did not see three frames"
}

pipes() {
	chapter "Tools in pipes: a passive probe to the broker, and who watches it"
	local watch=$folder/watch.ready play=$folder/play.ready

	mkfifo "$watch" "$play"
	show "amqp-dump -k 'fromAgent.probe_3.#' -w - | tshark -r - &"
	{
		amqp-dump --stats=json --ready-fd=8 -k 'fromAgent.probe_3.#' -c 3 -w - 8>"$watch" 2>"$folder/watch.err" |
			tshark -n -l -r - >"$folder/watched.out" 2>/dev/null
	} &
	pid_of[watch]=$!
	await_ready amqp-dump "$watch"
	show "slip-dump -p probe_3 -w - | amqp-play -n probe_3 -r - &"
	{
		slip-dump -p "$folder/probe_3" -c 3 -w - 2>"$folder/slip.err" |
			amqp-play --stats=json --ready-fd=8 -n probe_3 -r - 8>"$play" 2>"$folder/play.err"
	} &
	pid_of[play]=$!
	await_ready amqp-play "$play"
	for frame in $request $acknowledgement $answer; do hears probe_3 "$frame"; done
	await_end play
	await_end watch
	indent <"$folder/watched.out"
	is_conversation "$folder/watched.out" || fail "tshark did not see three frames on the bus"
}

farewell() {
	chapter "The end: Ctrl-C, and nothing stays"
	stop agent_1
	stop agent_2
	run ip -n "$left" -brief link
	! ip -n "$left" -brief link | grep -v '^lo ' >/dev/null || fail "an interface is left"
	show "rabbitmqctl list_queues"
	"$here/broker.sh" ctl "$folder/broker" -q list_queues name >"$folder/queues" || fail "rabbitmqctl"
	grep framebus "$folder/queues" | indent
	! grep -q framebus "$folder/queues" || fail "a queue is left"
}

summary() {
	chapter "What crossed"
	printf '    IP packets         left to right %4s, right to left %4s\n' \
		"$(counter agent_2 downlink.delivered)" "$(counter agent_1 downlink.delivered)"
	printf '    802.15.4 frames    probe_1 to probe_2 %s, probe_2 to probe_1 %s\n' \
		"$(counter serial_2 downlink.delivered)" "$(counter serial_1 downlink.delivered)"
	printf '    frames sniffed     %s into a file, %s onto the bus and off it again\n' \
		"$(counter sniffer output.written)" "$(counter watch output.written)"
	printf '    seconds            %s\n' "$SECONDS"
	if [ "$failures" -eq 0 ]; then
		printf '    All of it worked.\n'
	else
		printf '    %s of it FAILED.\n' "$failures"
	fi
}

broker
hosts
pings
coap
air
sniff
pipes
farewell
summary
[ "$failures" -eq 0 ]
