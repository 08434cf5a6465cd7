/* frame_describe.c - everything that can be told of a frame, as indented lines or as JSON. */
#include "frame_describe.h"
#include "frame_names.h"
#include "frame_piece.h"

void frame_describe_span(struct frame_writer *w, const char *key, const uint8_t *octets,
                         struct frame_span span)
{
	frame_write_octets(w, key, octets + span.offset, span.length);
}

static void describe_security(struct frame_writer *w, const struct frame *f)
{
	const struct frame_security *s = &f->security;

	if (!s->was_parsed) {
		if (f->security_enabled)
			frame_write_bool(w, "security_enabled", true);
		return;
	}
	frame_write_open(w, "security");
	frame_write_number(w, "level", s->level);
	frame_write_words(w, "level_name", frame_security_level_name(s->level));
	frame_write_number(w, "key_id_mode", s->key_id_mode);
	if (!s->counter_suppressed)
		frame_write_number(w, "counter", s->counter);
	if (s->asn_in_nonce)
		frame_write_bool(w, "asn_in_nonce", true);
	if (s->key_id_mode >= 2)
		frame_write_hex(w, "key_source", s->key_source, s->key_id_mode == 2 ? 4 : 8);
	if (s->key_id_mode)
		frame_write_number(w, "key_index", s->key_index);
	frame_write_close(w);
}

void frame_describe_fault(struct frame_writer *w, const struct frame_fault *fault)
{
	if (!fault->error)
		return;
	frame_write_open(w, "fault");
	frame_write_words(w, "words", frame_strerror(fault->error));
	frame_write_number(w, "offset", (int64_t)fault->offset);
	frame_write_words(w, "clause", fault->field);
	frame_write_close(w);
}

/* --- payloads --- */

static void describe_beacon_lists(struct frame_writer *w, const struct frame_beacon *b)
{
	frame_write_open_list(w, "gts");
	for (unsigned i = 0; i < b->gts_count; i++) {
		frame_write_open(w, NULL);
		frame_write_hex(w, "short", b->gts[i].address, 2);
		frame_write_number(w, "slot", b->gts[i].slot);
		frame_write_number(w, "length", b->gts[i].length);
		frame_write_bool(w, "receive", b->gts[i].receive);
		frame_write_close(w);
	}
	frame_write_close_list(w);
	frame_write_open_list(w, "pending_addresses");
	for (unsigned i = 0; i < b->short_count; i++)
		frame_write_hex(w, NULL, b->short_addresses[i], 2);
	for (unsigned i = 0; i < b->extended_count; i++)
		frame_write_hex(w, NULL, b->extended_addresses[i], 8);
	frame_write_close_list(w);
}

static void describe_beacon_fields(struct frame_writer *w, const struct frame_beacon *b)
{
	frame_write_number(w, "beacon_order", b->beacon_order);
	frame_write_number(w, "superframe_order", b->superframe_order);
	frame_write_number(w, "final_cap_slot", b->final_cap_slot);
	frame_write_bool(w, "battery_life_extension", b->battery_life_extension);
	frame_write_bool(w, "pan_coordinator", b->pan_coordinator);
	frame_write_bool(w, "association_permit", b->association_permit);
	frame_write_bool(w, "gts_permit", b->gts_permit);
	describe_beacon_lists(w, b);
}

static void describe_network(struct frame_writer *w, const uint8_t *payload, size_t length)
{
	struct frame_network n;

	frame_network_parse(&n, payload, length);
	if (n.kind == FRAME_NETWORK_UNKNOWN)
		return;
	frame_write_open(w, "network");
	frame_write_words(w, "kind", frame_network_name(n.kind));
	if (n.name.length)
		frame_write_outside(w, "name", payload + n.name.offset, n.name.length);
	if (n.has_extended_pan)
		frame_write_hex(w, "extended_pan", n.extended_pan, 8);
	if (n.kind != FRAME_NETWORK_ZIGBEE_IP)
		frame_write_number(w, "version", n.version);
	if (n.kind == FRAME_NETWORK_ZIGBEE) {
		frame_write_number(w, "profile", n.profile);
		frame_write_number(w, "depth", n.depth);
		frame_write_number(w, "update_id", n.update_id);
	} else {
		frame_write_bool(w, "joining", n.joining);
	}
	if (n.kind == FRAME_NETWORK_THREAD) {
		frame_write_bool(w, "native_commissioner", n.native);
	} else {
		frame_write_bool(w, "takes_routers", n.takes_routers);
		frame_write_bool(w, "takes_end_devices", n.takes_end_devices);
	}
	frame_write_close(w);
}

