/* bin/common/packet/filter: every test with frames that pass and frames that do not, precedence,
 * every message of what is wrong, and random words. */
#include "frame_test.h"

#include "packet/filter.h"

TestSuite(filter, .timeout = 60);

static const struct sample {
	const char *name;
	uint16_t link_type;
	const char *octets;
} samples[] = {
	{"ack", 230, "02006a"},
	/* data, sequence 5, PAN abcd, to 0001, from 0002, ack request: an IPHC payload */
	{"data", 230, "61880 5cdab01000200 7a333a8000112233"},
	/* data, secured (level 5, key index 1), PAN abcd, broadcast from 00124b0001020304 */
	{"secured", 230, "49d807cdabffff0403020100 4b1200 0d00000000 01 aabbccdd eeff"},
	/* the ACK with a wrong FCS-16 */
	{"bad", 195, "02006ae478"},
	/* the ACK on channel 26, by its pseudo-header */
	{"tap", 283, "00001400 0000010000000000 030003001a000000 02006a"},
	/* ends inside the destination */
	{"cut", 230, "618805cdab01"},
	{"ip", 101, "45000014"},
};

static struct envelope_packet packet_of(const struct sample *s)
{
	uint8_t octets[256];
	char hex[512];
	size_t n = 0;

	for (const char *c = s->octets; *c; c++)
		if (*c != ' ')
			hex[n++] = *c;
	hex[n] = '\0';
	n = unhex(octets, sizeof octets, hex);
	return (struct envelope_packet){guarded(octets, n), n, 42, s->link_type};
}

/* What passes, of the samples, in their order. */
static const struct {
	const char *expression, *passes;
} vectors[] = {
	{"type=ack", "ack bad tap "},
	{"type=ACK", "ack bad tap "},
	{"type=data", "data secured cut "},
	{"type=data,ack", "ack data secured bad tap cut "},
	{"type=beacon", ""},
	{"pan=abcd", "data secured cut "},
	{"pan=0xABCD", "data secured cut "},
	{"pan=abce", ""},
	{"addr=1", "data "},
	{"addr=2", "data "},
	{"src=2", "data "},
	{"src=1", ""},
	{"dst=0x0001", "data "},
	{"dst=0002", ""},
	{"dst=broadcast", "secured "},
	{"dst=ffff", "secured "},
	{"src=00124b0001020304", "secured "},
	{"src=00:12:4B:00:01:02:03:04", "secured "},
	{"addr=00124b0001020304,2", "data secured "},
	{"seq=5", "data cut "},
	{"seq=106", "ack bad tap "},
	{"channel=26", "tap "},
	{"channel=25,27", ""},
	{"dispatch=6lowpan", "data "},
	{"dispatch=IPHC", "data "},
	{"dispatch=frag1", ""},
	{"dispatch=rfrag,rfrag-ack,hc1", ""},
	{"dispatch=encrypted", "secured "},
	{"secured", "secured "},
	{"ack-request", "data cut "},
	{"pending", ""},
	{"bad-fcs", "bad "},
	{"malformed", "cut "},
	{"not type=ack", "data secured cut ip "},
	{"! ! type=ack", "ack bad tap "},
	{"!(type=ack)", "data secured cut ip "},
	{"type=ack and not bad-fcs", "ack tap "},
	{"type=ack && !bad-fcs", "ack tap "},
	{"type=ack&&!bad-fcs", "ack tap "},
	{"secured or type=ack and bad-fcs", "secured bad "},
	{"(secured or type=ack) and bad-fcs", "bad "},
	{"type=ack and bad-fcs || secured", "secured bad "},
	{"not secured and not malformed", "ack data bad tap ip "},
	{"((type=ack))and((not(bad-fcs)))", "ack tap "},
};

Test(filter, vectors)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct why why;
		struct filter *f = filter_new(vectors[i].expression, &why);
		char passed[128] = "";

		cr_assert(f, "%s: %s", vectors[i].expression, why.text);
		for (size_t s = 0; s < COUNT(samples); s++) {
			struct envelope_packet p = packet_of(&samples[s]);

			if (filter_passes(f, &p)) {
				strcat(passed, samples[s].name);
				strcat(passed, " ");
			}
		}
		cr_expect_str_eq(passed, vectors[i].passes, "%s: '%s', not '%s'",
		                 vectors[i].expression, passed, vectors[i].passes);
		filter_free(f);
	}
}

