/* netlink.h - what `ip` would do, through rtnetlink: link settings, addresses, routes. The only
 * file that includes libmnl. Runs in the keeper and in the restorer. Never runs a program. No
 * wait lasts for more than some seconds. Every function but netlink_open returns 0 or a negative
 * errno. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>

#include "../address.h"

struct netlink;

/* In the network namespace of this process. stop: a descriptor that, once it is readable, ends
 * every wait with -ECANCELED; -1: none. NULL: errno. */
struct netlink *netlink_open(int stop);
void netlink_close(struct netlink *n);

/* MTU and queue length; with ipv6 no link-local address or router solicitations of the kernel's
 * own. Then up. */
int netlink_link_up(struct netlink *n, unsigned ifindex, unsigned mtu, unsigned queue_length,
                    bool ipv6);
/* Without duplicate address detection: nobody on a TUN interface could answer it. -EEXIST: it has
 * it already. */
int netlink_address_add(struct netlink *n, unsigned ifindex, const struct address *a);
int netlink_address_delete(struct netlink *n, unsigned ifindex, const struct address *a);
/* Waits until the kernel takes packets to an IPv6 address that was added: its route comes a moment
 * later, from a work queue. -ETIMEDOUT */
int netlink_address_wait(struct netlink *n, unsigned ifindex, const struct address *a,
                         int timeout_ms);
/* The index of the interface that has the address (whatever its prefix length), 0 if none has. */
int netlink_address_holder(struct netlink *n, const struct address *a, unsigned *ifindex);
/* The index of another interface that has an address whose network overlaps with the prefix, 0 if
 * none has. */
int netlink_network_holder(struct netlink *n, unsigned ifindex, const struct address *prefix,
                           unsigned *holder);

/* prefix dev ifindex. -EEXIST: the same route is there already. */
int netlink_route_add(struct netlink *n, unsigned ifindex, const struct address *prefix);
/* Packets to the prefix go out there already. */
bool netlink_route_leads(struct netlink *n, unsigned ifindex, const struct address *prefix);
int netlink_route_delete(struct netlink *n, unsigned ifindex, const struct address *prefix);

#endif