static void describe_beacon(struct frame_writer *w, const uint8_t *octets,
                            struct frame_span payload, bool encrypted)
{
	const uint8_t *start = octets + payload.offset;
	struct frame_fault fault;
	struct frame_beacon b;

	frame_beacon_parse(&b, start, payload.length, &fault);
	frame_write_open(w, "beacon");
	if (!fault.error || fault.offset > 2)
		describe_beacon_fields(w, &b);
	if (b.payload.length)
		frame_describe_span(w, "payload", start, b.payload);
	if (b.payload.length && !encrypted)
		describe_network(w, start + b.payload.offset, b.payload.length);
	frame_describe_fault(w, &fault);
	frame_write_close(w);
}

static void describe_capability(struct frame_writer *w, unsigned capability)
{
	frame_write_hex(w, "capability", capability, 1);
	frame_write_bool(w, "ffd", capability & FRAME_CAPABILITY_FFD);
	frame_write_bool(w, "mains_power", capability & FRAME_CAPABILITY_MAINS_POWER);
	frame_write_bool(w, "receiver_on", capability & FRAME_CAPABILITY_RECEIVER_ON);
	frame_write_bool(w, "security_capable", capability & FRAME_CAPABILITY_SECURITY);
	frame_write_bool(w, "allocate_address", capability & FRAME_CAPABILITY_ALLOCATE_ADDRESS);
	if (capability & FRAME_CAPABILITY_ALTERNATE_COORDINATOR)
		frame_write_bool(w, "alternate_coordinator", true);
	if (capability & FRAME_CAPABILITY_FAST_ASSOCIATION)
		frame_write_bool(w, "fast_association", true);
}

static void describe_command_fields(struct frame_writer *w, const struct frame_command *c)
{
	switch (c->id) {
	case FRAME_ASSOCIATION_REQUEST:
		describe_capability(w, c->capability);
		break;
	case FRAME_ASSOCIATION_RESPONSE:
		frame_write_hex(w, "short", c->address, 2);
		frame_write_number(w, "status", c->status);
		frame_write_words(w, "status_name", frame_association_status_name(c->status));
		break;
	case FRAME_DISASSOCIATION_NOTIFICATION:
		frame_write_number(w, "reason", c->status);
		frame_write_words(w, "reason_name", frame_disassociation_reason_name(c->status));
		break;
	case FRAME_COORDINATOR_REALIGNMENT:
		frame_write_hex(w, "pan", c->pan, 2);
		frame_write_hex(w, "coordinator", c->coordinator, 2);
		frame_write_number(w, "channel", c->channel);
		frame_write_hex(w, "short", c->address, 2);
		if (c->has_page)
			frame_write_number(w, "page", c->page);
		break;
	case FRAME_GTS_REQUEST:
		frame_write_number(w, "gts_length", c->gts_length);
		frame_write_bool(w, "receive", c->gts_receive);
		frame_write_bool(w, "allocate", c->gts_allocate);
		break;
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		frame_write_hex(w, "vendor", c->vendor, 3);
		break;
	}
}

static void describe_command(struct frame_writer *w, const uint8_t *octets,
                             struct frame_span payload, bool encrypted)
{
	const uint8_t *start = octets + payload.offset;
	struct frame_fault fault;
	struct frame_command c;

	frame_command_parse(&c, start, payload.length, &fault);
	frame_write_open(w, "command");
	if (payload.length) {
		frame_write_words(w, "name", frame_command_name(c.id));
		frame_write_number(w, "id", c.id);
	}
	if (!encrypted || !payload.length) {
		if (!fault.error)
			describe_command_fields(w, &c);
		if (c.content.length)
			frame_describe_span(w, "content", start, c.content);
		frame_describe_fault(w, &fault);
	}
	frame_write_close(w);
}

