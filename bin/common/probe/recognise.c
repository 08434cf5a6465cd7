#include "probe/recognise.h"

#include <string.h>

#include "probe/fcs.h"
#include "probe/hdlc.h"
#include "probe/text.h"
#include "slip.h"

enum {
	TEXT_MIN = 16,  /* octets that are called text */
	NOISE_MIN = 32, /* octets that are called noise */
};

/* --- captures --- */

static const struct magic {
	uint8_t octets[12];
	size_t length;
	enum line_language language;
} magics[] = {
	{{0xd4, 0xc3, 0xb2, 0xa1}, 4, LINE_PCAP},
	{{0xa1, 0xb2, 0xc3, 0xd4}, 4, LINE_PCAP},
	{{0x4d, 0x3c, 0xb2, 0xa1}, 4, LINE_PCAP},
	{{0xa1, 0xb2, 0x3c, 0x4d}, 4, LINE_PCAP},
	{{0x34, 0xcd, 0xb2, 0xa1}, 4, LINE_PCAP},
	{{0xa1, 0xb2, 0xcd, 0x34}, 4, LINE_PCAP},
	{{0x0a, 0x0d, 0x0d, 0x0a}, 4, LINE_PCAPNG},
	{{0x1f, 0x8b, 0x08}, 3, LINE_COMPRESSED},
	{{0x28, 0xb5, 0x2f, 0xfd}, 4, LINE_COMPRESSED},
	{{0xfd, '7', 'z', 'X', 'Z', 0x00}, 6, LINE_COMPRESSED},
	{{'B', 'Z', 'h', '9', '1', 'A', 'Y'}, 7, LINE_COMPRESSED},
};

enum { MAGICS = sizeof magics / sizeof magics[0] };

static enum line_language find_magic(const uint8_t *octets, size_t n)
{
	for (unsigned i = 0; i < MAGICS; i++)
		if (n >= magics[i].length &&
		    memcmp(octets, magics[i].octets, magics[i].length) == 0)
			return magics[i].language;
	return LINE_UNKNOWN;
}

bool recognise_may_be_capture(const uint8_t *octets, size_t n)
{
	for (unsigned i = 0; i < MAGICS; i++)
		if (n < magics[i].length && memcmp(octets, magics[i].octets, n) == 0)
			return true;
	return false;
}

/* --- SLIP --- */

static bool all_zero(const uint8_t *octets, size_t n)
{
	while (n && !octets[n - 1])
		n--;
	return !n;
}

/* Random octets do with a chance of about one in twenty. */
static bool is_plausible(const uint8_t *octets, size_t n)
{
	struct frame f;

	if (n < 3 || frame_parse(&f, octets, n, FRAME_RECEIVER, NULL) < 0)
		return false;
	if (f.type == FRAME_ACK && f.version < 2)
		return octets[1] == 0 && !(octets[0] & 0xe8) && n <= 7;
	if (f.version < 2 && f.type <= FRAME_COMMAND && (octets[0] & 0x80 || octets[1] & 0x03))
		return false;
	return f.type <= FRAME_MULTIPURPOSE && (f.destination.mode || f.source.mode);
}

static bool has_right_fcs(const uint8_t *octets, size_t n)
{
	return n > 4 && !all_zero(octets, n) &&
	       (frame_fcs16_ok(octets, n) || frame_fcs32_ok(octets, n));
}

static bool is_immediate_ack(const uint8_t *octets, size_t n)
{
	return n == 3 && (octets[0] & 0xef) == 0x02 && octets[1] == 0;
}

bool recognise_begins_line(const uint8_t *octets, size_t n)
{
	if (has_right_fcs(octets, n) || is_immediate_ack(octets, n))
		return true;
	return is_plausible(octets, n) && (octets[1] & 0x30) <= 0x10 &&
	       (octets[0] & 7) <= FRAME_COMMAND && (octets[0] & 7) != FRAME_ACK;
}

static void judge_piece(struct recognised *r, const uint8_t *octets, size_t n)
{
	struct probe_text text = probe_text_sort(octets, n);

	octets += text.length;
	n -= text.length;
	if (!n || octets[0] == '?')
		return;
	/* Answers of a radio, beside its frames. */
	if (n > 2 && octets[0] == '!' && memchr("MRV", octets[1], 3))
		r->sure++;
	else if (has_right_fcs(octets, n))
		r->sure++;
	else if (is_plausible(octets, n))
		r->checked++;
	else
		r->wrong++;
}

static void read_slip(struct recognised *r, const uint8_t *octets, size_t n)
{
	uint8_t frame[PROBE_FRAME_MAX];
	struct slip_decoder d;

	slip_decoder_init(&d, frame, sizeof frame, 0);
	for (size_t used = 0; used < n;) {
		enum slip_event event;

		used += slip_decode(&d, octets + used, n - used, &event);
		if (event == SLIP_FRAME)
			judge_piece(r, d.frame, d.length);
		else if (event == SLIP_BAD_ESCAPE || event == SLIP_OVERLONG)
			r->wrong++;
	}
}

