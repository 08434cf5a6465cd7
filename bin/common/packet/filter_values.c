#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "base/text.h"
#include "frame.h"
#include "packet/filter_internal.h"

static const char *const field_names[FILTER_FIELDS + 1] = {
	"type",    "pan",         "addr",    "src",     "dst",       "seq", "channel", "dispatch",
	"secured", "ack-request", "pending", "bad-fcs", "malformed", "any", NULL};

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

unsigned filter_field_named(const char *name, size_t length)
{
	unsigned field = 0;

	while (field < FILTER_FIELDS && !is_word(name, length, field_names[field]))
		field++;
	return field;
}

const char *filter_field_name(unsigned field)
{
	return field_names[field];
}

void filter_field_names(char *out, size_t size)
{
	struct text t = {out, size, 0};

	for (unsigned i = 0; i < FILTER_FIELDS; i++)
		text_add(&t, "%s%s%s", i ? ", " : "", field_names[i], i < FIELD_SECURED ? "=" : "");
}

/* --- numbers --- */

/* Hex digits, with or without 0x and colons; 0: none, too many, or something else is there. */
static unsigned read_hex(uint64_t *value, const char *text, size_t length)
{
	unsigned digits = 0;

	if (length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
		text += 2;
		length -= 2;
	}
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		int c = tolower((unsigned char)text[i]);

		if (c == ':' && digits && digits % 2 == 0 && i + 1 < length)
			continue;
		if (!isxdigit(c) || ++digits > 16)
			return 0;
		*value = *value << 4 | (unsigned)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return digits;
}

static int read_decimal(struct filter_value *v, const char *text, size_t length, uint64_t maximum)
{
	v->number = 0;
	if (length == 0 || length > 6)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		v->number = v->number * 10 + (unsigned)(text[i] - '0');
	}
	return v->number <= maximum ? 0 : -1;
}

static int read_address(struct filter_value *v, const char *text, size_t length)
{
	unsigned digits;

	v->mode = FRAME_ADDRESS_SHORT;
	if (is_word(text, length, "broadcast")) {
		v->number = 0xffff;
		return 0;
	}
	digits = read_hex(&v->number, text, length);
	if (digits == 16)
		v->mode = FRAME_ADDRESS_EXTENDED;
	return digits == 16 || (digits >= 1 && digits <= 4) ? 0 : -1;
}

/* --- names --- */

static int read_type(struct filter_value *v, const char *text, size_t length)
{
	for (v->number = 0; v->number <= FRAME_EXTENDED; v->number++)
		if (is_word(text, length, frame_type_name((unsigned)v->number)))
			return 0;
	return -1;
}

/* libframe's names have blanks, and a word of a filter has none. */
static bool is_hyphenated(const char *text, size_t length, const char *name)
{
	if (strlen(name) != length)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = name[i] == ' ' ? '-' : name[i];

		if (tolower((unsigned char)c) != tolower((unsigned char)text[i]))
			return false;
	}
	return true;
}

static int read_dispatch(struct filter_value *v, const char *text, size_t length)
{
	for (unsigned hint = 0; hint <= FRAME_HINT_ZIGBEE_GREEN_POWER; hint++) {
		v->number = hint;
		if (is_hyphenated(text, length, frame_hint_name((enum frame_hint)hint)))
			return 0;
	}
	v->is_dispatch = true;
	for (unsigned octet = 0; octet < 256; octet++) {
		v->dispatch = frame_dispatch_name((uint8_t)octet);
		if (v->dispatch && is_hyphenated(text, length, v->dispatch))
			return 0;
	}
	return -1;
}

static const char dispatch_form[] =
	"6lowpan, zigbee, thread-mle, zigbee-green-power, encrypted, unknown, "
	"or a dispatch such as iphc, frag1, fragn, mesh";
