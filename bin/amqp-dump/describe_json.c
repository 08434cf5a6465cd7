#include "describe_json.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "base/json_text.h"
#include "packet/json_lines.h"

static void add_text(struct text *t, const char *name, const char *value)
{
	text_add(t, "\"%s\":", name);
	json_text_add(t, value, strlen(value));
	text_add(t, ",");
}

static void add_address(struct text *t, const char *name, const struct envelope_ip *ip,
                        const uint8_t *address)
{
	char shown[INET6_ADDRSTRLEN];

	text_add(t, ",\"%s\":\"%s\"", name,
	         inet_ntop(ip->version == 6 ? AF_INET6 : AF_INET, address, shown, sizeof shown));
}

static void add_ip(struct text *t, const struct envelope_packet *p)
{
	struct envelope_ip ip;

	json_time(t, p->time_ns);
	text_add(t, ",\"length\":%zu,\"ip\":", p->length);
	if (envelope_ip_parse(&ip, p->data, p->length, NULL) != ENVELOPE_OK) {
		text_add(t, "null}");
		return;
	}
	text_add(t, "{\"version\":%u", ip.version);
	add_address(t, "source", &ip, ip.source);
	add_address(t, "destination", &ip, ip.destination);
	text_add(t, ",\"protocol\":%u", ip.protocol);
	if ((ip.protocol == IPPROTO_UDP || ip.protocol == IPPROTO_TCP) && !ip.fragment_offset &&
	    p->length >= ip.header + 4) {
		const uint8_t *ports = p->data + ip.header;

		text_add(t, ",\"source_port\":%u,\"destination_port\":%u",
		         (unsigned)ports[0] << 8 | ports[1], (unsigned)ports[2] << 8 | ports[3]);
	}
	text_add(t, "}}");
}

size_t describe_json(char *out, size_t size, const struct envelope_key *key,
                     const struct envelope_packet *p, struct frame_keys *keys)
{
	struct text t = {out, size, 0};
	bool is_ip = p->link_type == ENVELOPE_LINK_RAW;

	text_add(&t, "{");
	add_text(&t, "agent", key->name);
	if (key->peer[0])
		add_text(&t, "peer", key->peer);
	add_text(&t, "direction", key->direction == ENVELOPE_FROM_AGENT ? "fromAgent" : "toAgent");
	add_text(&t, "device", is_ip ? "ip.tun" : "802154.serial");
	if (is_ip) {
		add_ip(&t, p);
		return t.length;
	}
	/* Its own brace is written over. */
	size_t before = t.length - 1, n = frame_keys_json(keys, out + before, size - before, p);
	out[before] = ',';
	return before + n;
}
