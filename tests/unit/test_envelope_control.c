/* libenvelope: control messages of both API versions, read whatever their JSON looks like, written
 * as Python's json.dumps writes them. */
#include "test_envelope.h"

static struct envelope_key key_of(const char *text)
{
	struct envelope_key key;

	cr_assert_eq(envelope_key_parse(&key, text, strlen(text)), 0, "%s", text);
	return key;
}

static int read_fault(struct envelope_control *c, const char *key_text, const char *body,
                      struct envelope_fault *fault)
{
	struct envelope_key key = key_of(key_text);
	size_t length = strlen(body);

	int outcome = envelope_control_parse(c, &key, guarded_copy(0, body, length), length, fault);

	cr_expect_eq(fault->error, outcome);
	return outcome;
}

static int read_body(struct envelope_control *c, const char *key_text, const char *body)
{
	struct envelope_fault fault;

	return read_fault(c, key_text, body, &fault);
}

static void expect_written(const struct envelope_control *c, enum envelope_api api,
                           const char *want)
{
	size_t length = strlen(want);

	cr_assert_eq(envelope_control_build((char *)guarded(1, length), length, c, api),
	             (long)length, "%s", want);
	cr_expect_arr_eq(guarded(1, length), want, length, "%.*s", (int)length, guarded(1, length));
	for (size_t size = 0; size < length; size++)
		cr_assert_eq(envelope_control_build((char *)guarded(1, size), size, c, api),
		             ENVELOPE_ESPACE);
}

/* --- golden bodies: Python's json.dumps(body, sort_keys=True) --- */

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

Test(control, fields_in_any_form)
{
	struct envelope_control c;

	cr_assert_eq(read_body(&c, "toAgent.n.ip.tun.start",
	                       " {\"zz\": [{\"a\": 1e999}], \"ipv6_host\" : 1, "
	                       "\"ipv6_\\u0070refix\":\"\\u0062bbb\", "
	                       "\"name\": 12.0,\n"
	                       "\"ipv4_host\": -7, \"ipv4_network\": 18446744073709551616, "
	                       "\"ipv4_netmask\": null, "
	                       "\"ipv6_no_forwarding\": 1}"),
	             ENVELOPE_ESYNTAX); /* 1e999 is beyond what jansson reads */
	cr_assert_eq(
		read_body(&c, "toAgent.n.ip.tun.start",
	                  " {\"zz\": [{\"a\": 123456789012345678901234567890}], \"ipv6_host\" : 1, "
	                  "\"ipv6_\\u0070refix\":\"\\u0062bbb\", \"name\": 12.0,\n"
	                  "\"ipv4_host\": -7, \"ipv4_netmask\": null, \"ipv6_no_forwarding\": 1, "
	                  "\"ipv6_host\": 2}"),
		0);
	cr_expect_str_eq(c.tun.ipv6_host, "2");
	cr_expect_str_eq(c.tun.ipv6_prefix, "bbbb");
	cr_expect_str_eq(c.tun.name, "12");
	cr_expect_str_eq(c.tun.ipv4_host, "-7");
	cr_expect_str_eq(c.tun.ipv4_netmask, "");
	cr_expect(c.tun.ipv6_no_forwarding);
	cr_assert_eq(read_body(&c, "fromAgent.n.802154.serial.started", "{\"boudrate\": 115200}"),
	             0);
	cr_expect_str_eq(c.serial.boudrate, "115200");
	cr_assert_eq(read_body(&c, "testingtool.terminate", "{}"), 0);
	cr_expect_eq(c.kind, ENVELOPE_TERMINATE);
	cr_expect_str_eq(c.component.description, "");
	cr_assert_eq(read_body(&c, "toAgent.n.ip.tun.start",
	                       "{\"_type\": \"whatever\", \"ipv4_host\": -9223372036854775808}"),
	             0);
	cr_expect_str_eq(c.tun.ipv4_host, "-9223372036854775808");
}

