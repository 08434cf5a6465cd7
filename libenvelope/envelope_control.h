/* envelope_control.h - what each kind of control message is made of. Internal, never installed. */
#ifndef ENVELOPE_CONTROL_H
#define ENVELOPE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "envelope.h"

/* A text field of a control message: its key, its place in the struct. Keys sorted, so that they
 * are written as they stand. */
struct envelope_field {
	const char *key;
	size_t offset, size;
	bool optional; /* left out when empty, not null */
	bool cut;      /* a text that is too long is cut */
};

struct envelope_shape {
	enum envelope_kind kind;
	const struct envelope_field *fields;
	size_t count;
	bool is_tun;      /* there is an ipv6_no_forwarding, too, before ipv6_prefix */
	const char *type; /* its `_type` in API v0 */
};

extern const char envelope_no_forwarding[], envelope_packets_to_drop[]; /* keys */

/* NULL where there is none. */
const struct envelope_shape *envelope_shape_of(enum envelope_kind kind);
const struct envelope_shape *envelope_shape_of_type(const char *type);

#endif