/* 6LoWPAN in an MPX IE: by its multiplex ID, and as Wi-SUN's; IPv6 there is none. */
Test(filter, dispatch_in_an_ie)
{
	static const struct sample frames[] = {
		{"plain", 230, "41aa09cdab02000100 003f 0898 00eda0 7a333a8000"},
		{"Wi-SUN", 230, "41aa09cdab02000100 003f 0798 1101 7a333a8000"},
		{"IPv6", 230, "41aa09cdab02000100 003f 0498 00dd86 60"},
		{"none", 230, "41aa09cdab02000100 003f 0498 00010001"},
	};
	static const struct {
		const char *expression;
		unsigned passes; /* of the first frames */
	} tests[] = {{"dispatch=6lowpan", 2}, {"dispatch=iphc", 2}, {"dispatch=frag1", 0}};
	struct why why;

	for (unsigned i = 0; i < COUNT(tests); i++) {
		struct filter *f = filter_new(tests[i].expression, &why);

		for (unsigned k = 0; k < COUNT(frames); k++) {
			struct envelope_packet p = packet_of(&frames[k]);

			cr_expect_eq(filter_passes(f, &p), k < tests[i].passes, "%s of %s",
			             tests[i].expression, frames[k].name);
		}
		filter_free(f);
	}
}

/* What libframe calls a fault, before the payload or in it; a fault of 6LoWPAN is none. */
Test(filter, malformed)
{
	static const struct sample frames[] = {
		{"reserved type", 230, "0488 05"},
		{"CSL of three octets", 230, "012a05cdab3412 030d010002 803f"},
		{"a nested IE beyond its group", 230, "002201 003f 0488 091a 0504"},
		{"a nested IE of Wi-SUN beyond its group", 230, "002201 003f 04a0 0905 4142"},
		{"half a superframe", 230, "008005cdab3412 ff"},
		{"a command without identifier", 230, "030805cdab3412"},
		{"a command", 230, "030805cdab3412 04"},
		{"a reserved mode of IPHC", 230, "618805cdab01000200 7a343a8000112233"},
	};
	enum { MALFORMED = 6 }; /* the first ones */
	struct why why;
	struct filter *f = filter_new("malformed", &why);

	for (unsigned i = 0; i < COUNT(frames); i++) {
		struct envelope_packet p = packet_of(&frames[i]);

		cr_expect_eq(filter_passes(f, &p), i < MALFORMED, "%s", frames[i].name);
	}
	filter_free(f);
}

static const struct {
	const char *expression, *words;
} mistakes[] = {
	{"", "ends where a test is expected"},
	{"type=dta", "type= takes beacon"},
	{"type=", "not ''"},
	{"type=data,", "not ''"},
	{"type", "type wants a value: type=..."},
	{"secured=1", "secured takes no value"},
	{"pan=12345", "pan= takes a PAN ID of up to four hex digits, not '12345'"},
	{"pan=xyz", "not 'xyz'"},
	{"addr=12345", "addr= takes up to four hex digits (short), 16 (extended) or broadcast"},
	{"src=00124b00010203040", "not '00124b00010203040'"},
	{"dst=:", "not ':'"},
	{"src=00:", "not '00:'"},
	{"seq=256", "seq= takes 0 to 255, not '256'"},
	{"seq=-1", "not '-1'"},
	{"channel=65536", "channel= takes 0 to 65535"},
	{"dispatch=ipv7", "dispatch= takes 6lowpan"},
	{"typ=data", "no test is called 'typ'; there are: type=, pan="},
	{"typ=data", "any; did you mean type=?"},
	{"PAN_ID=1", "; did you mean pan=?"},
	{"address=1", "; did you mean addr=?"},
	{"chan=11", "; did you mean channel=?"},
	{"badfcs", "; did you mean bad-fcs?"},
	{"Ack or any", "; did you mean type=Ack?"},
	{"any and iphc", "; did you mean dispatch=iphc?"},
	{"type=dta", "not 'dta'; did you mean data?"},
	{"type=beacons", "; did you mean beacon?"},
	{"dispatch=thread", "; did you mean thread-mle?"},
	{"dispatch=frag", "; did you mean frag1?"},
	{"seq = and type=ack", "seq= takes 0 to 255, not 'and'"},
	{"seq = 1 = 2", "not '1 = 2'"},
	{"seq= ", "not ''"},
	{"seq=1 , ", "not ''"},
	{"type=data secured", "'secured' stands where 'and' or 'or' is expected"},
	{"type=data and", "ends where a test is expected"},
	{"or secured", "'or' stands where a test is expected"},
	{"(secured", "ends where 'and', 'or' or ')' is expected"},
	{"secured)", "')' stands where 'and' or 'or' is expected"},
	{"()", "')' stands where a test is expected"},
	{"not", "ends where a test is expected"},
	{"secured & bad-fcs", "'&' stands where 'and' or 'or' is expected"},
};

