/* frame_check.c - what a frame must have behind its header: the fields of beacons and commands, the
 * contents of known IEs. */
#include "frame.h"

#include "frame_fault.h"
#include "frame_ie.h"

static int at_payload(const struct frame *f, int error, struct frame_fault *fault)
{
	if (error < 0 && fault)
		fault->offset += f->payload.offset;
	return error < 0 ? error : FRAME_OK;
}

int frame_check_payload(const struct frame *f, const uint8_t *octets, struct frame_fault *fault)
{
	const uint8_t *payload = octets + f->payload.offset;
	bool encrypted = f->security.level & 4 && !f->decrypted;
	struct frame_command command;
	struct frame_beacon beacon;

	if (f->type == FRAME_BEACON && f->version < 2)
		return at_payload(f, frame_beacon_parse(&beacon, payload, f->payload.length, fault),
		                  fault);
	if (f->type != FRAME_COMMAND)
		return FRAME_OK;
	/* 9.3: what is encrypted has its identifier all the same. */
	if (!encrypted || !f->payload.length)
		return at_payload(
			f, frame_command_parse(&command, payload, f->payload.length, fault), fault);
	return FRAME_OK;
}

static int check_slotframes(const uint8_t *octets, const struct frame_ie_value *v, size_t offset,
                            struct frame_fault *fault)
{
	struct frame_span rest = v->rest;
	struct frame_slotframe s;
	unsigned count = 0;
	int result;

	while ((result = frame_slotframe_next(&s, octets, &rest)) == 1)
		count++;
	return result < 0 || count != v->slotframe_count
	               ? set_fault(fault, FRAME_EIE, offset,
	                           "7.4.4.3 TSCH Slotframe and Link IE: slotframes")
	               : FRAME_OK;
}

/* Why one of the known IEs cannot be parsed: for its length, or, of a right length, its value. */
static const char *field_at_fault(const struct frame_ie *ie)
{
	static const char *const fields[] = {
		[FRAME_IE_HEADER] = "7.4.2 Header IE: length of its content",
		[FRAME_IE_PAYLOAD] = "7.4.3 Payload IE: length of its content",
		[FRAME_IE_NESTED] = "7.4.4 Nested IE: length of its content",
		[FRAME_IE_WISUN_NESTED] = "7.4.4 Nested IE: length of its content",
	};

	if (ie->kind == FRAME_IE_HEADER && ie->id == FRAME_IE_TIME_CORRECTION &&
	    ie->content.length == 2)
		return "7.4.2.7 Time Correction IE: Time Sync Info field, Table 7-8";
	return fields[ie->kind];
}

int frame_check_content(const uint8_t *octets, const struct frame_ie *ie, struct frame_fault *fault)
{
	size_t offset = ie->content.offset - (size_t)2;
	struct frame_ie_value v;

	clear_fault(fault);
	if (frame_ie_is_termination(ie) && ie->content.length)
		return set_fault(fault, FRAME_EIE, offset, field_at_fault(ie));
	frame_ie_parse(&v, octets, ie);
	if (v.form == FRAME_IE_FORM_TSCH_SLOTFRAMES)
		return check_slotframes(octets, &v, offset, fault);
	return frame_ie_has_own_form(ie) && v.form == FRAME_IE_FORM_OPAQUE
	               ? set_fault(fault, FRAME_EIE, offset, field_at_fault(ie))
	               : FRAME_OK;
}

static int check_list(const uint8_t *octets, enum frame_ie_kind kind, struct frame_span list,
                      struct frame_fault *fault)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;
	int error = FRAME_OK, result = 1;

	frame_ie_iterator_init(&it, kind, octets, list);
	while (!error && (result = frame_ie_next(&it, &ie, fault)) == 1) {
		if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_MLME)
			error = check_list(octets, FRAME_IE_NESTED, ie.content, fault);
		else if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_WISUN)
			error = check_list(octets, FRAME_IE_WISUN_NESTED, ie.content, fault);
		else
			error = frame_check_content(octets, &ie, fault);
	}
	return error || result == 1 ? error : result;
}

int frame_check(const struct frame *f, const uint8_t *octets, struct frame_fault *fault)
{
	int error = FRAME_OK;

	clear_fault(fault);
	if (f->type == FRAME_FRAGMENT || f->type == FRAME_EXTENDED)
		return FRAME_OK;
	if (f->header_ies.length)
		error = check_list(octets, FRAME_IE_HEADER, f->header_ies, fault);
	if (!error && f->payload_ies.length)
		error = check_list(octets, FRAME_IE_PAYLOAD, f->payload_ies, fault);
	return error ? error : frame_check_payload(f, octets, fault);
}
