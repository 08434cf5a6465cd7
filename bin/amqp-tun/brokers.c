#include "brokers.h"

#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

/* Of a name server that does not answer. The session asks again, for as long as it takes. */
enum { ANSWER_SECONDS = 1, QUESTIONS = 1 };

static void add(struct settings *s, const struct sockaddr *found)
{
	struct address *a = &s->brokers[s->broker_count++];

	*a = (struct address){.family = found->sa_family,
	                      .prefix_length = (uint8_t)(8 * address_size(found->sa_family))};
	if (a->family == AF_INET6)
		memcpy(a->octets, &((const struct sockaddr_in6 *)(const void *)found)->sin6_addr,
		       16);
	else
		memcpy(a->octets, &((const struct sockaddr_in *)(const void *)found)->sin_addr, 4);
}

static void look_up(struct settings *s, const char *host)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return;
	for (const struct addrinfo *i = found; i && s->broker_count < SETTINGS_NETS_MAX;
	     i = i->ai_next)
		if (address_size(i->ai_family))
			add(s, i->ai_addr);
	freeaddrinfo(found);
}

void brokers_find(struct settings *s)
{
	if (s->netns)
		return;
	if (res_init() == 0) {
		_res.retrans = ANSWER_SECONDS;
		_res.retry = QUESTIONS;
	}
	for (unsigned i = 0; i < s->bus.node_count; i++)
		look_up(s, s->bus.nodes[i].host);
}
