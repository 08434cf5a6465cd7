/* envelope_tool - libenvelope behind lines of text, for tests in other languages. One command a
 * line on stdin, octets in hex ("-" for none); the answer is one line, or one a packet and then
 * "end"; "error CODE" or "error CODE OFFSET" where the library says so.
 *
 *     parse HEX                                   a JSON packet message: "packet TIME_NS HEX"
 *     build API DIRECTION SLIP NAME TIME_NS HEX   the body; API 1 or 0, DIRECTION from or to,
 *                                                 SLIP 1 or 0, NAME in hex
 *     control KEY HEX                             a control message, parsed and built again
 *     key TEXT                                    a routing key, parsed and built again
 *     pcap HEX                                    "packet LINK_TYPE TIME_NS HEX"...
 *     pcap-write LINK_TYPE TIME_NS HEX ...        the body
 *     gso HEX                                     "packet TIME_NS VNET_HEX HEX"...
 *     gso-write TIME_NS VNET_HEX HEX ...          the body
 *     segments HEX                                of all packets of a gso body:
 *                                                 "packet TIME_NS HEX"...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"

enum { OCTETS_MAX = 4 << 20 };

static uint8_t input[OCTETS_MAX], extra[OCTETS_MAX], output[OCTETS_MAX];

static _Noreturn void fail(const char *why)
{
	fprintf(stderr, "envelope_tool: %s\n", why);
	exit(1);
}

static const char *next_word(char **line)
{
	const char *word = strsep(line, " \n");

	if (!word || !word[0])
		fail("a word is missing");
	return word;
}

static bool more(char *const *line)
{
	return *line && **line;
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c < 'a' || c > 'f')
		fail("not hex");
	return (unsigned)(c - 'a') + 10;
}

static size_t unhex(uint8_t *out, const char *text)
{
	size_t n = 0;

	if (strcmp(text, "-") == 0)
		return 0;
	for (; text[0]; text += 2) {
		if (!text[1] || n == OCTETS_MAX)
			fail("too long, or half an octet");
		out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
	}
	return n;
}

static void put_hex(const void *octets, size_t n)
{
	const uint8_t *at = octets;

	if (n == 0)
		putchar('-');
	for (size_t i = 0; i < n; i++) {
		putchar("0123456789abcdef"[at[i] >> 4]);
		putchar("0123456789abcdef"[at[i] & 15]);
	}
}

static void put_outcome(long outcome)
{
	if (outcome < 0) {
		printf("error %ld\n", outcome);
		return;
	}
	put_hex(output, (size_t)outcome);
	putchar('\n');
}

static void put_packet(const struct envelope_packet *p)
{
	printf("packet %" PRId64 " ", p->time_ns);
	put_hex(p->data, p->length);
	putchar('\n');
}

static void parse_json(char **line)
{
	size_t n = unhex(input, next_word(line));
	struct envelope_packet p = {.link_type = 0};
	struct envelope_fault fault;
	int outcome = envelope_json_parse(&p, output, ENVELOPE_PACKET_MAX, (const char *)input, n,
	                                  &fault);

	if (outcome < 0)
		printf("error %d %zu\n", outcome, fault.offset);
	else
		put_packet(&p);
}

static void build_json(char **line)
{
	struct envelope_json_options o = {.api = strcmp(next_word(line), "1") == 0 ? ENVELOPE_V1
	                                                                           : ENVELOPE_V0};
	struct envelope_packet p = {.data = input};

	o.direction =
		strcmp(next_word(line), "from") == 0 ? ENVELOPE_FROM_AGENT : ENVELOPE_TO_AGENT;
	o.with_slip = strcmp(next_word(line), "1") == 0;
	extra[unhex(extra, next_word(line))] = '\0';
	o.interface_name = (const char *)extra;
	p.time_ns = strtoll(next_word(line), NULL, 10);
	p.length = unhex(input, next_word(line));
	put_outcome(envelope_json_build((char *)output, sizeof(output), &p, &o));
}

static void rebuild_control(char **line)
{
	const char *text = next_word(line);
	size_t n = unhex(input, next_word(line));
	struct envelope_key key;
	static struct envelope_control c;
	int outcome = envelope_key_parse(&key, text, strlen(text));

	if (outcome == 0)
		outcome = envelope_control_parse(&c, &key, (const char *)input, n, NULL);
	put_outcome(outcome < 0
	                    ? outcome
	                    : envelope_control_build((char *)output, sizeof(output), &c, key.api));
}

static void rebuild_key(char **line)
{
	const char *text = next_word(line);
	struct envelope_key key;
	int outcome = envelope_key_parse(&key, text, strlen(text));

	if (outcome == 0)
		outcome = envelope_key_build((char *)output, sizeof(output), &key);
	if (outcome < 0)
		printf("error %d\n", outcome);
	else
		printf("%s\n", (char *)output);
}

static void read_pcap(char **line)
{
	size_t n = unhex(input, next_word(line));
	struct envelope_pcap_reader r;
	struct envelope_packet p;
	int outcome = envelope_pcap_reader_init(&r, input, n);

	while (outcome >= 0 && (outcome = envelope_pcap_read(&r, &p)) > 0) {
		printf("packet %u %" PRId64 " ", p.link_type, p.time_ns);
		put_hex(p.data, p.length);
		putchar('\n');
	}
	printf(outcome < 0 ? "error %d\n" : "end\n", outcome);
}

static void write_pcap(char **line)
{
	struct envelope_pcap_writer w;
	int outcome = envelope_pcap_writer_init(&w, output, sizeof(output),
	                                        (uint16_t)strtoul(next_word(line), NULL, 10));

	while (outcome == 0 && more(line)) {
		struct envelope_packet p = {.data = input,
		                            .time_ns = strtoll(next_word(line), NULL, 10)};

		p.length = unhex(input, next_word(line));
		outcome = envelope_pcap_write(&w, &p);
	}
	put_outcome(outcome < 0 ? outcome : (long)w.length);
}

static void read_gso(char **line)
{
	size_t n = unhex(input, next_word(line));
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;
	int outcome = envelope_gso_reader_init(&r, input, n);

	while (outcome >= 0 && (outcome = envelope_gso_read(&r, &p)) > 0) {
		printf("packet %" PRId64 " ", p.packet.time_ns);
		put_hex(p.octets, ENVELOPE_VNET_HEADER);
		putchar(' ');
		put_hex(p.packet.data, p.packet.length);
		putchar('\n');
	}
	printf(outcome < 0 ? "error %d\n" : "end\n", outcome);
}

static void write_gso(char **line)
{
	struct envelope_gso_writer w;
	int outcome = envelope_gso_writer_init(&w, output, sizeof(output));

	while (outcome == 0 && more(line)) {
		struct envelope_packet p = {.data = input,
		                            .time_ns = strtoll(next_word(line), NULL, 10)};
		struct envelope_vnet h;

		if (unhex(extra, next_word(line)) != ENVELOPE_VNET_HEADER)
			fail("a virtio_net_hdr has ten octets");
		envelope_vnet_parse(&h, extra);
		p.length = unhex(input, next_word(line));
		outcome = envelope_gso_write(&w, &h, &p);
	}
	put_outcome(outcome < 0 ? outcome : (long)w.length);
}

static void segment_gso(char **line)
{
	size_t n = unhex(input, next_word(line));
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;
	struct envelope_packet segment;
	int outcome = envelope_gso_reader_init(&r, input, n);

	while (outcome >= 0 && (outcome = envelope_gso_read(&r, &p)) > 0) {
		struct envelope_segmenter s;

		if (envelope_segmenter_init(&s, &p.vnet, &p.packet) < 0)
			fail("the reader and the segmenter disagree");
		while (envelope_segmenter_next(&s, output, sizeof(output), &segment) > 0)
			put_packet(&segment);
	}
	printf(outcome < 0 ? "error %d\n" : "end\n", outcome);
}

static const struct {
	const char *name;
	void (*run)(char **line);
} commands[] = {
	{"parse", parse_json}, {"build", build_json},    {"control", rebuild_control},
	{"key", rebuild_key},  {"pcap", read_pcap},      {"pcap-write", write_pcap},
	{"gso", read_gso},     {"gso-write", write_gso}, {"segments", segment_gso},
};

static void run(char *line)
{
	const char *name = next_word(&line);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			commands[i].run(&line);
			return;
		}
	}
	fail("no such command");
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		run(line);
		fflush(stdout);
	}
	free(line);
	return 0;
}
