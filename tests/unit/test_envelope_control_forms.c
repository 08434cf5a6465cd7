/* libenvelope: control messages in the forms that old agents and people write them in, and what is
 * refused. */
#include "test_envelope_control.h"

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