static const struct {
	const char *value;
	int outcome;
	bool flag;
} flags[] = {
	{"true", 0, true},
	{"false", 0, false},
	{"null", 0, false},
	{"0", 0, false},
	{"1", 0, true},
	{"1.0", 0, true},
	{"\"True\"", 0, true},
	{"\"false\"", 0, false},
	{"\"1\"", 0, true},
	{"\"0\"", 0, false},
	{"\"\"", 0, false},
	{"2", ENVELOPE_ETYPE, false},
	{"-1", ENVELOPE_ETYPE, false},
	{"0.5", ENVELOPE_ETYPE, false},
	{"\"yes\"", ENVELOPE_ETYPE, false},
	{"[]", ENVELOPE_ETYPE, false},
	{"{}", ENVELOPE_ETYPE, false},
};

Test(control, an_ipv4_address_as_four_numbers)
{
	struct envelope_control c;

	cr_assert_eq(read_body(&c, "toAgent.n.ip.tun.start",
	                       "{\"ipv4_host\": [10, 2, 0, 7], \"ipv4_network\": [10, 2.0, 0, 0], "
	                       "\"ipv4_netmask\": [255, 255, 255, 255]}"),
	             ENVELOPE_OK);
	cr_assert_str_eq(c.tun.ipv4_host, "10.2.0.7");
	cr_assert_str_eq(c.tun.ipv4_network, "10.2.0.0");
	cr_assert_str_eq(c.tun.ipv4_netmask, "255.255.255.255");
}

Test(control, flags)
{
	for (size_t i = 0; i < COUNT(flags); i++) {
		struct envelope_control c;
		struct envelope_fault fault;
		char body[64];

		snprintf(body, sizeof(body), "{\"ipv6_no_forwarding\": %s}", flags[i].value);
		cr_expect_eq(read_fault(&c, "toAgent.n.ip.tun.start", body, &fault),
		             flags[i].outcome, "%s", body);
		cr_expect(flags[i].outcome < 0 || c.tun.ipv6_no_forwarding == flags[i].flag, "%s",
		          body);
		cr_expect_str_eq(fault.field, flags[i].outcome < 0 ? "ipv6_no_forwarding" : "");
	}
}

static const struct {
	const char *value;
	int outcome;
	uint64_t count;
} counts[] = {
	{"0", 0, 0},
	{"2", 0, 2},
	{"2.0", 0, 2},
	{"2e1", 0, 20},
	{"\"2\"", 0, 2},
	{"\"18446744073709551615\"", 0, UINT64_MAX},
	{"9223372036854775807", 0, INT64_MAX},
	{"\"18446744073709551616\"", ENVELOPE_ERANGE, 0},
	{"-1", ENVELOPE_ERANGE, 0},
	{"1.5", ENVELOPE_ETYPE, 0},
	{"\"\"", ENVELOPE_ETYPE, 0},
	{"\"2x\"", ENVELOPE_ETYPE, 0},
	{"\" 2\"", ENVELOPE_ETYPE, 0},
	{"\"2\\u0000\"", ENVELOPE_ETYPE, 0},
	{"\"-2\"", ENVELOPE_ETYPE, 0},
	{"null", ENVELOPE_ENODATA, 0},
	{"true", ENVELOPE_ETYPE, 0},
	{"[1]", ENVELOPE_ETYPE, 0},
	{"1e300", ENVELOPE_ETYPE, 0},
	{"1e17", ENVELOPE_ETYPE, 0},
	{"18446744073709551616", ENVELOPE_ETYPE, 0},
};

