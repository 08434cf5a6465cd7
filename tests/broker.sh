#!/bin/bash
# A private RabbitMQ on loopback: its own node, cookie, epmd and ports, everything it writes in one folder. Needs no root.
#
#   broker.sh start DIR       starts it and waits until it takes connections; on a folder used before: same ports, same data
#   broker.sh run DIR         the same, says "ready", then stays until its standard input ends; the broker ends with it
#   broker.sh stop DIR        stops it and waits until its processes are gone
#   broker.sh kill DIR        SIGKILL: what a power cut does to it
#   broker.sh ctl DIR ARG...  rabbitmqctl for it
#   broker.sh tool DIR NAME ARG...  another of RabbitMQ's programs for it: rabbitmq-plugins, rabbitmq-queues
#   broker.sh eval DIR ERLANG evaluates an expression in it: what takes rabbitmqctl a second takes this milliseconds
#
# DIR/env then says AMQP_URL and more, for a shell to read. What DIR/extra.conf holds is added to the broker's configuration.
# DIR/enabled_plugins, where it is there before the first start, stays as it is. Where there is a DIR/epmd.shared, somebody else runs the epmd
# that DIR/env names: for the nodes of a cluster.
set -eu

rabbitmq=/usr/lib/rabbitmq/bin # not the wrappers of /usr/sbin: these take the system's broker for granted
patience=60 # seconds
tests=$(cd "$(dirname "$0")" && pwd -P)

usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# Becomes a command that sees the world as the broker does: nothing of the caller's RABBITMQ_*, ERL_* or HOME reaches it.
become() {
	exec env -i PATH="$PATH" HOME="$dir/home" LANG=C.UTF-8 \
		ERL_EPMD_PORT="$BROKER_EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP="$dir/log/erl_crash.dump" \
		RABBITMQ_NODENAME="$BROKER_NODE" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$BROKER_PORT" \
		RABBITMQ_DIST_PORT="$BROKER_DIST_PORT" RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log" \
		RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_ADVANCED_CONFIG_FILE="$dir/advanced.config" \
		RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq-env.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" \
		RABBITMQ_PID_FILE="$dir/pid" RABBITMQ_CTL_DIST_PORT_MIN=0 RABBITMQ_CTL_DIST_PORT_MAX=0 \
		RABBITMQ_CTL_ERL_ARGS='-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}' \
		RUNNING_UNDER_SYSTEMD=true "$@" # with this rabbitmq-server execs the node: its pid is the node's
}

lay_out() {
	local port dist epmd

	read -r port dist epmd <<<"$(python3 "$tests/free_ports.py" 3)"
	mkdir -p "$dir/home" "$dir/mnesia" "$dir/log"
	touch "$dir/rabbitmq-env.conf" "$dir/extra.conf"
	echo '[].' >"$dir/advanced.config"
	[ -e "$dir/enabled_plugins" ] || echo '[].' >"$dir/enabled_plugins"
	[ -e "$dir/home/.erlang.cookie" ] ||
		(umask 377 && python3 -c 'import secrets; print(secrets.token_hex(16), end="")' >"$dir/home/.erlang.cookie")
	cat >"$dir/env" <<-EOT
		AMQP_URL=amqp://guest:guest@127.0.0.1:$port/
		BROKER_PORT=$port
		BROKER_DIST_PORT=$dist
		BROKER_EPMD_PORT=$epmd
		BROKER_NODE=framebus-$port@localhost
	EOT
}

read_env() {
	[ -e "$dir/env" ] || return 0
	# shellcheck source=/dev/null
	. "$dir/env"
}

# Ours, and not a process that was given the number of one that ended.
is_ours() { [ -n "$1" ] && grep -qsz "^HOME=$dir/home\$" "/proc/$1/environ"; }

runs() { [ -e "$dir/env" ] && is_ours "$(pid_in pid)"; }

pid_in() { cat "$dir/$1" 2>/dev/null || true; }

# A zombie that its parent has not collected yet is gone for us.
signal_and_wait() { # PID SIGNAL SECONDS
	python3 - "$@" <<-'EOT'
		import os, select, signal, sys
		try:
		    process = os.pidfd_open(int(sys.argv[1]))
		    signal.pidfd_send_signal(process, getattr(signal, "SIG" + sys.argv[2]))
		except ProcessLookupError:
		    sys.exit(0)
		sys.exit(0 if select.select([process], [], [], float(sys.argv[3]))[0] else 1)
	EOT
}