/* Octets of a character of UTF-8 that takes more than one; 0: it is none. */
static size_t utf8_length(const uint8_t *octets, size_t n)
{
	size_t length = octets[0] >= 0xf0 ? 4 : octets[0] >= 0xe0 ? 3 : 2;

	if (octets[0] < 0xc2 || octets[0] > 0xf4 || length > n)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((octets[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static size_t count_text(const uint8_t *octets, size_t n)
{
	size_t text = 0, length;

	for (size_t i = 0; i < n; i += length) {
		size_t more = utf8_length(octets + i, n - i);

		length = more ? more : 1;
		text += more ? more : probe_text_only(octets + i, 1);
	}
	return text;
}

/* Of either octet order, most of it characters of ASCII. */
static bool is_utf16(const uint8_t *octets, size_t n)
{
	size_t pairs = n / 2, text[2] = {0, 0};

	for (size_t i = 0; i < 2 * pairs; i++)
		text[i % 2] += !octets[i ^ 1] && probe_text_only(octets + i, 1);
	return pairs >= TEXT_MIN && (text[0] >= pairs - pairs / 4 || text[1] >= pairs - pairs / 4);
}

static bool is_slip(const struct recognised *r)
{
	return r->sure || (r->checked && r->checked >= r->wrong);
}

static bool is_noise(const struct recognised *r, const uint8_t *octets, size_t n)
{
	return n >= NOISE_MIN && r->checked * 3 <= r->wrong && count_text(octets, n) < n - n / 4;
}

/* --- the others --- */

enum { SPINEL_FLAG = 0x80, SPINEL_FLAG_BITS = 0xc0 };

/* Whether so many messages are whole. */
static bool is_hdlc(const uint8_t *octets, size_t n, unsigned least)
{
	uint8_t frame[PROBE_FRAME_MAX + 64];
	struct hdlc_decoder d;
	unsigned whole = 0;

	hdlc_decoder_init(&d, frame, sizeof frame);
	for (size_t used = 0; used < n;) {
		enum hdlc_event event;

		used += hdlc_decode(&d, octets + used, n - used, &event);
		if (event == HDLC_FRAME && d.length >= 3 &&
		    (d.frame[0] & SPINEL_FLAG_BITS) == SPINEL_FLAG && ++whole == least)
			return true;
	}
	return false;
}

static bool is_sensniff(const uint8_t *octets, size_t n)
{
	static const uint8_t magic[] = {0xc1, 0x1f, 0xfe, 0x72};
	const uint8_t *at = memmem(octets, n, magic, sizeof magic);

	return at && (size_t)(at - octets) + sizeof magic < n && (at[4] == 1 || at[4] == 2);
}

static bool is_nrf_sniffer(const uint8_t *octets, size_t n)
{
	const uint8_t *at = memmem(octets, n, "received: ", 10);

	return at && memmem(at, n - (size_t)(at - octets), " power: ", 8);
}

static bool is_only_text(const uint8_t *octets, size_t n)
{
	return n >= TEXT_MIN && !memchr(octets, SLIP_END, n) &&
	       (count_text(octets, n) >= n - n / 16 || is_utf16(octets, n));
}

/* Messages that only one firmware makes; of HDLC so many. LINE_UNKNOWN: there are none. */
static enum line_language find_messages(const uint8_t *octets, size_t n, unsigned least)
{
	if (is_sensniff(octets, n))
		return LINE_SENSNIFF;
	if (is_nrf_sniffer(octets, n))
		return LINE_NRF_SNIFFER;
	return is_hdlc(octets, n, least) ? LINE_HDLC : LINE_UNKNOWN;
}

struct recognised recognise(const uint8_t *octets, size_t n)
{
	struct recognised r = {.language = find_magic(octets, n)};

	size_t whole = n;

	n = n < RECOGNISE_ENOUGH ? n : RECOGNISE_ENOUGH;
	if (r.language)
		return r;
	read_slip(&r, octets, n);
	r.language = find_messages(octets, n, 1);
	if (r.language)
		return r;
	if (is_slip(&r))
		r.language = LINE_SLIP;
	else if (is_only_text(octets, n) && !memchr(octets + n, SLIP_END, whole - n))
		r.language = LINE_TEXT;
	else if (is_noise(&r, octets, n))
		r.language = LINE_NOISE;
	return r;
}

/* One message of HDLC is in a megabyte of noise by chance. */
struct recognised recognise_file(const uint8_t *octets, size_t n)
{
	struct recognised r = recognise(octets, n);
	bool is_open =
		r.language == LINE_UNKNOWN || r.language == LINE_TEXT || r.language == LINE_NOISE;

	if (n <= RECOGNISE_ENOUGH || !is_open)
		return r;
	enum line_language behind = find_messages(octets, n, 2);
	if (behind)
		r.language = behind;
	return r;
}

/* --- words --- */

static const struct {
	const char *name, *firmware;
} languages[] = {
	[LINE_UNKNOWN] = {"nothing that is known", NULL},
	[LINE_SLIP] = {"SLIP", "raw"},
	[LINE_HDLC] = {"HDLC, as OpenThread's RCP has it", "spinel"},
	[LINE_SENSNIFF] = {"what Contiki-NG's sensniff says", "sensniff"},
	[LINE_NRF_SNIFFER] = {"the lines of Nordic's nRF Sniffer", "nrf-sniffer"},
	[LINE_TEXT] = {"text", NULL},
	[LINE_NOISE] = {"noise", NULL},
	[LINE_PCAP] = {"a pcap capture", NULL},
	[LINE_PCAPNG] = {"a pcapng capture", NULL},
	[LINE_COMPRESSED] = {"a compressed file", NULL},
};

const char *recognise_name(enum line_language language)
{
	return languages[language].name;
}

const char *recognise_firmware(enum line_language language)
{
	return languages[language].firmware;
}

enum line_language recognise_language_of(const char *firmware)
{
	for (unsigned i = 0; i < sizeof languages / sizeof languages[0]; i++)
		if (languages[i].firmware && strcmp(languages[i].firmware, firmware) == 0)
			return (enum line_language)i;
	return LINE_SLIP;
}
