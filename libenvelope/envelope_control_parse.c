#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "envelope_control.h"
#include "envelope_fault.h"
#include "envelope_text.h"
#include "envelope_utf8.h"

static char *place(struct envelope_control *c, const struct envelope_field *f)
{
	return (char *)&c->tun + f->offset;
}

static size_t cut_at_character(const char *text, size_t size)
{
	size_t length = 0, n;
	uint32_t point;

	for (;;) {
		n = envelope_utf8_sequence((const uint8_t *)text + length, size, &point);
		if (n == 0 || length + n >= size)
			return length;
		length += n;
	}
}

static int read_text(char *out, const struct envelope_field *f, const char *text, size_t length)
{
	if (memchr(text, '\0', length))
		return ENVELOPE_ETYPE;
	if (length >= f->size) {
		if (!f->cut)
			return ENVELOPE_ETOOLONG;
		length = cut_at_character(text, f->size);
	}
	memcpy(out, text, length);
	out[length] = '\0';
	return ENVELOPE_OK;
}

/* Whole numbers, however they are written. */
static bool whole(const json_t *value, json_int_t *number)
{
	const double exact = 9007199254740992; /* 2^53 */
	double real;

	if (json_is_integer(value)) {
		*number = json_integer_value(value);
		return true;
	}
	real = json_real_value(value);
	if (!json_is_real(value) || real < -exact || real > exact ||
	    real != (double)(json_int_t)real)
		return false;
	*number = (json_int_t)real;
	return true;
}

