#include "watch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/event.h"
#include "base/log.h"
#include "base/options.h"
#include "sources.h"

enum { BUFFER_SIZE = 32768, ROOM = 64 };

/* --- what a message says --- */

static void note_link(struct tunnel *t, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	int left = (int)IFLA_PAYLOAD(message);
	bool is_named = false;
	unsigned mtu = 0;

	for (const struct rtattr *a = IFLA_RTA(link); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFLA_MTU && RTA_PAYLOAD(a) == sizeof mtu)
			memcpy(&mtu, RTA_DATA(a), sizeof mtu);
		if (a->rta_type == IFLA_IFNAME)
			is_named = RTA_PAYLOAD(a) == strlen(t->interface.name) + 1 &&
			           memcmp(RTA_DATA(a), t->interface.name, RTA_PAYLOAD(a)) == 0;
	}
	if (!t->watch.index && is_named)
		t->watch.index = (unsigned)link->ifi_index;
	if (mtu && t->watch.index == (unsigned)link->ifi_index)
		tunnel_set_mtu(t, mtu);
}

static bool is_link_local(const struct address *a)
{
	return a->family == AF_INET6 && a->octets[0] == 0xfe && (a->octets[1] & 0xc0) == 0x80;
}

/* IFA_LOCAL is the address where the two differ: the other is the far end's, or the network. */
static bool read_address(struct address *a, struct address *network, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	const struct rtattr *local = NULL, *address = NULL;
	size_t size = address_size(body->ifa_family);
	int left = (int)IFA_PAYLOAD(message);

	for (const struct rtattr *r = IFA_RTA(body); RTA_OK(r, left); r = RTA_NEXT(r, left)) {
		if (r->rta_type == IFA_LOCAL && RTA_PAYLOAD(r) == size)
			local = r;
		if (r->rta_type == IFA_ADDRESS && RTA_PAYLOAD(r) == size)
			address = r;
	}
	if (!size || (!local && !address))
		return false;
	*a = (struct address){.family = body->ifa_family, .prefix_length = body->ifa_prefixlen};
	*network = *a;
	memcpy(a->octets, RTA_DATA(local ? local : address), size);
	memcpy(network->octets, RTA_DATA(address ? address : local), size);
	return true;
}

static void add(struct watch *w, const struct address *a)
{
	struct address *more;

	if (w->count == w->room) {
		more = realloc(w->list, (w->room + ROOM) * sizeof *more);
		if (!more)
			return;
		w->list = more;
		w->room += ROOM;
	}
	w->list[w->count++] = *a;
}

static void note_address(struct tunnel *t, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	bool is_tunnel = body->ifa_index == t->watch.index;
	struct address a, network;

	/* Every link has link-local addresses of its own: another may have the same. */
	if (!read_address(&a, &network, message) || (is_link_local(&a) && !is_tunnel))
		return;
	if (!is_tunnel && !address_equal(&a, &network))
		add(&t->watch, &network);
	if (is_tunnel)
		a.prefix_length = SOURCES_ADDRESS_ALONE;
	add(&t->watch, &a);
}

/* --- asking --- */

static void ask(struct tunnel *t, uint16_t type)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg body;
	} request = {.header = {.nlmsg_len = sizeof request,
	                        .nlmsg_type = type,
	                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	                        .nlmsg_seq = ++t->watch.sequence},
	             .body = {.rtgen_family = AF_UNSPEC}};

	t->watch.asked = type;
	t->watch.count = 0;
	if (send(t->watch.fd, &request, sizeof request, MSG_DONTWAIT) < 0)
		log_debug("watch: %s", strerror(errno));
}

/* An answer is whole: links first, for the interface's index, then addresses. */
static void answered(struct tunnel *t)
{
	uint16_t asked = t->watch.asked;

	t->watch.asked = 0;
	if (asked == RTM_GETLINK)
		ask(t, RTM_GETADDR);
	else if (t->watch.stale)
		ask(t, RTM_GETADDR);
	else
		peers_set_host(t->peers, t->watch.list, t->watch.count);
	t->watch.stale = false;
}

static void note(struct tunnel *t, const struct nlmsghdr *message)
{
	struct watch *w = &t->watch;
	/* News have the number of whoever made them. */
	bool is_answer = w->asked && message->nlmsg_seq == w->sequence &&
	                 (message->nlmsg_flags & NLM_F_MULTI || message->nlmsg_type == NLMSG_ERROR);

	if (is_answer && message->nlmsg_flags & NLM_F_DUMP_INTR)
		w->stale = true;
	switch (message->nlmsg_type) {
	case NLMSG_DONE:
		if (is_answer)
			answered(t);
		break;
	case NLMSG_ERROR:
		if (is_answer)
			w->asked = 0;
		break;
	case RTM_NEWLINK:
		note_link(t, message);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (is_answer)
			note_address(t, message);
		else
			w->stale = true;
		break;
	default:
		break;
	}
}

static void read_messages(struct tunnel *t)
{
	static union {
		struct nlmsghdr header;
		uint8_t octets[BUFFER_SIZE];
	} buffer;
	ssize_t n;

	while ((n = recv(t->watch.fd, &buffer, sizeof buffer, MSG_DONTWAIT)) > 0 ||
	       (n < 0 && (errno == ENOBUFS || errno == EINTR))) {
		int left = (int)n;

		/* More has happened than there was room for: all is asked for anew. */
		if (n < 0) {
			ask(t, RTM_GETLINK);
			continue;
		}
		for (const struct nlmsghdr *m = &buffer.header; NLMSG_OK(m, (unsigned)left);
		     m = NLMSG_NEXT(m, left))
			note(t, m);
	}
	if (t->watch.stale && !t->watch.asked) {
		t->watch.stale = false;
		ask(t, RTM_GETADDR);
	}
}

/* --- the thread --- */

void watch_begin(struct tunnel *t)
{
	t->watch.fd = t->interface.watch;
	if (t->watch.fd < 0) {
		log_warning("%s: the kernel tells no addresses: those of other interfaces may be "
		            "taken for a peer's, and a new MTU is not noticed",
		            t->interface.name);
		return;
	}
	ask(t, RTM_GETLINK);
	/* The kernel answers at once, a part at each read. */
	read_messages(t);
	while (t->watch.asked) {
		struct pollfd fd = {t->watch.fd, POLLIN, 0};

		if (loop_wait(&fd, 1, 1000) != 1)
			break;
		read_messages(t);
	}
}

static int run(void *context)
{
	struct tunnel *t = context;

	while (!loop_stopping()) {
		bool is_there = atomic_load(&t->device) >= 0 && t->watch.fd >= 0;
		struct pollfd fds[] = {{loop_stop_fd(), POLLIN, 0},
		                       {t->watch.wake_fd, POLLIN, 0},
		                       {is_there ? t->watch.fd : -1, POLLIN, 0}};

		loop_wait(fds, 3, -1);
		if (fds[1].revents)
			event_drain(t->watch.wake_fd);
		if (fds[2].revents)
			read_messages(t);
	}
	return EXIT_OK;
}

struct worker watch_worker(struct tunnel *t)
{
	return (struct worker){.name = "watch", .run = run, .context = t};
}
