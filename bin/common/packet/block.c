#include "packet/block.h"

#include "packet/payload.h"
#include "packet/strip.h"
#include "packet/words.h"

enum { DEPTH = 2, FAULTS_MAX = 32, FRAME_TEXT_MAX = 32 << 10 };

static void write_decimal(struct fields *f, const char *key, double value)
{
	char words[64];
	struct text t = {words, sizeof words, 0};

	text_add(&t, "%g", value);
	fields_words(f, key, words);
}

static void write_times(struct fields *f, const struct frame_tap *tap)
{
	if (tap->has_start_of_frame)
		fields_number(f, "start_of_frame_ns", tap->start_of_frame);
	if (tap->has_end_of_frame)
		fields_number(f, "end_of_frame_ns", tap->end_of_frame);
	if (tap->has_asn)
		fields_number(f, "asn", tap->asn);
	if (tap->has_start_of_slot)
		fields_number(f, "start_of_slot_ns", tap->start_of_slot);
	if (tap->has_timeslot_length)
		fields_number(f, "timeslot_us", tap->timeslot_length);
}

static void write_phy(struct fields *f, const struct frame_tap *tap)
{
	if (tap->has_bit_rate)
		fields_number(f, "bit_rate", tap->bit_rate);
	if (tap->has_sun_phy) {
		fields_number(f, "sun_band", tap->sun_band);
		fields_number(f, "sun_type", tap->sun_type);
		fields_number(f, "sun_mode", tap->sun_mode);
	}
	if (tap->has_frequency)
		write_decimal(f, "frequency_khz", (double)tap->frequency);
	if (tap->has_channel_plan) {
		write_decimal(f, "plan_start_khz", (double)tap->plan_start);
		write_decimal(f, "plan_spacing_khz", (double)tap->plan_spacing);
		fields_number(f, "plan_channels", tap->plan_channels);
	}
}

static void write_radio(struct fields *f, const struct frame_tap *tap)
{
	size_t before = f->text.length, begun;

	fields_open(f, "radio");
	begun = f->text.length;
	if (tap->has_channel) {
		fields_number(f, "channel", tap->channel);
		fields_number(f, "page", tap->page);
	}
	if (tap->has_rss)
		write_decimal(f, "rssi_dbm", (double)tap->rss);
	if (tap->has_lqi)
		fields_number(f, "lqi", tap->lqi);
	write_phy(f, tap);
	write_times(f, tap);
	fields_close(f);
	if (f->text.length != begun)
		return;
	f->text.length = before;
	f->text.out[before] = '\0';
}

/* --- the frame --- */

static void write_frame_text(struct fields *f, const struct frame *frame, const uint8_t *octets,
                             const struct frame_fault *fault)
{
	char text[FRAME_TEXT_MAX];
	size_t whole = frame_text_of(text, sizeof text, frame, octets, fault);

	fields_lines(f, text, whole < sizeof text ? whole : sizeof text - 1);
}

static void write_fault(struct fields *f, const char *words, size_t offset, const char *clause)
{
	char line[256];
	struct text t = {line, sizeof line, 0};

	words_add(&t, words);
	words_field(&t, " at octet ", offset);
	words_add(&t, ", ");
	words_add(&t, clause);
	fields_words(f, "fault", line);
}

static void write_faults(struct fields *f, const uint8_t *octets, size_t length)
{
	struct frame_fault faults[FAULTS_MAX];
	size_t count = frame_faults(faults, FAULTS_MAX, octets, length);

	for (size_t i = 0; i < count && i < FAULTS_MAX; i++)
		write_fault(f, frame_strerror(faults[i].error), faults[i].offset, faults[i].field);
	if (count > FAULTS_MAX)
		fields_number(f, "further_faults", count - FAULTS_MAX);
}

static void write_frame(struct fields *f, const uint8_t *octets, size_t length, unsigned fcs)
{
	static const char *const names[] = {"none", "FCS-16", "FCS-32"};
	size_t size = strip_fcs_size(fcs), without = length > size ? length - size : 0;
	bool right = strip_fcs_ok(fcs, octets, length);
	struct frame_fault fault;
	struct payload payload;
	struct frame frame;
	bool known;

	frame_parse(&frame, octets, without, FRAME_LENIENT, &fault);
	known = payload_parse(&payload, &frame, octets);
	fields_number(f, "length", without);
	fields_words(f, "fcs", names[fcs]);
	write_frame_text(f, &frame, octets, &fault);
	if (known) {
		fields_open(f, "inside");
		payload_fields(f, &payload);
		fields_close(f);
	}
	write_faults(f, octets, without);
	if (known && payload.clause)
		write_fault(f, payload.fault, payload.fault_at, payload.clause);
	if (!right)
		write_fault(f, "wrong", without, "7.2.11 FCS field");
}

size_t readable_block(char *out, size_t size, const struct envelope_packet *p)
{
	struct fields f = {.text = {out, size, 0}, .depth = DEPTH};
	unsigned fcs = FRAME_TAP_FCS_NONE;
	struct frame_tap tap;
	int header = 0;

	out[0] = '\0';
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		fcs = strip_fcs_type(p->data, p->length);
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP) {
		struct frame_fault fault;

		header = frame_tap_parse(&tap, p->data, p->length, &fault);
		if (header < 0) {
			write_fault(&f, frame_strerror(header), fault.offset, fault.field);
			return f.text.length;
		}
		fcs = tap.fcs_type;
		write_radio(&f, &tap);
	}
	write_frame(&f, p->data + header, p->length - (size_t)header, fcs);
	return f.text.length;
}
