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
	add(t, ", security level %u", s->level);
	if (!s->counter_suppressed)
		add(t, " counter %u", s->counter);
	if (s->key_id_mode)
		add(t, " key %u", s->key_index);
}

static bool has_addresses(const struct frame *f)
{
	return f->source.mode || f->destination.mode || f->source.has_pan || f->destination.has_pan;
}

static void add_frame(struct text *t, const struct frame *f)
{
	add(t, "%s", frame_type_name(f->type));
	if (!f->header.length)
		return;
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
	if (f->header_ies.length || f->payload_ies.length)
		add(t, ", IEs %u", f->header_ies.length + f->payload_ies.length);
	if (f->payload.length)
		add(t, ", payload %u", f->payload.length);
	if (f->mic.length)
		add(t, ", MIC %u", f->mic.length);
}

size_t frame_line(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct text t = {out, size, 0};
	struct frame f;

	if (!size)
		return 0;
	frame_read(&f, octets, length, FRAME_LENIENT);
	add_frame(&t, &f);
	if (f.fault.error)
		add(&t, ", bad: %s at octet %u (%s)", frame_strerror(f.fault.error), f.fault.offset, f.fault.clause);
	return t.length;
}
