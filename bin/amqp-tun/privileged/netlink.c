#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Ahead of the routes that the kernel makes for addresses (256) and those of `ip route add` (1024),
 * as the old agent's were. */
enum { ROUTE_METRIC = 1, BUFFER_SIZE = 16384, REQUEST_SIZE = 1024, ANSWER_MS = 3000 };

struct netlink {
	struct mnl_socket *socket;
	unsigned sequence;
	int stop;
};

static struct mnl_socket *open_socket(int flags, unsigned groups)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);
	int error;

	if (socket && mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) == 0)
		return socket;
	error = errno;
	if (socket)
		mnl_socket_close(socket);
	errno = error;
	return NULL;
}

struct netlink *netlink_open(int stop)
{
	struct netlink *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->stop = stop;
	n->socket = open_socket(0, 0);
	if (n->socket)
		return n;
	free(n);
	return NULL;
}

/* Until something can be read there. */
static int wait_for(const struct netlink *n, struct mnl_socket *socket, int64_t deadline)
{
	struct pollfd fds[] = {{mnl_socket_get_fd(socket), POLLIN, 0}, {n->stop, POLLIN, 0}};
	int64_t left_ms = (deadline - monotonic_ns()) / 1000000 + 1;

	if (poll(fds, 2, left_ms > 0 ? (int)left_ms : 0) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents)
		return -ECANCELED;
	return fds[0].revents ? 0 : -ETIMEDOUT;
}

void netlink_close(struct netlink *n)
{
	mnl_socket_close(n->socket);
	free(n);
}

static struct nlmsghdr *begin(struct netlink *n, char buffer[REQUEST_SIZE], uint16_t type,
                              uint16_t flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	request->nlmsg_seq = ++n->sequence;
	return request;
}

/* Sends a request and reads what comes back, up to its acknowledgement or the end of the dump. */
static int ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t each, void *context)
{
	char buffer[BUFFER_SIZE];
	unsigned port = mnl_socket_get_portid(n->socket);
	int64_t deadline = monotonic_ns() + (int64_t)ANSWER_MS * 1000000;
	int outcome = MNL_CB_OK, error;

	if (mnl_socket_sendto(n->socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (outcome > MNL_CB_STOP) {
		if ((error = wait_for(n, n->socket, deadline)) < 0)
			return error;
		ssize_t length = mnl_socket_recvfrom(n->socket, buffer, sizeof buffer);

		if (length < 0)
			return -errno;
		outcome = mnl_cb_run(buffer, (size_t)length, n->sequence, port, each, context);
	}
	return outcome < 0 ? -errno : 0;
}

static int order(struct netlink *n, struct nlmsghdr *request)
{
	request->nlmsg_flags |= NLM_F_ACK;
	return ask(n, request, NULL, NULL);
}

static struct nlmsghdr *begin_link(struct netlink *n, char buffer[REQUEST_SIZE], unsigned ifindex,
                                   unsigned flags)
{
	struct nlmsghdr *request = begin(n, buffer, RTM_NEWLINK, 0);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof *link);

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)ifindex;
	link->ifi_flags = link->ifi_change = flags;
	return request;
}

static void keep_link_local_out(struct nlmsghdr *request)
{
	struct nlattr *families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(request, AF_INET6);

	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(request, inet6);
	mnl_attr_nest_end(request, families);
}

static int set_link(struct netlink *n, unsigned ifindex, unsigned mtu, unsigned queue_length,
                    bool ipv6)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *request = begin_link(n, buffer, ifindex, 0);

	mnl_attr_put_u32(request, IFLA_MTU, mtu);
	mnl_attr_put_u32(request, IFLA_TXQLEN, queue_length);
	/* A kernel without IPv6 refuses the whole request. */
	if (ipv6)
		keep_link_local_out(request);
	return order(n, request);
}