Test(control, counts)
{
	struct envelope_control c;
	struct envelope_fault fault;
	char body[64];

	for (size_t i = 0; i < COUNT(counts); i++) {
		snprintf(body, sizeof(body), "{\"number_of_packets_to_drop\": %s}",
		         counts[i].value);
		cr_expect_eq(read_fault(&c, "routing.lossy.link.start", body, &fault),
		             counts[i].outcome, "%s", body);
		cr_expect(counts[i].outcome < 0 || c.packets_to_drop == counts[i].count, "%s",
		          body);
	}
	cr_expect_eq(read_fault(&c, "routing.lossy.link.start", "{}", &fault), ENVELOPE_ENODATA);
	cr_expect_str_eq(fault.field, "number_of_packets_to_drop");
}

static const struct {
	const char *key, *body;
	int error;
	const char *field;
} refused[] = {
	{"toAgent.n.ip.tun.start", "", ENVELOPE_ESYNTAX, ""},
	{"toAgent.n.ip.tun.start", "tun.start", ENVELOPE_ESYNTAX, ""},
	{"toAgent.n.ip.tun.start", "[]", ENVELOPE_ETYPE, ""},
	{"toAgent.n.ip.tun.start", "null", ENVELOPE_ETYPE, ""},
	{"toAgent.n.ip.tun.start", "{\"ipv6_host\": true}", ENVELOPE_ETYPE, "ipv6_host"},
	{"toAgent.n.ip.tun.start", "{\"ipv6_host\": 1.5}", ENVELOPE_ETYPE, "ipv6_host"},
	{"toAgent.n.ip.tun.start", "{\"ipv6_host\": [1, 2, 3, 4]}", ENVELOPE_ETYPE, "ipv6_host"},
	{"toAgent.n.ip.tun.start", "{\"ipv4_network\": [10, 2, 0]}", ENVELOPE_ETYPE,
         "ipv4_network"},
	{"toAgent.n.ip.tun.start", "{\"ipv4_network\": [10, 2, 0, 0, 0]}", ENVELOPE_ETYPE,
         "ipv4_network"},
	{"toAgent.n.ip.tun.start", "{\"ipv4_network\": [10, 2, 0, 256]}", ENVELOPE_ERANGE,
         "ipv4_network"},
	{"toAgent.n.ip.tun.start", "{\"ipv4_network\": [10, 2, 0, -1]}", ENVELOPE_ERANGE,
         "ipv4_network"},
	{"toAgent.n.ip.tun.start", "{\"ipv4_network\": [10, 2, 0, \"x\"]}", ENVELOPE_ETYPE,
         "ipv4_network"},
	{"toAgent.n.ip.tun.start", "{\"ipv6_host\": 1e300}", ENVELOPE_ETYPE, "ipv6_host"},
	{"toAgent.n.ip.tun.start", "{\"ipv6_prefix\": [\"bbbb\"]}", ENVELOPE_ETYPE, "ipv6_prefix"},
	{"toAgent.n.ip.tun.start", "{\"ipv6_prefix\": {}}", ENVELOPE_ETYPE, "ipv6_prefix"},
	{"toAgent.n.ip.tun.start", "{\"ipv6_prefix\": \"b\\u0000b\"}", ENVELOPE_ETYPE,
         "ipv6_prefix"},
	{"toAgent.n.ip.tun.start",
         "{\"re_route_packets_if\": "
         "\"1234567890123456789012345678901234567890123456789012345678901234\"}",
         ENVELOPE_ETOOLONG, "re_route_packets_if"},
	{"fromAgent.n.802154.serial.started", "{\"boudrate\": \"1234567890123456\"}",
         ENVELOPE_ETOOLONG, "boudrate"},
	{"fromAgent.n.802154.serial.started", "{\"boudrate\": 1234567890123456}", ENVELOPE_ETOOLONG,
         "boudrate"},
	{"fromAgent.n.ip.tun.packet.raw", "{\"data\": [1]}", ENVELOPE_EKEY, ""},
	{"control.session", "{}", ENVELOPE_EKEY, "_type"},
	{"control.session", "{\"_type\": null}", ENVELOPE_EKEY, "_type"},
	{"control.session", "{\"_type\": \"tun.start\"}", ENVELOPE_EKEY, "_type"},
	{"control.session", "{\"_type\": \"session.start\"}", ENVELOPE_EKEY, "_type"},
	{"control.session", "{\"_type\": 1}", ENVELOPE_ETYPE, "_type"},
	{"control.tun.toAgent.n", "{\"_type\": \"tun.started\"}", ENVELOPE_EKEY, "_type"},
	{"control.tun.fromAgent.n", "{\"_type\": \"tun.start\"}", ENVELOPE_EKEY, "_type"},
	{"control.serial.fromAgent.n", "{\"_type\": \"tun.started\"}", ENVELOPE_EKEY, "_type"},
};

