/* frame_fields.c - prints what libframe reads of every frame in a capture, in the columns that
 * tshark prints with -T fields, so that the two can be compared by tests/oracles/compare.py.
 * Usage: frame_fields FILE [crc16|crc32|ti]: the second argument says what frames of link type 195
 * end in, default crc16. Frames of other link types than 195, 230 and 283 are named as such; exit
 * status 3 for a pcap of one. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/pcapng_parse.h"
#include "frame.h"
#include "packet/packet.h"

enum check { NONE, CRC16, CRC32, TI };

static const char header[] = "frame_type\tversion\tseq_no\tdst_pan\tdst16\tdst64\tsrc_"
			     "pan\tsrc16\tsrc64\tsec_level\tkey_id_mode\tframe_counter\t"
			     "key_index\tcmd\theader_ies\tpayload_ies\tnested_ies\tfcs_ok\t"
			     "fault\n";

static void print_number(bool has, const char *format, unsigned value)
{
	if (has)
		printf(format, value);
	putchar('\t');
}

static void print_extended(const struct frame_address *a)
{
	for (int shift = 56; a->mode == FRAME_ADDRESS_EXTENDED && shift >= 0; shift -= 8)
		printf(shift ? "%02x:" : "%02x", (unsigned)(a->value >> shift & 0xff));
	putchar('\t');
}

static void print_address(const struct frame_address *a)
{
	print_number(a->has_pan, "0x%04x", a->pan);
	print_number(a->mode == FRAME_ADDRESS_SHORT, "0x%04x", (unsigned)a->value);
	print_extended(a);
}

static bool ends_in(const struct frame_fault *fault, const char *clause)
{
	return fault->error == FRAME_ETRUNCATED &&
	       strncmp(fault->field, clause, strlen(clause)) == 0;
}

/* tshark shows what is there of a header that ends too early. */
static void print_security(const struct frame *f, const struct frame_fault *fault)
{
	const struct frame_security *s = &f->security;
	bool counter = s->was_parsed || ends_in(fault, "9.4.4"),
	     control = counter || ends_in(fault, "9.4.3");

	print_number(control, "0x%02x", s->level);
	print_number(control, "0x%02x", s->key_id_mode);
	print_number(counter && !s->counter_suppressed, "%u", s->counter);
	print_number(s->was_parsed && s->key_id_mode, "0x%02x", s->key_index);
}

static void print_command(const struct frame *f, const uint8_t *octets)
{
	bool in_clear = f->version < 2 || !(f->security.level & 4);

	print_number(f->type == FRAME_COMMAND && f->payload.length && in_clear, "0x%02x",
	             octets[f->payload.offset]);
}

static void print_ids(enum frame_ie_kind kind, const uint8_t *octets, struct frame_span list,
                      bool *any)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	for (frame_ie_iterator_init(&it, kind, octets, list); frame_ie_next(&it, &ie, NULL) == 1;
	     *any = true)
		printf("%s0x%04x", *any ? "," : "", ie.id);
}

static void print_nested(const uint8_t *octets, struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;
	bool any = false;

	for (frame_ie_iterator_init(&it, FRAME_IE_PAYLOAD, octets, list);
	     frame_ie_next(&it, &ie, NULL) == 1;)
		if (ie.id == FRAME_IE_MLME)
			print_ids(FRAME_IE_NESTED, octets, ie.content, &any);
	putchar('\t');
}

static void print_ies(const struct frame *f, const uint8_t *octets)
{
	bool any = false;

	print_ids(FRAME_IE_HEADER, octets, f->header_ies, &any);
	putchar('\t');
	any = false;
	print_ids(FRAME_IE_PAYLOAD, octets, f->payload_ies, &any);
	putchar('\t');
	print_nested(octets, f->payload_ies);
}

static size_t trailer_size(enum check check)
{
	return check == NONE ? 0 : check == CRC32 ? 4 : 2;
}

static bool is_right(enum check check, const uint8_t *octets, size_t length)
{
	struct frame_ti ti;

	if (check == CRC16)
		return frame_fcs16_ok(octets, length);
	if (check == CRC32)
		return frame_fcs32_ok(octets, length);
	frame_ti_parse(&ti, octets + length - 2);
	return ti.crc_ok;
}

