/* frame_describe_header.c - the fields of a frame's header as named values: of nearly every frame
 * they are most of the text, and have a longest form. */
#include "frame_describe.h"
#include "frame_names.h"
#include "frame_piece.h"

static inline char *put_control(char *at, const struct frame *f, bool json)
{
	at = piece_number(at, json, PIECE_NAME(json, "version"), f->version);
	if (f->type == FRAME_MULTIPURPOSE)
		at = put_words(at, f->long_fcf ? PIECE_TRUE(json, "long_frame_control")
		                               : PIECE_FALSE(json, "long_frame_control"));
	if (f->pending)
		at = put_words(at, PIECE_TRUE(json, "pending"));
	if (f->ack_request)
		at = put_words(at, PIECE_TRUE(json, "ack_request"));
	if (f->pan_id_compression)
		at = put_words(at, PIECE_TRUE(json, "pan_id_compression"));
	if (f->has_sequence)
		at = piece_number(at, json, PIECE_NAME(json, "sequence"), f->sequence);
	return at;
}

static inline char *put_address(char *at, const struct frame_address *a, bool json,
                                const char *name)
{
	at = put_words(at, name);
	if (a->has_pan) {
		at = piece_hex(at, json, json ? "\"pan\":\"" : "  pan: ", a->pan, 2);
		if (json && (a->mode == FRAME_ADDRESS_SHORT || a->mode == FRAME_ADDRESS_EXTENDED))
			*at++ = ',';
	}
	if (a->mode == FRAME_ADDRESS_SHORT)
		at = piece_hex(at, json, json ? "\"short\":\"" : "  short: ", a->value, 2);
	if (a->mode == FRAME_ADDRESS_EXTENDED)
		at = piece_hex(at, json, json ? "\"extended\":\"" : "  extended: ", a->value, 8);
	if (json)
		*at++ = '}';
	return at;
}

static inline bool is_there(const struct frame_address *a)
{
	return a->mode || a->has_pan;
}

static inline char *put_header(char *at, const struct frame *f, bool json)
{
	at = put_words(at, json ? "{\"type\":\"" : "type: ");
	at = piece_end_words(frame_put_name(at, frame_type_words_of(f->type)), json);
	if (f->header.length)
		at = put_control(at, f, json);
	if (is_there(&f->destination))
		at = put_address(at, &f->destination, json,
		                 json ? ",\"destination\":{" : "destination:\n");
	if (is_there(&f->source))
		at = put_address(at, &f->source, json, json ? ",\"source\":{" : "source:\n");
	return at;
}

enum {
	HEADER_MAX = FRAME_NAME_MAX + FRAME_DIGITS_MAX +
	             sizeof "{'type':'','version':255,'long_frame_control':false,'pending':true,"
	                    "'ack_request':true,'pan_id_compression':true,'sequence':255,"
	                    "'destination':{'pan':'abcd','extended':'00124b00009ea3c2'},"
	                    "'source':{'pan':'abcd','extended':'00124b00009ea3c2'}"
};

void frame_describe_header(struct frame_writer *w, const struct frame *f)
{
	char elsewhere[HEADER_MAX], *begin = piece_begin(w, elsewhere, sizeof elsewhere);

	if (w->json) {
		piece_made(w, elsewhere, begin, put_header(begin, f, true));
		w->depth++;
		return;
	}
	piece_made(w, elsewhere, begin, put_header(begin, f, false));
}
