/* fuzz_envelope_oracle.h - what a general parser (jansson) makes of a packet message, and whether
 * the scanner agrees. */
#ifndef FUZZ_ENVELOPE_ORACLE_H
#define FUZZ_ENVELOPE_ORACLE_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "envelope.h"

struct oracle {
	bool speaks; /* false: beyond what jansson can read (1e999, 2 049 levels, NUL in a key) */
	int outcome;
	uint8_t data[ENVELOPE_PACKET_MAX];
	size_t length;
	bool has_time;
	double time; /* seconds */
};

static inline json_t *oracle_load(const char *body, size_t length, bool *speaks)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t error;
	json_t *root;

	/* jansson loses a NUL behind a number: no JSON has one outside its escapes. */
	*speaks = true;
	if (memchr(body, '\0', length))
		return NULL;
	root = json_loadb(body, length, flags, &error);
	if (!root && json_error_code(&error) == json_error_numeric_overflow)
		root = json_loadb(body, length, flags | JSON_DECODE_INT_AS_REAL, &error);
	*speaks = root || (json_error_code(&error) != json_error_numeric_overflow &&
	                   json_error_code(&error) != json_error_stack_overflow &&
	                   json_error_code(&error) != json_error_null_byte_in_key &&
	                   json_error_code(&error) != json_error_out_of_memory);
	return root;
}

static inline int oracle_octet(const json_t *element)
{
	double value = json_number_value(element);

	if (!json_is_number(element))
		return ENVELOPE_ETYPE;
	if (value < 0 || value >= 256)
		return ENVELOPE_ERANGE;
	return value == (int)value ? (int)value : ENVELOPE_ETYPE;
}

static inline int oracle_data(struct oracle *o, const json_t *data, size_t size)
{
	if (!data)
		return ENVELOPE_ENODATA;
	if (!json_is_array(data))
		return ENVELOPE_ETYPE;
	if (json_array_size(data) == 0)
		return ENVELOPE_ENODATA;
	for (size_t i = 0; i < json_array_size(data); i++) {
		int octet = oracle_octet(json_array_get(data, i));

		if (octet < 0)
			return octet;
		if (o->length == size || o->length == ENVELOPE_PACKET_MAX)
			return ENVELOPE_ETOOLONG;
		o->data[o->length++] = (uint8_t)octet;
	}
	return ENVELOPE_OK;
}

static inline void oracle_time(struct oracle *o, const json_t *timestamp)
{
	json_t *inner = NULL;
	bool speaks = true;

	if (json_is_string(timestamp) && json_string_length(timestamp) <= 64)
		timestamp = inner = oracle_load(json_string_value(timestamp),
		                                json_string_length(timestamp), &speaks);
	o->has_time = json_is_number(timestamp);
	o->time = json_number_value(timestamp);
	if (!speaks) /* 1e999 in a string */
		o->has_time = true, o->time = HUGE_VAL;
	json_decref(inner);
}

static inline void oracle_read(struct oracle *o, size_t size, const char *body, size_t length)
{
	json_t *root = oracle_load(body, length, &o->speaks);

	o->length = 0;
	o->has_time = false;
	o->time = 0;
	if (!root) {
		o->outcome = ENVELOPE_ESYNTAX;
	} else if (!json_is_object(root)) {
		o->outcome = ENVELOPE_ETYPE;
	} else {
		o->outcome = oracle_data(o, json_object_get(root, "data"), size);
		oracle_time(o, json_object_get(root, "timestamp"));
	}
	json_decref(root);
}

/* Near the ends of 64 bits of nanoseconds a double does not tell on which side it is. */
static inline bool oracle_time_agrees(const struct oracle *o, int64_t time_ns)
{
	double ns = o->time * 1e9, near = fabs(ns) * 4e-16 + 1;

	if (!o->has_time)
		return time_ns == 0;
	if (fabs(ns) > 9223372036854775807.0)
		return time_ns == 0 || fabs(ns) - 9223372036854775807.0 <= near;
	if (fabs(ns) + near >= 9223372036854775807.0 && time_ns == 0)
		return true;
	return fabs(ns - (double)time_ns) <= near;
}

/* NULL where the scanner agrees with jansson on the body and keeps its own promises, else what is
 * wrong. */
static inline const char *oracle_disagrees(struct oracle *o, uint8_t *data, size_t size,
                                           const char *body, size_t length)
{
	struct envelope_packet packet = {.length = 0};
	struct envelope_fault fault = {.offset = SIZE_MAX};
	int outcome = envelope_json_parse(&packet, data, size, body, length, &fault);

	oracle_read(o, size, body, length);
	if (outcome > 0)
		return "neither 0 nor an error";
	if (fault.error != outcome || fault.offset > length)
		return "a fault that cannot be";
	if (outcome == 0 && (packet.data != data || packet.length == 0 || packet.length > size))
		return "a packet that cannot be";
	if (!o->speaks)
		return NULL;
	if (outcome != o->outcome)
		return "the outcome";
	if (outcome < 0)
		return NULL;
	if (packet.length != o->length || memcmp(packet.data, o->data, o->length) != 0)
		return "the octets";
	return oracle_time_agrees(o, packet.time_ns) ? NULL : "the time";
}

#endif