static int read_number_as_text(char *out, const struct envelope_field *f, json_int_t number)
{
	char digits[24];
	struct text t = {digits, sizeof(digits), 0, false};

	if (number < 0)
		envelope_text_raw(&t, "-", 1);
	envelope_text_number(&t, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
	return read_text(out, f, digits, t.length);
}

/* Some old agents write an IPv4 address as four numbers: [10, 2, 0, 0]. */
static int read_octets_as_address(char *out, const struct envelope_field *f, const json_t *array)
{
	struct text t = {out, f->size - 1, 0, false};
	json_int_t octet;

	if (json_array_size(array) != 4)
		return ENVELOPE_ETYPE;
	for (size_t i = 0; i < 4; i++) {
		if (!whole(json_array_get(array, i), &octet))
			return ENVELOPE_ETYPE;
		if (octet < 0 || octet > 255)
			return ENVELOPE_ERANGE;
		envelope_text_raw(&t, ".", i ? 1 : 0);
		envelope_text_number(&t, (uint64_t)octet);
	}
	out[t.length] = '\0';
	return ENVELOPE_OK;
}

static int read_field(struct envelope_control *c, const struct envelope_field *f,
                      const json_t *object)
{
	const json_t *value = json_object_get(object, f->key);
	json_int_t number;

	if (!value || json_is_null(value))
		return ENVELOPE_OK;
	if (json_is_string(value))
		return read_text(place(c, f), f, json_string_value(value),
		                 json_string_length(value));
	if (whole(value, &number))
		return read_number_as_text(place(c, f), f, number);
	return json_is_array(value) && memcmp(f->key, "ipv4", 4) == 0
	               ? read_octets_as_address(place(c, f), f, value)
	               : ENVELOPE_ETYPE;
}

static int read_flag(bool *flag, const json_t *value)
{
	json_int_t number;
	const char *text;

	if (!value || json_is_null(value))
		return ENVELOPE_OK;
	if (json_is_boolean(value)) {
		*flag = json_is_true(value);
		return ENVELOPE_OK;
	}
	if (whole(value, &number)) {
		*flag = number == 1;
		return number == 0 || number == 1 ? ENVELOPE_OK : ENVELOPE_ETYPE;
	}
	text = json_string_value(value);
	if (!text)
		return ENVELOPE_ETYPE;
	*flag = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
	return *flag || !text[0] || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0
	               ? ENVELOPE_OK
	               : ENVELOPE_ETYPE;
}

static int read_digits(uint64_t *count, const char *text, size_t length)
{
	uint64_t value = 0;

	if (length == 0)
		return ENVELOPE_ETYPE;
	for (size_t i = 0; i < length; i++) {
		uint64_t digit = (uint64_t)text[i] - '0';

		if (text[i] < '0' || text[i] > '9')
			return ENVELOPE_ETYPE;
		if (value > (UINT64_MAX - digit) / 10)
			return ENVELOPE_ERANGE;
		value = value * 10 + digit;
	}
	*count = value;
	return ENVELOPE_OK;
}

static int read_count(uint64_t *count, const json_t *value)
{
	json_int_t number;

	if (!value || json_is_null(value))
		return ENVELOPE_ENODATA;
	if (json_is_string(value))
		return read_digits(count, json_string_value(value), json_string_length(value));
	if (!whole(value, &number))
		return ENVELOPE_ETYPE;
	if (number < 0)
		return ENVELOPE_ERANGE;
	*count = (uint64_t)number;
	return ENVELOPE_OK;
}

/* The kind, where the key alone does not tell it: API v0. */
static int resolve(enum envelope_kind *kind, const struct envelope_key *key, const json_t *object)
{
	const json_t *value = json_object_get(object, "_type");
	const char *type = json_string_value(value);
	const struct envelope_shape *named = type ? envelope_shape_of_type(type) : NULL;
	enum envelope_kind by_type = named ? named->kind : ENVELOPE_UNKNOWN;

	*kind = key->kind;
	if (key->kind == ENVELOPE_TUN_CONTROL)
		*kind = key->direction == ENVELOPE_TO_AGENT ? ENVELOPE_TUN_START
		                                            : ENVELOPE_TUN_STARTED;
	if (key->api != ENVELOPE_V0 || key->kind == ENVELOPE_LOSSY_LINK_START)
		return ENVELOPE_OK;
	if (value && !type && !json_is_null(value))
		return ENVELOPE_ETYPE;
	if (key->kind != ENVELOPE_SESSION)
		return !type || by_type == *kind ? ENVELOPE_OK : ENVELOPE_EKEY;
	*kind = by_type;
	return by_type == ENVELOPE_COMPONENT_READY || by_type == ENVELOPE_COMPONENT_SHUTDOWN ||
	                       by_type == ENVELOPE_TERMINATE
	               ? ENVELOPE_OK
	               : ENVELOPE_EKEY;
}

static int read_fields(struct envelope_control *c, const struct envelope_shape *shape,
                       const json_t *object, const char **field)
{
	int error;

	for (size_t i = 0; i < shape->count; i++) {
		*field = shape->fields[i].key;
		error = read_field(c, &shape->fields[i], object);
		if (error)
			return error;
	}
	if (shape->is_tun) {
		*field = envelope_no_forwarding;
		return read_flag(&c->tun.ipv6_no_forwarding,
		                 json_object_get(object, envelope_no_forwarding));
	}
	if (shape->kind == ENVELOPE_LOSSY_LINK_START) {
		*field = envelope_packets_to_drop;
		return read_count(&c->packets_to_drop,
		                  json_object_get(object, envelope_packets_to_drop));
	}
	return ENVELOPE_OK;
}

static int read_object(struct envelope_control *c, const struct envelope_key *key,
                       const json_t *object, const char **field)
{
	const struct envelope_shape *shape;
	int error;

	if (!json_is_object(object))
		return ENVELOPE_ETYPE;
	*field = "_type";
	error = resolve(&c->kind, key, object);
	if (error)
		return error;
	shape = envelope_shape_of(c->kind);
	error = shape ? read_fields(c, shape, object, field) : ENVELOPE_EKEY;
	if (!error || !shape)
		*field = "";
	return error;
}

/* jansson's integers end at 64 bits: a body with longer ones is read with reals for all. */
static json_t *load(const char *body, size_t length, json_error_t *error)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_t *root = json_loadb(body, length, flags, error);

	if (!root && json_error_code(error) == json_error_numeric_overflow)
		root = json_loadb(body, length, flags | JSON_DECODE_INT_AS_REAL, error);
	return root;
}

int envelope_control_parse(struct envelope_control *c, const struct envelope_key *key,
                           const char *body, size_t length, struct envelope_fault *fault)
{
	/* An empty body may have no address. */
	const char *nul = length ? memchr(body, '\0', length) : NULL, *field = "";
	json_error_t error;
	json_t *root;
	int outcome;

	memset(c, 0, sizeof(*c));
	if (length > ENVELOPE_CONTROL_MAX)
		return envelope_fault_set(fault, ENVELOPE_ETOOLONG, 0, "");
	if (nul) /* jansson loses one behind a number */
		return envelope_fault_set(fault, ENVELOPE_ESYNTAX, (size_t)(nul - body), "");
	root = load(body, length, &error);
	if (!root) {
		outcome = json_error_code(&error) == json_error_out_of_memory ? ENVELOPE_EMEMORY
		                                                              : ENVELOPE_ESYNTAX;
		return envelope_fault_set(fault, outcome,
		                          error.position < 0 ? 0 : (size_t)error.position, "");
	}
	outcome = read_object(c, key, root, &field);
	json_decref(root);
	return envelope_fault_set(fault, outcome, 0, field);
}
