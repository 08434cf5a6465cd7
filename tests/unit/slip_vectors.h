/* slip_vectors.h - lines and what they say, payloads and how they are encoded; for Criterion and a plain runner. */
#ifndef SLIP_VECTORS_H
#define SLIP_VECTORS_H

#include <stddef.h>

#include "slip.h"

/* A stream decoded into a buffer of `size`: events as "OFFSET NAME [HEX]", where OFFSET counts the octets used by then;
 * what slip_decoder_finish gave; the counters in their order. */
static const struct slip_stream {
	const char *name, *hex;
	unsigned flags;
	size_t size;
	const char *events;
	size_t held;
	struct slip_counters counters;
} slip_streams[] = {
	{"one frame", "c0414243c0", 0, 9, "5 frame 414243", 0,
	 {.octets = 5, .frames = 1}},
	{"nothing", "", 0, 9, "", 0,
	 {.octets = 0}},
	{"a lone END is no empty frame", "c0", 0, 9, "", 0,
	 {.octets = 1}},
	{"two ENDs are one", "c0c0", 0, 9, "", 0,
	 {.octets = 2, .empty = 1}},
	{"shared END", "c041c04243c0", 0, 9, "3 frame 41, 6 frame 4243", 0,
	 {.octets = 6, .frames = 2}},
	{"double END", "c041c0c042c0", 0, 9, "3 frame 41, 6 frame 42", 0,
	 {.octets = 6, .frames = 2, .empty = 1}},
	{"idle line", "c0c0c0c041c0c0c0", 0, 9, "6 frame 41", 0,
	 {.octets = 8, .frames = 1, .empty = 5}},
	{"END in the data", "c0dbdcc0", 0, 9, "4 frame c0", 0,
	 {.octets = 4, .frames = 1}},
	{"ESC in the data", "c0dbddc0", 0, 9, "4 frame db", 0,
	 {.octets = 4, .frames = 1}},
	{"ESC_END and ESC_ESC alone are data", "c0dcddc0", 0, 9, "4 frame dcdd", 0,
	 {.octets = 4, .frames = 1}},
	{"escaped ESC before ESC_END", "c0dbdddcc0", 0, 9, "5 frame dbdc", 0,
	 {.octets = 5, .frames = 1}},
	{"text at boot", "626f6f74c041c0", 0, 9, "5 before_first_end, 7 frame 41", 0,
	 {.octets = 7, .frames = 1, .before_first_end = 4}},
	{"ESC means nothing before the first END", "dbc041c0", 0, 9, "2 before_first_end, 4 frame 41", 0,
	 {.octets = 4, .frames = 1, .before_first_end = 1}},
	{"no END at all", "4142", 0, 9, "", 0,
	 {.octets = 2, .before_first_end = 2}},
	{"bad escape", "c041dbaa42c043c0", 0, 9, "4 bad_escape, 8 frame 43", 0,
	 {.octets = 8, .frames = 1, .bad_escape = 1}},
	{"ESC END", "c041dbc043c0", 0, 9, "4 bad_escape, 6 frame 43", 0,
	 {.octets = 6, .frames = 1, .bad_escape = 1}},
	{"ESC ESC", "c041dbdbdcc043c0", 0, 9, "4 bad_escape, 8 frame 43", 0,
	 {.octets = 8, .frames = 1, .bad_escape = 1}},
	{"two faults, counted once", "c0dbaa414243dbaac043c0", 0, 2, "3 bad_escape, 11 frame 43", 0,
	 {.octets = 11, .frames = 1, .bad_escape = 1}},
	{"ESC first", "c0dbc0c041c0", 0, 9, "3 bad_escape, 6 frame 41", 0,
	 {.octets = 6, .frames = 1, .empty = 1, .bad_escape = 1}},
	{"as long as the buffer", "c0414243c0", 0, 3, "5 frame 414243", 0,
	 {.octets = 5, .frames = 1}},
	{"one too long", "c041424344c045c0", 0, 3, "5 overlong, 8 frame 45", 0,
	 {.octets = 8, .frames = 1, .overlong = 1}},
	{"one too long by an escape", "c0414243dbdcc045c0", 0, 3, "6 overlong, 9 frame 45", 0,
	 {.octets = 9, .frames = 1, .overlong = 1}},
	{"full, then a bad escape", "c0414243db44c045c0", 0, 3, "6 bad_escape, 9 frame 45", 0,
	 {.octets = 9, .frames = 1, .bad_escape = 1}},
	{"no buffer", "c041c0c0", 0, 0, "2 overlong", 0,
	 {.octets = 4, .empty = 1, .overlong = 1}},
	{"cut", "c04142", 0, 9, "", 2,
	 {.octets = 3, .unfinished = 1}},
	{"cut after ESC", "c041db", 0, 9, "", 2,
	 {.octets = 3, .unfinished = 1}},
	{"cut after a first ESC", "c0db", 0, 9, "", 1,
	 {.octets = 2, .unfinished = 1}},
	{"cut when discarded already", "c041dbaa42", 0, 9, "4 bad_escape", 0,
	 {.octets = 5, .bad_escape = 1}},
	{"no leading END, accepted", "4142c043c0", SLIP_ACCEPT_UNOPENED, 9, "3 frame 4142, 5 frame 43", 0,
	 {.octets = 5, .frames = 2}},
	{"leading END, accepted", "c041c0", SLIP_ACCEPT_UNOPENED, 9, "3 frame 41", 0,
	 {.octets = 3, .frames = 1}},
	{"ESC first, accepted", "dbdcc0", SLIP_ACCEPT_UNOPENED, 9, "3 frame c0", 0,
	 {.octets = 3, .frames = 1}},
	{"ESC END first, accepted", "dbc041c0", SLIP_ACCEPT_UNOPENED, 9, "2 bad_escape, 4 frame 41", 0,
	 {.octets = 4, .frames = 1, .bad_escape = 1}},
	{"cut, accepted", "41", SLIP_ACCEPT_UNOPENED, 9, "", 1,
	 {.octets = 1, .unfinished = 1}},
};

static const struct slip_coding {
	const char *name, *payload, *line;
} slip_codings[] = {
	{"nothing", "", "c0c0"},
	{"plain", "414243", "c0414243c0"},
	{"END", "c0", "c0dbdcc0"},
	{"ESC", "db", "c0dbddc0"},
	{"ESC_END and ESC_ESC are plain", "dcdd", "c0dcddc0"},
	{"both", "41c042db43", "c041dbdc42dbdd43c0"},
	{"side by side", "c0c0dbdbc0db", "c0dbdcdbdcdbdddbdddbdcdbddc0"},
	{"neighbours in value", "bfc1dadedf", "c0bfc1dadedfc0"},
};

#endif
