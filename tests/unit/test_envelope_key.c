/* libenvelope: names, routing keys of both API versions, topic patterns. */
#include "test_envelope.h"

#define FROM ENVELOPE_FROM_AGENT
#define TO   ENVELOPE_TO_AGENT

static const char *long_name(size_t n)
{
	static char name[512];

	memset(name, 'n', sizeof(name));
	name[n] = '\0';
	return name;
}

Test(name, accepted)
{
	static const char *const names[] = {"a",
	                                    "coap_client",
	                                    "agent_1",
	                                    "6lbr-x:y/z",
	                                    "pr\xc3\xbcgel",
	                                    "\xe2\x82\xac",
	                                    "\xf0\x9f\x90\x8d",
	                                    "~",
	                                    "!\"$"};

	for (size_t i = 0; i < COUNT(names); i++)
		cr_expect_eq(envelope_name_check(names[i]), 0, "%s", names[i]);
	cr_expect_eq(envelope_name_check(long_name(ENVELOPE_NAME_MAX)), 0);
}

Test(name, refused)
{
	static const char *const names[] = {
		"",
		"a.b",
		".",
		"*",
		"a*",
		"#",
		"a#b",
		" ",
		"a b",
		"a\t",
		"a\n",
		"\x01",
		"a\x7f",
		"\xc2\x80",
		"\xc2\x9f",
		"\xc2\xa0", /* C1 controls, no-break space */
		"\xc0\xae",
		"\xe0\x80\xae",
		"\xe0\x81\xa1",
		"\xf0\x80\x81\xa1", /* overlong '.' and 'a' */
		"\xff",
		"a\xc3",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\x80",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		cr_expect_eq(envelope_name_check(names[i]), ENVELOPE_ENAME, "%zu", i);
	cr_expect_eq(envelope_name_check(long_name(ENVELOPE_NAME_MAX + 1)), ENVELOPE_ENAME);
	cr_expect_eq(envelope_name_check(long_name(300)), ENVELOPE_ENAME);
}

static const struct {
	const char *text;
	struct envelope_key key;
} keys[] = {
	{"testingtool.component.ready", {ENVELOPE_COMPONENT_READY, ENVELOPE_V1, FROM, "", ""}},
	{"testingtool.component.shutdown",
         {ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_V1, FROM, "", ""}},
	{"testingtool.terminate", {ENVELOPE_TERMINATE, ENVELOPE_V1, FROM, "", ""}},
	{"toAgent.n.ip.tun.start", {ENVELOPE_TUN_START, ENVELOPE_V1, TO, "n", ""}},
	{"fromAgent.n.ip.tun.started", {ENVELOPE_TUN_STARTED, ENVELOPE_V1, FROM, "n", ""}},
	{"fromAgent.coap_client.ip.tun.packet.raw",
         {ENVELOPE_TUN_PACKET, ENVELOPE_V1, FROM, "coap_client", ""}},
	{"toAgent.coap_client.ip.tun.packet.raw",
         {ENVELOPE_TUN_PACKET, ENVELOPE_V1, TO, "coap_client", ""}},
	{"toAgent.n.802154.serial.start", {ENVELOPE_SERIAL_START, ENVELOPE_V1, TO, "n", ""}},
	{"fromAgent.n.802154.serial.started",
         {ENVELOPE_SERIAL_STARTED, ENVELOPE_V1, FROM, "n", ""}},
	{"fromAgent.n.802154.serial.packet.raw",
         {ENVELOPE_SERIAL_PACKET, ENVELOPE_V1, FROM, "n", ""}},
	{"toAgent.n.802154.serial.packet.raw", {ENVELOPE_SERIAL_PACKET, ENVELOPE_V1, TO, "n", ""}},
	{"routing.lossy.link.start", {ENVELOPE_LOSSY_LINK_START, ENVELOPE_V1, FROM, "", ""}},
	{"control.session", {ENVELOPE_SESSION, ENVELOPE_V0, FROM, "", ""}},
	{"control.tun.toAgent.n", {ENVELOPE_TUN_CONTROL, ENVELOPE_V0, TO, "n", ""}},
	{"control.tun.fromAgent.n", {ENVELOPE_TUN_CONTROL, ENVELOPE_V0, FROM, "n", ""}},
	{"data.tun.fromAgent.n", {ENVELOPE_TUN_PACKET, ENVELOPE_V0, FROM, "n", ""}},
	{"data.tun.toAgent.n", {ENVELOPE_TUN_PACKET, ENVELOPE_V0, TO, "n", ""}},
	{"control.serial.fromAgent.n", {ENVELOPE_SERIAL_STARTED, ENVELOPE_V0, FROM, "n", ""}},
	{"control.serial.toAgent.n", {ENVELOPE_SERIAL_START, ENVELOPE_V0, TO, "n", ""}},
	{"data.serial.fromAgent.n", {ENVELOPE_SERIAL_PACKET, ENVELOPE_V0, FROM, "n", ""}},
	{"data.serial.toAgent.n", {ENVELOPE_SERIAL_PACKET, ENVELOPE_V0, TO, "n", ""}},
	{"framebus.tun.n", {ENVELOPE_TUN_PACKET, ENVELOPE_OWN, FROM, "n", ""}},
	{"framebus.tun.a.b", {ENVELOPE_TUN_PACKET, ENVELOPE_OWN, FROM, "a", "b"}},
	{"framebus.serial.n", {ENVELOPE_SERIAL_PACKET, ENVELOPE_OWN, FROM, "n", ""}},
	{"framebus.serial.a.b", {ENVELOPE_SERIAL_PACKET, ENVELOPE_OWN, FROM, "a", "b"}},
	{"framebus.to.n", {ENVELOPE_PACKET, ENVELOPE_OWN, TO, "n", ""}},
	{"framebus.alive.n", {ENVELOPE_ALIVE, ENVELOPE_OWN, FROM, "n", ""}},
};

static void expect_key(const struct envelope_key *got, const struct envelope_key *want,
                       const char *text)
{
	cr_expect_eq(got->kind, want->kind, "%s", text);
	cr_expect_eq(got->api, want->api, "%s", text);
	cr_expect_eq(got->direction, want->direction, "%s", text);
	cr_expect_str_eq(got->name, want->name, "%s", text);
	cr_expect_str_eq(got->peer, want->peer, "%s", text);
}

Test(key, table_is_written_and_read)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		char text[ENVELOPE_KEY_MAX + 1];
		struct envelope_key key;
		size_t length = strlen(keys[i].text);

		cr_expect_eq(envelope_key_build(text, sizeof(text), &keys[i].key), (int)length);
		cr_expect_str_eq(text, keys[i].text);
		cr_expect_eq(
			envelope_key_parse(&key, guarded_copy(0, keys[i].text, length), length), 0);
		expect_key(&key, &keys[i].key, keys[i].text);
	}
}

