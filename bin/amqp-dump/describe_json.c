#include "describe_json.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/json_text.h"
#include "packet/json_lines.h"
#include "packet/words.h"

static void add_text(struct text *t, const char *name, const char *value)
{
	words_add(t, "\"");
	words_add(t, name);
	words_add(t, "\":");
	json_text_add(t, value, strlen(value));
	words_add(t, ",");
}

/* before: what stands before it, with its quotation mark. */
static void add_address(struct text *t, const char *before, const struct envelope_ip *ip,
                        const uint8_t *address)
{
	char shown[INET6_ADDRSTRLEN];

	words_add(t, before);
	words_add(t,
	          inet_ntop(ip->version == 6 ? AF_INET6 : AF_INET, address, shown, sizeof shown));
	words_add(t, "\"");
}

static void add_ip(struct text *t, const struct envelope_packet *p)
{
	struct envelope_ip ip;

	json_time(t, p->time_ns);
	words_field(t, ",\"length\":", p->length);
	words_add(t, ",\"ip\":");
	if (envelope_ip_parse(&ip, p->data, p->length, NULL) != ENVELOPE_OK) {
		words_add(t, "null}");
		return;
	}
	words_field(t, "{\"version\":", ip.version);
	add_address(t, ",\"source\":\"", &ip, ip.source);
	add_address(t, ",\"destination\":\"", &ip, ip.destination);
	words_field(t, ",\"protocol\":", ip.protocol);
	if ((ip.protocol == IPPROTO_UDP || ip.protocol == IPPROTO_TCP) && !ip.fragment_offset &&
	    p->length >= ip.header + 4) {
		const uint8_t *ports = p->data + ip.header;

		words_field(t, ",\"source_port\":", (unsigned)ports[0] << 8 | ports[1]);
		words_field(t, ",\"destination_port\":", (unsigned)ports[2] << 8 | ports[3]);
	}
	words_add(t, "}}");
}

size_t describe_json(char *out, size_t size, const struct envelope_key *key,
                     const struct envelope_packet *p, struct frame_keys *keys)
{
	struct text t = {out, size, 0};
	bool is_ip = p->link_type == ENVELOPE_LINK_RAW;

	words_add(&t, "{");
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
