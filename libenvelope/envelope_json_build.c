#include <string.h>

#include "envelope.h"
#include "envelope_json.h"
#include "envelope_text.h"

static const char v1_begin[] = "{\"_api_version\": \"" IOPPYTEST_API_VERSION "\", \"data\": [";
static const char v0_sniffed_begin[] = "{\"_type\": \"packet.sniffed.raw\", \"data\": [";
static const char v0_inject_begin[] = "{\"_type\": \"packet.to_inject.raw\", \"data\": [";
static const char slip_begin[] = "], \"data_slip\": [";
static const char name_begin[] = "], \"interface_name\": ";
static const char time_begin[] = ", \"timestamp\": ";

enum { SLIP_END = 0xC0, SLIP_ESC = 0xDB, SLIP_ESC_END = 0xDC, SLIP_ESC_ESC = 0xDD };
enum {
	AROUND = sizeof(v0_inject_begin) + sizeof(slip_begin) + sizeof(name_begin) +
	         sizeof(time_begin) + TEXT_TIME_MAX + 4
};

size_t envelope_json_max(size_t packet_length, const struct envelope_json_options *o)
{
	size_t name = o->interface_name ? strlen(o->interface_name) : 0;
	size_t octets = packet_length + (o->with_slip ? 2 * packet_length + 2 : 0);

	return AROUND + octets * OCTET_TEXT_MAX + TEXT_STRING_MAX(name);
}

static void text_octets(struct text *t, const struct envelope_octets_kernel *kernel,
                        const uint8_t *octets, size_t n)
{
	size_t left = t->size - t->length;

	if (t->full || (left < n * OCTET_TEXT_MAX && envelope_octets_text_size(octets, n) > left)) {
		t->full = true;
		return;
	}
	t->length += kernel->write(t->out + t->length, left, octets, n);
}

/* ENDs and escapes as libslip writes them: here as numbers, and runs between them go through
 * text_octets. */
static void text_slip(struct text *t, const struct envelope_octets_kernel *kernel,
                      const uint8_t *octets, size_t n)
{
	static const uint8_t escaped_end[] = {SLIP_ESC, SLIP_ESC_END},
			     escaped_esc[] = {SLIP_ESC, SLIP_ESC_ESC};
	size_t run = 0;

	envelope_text_literal(t, "192, ");
	for (size_t i = 0; i < n; i++) {
		bool end = octets[i] == SLIP_END;

		if (!end && octets[i] != SLIP_ESC)
			continue;
		if (i > run) {
			text_octets(t, kernel, octets + run, i - run);
			envelope_text_literal(t, ", ");
		}
		text_octets(t, kernel, end ? escaped_end : escaped_esc, 2);
		envelope_text_literal(t, ", ");
		run = i + 1;
	}
	if (n > run) {
		text_octets(t, kernel, octets + run, n - run);
		envelope_text_literal(t, ", ");
	}
	envelope_text_literal(t, "192");
}

static void text_begin(struct text *t, const struct envelope_json_options *o)
{
	if (o->api != ENVELOPE_V0)
		envelope_text_raw(t, v1_begin, sizeof(v1_begin) - 1);
	else if (o->direction == ENVELOPE_FROM_AGENT)
		envelope_text_raw(t, v0_sniffed_begin, sizeof(v0_sniffed_begin) - 1);
	else
		envelope_text_raw(t, v0_inject_begin, sizeof(v0_inject_begin) - 1);
}

static void text_end(struct text *t, int64_t time_ns, const struct envelope_json_options *o)
{
	const char *quote = o->api == ENVELOPE_V0 ? "\"" : "";

	envelope_text_raw(t, time_begin, sizeof(time_begin) - 1);
	envelope_text_literal(t, quote);
	envelope_text_time(t, time_ns);
	if (o->point && time_ns > 0 && time_ns % 1000000000 == 0)
		envelope_text_raw(t, ".0", 2);
	envelope_text_literal(t, quote);
	envelope_text_raw(t, "}", 1);
}

long envelope_json_build_with(const struct envelope_octets_kernel *kernel, char *out, size_t size,
                              const struct envelope_packet *p,
                              const struct envelope_json_options *o)
{
	struct text t = {out, size, 0, false};

	if (p->length == 0)
		return ENVELOPE_ENODATA;
	if (p->length > ENVELOPE_PACKET_MAX)
		return ENVELOPE_ETOOLONG;
	text_begin(&t, o);
	text_octets(&t, kernel, p->data, p->length);
	if (o->with_slip) {
		envelope_text_raw(&t, slip_begin, sizeof(slip_begin) - 1);
		text_slip(&t, kernel, p->data, p->length);
	}
	envelope_text_raw(&t, name_begin, sizeof(name_begin) - 1);
	envelope_text_string(&t, o->interface_name);
	text_end(&t, p->time_ns, o);
	return t.full ? ENVELOPE_ESPACE : (long)t.length;
}

long envelope_json_build(char *out, size_t size, const struct envelope_packet *p,
                         const struct envelope_json_options *o)
{
	return envelope_json_build_with(envelope_octets_best(), out, size, p, o);
}