/* Every key cut short is no key, but for a shorter name and for the key that goes to every peer. */
Test(key, truncated)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		for (size_t n = 0; n < strlen(keys[i].text); n++) {
			struct envelope_key key;
			int outcome = envelope_key_parse(&key, guarded_copy(0, keys[i].text, n), n);
			bool plain_part = keys[i].key.peer[0] && n == strlen(keys[i].text) - 2;
			bool start_of_started = strcmp(keys[i].text + n, "ed") == 0;

			cr_expect((outcome == 0) == plain_part, "%.*s: %d", (int)n, keys[i].text,
			          outcome);
			cr_expect(outcome < 0 || !start_of_started);
			cr_expect(outcome == 0 ||
			          (key.kind == ENVELOPE_UNKNOWN && !key.name[0] && !key.peer[0]));
		}
	}
}

Test(key, every_size_of_buffer)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		size_t length = strlen(keys[i].text);

		for (size_t size = 0; size <= length; size++)
			cr_expect_eq(
				envelope_key_build((char *)guarded(0, size), size, &keys[i].key),
				ENVELOPE_ESPACE);
		cr_expect_eq(envelope_key_build((char *)guarded(0, length + 1), length + 1,
		                                &keys[i].key),
		             (int)length);
	}
}

Test(key, start_and_started_have_one_direction)
{
	static const struct {
		struct envelope_key key;
		const char *text;
	} cases[] = {
		{{ENVELOPE_TUN_START, ENVELOPE_V1, FROM, "n", ""}, "toAgent.n.ip.tun.start"},
		{{ENVELOPE_TUN_STARTED, ENVELOPE_V1, TO, "n", ""}, "fromAgent.n.ip.tun.started"},
		{{ENVELOPE_TUN_START, ENVELOPE_V0, FROM, "n", ""}, "control.tun.toAgent.n"},
		{{ENVELOPE_TUN_STARTED, ENVELOPE_V0, TO, "n", ""}, "control.tun.fromAgent.n"},
		{{ENVELOPE_SERIAL_START, ENVELOPE_V1, FROM, "n", ""},
	         "toAgent.n.802154.serial.start"},
		{{ENVELOPE_SERIAL_STARTED, ENVELOPE_V0, TO, "n", ""}, "control.serial.fromAgent.n"},
		{{ENVELOPE_COMPONENT_READY, ENVELOPE_V0, FROM, "", ""}, "control.session"},
		{{ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_V0, FROM, "", ""}, "control.session"},
		{{ENVELOPE_TERMINATE, ENVELOPE_V0, FROM, "", ""}, "control.session"},
		{{ENVELOPE_LOSSY_LINK_START, ENVELOPE_V0, FROM, "", ""},
	         "routing.lossy.link.start"},
	};
	char text[ENVELOPE_KEY_MAX + 1];

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_gt(envelope_key_build(text, sizeof(text), &cases[i].key), 0);
		cr_expect_str_eq(text, cases[i].text);
	}
}