end_process() { # PIDFILE SIGNAL
	local pid

	pid=$(pid_in "$1")
	if is_ours "$pid"; then
		signal_and_wait "$pid" "$2" 20 || signal_and_wait "$pid" KILL 20
	fi
	rm -f "$dir/$1"
}

stop_all() { # SIGNAL
	end_process pid "$1"
	end_process epmd.pid KILL
}

# Until the node greets a client, or has ended.
await_greeting() { # PID SECONDS
	python3 - "$1" "$BROKER_PORT" "$2" <<-'EOT'
		import os, select, socket, sys, time
		port, deadline = int(sys.argv[2]), time.monotonic() + float(sys.argv[3])
		try:
		    node = os.pidfd_open(int(sys.argv[1]))
		except ProcessLookupError:
		    sys.exit("the node ended at once")
		while time.monotonic() < deadline:
		    try:
		        with socket.create_connection(("127.0.0.1", port), 1) as broker:
		            broker.sendall(b"AMQP\x00\x00\x09\x01")
		            if broker.recv(1) == b"\x01":
		                sys.exit(0)
		    except OSError:
		        pass
		    if select.select([node], [], [], 0.05)[0]:
		        sys.exit("the node ended")
		sys.exit("it takes no connections after %s s" % sys.argv[3])
	EOT
}

# $@: what the processes are started with, so that they end with us or outlive us.
boot() {
	{
		cat "$dir/extra.conf"
		echo 'distribution.listener.interface = 127.0.0.1'
	} >"$dir/rabbitmq.conf"
	if [ ! -e "$dir/epmd.shared" ]; then
		become setsid "$@" epmd -address 127.0.0.1 -port "$BROKER_EPMD_PORT" >"$dir/log/epmd" 2>&1 </dev/null &
		echo $! >"$dir/epmd.pid"
		disown
	fi
	become setsid "$@" "$rabbitmq/rabbitmq-server" >"$dir/log/console" 2>&1 </dev/null &
	echo $! >"$dir/pid"
	disown
	await_greeting $! "$patience" 2>"$dir/log/wait" &
	wait $! # in the background, so that a signal to us is obeyed at once
}

# The ports are free when they are chosen and taken a moment later: another process may be told to take the same, and be quicker, once.
start() {
	local attempt

	end_process epmd.pid KILL
	for attempt in 1 2 3; do
		local fresh=
		if [ ! -e "$dir/env" ]; then
			lay_out
			fresh=yes
		fi
		read_env
		boot "$@" && return
		stop_all KILL
		[ -n "$fresh" ] || break
		rm -rf "$dir/env" "$dir/mnesia"
		echo "broker.sh: attempt $attempt failed" >&2
	done
	tail -n 20 "$dir/log/console" "$dir/log/wait" >&2
	exit 1
}

[ $# -ge 2 ] || usage
[ -x "$rabbitmq/rabbitmq-server" ] || {
	echo "broker.sh: $rabbitmq/rabbitmq-server: not there (install rabbitmq-server, or run: make deps)" >&2
	exit 1
}
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
shift 2

case $command in
start | run)
	getent hosts localhost >/dev/null || {
		echo "broker.sh: localhost has no address here, and RabbitMQ needs one (add to /etc/hosts: 127.0.0.1 localhost)" >&2
		exit 1
	}
	! runs || {
		echo "broker.sh: $dir: it runs already" >&2
		exit 1
	}
	trap 'stop_all KILL' EXIT
	trap 'exit 130' INT HUP
	trap 'exit 143' TERM
	if [ "$command" = start ]; then
		start
		trap - EXIT
	else
		start setpriv --pdeathsig KILL
		echo ready
		read -r _ || true
	fi
	;;
stop | kill | ctl | tool | eval)
	runs || [ "$command" = stop ] || {
		echo "broker.sh: $dir: no broker runs here" >&2
		exit 1
	}
	read_env
	case $command in
	stop) stop_all TERM ;;
	kill) stop_all KILL ;;
	ctl) become "$rabbitmq/rabbitmqctl" "$@" ;;
	tool)
		program=$1
		shift
		become "$rabbitmq/$program" "$@"
		;;
	eval) become erl_call -sname "$BROKER_NODE" -c "$(cat "$dir/home/.erlang.cookie")" -fetch_stdout -e <<<"${1%.}." ;;
	esac
	;;
*) usage ;;
esac
