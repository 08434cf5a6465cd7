/* frame_text.c - one readable line for a frame: its header, and what the pieces of frame_line.h say
 * of the rest. */
#include "frame.h"

#include "frame_line.h"
#include "frame_names.h"

/* --- what stands before the payload; each has a longest form --- */

static char *put_address(char *at, const struct frame_address *a)
{
	if (a->has_pan) {
		at = frame_put_hex_of(at, a->pan, 2);
		*at++ = '/'; /* a PAN alone would be taken for a short address */
	}
	if (a->mode == FRAME_ADDRESS_SHORT)
		return frame_put_hex_of(at, a->value, 2);
	if (a->mode == FRAME_ADDRESS_EXTENDED)
		return frame_put_extended(at, a->value);
	return put_words(at, "-");
}

static bool has_addresses(const struct frame *f)
{
	return f->source.mode || f->destination.mode || f->source.has_pan || f->destination.has_pan;
}

enum {
	HEADER_MAX =
		sizeof " v3 seq 255 abcd/00:12:4b:00:00:9e:a3:c2 > abcd/00:12:4b:00:00:9e:a3:c2"
		       ", ack request, pending" +
		FRAME_DIGITS_MAX
};

static char *put_header(char *at, const struct frame *f)
{
	at = frame_put_name(at, frame_type_words_of(f->type));
	if (!f->header.length)
		return at;
	at = frame_put_number(put_words(at, " v"), f->version);
	if (f->has_sequence)
		at = frame_put_number(put_words(at, " seq "), f->sequence);
	if (has_addresses(f)) {
		at = put_address(put_words(at, " "), &f->source);
		at = put_address(put_words(at, " > "), &f->destination);
	}
	if (f->ack_request)
		at = put_words(at, ", ack request");
	return f->pending ? put_words(at, ", pending") : at;
}

static void add_header(struct frame_words *w, const struct frame *f)
{
	char elsewhere[HEADER_MAX], *begin = begin_piece(w, elsewhere, sizeof elsewhere);

	end_piece(w, begin, put_header(begin, f));
}

static void add_security(struct frame_words *w, const struct frame_security *s)
{
	add_words(w, ", security");
	if (!s->was_parsed)
		return;
	add_words(w, " ");
	add_words(w, frame_security_level_name(s->level));
	if (!s->counter_suppressed)
		add_field(w, " counter ", s->counter);
	if (s->key_id_mode)
		add_field(w, " key ", s->key_index);
}

enum { PAYLOAD_MAX = sizeof ", payload  ()" + FRAME_DIGITS_MAX + FRAME_NAME_MAX };

static char *put_payload(char *at, unsigned length, enum frame_hint hint)
{
	at = frame_put_number(put_words(at, ", payload "), length);
	if (hint == FRAME_HINT_UNKNOWN)
		return at;
	at = frame_put_name(put_words(at, " ("), &frame_hint_words[hint]);
	return put_words(at, ")");
}

static void add_payload(struct frame_words *w, const struct frame *f, const uint8_t *octets)
{
	bool encrypted = f->security.level & 4 && !f->decrypted;
	char elsewhere[PAYLOAD_MAX], *begin;
	enum frame_hint hint;

	if (!f->payload.length)
		return;
	hint = frame_hint(f, octets);
	if (!f->error && f->type == FRAME_BEACON && f->version < 2)
		frame_line_beacon(w, octets, f->payload, encrypted);
	if (!f->error && f->type == FRAME_COMMAND &&
	    (f->version < 2 || hint != FRAME_HINT_ENCRYPTED))
		frame_line_command(w, octets, f->payload, encrypted);
	begin = begin_piece(w, elsewhere, sizeof elsewhere);
	end_piece(w, begin, put_payload(begin, f->payload.length, hint));
}

static void add_frame(struct frame_words *w, const struct frame *f, const uint8_t *octets)
{
	if (!f->header.length && !f->payload.length) {
		add_words(w, "empty");
		return;
	}
	add_header(w, f);
	if (!f->header.length) {
		add_payload(w, f, octets);
		return;
	}
	if (f->security_enabled)
		add_security(w, &f->security);
	if (f->header_ies.length)
		frame_line_ies(w, FRAME_IE_HEADER, octets, f->header_ies);
	if (f->payload_ies.length)
		frame_line_ies(w, FRAME_IE_PAYLOAD, octets, f->payload_ies);
	add_payload(w, f, octets);
	if (f->mic.length)
		add_field(w, ", MIC ", f->mic.length);
}

static void add_fault(struct frame_words *w, const struct frame_fault *fault)
{
	if (!fault->error)
		return;
	add_words(w, ", bad: ");
	add_words(w, frame_strerror(fault->error));
	add_field(w, " at octet ", fault->offset);
	add_words(w, " (");
	add_words(w, fault->field);
	add_words(w, ")");
}

size_t frame_line_of(char *out, size_t size, const struct frame *f, const uint8_t *octets,
                     const struct frame_fault *fault)
{
	struct frame_words w = {out, size, 0};

	if (!size)
		return 0;
	add_frame(&w, f, octets);
	add_fault(&w, fault);
	out[w.length] = 0;
	return w.length;
}

size_t frame_line(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct frame_fault fault;
	struct frame f;

	if (!frame_parse(&f, octets, length, FRAME_LENIENT, &fault))
		frame_check(&f, octets, &fault);
	return frame_line_of(out, size, &f, octets, &fault);
}
