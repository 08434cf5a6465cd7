/* frame_text.c - one readable line for a frame: its header, and what the pieces of frame_line.h say
 * of the rest. */
#include "frame.h"

#include "frame_line.h"

static void add_address(struct frame_words *w, const struct frame_address *a)
{
	if (a->has_pan) {
		add_hex(w, a->pan, 2);
		add_if(w, a->mode, "/");
	}
	if (a->mode == FRAME_ADDRESS_SHORT)
		add_hex(w, a->value, 2);
	if (a->mode == FRAME_ADDRESS_EXTENDED)
		frame_add_extended(w, a->value);
	add_if(w, !a->mode && !a->has_pan, "-");
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

static bool has_addresses(const struct frame *f)
{
	return f->source.mode || f->destination.mode || f->source.has_pan || f->destination.has_pan;
}

static void add_payload(struct frame_words *w, const struct frame *f, const uint8_t *octets)
{
	bool encrypted = f->security.level & 4 && !f->decrypted;
	enum frame_hint hint;

	if (!f->payload.length)
		return;
	hint = frame_hint(f, octets);
	if (!f->error && f->type == FRAME_BEACON && f->version < 2)
		frame_line_beacon(w, octets, f->payload, encrypted);
	if (!f->error && f->type == FRAME_COMMAND &&
	    (f->version < 2 || hint != FRAME_HINT_ENCRYPTED))
		frame_line_command(w, octets, f->payload, encrypted);
	add_field(w, ", payload ", f->payload.length);
	if (hint == FRAME_HINT_UNKNOWN)
		return;
	add_words(w, " (");
	add_words(w, frame_hint_name(hint));
	add_words(w, ")");
}

static void add_frame(struct frame_words *w, const struct frame *f, const uint8_t *octets)
{
	if (!f->header.length && !f->payload.length) {
		add_words(w, "empty");
		return;
	}
	add_words(w, frame_type_name(f->type));
	if (!f->header.length) {
		add_payload(w, f, octets);
		return;
	}
	add_field(w, " v", f->version);
	if (f->has_sequence)
		add_field(w, " seq ", f->sequence);
	if (has_addresses(f)) {
		add_words(w, " ");
		add_address(w, &f->source);
		add_words(w, " > ");
		add_address(w, &f->destination);
	}
	add_if(w, f->ack_request, ", ack request");
	add_if(w, f->pending, ", pending");
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