/* captured octets are there of a frame that had length octets. */
static void print_frame(const uint8_t *octets, size_t captured, size_t length, enum check check)
{
	size_t trailer = length < trailer_size(check) ? 0 : trailer_size(check);
	size_t mpdu = captured < length - trailer ? captured : length - trailer;
	struct frame_fault fault;
	struct frame f;

	frame_parse(&f, octets, mpdu, FRAME_RECEIVER, &fault);
	print_number(mpdu, "0x%04x", f.type);
	print_number(f.header.length && (f.type != FRAME_MULTIPURPOSE || f.long_fcf), "%u",
	             f.version);
	print_number(f.has_sequence, "%u", f.sequence);
	print_address(&f.destination);
	print_address(&f.source);
	print_security(&f, &fault);
	print_command(&f, octets);
	print_ies(&f, octets);
	print_number(trailer && captured == length, "%u",
	             trailer && captured == length && is_right(check, octets, length));
	printf("%s\n", fault.field);
}

static bool is_ours(int link_type)
{
	return link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_TAP;
}

static void print_packet(int link_type, const uint8_t *octets, size_t captured, size_t length,
                         enum check check)
{
	struct frame_fault fault;
	struct frame_tap tap;
	int start = 0;

	if (link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS)
		check = NONE;
	if (link_type == ENVELOPE_LINK_IEEE802_15_4_TAP) {
		start = frame_tap_parse(&tap, octets, captured, &fault);
		check = tap.fcs_type == FRAME_TAP_FCS16   ? CRC16
		        : tap.fcs_type == FRAME_TAP_FCS32 ? CRC32
		                                          : NONE;
	}
	if (start < 0)
		printf("\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t%s\n", fault.field);
	else
		print_frame(octets + start, captured - (size_t)start, length - (size_t)start,
		            check);
}

/* libpcap cuts records to the file's snapshot length; Wireshark does not, and some files have one
 * that is far too small. Both are to see the same octets. */
static void widen_snapshot(char *file, size_t size)
{
	static const char *const magics[] = {"\xd4\xc3\xb2\xa1", "\x4d\x3c\xb2\xa1",
	                                     "\xa1\xb2\xc3\xd4", "\xa1\xb2\x3c\x4d"};

	for (unsigned i = 0; size >= 24 && i < 4; i++)
		if (!memcmp(file, magics[i], 4))
			memcpy(file + 16, i < 2 ? "\0\0\4\0" : "\0\4\0\0", 4);
}

/* A pcapng's interfaces may differ, which libpcap does not read. */
static int print_pcapng(const uint8_t *octets, size_t size, enum check check)
{
	struct pcapng_record record;
	struct pcapng p = {0};
	uint32_t n;

	for (size_t at = 0; size - at >= PCAPNG_FIRST; at += n) {
		n = pcapng_block_length(&p, octets + at, &record);
		if (!n || n > size - at)
			break;
		if (pcapng_parse(&p, octets + at, n, &record) != PCAPNG_PACKET)
			continue;
		if (is_ours(record.packet.link_type))
			print_packet(record.packet.link_type, record.packet.data,
			             record.packet.length, record.original, check);
		else
			printf("other link type%s\n", "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t");
	}
	pcapng_end(&p);
	return 0;
}

static char *read_capture(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *octets;
	long end;

	if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) <= 0)
		return NULL;
	rewind(file);
	octets = malloc((size_t)end);
	if (!octets || fread(octets, 1, (size_t)end, file) != (size_t)end)
		abort();
	fclose(file);
	*size = (size_t)end;
	return octets;
}

static int print_pcap(const char *path, char *octets, size_t size, enum check check)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *record;
	const uint8_t *data;
	int more;

	widen_snapshot(octets, size);
	pcap_t *capture = pcap_fopen_offline(fmemopen(octets, size, "rb"), why);
	if (!capture)
		return fprintf(stderr, "frame_fields: %s: %s\n", path, why), 1;
	if (!is_ours(pcap_datalink(capture)))
		return 3;
	while ((more = pcap_next_ex(capture, &record, &data)) == 1)
		print_packet(pcap_datalink(capture), data, record->caplen, record->len, check);
	if (more != PCAP_ERROR_BREAK)
		fprintf(stderr, "frame_fields: %s: %s\n", path, pcap_geterr(capture));
	pcap_close(capture);
	return 0;
}

static enum check check_named(const char *name)
{
	return !strcmp(name, "ti") ? TI : !strcmp(name, "crc32") ? CRC32 : CRC16;
}

int main(int argc, char **argv)
{
	enum check check = check_named(argc > 2 ? argv[2] : "crc16");
	size_t size = 0;
	char *octets;

	if (argc < 2)
		return fprintf(stderr, "Usage: frame_fields FILE [crc16|crc32|ti]\n"), 2;
	octets = read_capture(argv[1], &size);
	if (!octets)
		return fprintf(stderr, "frame_fields: %s: cannot be read\n", argv[1]), 1;
	printf("%s", header);
	if (size >= 4 && pcapng_begins((uint8_t *)octets))
		return print_pcapng((uint8_t *)octets, size, check);
	return print_pcap(argv[1], octets, size, check);
}