Test(key, not_written)
{
	static const struct {
		struct envelope_key key;
		int error;
	} cases[] = {
		{{ENVELOPE_UNKNOWN, ENVELOPE_V1, FROM, "n", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_SESSION, ENVELOPE_V1, FROM, "n", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_TUN_CONTROL, ENVELOPE_V1, FROM, "n", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_V1, FROM, "", ""}, ENVELOPE_ENAME},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_V1, FROM, "a.b", ""}, ENVELOPE_ENAME},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_OWN, FROM, "a", "b*"}, ENVELOPE_ENAME},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_V1, TO, "a", "b"}, ENVELOPE_EKEY},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_V0, FROM, "a", "b"}, ENVELOPE_EKEY},
		{{ENVELOPE_SERIAL_PACKET, ENVELOPE_V1, FROM, "a", "b"}, ENVELOPE_EKEY},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_V1, FROM, "a", "b"}, ENVELOPE_EKEY},
		{{ENVELOPE_TUN_PACKET, ENVELOPE_OWN, TO, "a", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_TUN_STARTED, ENVELOPE_OWN, FROM, "a", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_PACKET, ENVELOPE_OWN, TO, "a", "b"}, ENVELOPE_EKEY},
		{{ENVELOPE_PACKET, ENVELOPE_OWN, FROM, "a", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_PACKET, ENVELOPE_V1, TO, "a", ""}, ENVELOPE_EKEY},
		{{ENVELOPE_ALIVE, ENVELOPE_OWN, FROM, "a", "b"}, ENVELOPE_EKEY},
	};
	char text[ENVELOPE_KEY_MAX + 1];

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(envelope_key_build(text, sizeof(text), &cases[i].key), cases[i].error,
		             "%zu", i);
}

Test(key, longest_names_fit)
{
	struct envelope_key key = {ENVELOPE_SERIAL_PACKET, ENVELOPE_OWN, FROM, "", ""}, back;
	char text[ENVELOPE_KEY_MAX + 1];
	int length;

	memset(key.name, 'n', ENVELOPE_NAME_MAX);
	memset(key.peer, 'p', ENVELOPE_NAME_MAX);
	length = envelope_key_build(text, sizeof(text), &key);
	cr_assert_gt(length, 2 * ENVELOPE_NAME_MAX);
	cr_expect_leq(length, ENVELOPE_KEY_MAX);
	cr_expect_eq(envelope_key_parse(&back, text, (size_t)length), 0);
	expect_key(&back, &key, text);
}