int netlink_link_up(struct netlink *n, unsigned ifindex, unsigned mtu, unsigned queue_length,
                    bool ipv6)
{
	char buffer[REQUEST_SIZE];
	int error = set_link(n, ifindex, mtu, queue_length, ipv6);

	/* Not in one request: that brings the link up first, and the kernel makes its link-local
	 * address. */
	return error < 0 ? error : order(n, begin_link(n, buffer, ifindex, IFF_UP));
}

static struct nlmsghdr *begin_address(struct netlink *n, char buffer[REQUEST_SIZE], uint16_t type,
                                      uint16_t flags, unsigned ifindex, const struct address *a)
{
	struct nlmsghdr *request = begin(n, buffer, type, flags);
	struct ifaddrmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);

	message->ifa_family = (uint8_t)a->family;
	message->ifa_prefixlen = a->prefix_length;
	message->ifa_index = ifindex;
	mnl_attr_put(request, IFA_LOCAL, address_size(a->family), a->octets);
	mnl_attr_put(request, IFA_ADDRESS, address_size(a->family), a->octets);
	return request;
}

int netlink_address_add(struct netlink *n, unsigned ifindex, const struct address *a)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *request =
		begin_address(n, buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, a);
	struct ifaddrmsg *message = mnl_nlmsg_get_payload(request);
	struct address broadcast = address_broadcast(a);

	if (a->family == AF_INET6)
		message->ifa_flags = IFA_F_NODAD;
	else if (a->prefix_length < 31)
		mnl_attr_put(request, IFA_BROADCAST, address_size(a->family), broadcast.octets);
	return order(n, request);
}

int netlink_address_delete(struct netlink *n, unsigned ifindex, const struct address *a)
{
	char buffer[REQUEST_SIZE];

	return order(n, begin_address(n, buffer, RTM_DELADDR, 0, ifindex, a));
}

struct found_route {
	unsigned type, ifindex;
};

static int read_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct found_route *found = context;
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	found->type = route->rtm_type;
	mnl_attr_for_each(attribute, message, sizeof *route)
	{
		if (mnl_attr_get_type(attribute) == RTA_OIF &&
		    mnl_attr_get_payload_len(attribute) == sizeof(uint32_t))
			found->ifindex = mnl_attr_get_u32(attribute);
	}
	return MNL_CB_OK;
}

/* How a packet to the address goes; ifindex: from that interface, 0: from wherever. */
static struct found_route route_to(struct netlink *n, unsigned ifindex, const struct address *a)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *request = begin(n, buffer, RTM_GETROUTE, NLM_F_ACK);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof *route);
	struct found_route found = {RTN_UNSPEC, 0};

	route->rtm_family = (uint8_t)a->family;
	route->rtm_dst_len = (uint8_t)(8 * address_size(a->family));
	mnl_attr_put(request, RTA_DST, address_size(a->family), a->octets);
	if (ifindex)
		mnl_attr_put_u32(request, RTA_OIF, ifindex);
	if (ask(n, request, read_route, &found) < 0)
		found.type = RTN_UNSPEC;
	return found;
}

static bool is_local(struct netlink *n, unsigned ifindex, const struct address *a)
{
	return route_to(n, ifindex, a).type == RTN_LOCAL;
}

int netlink_address_wait(struct netlink *n, unsigned ifindex, const struct address *a,
                         int timeout_ms)
{
	/* Readable when a route of IPv6 has changed. */
	struct mnl_socket *routes = open_socket(SOCK_NONBLOCK, RTMGRP_IPV6_ROUTE);
	int64_t deadline = monotonic_ns() + (int64_t)timeout_ms * 1000000;
	char buffer[BUFFER_SIZE];
	int outcome = 0;

	if (!routes)
		return -errno;
	while (outcome == 0 && !is_local(n, ifindex, a)) {
		outcome = wait_for(n, routes, deadline);
		while (outcome == 0 && mnl_socket_recvfrom(routes, buffer, sizeof buffer) > 0)
			;
	}
	mnl_socket_close(routes);
	return outcome;
}