/* What 9.3 leaves in clear: in versions 0 and 1 a beacon's fields and a command's ID. */
static void describe_mac_payload(struct frame_writer *w, const struct frame *f,
                                 const uint8_t *octets, bool encrypted)
{
	if (f->type == FRAME_BEACON && f->version < 2)
		describe_beacon(w, octets, f->payload, encrypted);
	if (f->type == FRAME_COMMAND && (f->version < 2 || !encrypted || !f->payload.length))
		describe_command(w, octets, f->payload, encrypted);
}

enum { HINT_MAX = 2 * FRAME_NAME_MAX + sizeof ",'hint':'','dispatch':''" };

static inline char *put_hint(char *at, enum frame_hint hint, const struct frame_name *dispatch,
                             bool json)
{
	at = frame_put_name(put_words(at, PIECE_WORDS(json, "hint")), &frame_hint_words[hint]);
	at = piece_end_words(at, json);
	if (!dispatch || (hint != FRAME_HINT_6LOWPAN && hint != FRAME_HINT_THREAD_MLE))
		return at;
	at = frame_put_name(put_words(at, PIECE_WORDS(json, "dispatch")), dispatch);
	return piece_end_words(at, json);
}

static void describe_hint(struct frame_writer *w, enum frame_hint hint, uint8_t octet)
{
	char elsewhere[HINT_MAX], *begin = piece_begin(w, elsewhere, sizeof elsewhere);
	const struct frame_name *dispatch = frame_dispatch_words(octet);

	piece_made(w, elsewhere, begin,
	           w->json ? put_hint(begin, hint, dispatch, true)
	                   : put_hint(begin, hint, dispatch, false));
}

static void describe_payload(struct frame_writer *w, const struct frame *f, const uint8_t *octets)
{
	enum frame_hint hint = frame_hint(f, octets);

	if (!f->error)
		describe_mac_payload(w, f, octets, f->security.level & 4 && !f->decrypted);
	if (!f->payload.length)
		return;
	frame_describe_span(w, "payload", octets, f->payload);
	if (hint != FRAME_HINT_UNKNOWN)
		describe_hint(w, hint, octets[f->payload.offset]);
}

static size_t describe(struct frame_writer *w, const struct frame *f, const uint8_t *octets,
                       const struct frame_fault *fault)
{
	w->has_fault = f->error != FRAME_OK;
	if (f->header.length || f->payload.length)
		frame_describe_header(w, f);
	else if (w->json)
		frame_write_open(w, NULL);
	describe_security(w, f);
	if (f->header_ies.length)
		frame_describe_ies(w, "header_ies", FRAME_IE_HEADER, octets, f->header_ies);
	if (f->payload_ies.length)
		frame_describe_ies(w, "payload_ies", FRAME_IE_PAYLOAD, octets, f->payload_ies);
	describe_payload(w, f, octets);
	if (f->mic.length)
		frame_describe_span(w, "mic", octets, f->mic);
	if (f->error)
		frame_describe_fault(w, fault);
	if (w->json)
		frame_write_close(w);
	frame_write_end(w);
	return w->length;
}

size_t frame_text_of(char *out, size_t size, const struct frame *f, const uint8_t *octets,
                     const struct frame_fault *fault)
{
	struct frame_writer w = {.out = out, .size = size, .empty = true};

	return describe(&w, f, octets, fault);
}

size_t frame_json_of(char *out, size_t size, const struct frame *f, const uint8_t *octets,
                     const struct frame_fault *fault)
{
	struct frame_writer w = {.out = out, .size = size, .json = true, .empty = true};

	return describe(&w, f, octets, fault);
}

size_t frame_text(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct frame_fault fault;
	struct frame f;

	frame_parse(&f, octets, length, FRAME_LENIENT, &fault);
	return frame_text_of(out, size, &f, octets, &fault);
}

size_t frame_json(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct frame_fault fault;
	struct frame f;

	frame_parse(&f, octets, length, FRAME_LENIENT, &fault);
	return frame_json_of(out, size, &f, octets, &fault);
}