static const char *const forms[FIELD_SECURED] = {
	[FIELD_TYPE] = "beacon, data, ack, command, multipurpose, fragment, extended or reserved",
	[FIELD_PAN] = "a PAN ID of up to four hex digits",
	[FIELD_ADDRESS] = "up to four hex digits (short), 16 (extended) or broadcast",
	[FIELD_SOURCE] = "up to four hex digits (short), 16 (extended) or broadcast",
	[FIELD_DESTINATION] = "up to four hex digits (short), 16 (extended) or broadcast",
	[FIELD_SEQUENCE] = "0 to 255",
	[FIELD_CHANNEL] = "0 to 65535",
	[FIELD_DISPATCH] = dispatch_form,
};

/* Of the fields whose values are names, those that people take for others. */
static const char *const type_words[] = {"beacon",   "data",         "ack",
                                         "command",  "multipurpose", "fragment",
                                         "extended", "reserved",     NULL};
static const char *const dispatch_words[] = {
	"6lowpan",   "zigbee",  "thread-mle", "zigbee-green-power",
	"encrypted", "unknown", "iphc",       "ipv6",
	"frag1",     "fragn",   "rfrag",      "mesh",
	NULL};

/* --- what was probably meant --- */

static bool begins(const char *word, const char *text, size_t length)
{
	return length >= 2 && length < strlen(word) && strncasecmp(word, text, length) == 0;
}

static bool begins_with(const char *text, size_t length, const char *word)
{
	return strlen(word) >= 3 && strlen(word) < length &&
	       strncasecmp(text, word, strlen(word)) == 0;
}

/* NULL: nothing is near. */
static const char *meant(const char *const *words, const char *text, size_t length)
{
	const char *nearest = nearest_word(words, text, length);

	for (unsigned i = 0; words[i] && !nearest; i++)
		if (begins(words[i], text, length) || begins_with(text, length, words[i]))
			nearest = words[i];
	return nearest;
}

static bool is_among(const char *const *words, const char *text, size_t length)
{
	for (unsigned i = 0; words[i]; i++)
		if (is_word(text, length, words[i]))
			return true;
	return false;
}

void filter_field_meant(char *out, size_t size, const char *name, size_t length)
{
	const char *nearest = meant(field_names, name, length);
	struct text t = {out, size, 0};

	out[0] = '\0';
	if (is_among(type_words, name, length))
		text_add(&t, "; did you mean type=%.*s?", (int)length, name);
	else if (is_among(dispatch_words, name, length))
		text_add(&t, "; did you mean dispatch=%.*s?", (int)length, name);
	else if (nearest)
		text_add(&t, "; did you mean %s%s?", nearest,
		         filter_field_named(nearest, strlen(nearest)) < FIELD_SECURED ? "=" : "");
}

static int refuse_value(unsigned field, const char *text, size_t length, struct why *why)
{
	const char *nearest = field == FIELD_TYPE       ? meant(type_words, text, length)
	                      : field == FIELD_DISPATCH ? meant(dispatch_words, text, length)
	                                                : NULL;

	return why_set(why, "%s= takes %s, not '%.*s'%s%s%s", field_names[field], forms[field],
	               length > 40 ? 40 : (int)length, text, nearest ? "; did you mean " : "",
	               nearest ? nearest : "", nearest ? "?" : "");
}

int filter_value_read(struct filter_value *v, unsigned field, const char *text, size_t length,
                      struct why *why)
{
	unsigned digits;
	int result = -1;

	*v = (struct filter_value){0};
	if (field == FIELD_TYPE) {
		result = read_type(v, text, length);
	} else if (field == FIELD_PAN) {
		digits = read_hex(&v->number, text, length);
		result = digits >= 1 && digits <= 4 ? 0 : -1;
	} else if (field == FIELD_SEQUENCE || field == FIELD_CHANNEL) {
		result = read_decimal(v, text, length, field == FIELD_SEQUENCE ? 255 : 65535);
	} else if (field == FIELD_DISPATCH) {
		result = read_dispatch(v, text, length);
	} else {
		result = read_address(v, text, length);
	}
	return result < 0 ? refuse_value(field, text, length, why) : 0;
}