Test(key, not_read)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{"", ENVELOPE_EKEY},
		{"fromAgent", ENVELOPE_EKEY},
		{"fromAgent..ip.tun.packet.raw", ENVELOPE_ENAME},
		{"fromAgent.a b.ip.tun.packet.raw", ENVELOPE_ENAME},
		{"fromAgent.*.ip.tun.packet.raw", ENVELOPE_ENAME},
		{"fromAgent.a.b.ip.tun.packet.raw", ENVELOPE_EKEY},
		{"fromAgent.n.ip.tun.start", ENVELOPE_EKEY},
		{"toAgent.n.ip.tun.started", ENVELOPE_EKEY},
		{"fromAgent.n.ip.tun.packet.raw.to", ENVELOPE_EKEY},
		{"fromAgent.n.ip.tun.packet.raw.to.a", ENVELOPE_EKEY},
		{"framebus", ENVELOPE_EKEY},
		{"framebus.tun", ENVELOPE_EKEY},
		{"framebus.tun.", ENVELOPE_ENAME},
		{"framebus.tun.a.", ENVELOPE_ENAME},
		{"framebus.tun..b", ENVELOPE_ENAME},
		{"framebus.tun.a.b.c", ENVELOPE_EKEY},
		{"framebus.serial.a.#", ENVELOPE_ENAME},
		{"framebus.to.a.b", ENVELOPE_EKEY},
		{"framebus.alive.a.b", ENVELOPE_EKEY},
		{"framebus.else.a", ENVELOPE_EKEY},
		{"Framebus.tun.a", ENVELOPE_EKEY},
		{"fromAgent.n.ip.tun.packet.raw.for.a", ENVELOPE_EKEY},
		{"toAgent.n.ip.tun.packet.raw.to.a", ENVELOPE_EKEY},
		{"fromAgent.n.802154.serial.packet.raw.to.a", ENVELOPE_EKEY},
		{"fromAgent.n.ip.tun.packet.raww", ENVELOPE_EKEY},
		{"fromagent.n.ip.tun.packet.raw", ENVELOPE_EKEY},
		{"data.tun.fromAgent.", ENVELOPE_ENAME},
		{"data.tun.fromAgent.a.b", ENVELOPE_EKEY},
		{"control.session.x", ENVELOPE_EKEY},
		{"testingtool.terminate.", ENVELOPE_EKEY},
	};
	struct envelope_key key;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = strlen(cases[i].text);

		cr_expect_eq(
			envelope_key_parse(&key, guarded_copy(0, cases[i].text, length), length),
			cases[i].error, "%s", cases[i].text);
		cr_expect_eq(key.kind, ENVELOPE_UNKNOWN);
	}
	cr_expect_eq(envelope_key_parse(&key, "control.session\0x", 17), ENVELOPE_EKEY);
	cr_expect_eq(envelope_key_parse(&key, long_name(300), 300), ENVELOPE_EKEY);
}

Test(key, corpus)
{
	FILE *file = corpus_open();
	struct corpus_row row;
	unsigned rows = 0;

	if (!file)
		cr_skip("no corpus");
	for (; corpus_next(file, &row); rows++) {
		char text[ENVELOPE_KEY_MAX + 1];
		struct envelope_key key;

		cr_assert_eq(envelope_key_parse(&key, row.key, strlen(row.key)), 0, "%s", row.key);
		cr_assert_gt(envelope_key_build(text, sizeof(text), &key), 0);
		cr_expect_str_eq(text, row.key);
	}
	fclose(file);
	cr_expect_geq(rows, 12);
}

Test(error, every_one_has_words)
{
	for (int error = 0; error >= -20; error--)
		cr_expect(envelope_strerror(error)[0]);
	cr_expect_str_neq(envelope_strerror(ENVELOPE_ECUT), envelope_strerror(-999));
	cr_expect_str_eq(envelope_strerror(7), envelope_strerror(-999));
}
