/* libenvelope: control messages parsed and built. The bodies are what Python's
 * json.dumps(body, sort_keys=True) makes. */
#include "test_envelope_control.h"

static const struct {
	const char *key, *body;
	struct envelope_control control;
} golden[] = {
	{"testingtool.component.ready",
         "{\"_api_version\": \"1.2.15\", \"component\": \"c\", \"description\": \"D\"}",
         {.kind = ENVELOPE_COMPONENT_READY, .component = {"c", "D"}}},
	{"testingtool.component.shutdown",
         "{\"_api_version\": \"1.2.15\", \"component\": \"c\", \"description\": null}",
         {.kind = ENVELOPE_COMPONENT_SHUTDOWN, .component = {"c", ""}}},
	{"testingtool.terminate",
         "{\"_api_version\": \"1.2.15\", \"description\": \"\\u00e9\\\"\"}",
         {.kind = ENVELOPE_TERMINATE, .component = {"", "\xc3\xa9\""}}},
	{"toAgent.n.ip.tun.start",
         "{\"_api_version\": \"1.2.15\", \"ipv4_host\": null, \"ipv4_netmask\": null, "
         "\"ipv4_network\": null, "
         "\"ipv6_host\": null, "
         "\"ipv6_no_forwarding\": false, \"ipv6_prefix\": null, \"name\": null, "
         "\"re_route_packets_host\": null, "
         "\"re_route_packets_if\": null, \"re_route_packets_prefix\": null}",
         {.kind = ENVELOPE_TUN_START}},
	{"fromAgent.n.ip.tun.started",
         "{\"_api_version\": \"1.2.15\", \"framebus_encodings\": \"json,pcap\", "
         "\"framebus_session\": "
         "\"0123456789abcdef\", "
         "\"ipv4_address\": \"10.2.0.1/24\", \"ipv4_host\": \".1\", \"ipv4_netmask\": "
         "\"255.255.255.0\", "
         "\"ipv4_network\": \"10.2.0\", "
         "\"ipv6_host\": \"1\", \"ipv6_no_forwarding\": true, \"ipv6_prefix\": \"bbbb\", \"name\": "
         "\"n\", "
         "\"re_route_packets_host\": \"3\", \"re_route_packets_if\": \"eth0\", "
         "\"re_route_packets_prefix\": \"cccc\"}",
         {.kind = ENVELOPE_TUN_STARTED,
          .tun = {.name = "n",
                  .ipv6_prefix = "bbbb",
                  .ipv6_host = "1",
                  .ipv6_no_forwarding = true,
                  .ipv4_host = ".1",
                  .ipv4_network = "10.2.0",
                  .ipv4_netmask = "255.255.255.0",
                  .ipv4_address = "10.2.0.1/24",
                  .re_route_packets_if = "eth0",
                  .re_route_packets_prefix = "cccc",
                  .re_route_packets_host = "3",
                  .session = "0123456789abcdef",
                  .encodings = "json,pcap"}}},
	{"toAgent.n.802154.serial.start",
         "{\"_api_version\": \"1.2.15\", \"boudrate\": \"115200\", \"name\": \"n\", \"port\": "
         "\"/dev/ttyUSB0\"}",
         {.kind = ENVELOPE_SERIAL_START, .serial = {"n", "/dev/ttyUSB0", "115200", ""}}},
	{"fromAgent.n.802154.serial.started",
         "{\"_api_version\": \"1.2.15\", \"boudrate\": null, \"framebus_session\": \"5\", "
         "\"name\": \"n\", \"port\": "
         "null}",
         {.kind = ENVELOPE_SERIAL_STARTED, .serial = {"n", "", "", "5"}}},
	{"routing.lossy.link.start",
         "{\"_api_version\": \"1.2.15\", \"number_of_packets_to_drop\": 18446744073709551615}",
         {.kind = ENVELOPE_LOSSY_LINK_START, .packets_to_drop = UINT64_MAX}},
	{"routing.lossy.link.start",
         "{\"_api_version\": \"1.2.15\", \"number_of_packets_to_drop\": 0}",
         {.kind = ENVELOPE_LOSSY_LINK_START}},
	{"control.session",
         "{\"_type\": \"testingtool.component.ready\", \"component\": \"c\", \"description\": "
         "\"D\"}",
         {.kind = ENVELOPE_COMPONENT_READY, .component = {"c", "D"}}},
	{"control.session",
         "{\"_type\": \"testingtool.component.shutdown\", \"component\": \"c\", \"description\": "
         "\"D\"}",
         {.kind = ENVELOPE_COMPONENT_SHUTDOWN, .component = {"c", "D"}}},
	{"control.session",
         "{\"_type\": \"testingtool.terminate\", \"description\": \"D\"}",
         {.kind = ENVELOPE_TERMINATE, .component = {"", "D"}}},
	{"control.tun.toAgent.n",
         "{\"_type\": \"tun.start\", \"ipv4_host\": null, \"ipv4_netmask\": null, "
         "\"ipv4_network\": null, "
         "\"ipv6_host\": \"1\", "
         "\"ipv6_no_forwarding\": false, \"ipv6_prefix\": \"bbbb\", \"name\": \"n\", "
         "\"re_route_packets_host\": null, "
         "\"re_route_packets_if\": null, \"re_route_packets_prefix\": null}",
         {.kind = ENVELOPE_TUN_START,
          .tun = {.name = "n", .ipv6_prefix = "bbbb", .ipv6_host = "1"}}},
	{"control.tun.fromAgent.n",
         "{\"_type\": \"tun.started\", \"ipv4_host\": null, \"ipv4_netmask\": null, "
         "\"ipv4_network\": null, "
         "\"ipv6_host\": null, "
         "\"ipv6_no_forwarding\": false, \"ipv6_prefix\": null, \"name\": \"n\", "
         "\"re_route_packets_host\": null, "
         "\"re_route_packets_if\": null, \"re_route_packets_prefix\": null}",
         {.kind = ENVELOPE_TUN_STARTED, .tun = {.name = "n"}}},
	{"control.serial.fromAgent.n",
         "{\"_type\": \"serial.started\", \"boudrate\": \"9600\", \"name\": \"n\", \"port\": "
         "\"p\"}",
         {.kind = ENVELOPE_SERIAL_STARTED, .serial = {"n", "p", "9600", ""}}},
	{"control.serial.toAgent.n",
         "{\"_type\": \"serial.start\", \"boudrate\": \"9600\", \"name\": \"n\", \"port\": \"p\"}",
         {.kind = ENVELOPE_SERIAL_START, .serial = {"n", "p", "9600", ""}}},
};

