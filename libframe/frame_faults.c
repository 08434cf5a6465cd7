/* frame_faults.c - every fault of a frame, with its clause. */
#include "frame.h"

#include "frame_ie.h"
#include "frame_parse.h"

static enum frame_ie_kind nested_kind(const struct frame_ie *ie)
{
	if (ie->kind == FRAME_IE_PAYLOAD && ie->id == FRAME_IE_MLME)
		return FRAME_IE_NESTED;
	return ie->kind == FRAME_IE_PAYLOAD && ie->id == FRAME_IE_WISUN ? FRAME_IE_WISUN_NESTED
	                                                                : FRAME_IE_HEADER;
}

static void check_list(struct frame_fault_list *all, const uint8_t *octets, enum frame_ie_kind kind,
                       struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_fault fault;
	struct frame_ie ie;
	int result;

	frame_ie_iterator_init(&it, kind, octets, list);
	while ((result = frame_ie_next(&it, &ie, &fault)) == 1) {
		if (nested_kind(&ie) != FRAME_IE_HEADER)
			check_list(all, octets, nested_kind(&ie), ie.content);
		else if (frame_check_content(octets, &ie, &fault))
			note_fault(all, fault.error, fault.offset, fault.field);
	}
	if (result < 0)
		note_fault(all, fault.error, fault.offset, fault.field);
}

size_t frame_faults(struct frame_fault *faults, size_t size, const uint8_t *octets, size_t length)
{
	struct frame_fault_list all = {faults, size, 0};
	struct frame_fault fault;
	struct frame f;

	if (frame_parse_noting(&f, octets, length, &all) || f.type == FRAME_FRAGMENT ||
	    f.type == FRAME_EXTENDED)
		return all.count;
	check_list(&all, octets, FRAME_IE_HEADER, f.header_ies);
	check_list(&all, octets, FRAME_IE_PAYLOAD, f.payload_ies);
	if (frame_check_payload(&f, octets, &fault))
		note_fault(&all, fault.error, fault.offset, fault.field);
	return all.count;
}
