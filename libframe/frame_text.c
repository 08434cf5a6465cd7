/* frame_text.c - one readable line for a frame. */
#include "frame.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *out;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	size_t left = t->size - t->length;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(t->out + t->length, left, format, arguments);
	va_end(arguments);
	if (n > 0)
		t->length += (size_t)n < left ? (size_t)n : left - 1;
}

static void add_address(struct text *t, const struct frame_address *a)
{
	if (a->has_pan)
		add(t, a->mode ? "%04x/" : "%04x", a->pan);
	if (a->mode == FRAME_ADDRESS_SHORT)
		add(t, "%04x", (unsigned)a->value);
	for (int shift = 56; a->mode == FRAME_ADDRESS_EXTENDED && shift >= 0; shift -= 8)
		add(t, shift ? "%02x:" : "%02x", (unsigned)(a->value >> shift & 0xff));
	if (!a->mode && !a->has_pan)
		add(t, "-");
}

static void add_security(struct text *t, const struct frame_security *s)
{
	if (!s->was_parsed) {
		add(t, ", security");
		return;
	}
	add(t, ", security %s", frame_security_level_name(s->level));
	if (!s->counter_suppressed)
		add(t, " counter %u", s->counter);
	if (s->key_id_mode)
		add(t, " key %u", s->key_index);
}

static bool has_addresses(const struct frame *f)
{
	return f->source.mode || f->destination.mode || f->source.has_pan || f->destination.has_pan;
}

static bool is_termination(enum frame_ie_kind kind, unsigned id)
{
	return kind == FRAME_IE_HEADER ? id == FRAME_IE_HT1 || id == FRAME_IE_HT2
	                               : kind == FRAME_IE_PAYLOAD && id == FRAME_IE_TERMINATION;
}

static void add_list(struct text *t, enum frame_ie_kind kind, const uint8_t *octets,
                     struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	for (frame_ie_iterator_init(&it, kind, octets, list); frame_ie_next(&it, &ie, NULL) == 1;) {
		if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_MLME)
			add_list(t, FRAME_IE_NESTED, octets, ie.content);
		else if (!is_termination(kind, ie.id))
			add(t, ", %s", frame_ie_name(kind, ie.id));
	}
}

static void add_payload(struct text *t, const struct frame *f, const uint8_t *octets)
{
	enum frame_hint hint = frame_hint(f, octets);

	if (!f->payload.length)
		return;
	if (!f->error && f->type == FRAME_COMMAND &&
	    (f->version < 2 || hint != FRAME_HINT_ENCRYPTED))
		add(t, ", %s", frame_command_name(octets[f->payload.offset]));
	add(t, ", payload %u", f->payload.length);
	if (hint != FRAME_HINT_UNKNOWN)
		add(t, " (%s)", frame_hint_name(hint));
}

static void add_frame(struct text *t, const struct frame *f, const uint8_t *octets)
{
	if (!f->header.length && !f->payload.length) {
		add(t, "empty");
		return;
	}
	add(t, "%s", frame_type_name(f->type));
	if (!f->header.length) {
		add_payload(t, f, octets);
		return;
	}
	add(t, " v%u", f->version);
	if (f->has_sequence)
		add(t, " seq %u", f->sequence);
	if (has_addresses(f)) {
		add(t, " ");
		add_address(t, &f->source);
		add(t, " > ");
		add_address(t, &f->destination);
	}
	if (f->ack_request)
		add(t, ", ack request");
	if (f->pending)
		add(t, ", pending");
	if (f->security_enabled)
		add_security(t, &f->security);
	add_list(t, FRAME_IE_HEADER, octets, f->header_ies);
	add_list(t, FRAME_IE_PAYLOAD, octets, f->payload_ies);
	add_payload(t, f, octets);
	if (f->mic.length)
		add(t, ", MIC %u", f->mic.length);
}

size_t frame_line(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct text t = {out, size, 0};
	struct frame_fault fault;
	struct frame f;

	if (!size)
		return 0;
	if (!frame_parse(&f, octets, length, FRAME_LENIENT, &fault))
		frame_check(&f, octets, &fault);
	add_frame(&t, &f, octets);
	if (fault.error)
		add(&t, ", bad: %s at octet %zu (%s)", frame_strerror(fault.error), fault.offset,
		    fault.field);
	return t.length;
}