Test(control, golden_is_read_and_written)
{
	for (size_t i = 0; i < COUNT(golden); i++) {
		struct envelope_control c;
		enum envelope_api api = strstr(golden[i].body, "_type") ? ENVELOPE_V0 : ENVELOPE_V1;

		expect_written(&golden[i].control, api, golden[i].body);
		if (golden[i].control.packets_to_drop == UINT64_MAX)
			continue; /* JSON's integers end at 53 bits for most readers, jansson's at
			             63 */
		memset(&c, 0xff, sizeof(c));
		cr_expect_eq(read_body(&c, golden[i].key, golden[i].body), 0, "%s", golden[i].body);
		cr_expect_eq(memcmp(&c, &golden[i].control, sizeof(c)), 0, "%s", golden[i].body);
	}
}

Test(control, corpus_round_trips)
{
	FILE *file = corpus_open();
	struct corpus_row row;
	unsigned rows = 0;

	if (!file)
		cr_skip("no corpus");
	while (corpus_next(file, &row)) {
		struct envelope_key key = key_of(row.key);
		struct envelope_control c;

		if (key.kind == ENVELOPE_TUN_PACKET || key.kind == ENVELOPE_SERIAL_PACKET)
			continue;
		cr_assert_eq(read_body(&c, row.key, row.body), 0, "%s", row.name);
		cr_expect_eq(c.kind, key.kind);
		expect_written(&c, ENVELOPE_V1, row.body);
		rows++;
	}
	fclose(file);
	cr_expect_eq(rows, 8);
}

Test(control, every_truncation)
{
	for (size_t i = 0; i < COUNT(golden); i++) {
		struct envelope_key key = key_of(golden[i].key);

		for (size_t n = 0; n < strlen(golden[i].body); n++) {
			struct envelope_control c;
			struct envelope_fault fault;

			cr_assert_eq(envelope_control_parse(&c, &key,
			                                    guarded_copy(0, golden[i].body, n), n,
			                                    &fault),
			             ENVELOPE_ESYNTAX);
			cr_assert_leq(fault.offset, n);
			cr_assert_str_eq(fault.field, "");
		}
	}
}

Test(control, not_written)
{
	static const enum envelope_kind kinds[] = {ENVELOPE_UNKNOWN, ENVELOPE_TUN_PACKET,
	                                           ENVELOPE_SERIAL_PACKET, ENVELOPE_SESSION,
	                                           ENVELOPE_TUN_CONTROL};
	char out[ENVELOPE_CONTROL_BUILD_MAX];

	for (size_t i = 0; i < COUNT(kinds); i++)
		cr_expect_eq(envelope_control_build(out, sizeof(out),
		                                    &(struct envelope_control){.kind = kinds[i]},
		                                    ENVELOPE_V1),
		             ENVELOPE_EKEY);
}

Test(control, longest_body_fits)
{
	static struct envelope_control c;
	char out[ENVELOPE_CONTROL_BUILD_MAX];

	c.kind = ENVELOPE_TUN_STARTED;
	memset(&c.tun, '\x01', sizeof(c.tun));
	for (char *field = c.tun.ipv6_prefix; field <= c.tun.encodings;
	     field += field == c.tun.ipv6_host ? ENVELOPE_FIELD_MAX + 2 : ENVELOPE_FIELD_MAX + 1)
		field[ENVELOPE_FIELD_MAX] = '\0';
	c.tun.name[ENVELOPE_NAME_MAX] = '\0';
	cr_expect_gt(envelope_control_build(out, sizeof(out), &c, ENVELOPE_V1), 5000);
}
