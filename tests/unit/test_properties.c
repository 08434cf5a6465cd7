/* bus/properties.h: what becomes of headers of every type, too deep, too long, and cut anywhere;
 * base/json_text.h: every octet. */
#include "frame_test.h"

#include "base/json_text.h"
#include "bus/content.h"
#include "bus/properties.h"

static char out[PROPERTIES_TEXT_MAX];

static size_t show(amqp_bytes_t payload)
{
	struct content_header header;
	amqp_basic_properties_t p;

	out[0] = '\0';
	return content_read_header(payload, &header, &p) == 1
	               ? properties_json(out, &p, header.headers)
	               : 0;
}

static const char *shown(const char *hex)
{
	uint8_t octets[1024] = {0, AMQP_BASIC_CLASS};
	size_t n = 12 + unhex(octets + 12, sizeof octets - 12, hex);
	const amqp_bytes_t payload = {n, (void *)guarded(octets, n)};

	cr_assert(show(payload) == strlen(out));
	return out;
}

Test(properties, each_has_its_name)
{
	cr_expect_str_eq(shown("0000"), "{}");
	cr_expect_str_eq(shown("fffc"
	                       "0161"
	                       "0162"
	                       "00000000"
	                       "02"
	                       "03"
	                       "0163"
	                       "0164"
	                       "0165"
	                       "0166"
	                       "0000000000000007"
	                       "0167"
	                       "0168"
	                       "0169"
	                       "016a"),
	                 "{\"content_type\":\"a\",\"content_encoding\":\"b\","
	                 "\"delivery_mode\":2,\"priority\":3,\"correlation_id\":\"c\","
	                 "\"reply_to\":\"d\",\"expiration\":\"e\",\"message_id\":\"f\","
	                 "\"timestamp\":7,\"type\":\"g\",\"user_id\":\"h\",\"app_id\":\"i\","
	                 "\"cluster_id\":\"j\"}");
}

Test(properties, headers_of_every_type)
{
	cr_expect_str_eq(
		shown("2000"
	              "00000030"
	              "0161"
	              "7401"
	              "0162"
	              "62ff"
	              "0163"
	              "42ff"
	              "0164"
	              "73fffe"
	              "0165"
	              "75fffe"
	              "0166"
	              "49fffffffe"
	              "0167"
	              "69fffffffe"
	              "0168"
	              "56"
	              "0169"
	              "780000000200ff"),
		"{\"headers\":{\"a\":true,\"b\":-1,\"c\":255,\"d\":-2,\"e\":65534,\"f\":-2,"
		"\"g\":4294967294,\"h\":null,\"i\":\"00ff\"}}");
	cr_expect_str_eq(
		shown("2000"
	              "0000003b"
	              "0161"
	              "6cfffffffffffffffe"
	              "0162"
	              "540000000000000001"
	              "0163"
	              "643ff8000000000000"
	              "0164"
	              "663fc00000"
	              "0165"
	              "440100000019"
	              "0166"
	              "647ff0000000000000"),
		"{\"headers\":{\"a\":-2,\"b\":1,\"c\":1.5,\"d\":1.5,\"e\":25e-1,\"f\":null}}");
	cr_expect_str_eq(shown("2000"
	                       "00000018"
	                       "0161"
	                       "4100000007"
	                       "5300000001"
	                       "78"
	                       "56"
	                       "0162"
	                       "4600000003"
	                       "0163"
	                       "56"),
	                 "{\"headers\":{\"a\":[\"x\",null],\"b\":{\"c\":null}}}");
	cr_expect_str_eq(shown("2000"
	                       "00000003"
	                       "0161"
	                       "3f"
	                       "0161"),
	                 "{\"headers\":null,\"headers_octets\":3}",
	                 "a type that nobody knows; what follows has no flag");
}

Test(properties, cut_anywhere)
{
	static const char whole[] = "fffc"
				    "0161"
				    "0162"
				    "0000000b"
				    "0161"
				    "4100000004"
				    "5300000000"
				    "02"
				    "03"
				    "0163";

	for (size_t n = 0; n < sizeof whole; n += 2) {
		char hex[sizeof whole];

		snprintf(hex, sizeof hex, "%.*s", (int)n, whole);
		shown(hex);
		cr_assert(!*out || (out[0] == '{' && out[strlen(out) - 1] == '}'), "%s: %s", hex,
		          out);
	}
}

Test(properties, at_random)
{
	random_seed("test_properties");
	for (unsigned round = 0; round < 100000; round++) {
		uint8_t octets[400];
		size_t n = random_below(sizeof octets);

		random_octets(octets, n);
		octets[0] = 0;
		octets[1] = AMQP_BASIC_CLASS;
		if (n > 18) {
			memcpy(octets + 12, "\x20\x00\x00\x00", 4);
			octets[16] = 0;
			octets[17] = (uint8_t)(n - 18);
		}
		const amqp_bytes_t payload = {n, (void *)guarded(octets, n)};
		size_t length = show(payload);

		cr_assert(length == strlen(out) &&
		          (!length || (out[0] == '{' && out[length - 1] == '}')));
	}
}

static const char *quoted(const char *text, size_t length)
{
	struct text t = {out, sizeof out, 0};

	json_text_add(&t, text, length);
	return out;
}

Test(json_text, is_ascii_and_keeps_what_is_utf_8)
{
	cr_expect_str_eq(quoted("a\"\\\n\x7f", 5), "\"a\\\"\\\\\\u000a\\u007f\"");
	cr_expect_str_eq(quoted("\xc3\xa9\xf0\x9f\x90\x9d", 6), "\"\\u00e9\\ud83d\\udc1d\"");
	cr_expect_str_eq(quoted("\xc3", 1), "\"\\ufffd\"");
	cr_expect_str_eq(quoted("\xc0\xaf\xed\xa0\x80\xf5", 6),
	                 "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"",
	                 "overlong, a surrogate, beyond");
	cr_expect(json_text_is_text("a\tb\r\n\xc3\xa9", 7) && json_text_is_text("", 0));
	cr_expect(!json_text_is_text("\x1b", 1) && !json_text_is_text("\0", 1) &&
	          !json_text_is_text("\xc2\x9b", 2) && !json_text_is_text("\xff", 1));
}