Test(control, refused)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct envelope_control c;
		struct envelope_fault fault;

		cr_expect_eq(read_fault(&c, refused[i].key, refused[i].body, &fault),
		             refused[i].error, "%s", refused[i].body);
		cr_expect_str_eq(fault.field, refused[i].field, "%s: %s", refused[i].body,
		                 fault.field);
	}
}

Test(control, v0_without_a_type)
{
	struct envelope_control c;

	cr_expect_eq(read_body(&c, "control.tun.toAgent.n", "{\"name\": \"n\"}"), 0);
	cr_expect_eq(c.kind, ENVELOPE_TUN_START);
	cr_expect_eq(read_body(&c, "control.tun.fromAgent.n", "{\"_type\": null}"), 0);
	cr_expect_eq(c.kind, ENVELOPE_TUN_STARTED);
	cr_expect_eq(read_body(&c, "control.serial.fromAgent.n", "{}"), 0);
	cr_expect_eq(c.kind, ENVELOPE_SERIAL_STARTED);
}

/* A goodbye is understood however long its words are: descriptions are cut, at a character. */
Test(control, descriptions_are_cut)
{
	char body[1024] = "{\"description\": \"", want[256];
	struct envelope_control c;
	size_t begin = strlen(body);

	memset(body + begin, 'd', 254);
	memcpy(body + begin + 254,
	       "\xc3\xa9"
	       "dd\"}",
	       7);
	cr_expect_eq(read_body(&c, "testingtool.terminate", body), 0);
	memset(want, 'd', 254);
	want[254] = '\0';
	cr_expect_str_eq(c.component.description, want);
	memcpy(body + begin + 253, "\xc3\xa9\"}", 5);
	cr_expect_eq(read_body(&c, "testingtool.terminate", body), 0);
	cr_expect_eq(strlen(c.component.description), 255);
	for (size_t i = 0; i < 400; i += 2)
		memcpy(body + begin + i, "\xc3\xa9", 2);
	memcpy(body + begin + 400, "\"}", 3);
	cr_expect_eq(read_body(&c, "testingtool.terminate", body), 0);
	cr_expect_eq(strlen(c.component.description), 254);
}

Test(control, sizes)
{
	static char body[ENVELOPE_CONTROL_MAX + 2];
	struct envelope_control c;
	struct envelope_key key = key_of("testingtool.terminate");

	memset(body, ' ', sizeof(body));
	memcpy(body, "{}", 2);
	cr_expect_eq(envelope_control_parse(&c, &key, body, ENVELOPE_CONTROL_MAX, NULL), 0);
	cr_expect_eq(envelope_control_parse(&c, &key, body, ENVELOPE_CONTROL_MAX + 1, NULL),
	             ENVELOPE_ETOOLONG);
	memset(body, '[', sizeof(body));
	cr_expect_eq(envelope_control_parse(&c, &key, body, ENVELOPE_CONTROL_MAX, NULL),
	             ENVELOPE_ESYNTAX);
	cr_expect_eq(envelope_control_parse(&c, &key, "{\"a\": 1\0}", 9, NULL), ENVELOPE_ESYNTAX);
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
