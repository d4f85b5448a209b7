#!/usr/bin/env bash
# Runs a command in a network namespace of its own whose only way out is an interface that leads nowhere and
# counts: `namespace.sh COMMAND…`. The last line of the output is the number of packets that went out.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"  # where Debian keeps `ip`, and not every user looks
ip link set lo up
ip link add away type veth peer name nowhere
for interface in away nowhere; do  # IPv6 would greet its neighbours by itself
    echo 1 >"/proc/sys/net/ipv6/conf/$interface/disable_ipv6"
    ip link set "$interface" up
done
ip addr add 10.99.0.1/24 dev away
ip route add default via 10.99.0.2 dev away
"$@" || true
awk '$1 == "away:" { print $11 }' /proc/net/dev
