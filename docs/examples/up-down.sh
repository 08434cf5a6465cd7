#!/bin/sh
# What to do when a tool's two ends work, and when they do not: amqp-tun -n agent_1 --events 3 3>&1 | up-down.sh
while read -r event; do
	case $event in
	*'"event":"up"'*) echo "up: $event" ;;     # ip route add …, systemctl start …
	*'"event":"down"'*) echo "down: $event" ;; # ip route del …, systemctl stop …
	*'"event":"left_out"'*) echo "events were left out: look at the state itself" ;;
	esac
done
