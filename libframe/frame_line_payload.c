/* frame_line_payload.c - beacons of versions 0 and 1, and commands, in a line. */
#include "frame_escape.h"
#include "frame_line.h"

void frame_line_name(struct frame_words *w, const char *name, unsigned number)
{
	add_words(w, name);
	if (strcmp(name, "Reserved") != 0 && strcmp(name, "reserved") != 0 &&
	    strcmp(name, "unassigned") != 0)
		return;
	add_words(w, " 0x");
	add_hex(w, number, 1);
}

void frame_line_outside(struct frame_words *w, const uint8_t *octets, size_t length)
{
	add_words(w, "\"");
	for (size_t i = 0; i < length; i++) {
		char shown[FRAME_ESCAPED_MAX];

		add_octets(w, shown, frame_escape_octet(shown, octets[i]));
	}
	add_words(w, "\"");
}

/* --- beacons --- */

static void add_network(struct frame_words *w, const uint8_t *payload, size_t length)
{
	struct frame_network n;

	frame_network_parse(&n, payload, length);
	if (n.kind == FRAME_NETWORK_UNKNOWN)
		return;
	add_words(w, ", ");
	add_words(w, frame_network_name(n.kind));
	if (n.name.length) {
		add_words(w, " ");
		frame_line_outside(w, payload + n.name.offset, n.name.length);
	}
	if (n.kind == FRAME_NETWORK_ZIGBEE)
		add_field(w, " profile ", n.profile);
	if (n.has_extended_pan) {
		add_words(w, " extended PAN ");
		frame_add_extended(w, n.extended_pan);
	}
	add_if(w, n.joining, ", joining");
	add_if(w, n.native, ", native commissioner");
	add_if(w, n.takes_routers, ", takes routers");
	add_if(w, n.takes_end_devices, ", takes end devices");
	if (n.kind == FRAME_NETWORK_ZIGBEE)
		add_field(w, ", depth ", n.depth);
}

static void add_beacon_lists(struct frame_words *w, const struct frame_beacon *b)
{
	if (b->gts_count)
		add_field(w, ", GTS ", b->gts_count);
	add_if(w, b->gts_permit && !b->gts_count, ", GTS permit");
	add_if(w, b->short_count || b->extended_count, ", data for");
	for (unsigned i = 0; i < b->short_count; i++) {
		add_words(w, " ");
		add_hex(w, b->short_addresses[i], 2);
	}
	for (unsigned i = 0; i < b->extended_count; i++) {
		add_words(w, " ");
		frame_add_extended(w, b->extended_addresses[i]);
	}
}

void frame_line_beacon(struct frame_words *w, const uint8_t *octets, struct frame_span payload,
                       bool encrypted)
{
	const uint8_t *start = octets + payload.offset;
	struct frame_beacon b;

	if (frame_beacon_parse(&b, start, payload.length, NULL) < 0 && payload.length < 2)
		return;
	add_field(w, ", beacon order ", b.beacon_order);
	add_field(w, " superframe order ", b.superframe_order);
	add_field(w, " final CAP slot ", b.final_cap_slot);
	add_if(w, b.pan_coordinator, ", PAN coordinator");
	add_if(w, b.association_permit, ", association permit");
	add_if(w, b.battery_life_extension, ", battery life extension");
	add_beacon_lists(w, &b);
	if (!encrypted && b.payload.length)
		add_network(w, start + b.payload.offset, b.payload.length);
}

/* --- commands --- */

static void add_capability(struct frame_words *w, unsigned capability)
{
	add_words(w, capability & FRAME_CAPABILITY_FFD ? " by FFD" : " by RFD");
	add_if(w, capability & FRAME_CAPABILITY_ALTERNATE_COORDINATOR,
	       ", alternate PAN coordinator");
	add_if(w, capability & FRAME_CAPABILITY_MAINS_POWER, ", mains power");
	add_if(w, capability & FRAME_CAPABILITY_RECEIVER_ON, ", receiver on");
	add_if(w, capability & FRAME_CAPABILITY_FAST_ASSOCIATION, ", fast association");
	add_if(w, capability & FRAME_CAPABILITY_SECURITY, ", security capable");
	add_if(w, capability & FRAME_CAPABILITY_ALLOCATE_ADDRESS, ", allocate address");
}

static void add_realignment(struct frame_words *w, const struct frame_command *c)
{
	add_words(w, " to PAN ");
	add_hex(w, c->pan, 2);
	add_words(w, " coordinator ");
	add_hex(w, c->coordinator, 2);
	add_field(w, " channel ", c->channel);
	if (c->has_page)
		add_field(w, " page ", c->page);
	add_words(w, " short ");
	add_hex(w, c->address, 2);
}

static void add_gts_request(struct frame_words *w, const struct frame_command *c)
{
	add_words(w, c->gts_allocate ? " to allocate " : " to deallocate ");
	frame_add_number(w, c->gts_length);
	add_words(w, c->gts_receive ? " slots to receive" : " slots to send");
}

static void add_command_fields(struct frame_words *w, const struct frame_command *c)
{
	switch (c->id) {
	case FRAME_ASSOCIATION_REQUEST:
		add_capability(w, c->capability);
		break;
	case FRAME_ASSOCIATION_RESPONSE:
		add_words(w, " short ");
		add_hex(w, c->address, 2);
		add_words(w, ", ");
		frame_line_name(w, frame_association_status_name(c->status), c->status);
		break;
	case FRAME_DISASSOCIATION_NOTIFICATION:
		add_words(w, ", ");
		frame_line_name(w, frame_disassociation_reason_name(c->status), c->status);
		break;
	case FRAME_COORDINATOR_REALIGNMENT:
		add_realignment(w, c);
		break;
	case FRAME_GTS_REQUEST:
		add_gts_request(w, c);
		break;
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		add_words(w, " of ");
		add_hex(w, c->vendor, 3);
		break;
	}
}

void frame_line_command(struct frame_words *w, const uint8_t *octets, struct frame_span payload,
                        bool encrypted)
{
	struct frame_command c;
	int fields = frame_command_parse(&c, octets + payload.offset, payload.length, NULL);

	add_words(w, ", ");
	frame_line_name(w, frame_command_name(c.id), c.id);
	if (!encrypted && fields >= 0)
		add_command_fields(w, &c);
}