struct search {
	const struct address *address;
	unsigned ifindex;
};

struct network_search {
	const struct address *prefix;
	unsigned except, holder;
};

static int compare_address(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *found = mnl_nlmsg_get_payload(message);
	struct search *search = context;
	size_t size = address_size(search->address->family);
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWADDR || found->ifa_family != search->address->family)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof *found)
	{
		/* IPv6 has IFA_ADDRESS only; IPv4's is the far end of a pair, its own is
		 * IFA_LOCAL. */
		uint16_t own = found->ifa_family == AF_INET6 ? IFA_ADDRESS : IFA_LOCAL;

		if (mnl_attr_get_type(attribute) == own &&
		    mnl_attr_get_payload_len(attribute) == size &&
		    memcmp(mnl_attr_get_payload(attribute), search->address->octets, size) == 0)
			search->ifindex = found->ifa_index;
	}
	return MNL_CB_OK;
}

int netlink_address_holder(struct netlink *n, const struct address *a, unsigned *ifindex)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *request = begin(n, buffer, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
	struct search search = {.address = a};

	message->ifa_family = (uint8_t)a->family;
	int outcome = ask(n, request, compare_address, &search);
	*ifindex = search.ifindex;
	return outcome;
}

static int compare_network(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *found = mnl_nlmsg_get_payload(message);
	struct network_search *search = context;
	struct address network = {.family = found->ifa_family,
	                          .prefix_length = found->ifa_prefixlen};
	size_t size = address_size(network.family);
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWADDR || found->ifa_index == search->except || !size)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof *found)
	{
		/* Of a pair, IFA_ADDRESS is the far end: that is what is reached there. */
		if (mnl_attr_get_type(attribute) != IFA_ADDRESS ||
		    mnl_attr_get_payload_len(attribute) != size)
			continue;
		memcpy(network.octets, mnl_attr_get_payload(attribute), size);
		if (address_overlap(&network, search->prefix))
			search->holder = found->ifa_index;
	}
	return MNL_CB_OK;
}

int netlink_network_holder(struct netlink *n, unsigned ifindex, const struct address *prefix,
                           unsigned *holder)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *request = begin(n, buffer, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
	struct network_search search = {.prefix = prefix, .except = ifindex};

	message->ifa_family = (uint8_t)prefix->family;
	int outcome = ask(n, request, compare_network, &search);
	*holder = search.holder;
	return outcome;
}

static struct nlmsghdr *begin_route(struct netlink *n, char buffer[REQUEST_SIZE], uint16_t type,
                                    uint16_t flags, unsigned ifindex, const struct address *prefix)
{
	struct nlmsghdr *request = begin(n, buffer, type, flags);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof *route);
	struct address network = address_network(prefix);

	route->rtm_family = (uint8_t)prefix->family;
	route->rtm_dst_len = prefix->prefix_length;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = prefix->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	route->rtm_type = RTN_UNICAST;
	mnl_attr_put(request, RTA_DST, address_size(prefix->family), network.octets);
	mnl_attr_put_u32(request, RTA_OIF, ifindex);
	mnl_attr_put_u32(request, RTA_PRIORITY, ROUTE_METRIC);
	return request;
}

int netlink_route_add(struct netlink *n, unsigned ifindex, const struct address *prefix)
{
	char buffer[REQUEST_SIZE];

	return order(n, begin_route(n, buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, ifindex,
	                            prefix));
}

bool netlink_route_leads(struct netlink *n, unsigned ifindex, const struct address *prefix)
{
	struct address network = address_network(prefix);
	struct found_route found = route_to(n, 0, &network);

	return found.type == RTN_UNICAST && found.ifindex == ifindex;
}

int netlink_route_delete(struct netlink *n, unsigned ifindex, const struct address *prefix)
{
	char buffer[REQUEST_SIZE];

	return order(n, begin_route(n, buffer, RTM_DELROUTE, 0, ifindex, prefix));
}