Test(filter, mistakes_are_named)
{
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct why why = {""};

		cr_assert_null(filter_new(mistakes[i].expression, &why), "%s",
		               mistakes[i].expression);
		cr_expect(strstr(why.text, mistakes[i].words), "%s: %s", mistakes[i].expression,
		          why.text);
	}
}

/* Blanks at "=" and "," change nothing; of a word that nothing is near nothing is said. */
Test(filter, blanks_beside_what_joins)
{
	static const char *const same[] = {
		"seq=1,9 and not type=ack", "seq = 1, 9 and not type =ack",
		" seq= 1 ,9 && ! type= ack ", "(seq\t=\n1\t,\t9) and(not(type = ack))"};
	static const uint8_t data[] = {0x41, 0x88, 9, 0xcd, 0xab, 2, 0, 1, 0}, ack[] = {2, 0, 1};
	struct why why = {""};

	for (size_t i = 0; i < COUNT(same); i++) {
		struct filter *f = filter_new(same[i], &why);
		struct envelope_packet p = {data, sizeof data, 0, 230},
				       other = {ack, sizeof ack, 0, 230};

		cr_assert(f, "%s: %s", same[i], why.text);
		cr_expect(filter_passes(f, &p) && !filter_passes(f, &other), "%s", same[i]);
		filter_free(f);
	}
	cr_assert_null(filter_new("qqq", &why));
	cr_expect_not(strstr(why.text, "did you mean"), "%s", why.text);
}

/* Never more than its room, and never deeper than the stack likes. */
Test(filter, bounds_are_told)
{
	static char text[1 << 16];
	struct why why;
	struct filter *f;

	memset(text, '(', 40);
	strcpy(text + 40, "secured");
	cr_assert_null(filter_new(text, &why));
	cr_expect(strstr(why.text, "within each other"), "%s", why.text);

	text[0] = '\0';
	for (int i = 0; i < 129; i++)
		strcat(text, i ? " or secured" : "secured");
	cr_assert_null(filter_new(text, &why));
	cr_expect(strstr(why.text, "tests and operators"), "%s", why.text);

	strcpy(text, "seq=0");
	for (int i = 0; i < 256; i++)
		strcat(text, ",1");
	cr_assert_null(filter_new(text, &why));
	cr_expect(strstr(why.text, "more than 256 values"), "%s", why.text);
	text[strlen(text) - 2] = '\0';
	f = filter_new(text, &why);
	cr_assert(f, "%s", why.text);
	filter_free(f);
	memset(text, '!', 60000);
	strcpy(text + 60000, "secured");
	f = filter_new(text, &why);
	cr_assert(f, "%s", why.text);
	filter_free(f);
}

Test(filter, random_words)
{
	static const char *const words[] = {
		"type=data", "secured", ",",   "pan=", "abcd", "(", ")", " ",  "not", "and",
		"or",        "=",       "src", "0x",   "ffff", ":", "!", "&&", "|",   "seq=12"};
	unsigned read = 0;

	random_seed("filter");
	for (int i = 0; i < 200000; i++) {
		char text[160] = "";
		struct why why;
		struct filter *f;

		for (unsigned n = 1 + random_below(5); n; n--)
			strcat(text, words[random_below(COUNT(words))]);
		f = filter_new(text, &why);
		cr_assert(f || why.text[0], "%s", text);
		for (size_t s = 0; f && s < COUNT(samples); s++) {
			struct envelope_packet p = packet_of(&samples[s]);

			filter_passes(f, &p);
			read++;
		}
		filter_free(f);
	}
	cr_expect(read > 100, "%u", read);
}

/* Every truncation of every sample, flush against a guard page. */
Test(filter, truncations)
{
	struct why why;
	struct filter *f = filter_new("dispatch=iphc or channel=3 or src=7 or malformed", &why);

	cr_assert(f, "%s", why.text);
	for (size_t s = 0; s < COUNT(samples); s++) {
		struct envelope_packet p = packet_of(&samples[s]);
		uint8_t whole[256];
		size_t length = p.length;

		memcpy(whole, p.data, length);
		for (p.length = 0; p.length <= length; p.length++) {
			p.data = guarded(whole, p.length);
			filter_passes(f, &p);
		}
	}
	filter_free(f);
}
