/* filter_internal.h - what the reader of a filter's words and its use share. */
#ifndef FILTER_INTERNAL_H
#define FILTER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"

enum { FILTER_NODES = 128, FILTER_VALUES = 256, FILTER_DEPTH = 32 };

enum filter_field {
	FIELD_TYPE,
	FIELD_PAN,
	FIELD_ADDRESS,
	FIELD_SOURCE,
	FIELD_DESTINATION,
	FIELD_SEQUENCE,
	FIELD_CHANNEL,
	FIELD_DISPATCH,
	FIELD_SECURED, /* from here on without values */
	FIELD_ACK_REQUEST,
	FIELD_PENDING,
	FIELD_BAD_FCS,
	FIELD_MALFORMED,
	FIELD_ANY,
	FILTER_FIELDS
};

struct filter_value {
	uint64_t number;
	uint8_t mode;         /* addresses: enum frame_address_mode */
	bool is_dispatch;     /* FIELD_DISPATCH: name says it, else number is an enum frame_hint */
	const char *dispatch; /* libframe's own text */
};

enum filter_operation { FILTER_TEST, FILTER_NOT, FILTER_AND, FILTER_OR };

struct filter_node {
	uint8_t operation;    /* enum filter_operation */
	uint8_t field;        /* FILTER_TEST: enum filter_field */
	uint16_t left, right; /* nodes; FILTER_TEST: the first value, and how many */
};

struct filter {
	struct filter_node nodes[FILTER_NODES];
	struct filter_value values[FILTER_VALUES];
	unsigned node_count, value_count;
	unsigned root;
};

/* The field of a name of so many characters; FILTER_FIELDS: there is none. */
unsigned filter_field_named(const char *name, size_t length);
const char *filter_field_name(unsigned field);
/* "type=, pan=, ..., secured, ...": for words. */
void filter_field_names(char *out, size_t size);
/* "; did you mean type=?", or "". */
void filter_field_meant(char *out, size_t size, const char *name, size_t length);
/* Reads one value of field: 0, or -1 with the reason. */
int filter_value_read(struct filter_value *v, unsigned field, const char *text, size_t length,
                      struct why *why);

#endif
