/* test_envelope_control.h - control messages parsed and built in exactly the room that they
 * take. */
#ifndef TEST_ENVELOPE_CONTROL_H
#define TEST_ENVELOPE_CONTROL_H

#include "test_envelope.h"

static inline struct envelope_key key_of(const char *text)
{
	struct envelope_key key;

	cr_assert_eq(envelope_key_parse(&key, text, strlen(text)), 0, "%s", text);
	return key;
}

static inline int read_fault(struct envelope_control *c, const char *key_text, const char *body,
                             struct envelope_fault *fault)
{
	struct envelope_key key = key_of(key_text);
	size_t length = strlen(body);

	int outcome = envelope_control_parse(c, &key, guarded_copy(0, body, length), length, fault);

	cr_expect_eq(fault->error, outcome);
	return outcome;
}

static inline int read_body(struct envelope_control *c, const char *key_text, const char *body)
{
	struct envelope_fault fault;

	return read_fault(c, key_text, body, &fault);
}

static inline void expect_written(const struct envelope_control *c, enum envelope_api api,
                                  const char *want)
{
	size_t length = strlen(want);

	cr_assert_eq(envelope_control_build((char *)guarded(1, length), length, c, api),
	             (long)length, "%s", want);
	cr_expect_arr_eq(guarded(1, length), want, length, "%.*s", (int)length, guarded(1, length));
	for (size_t size = 0; size < length; size++)
		cr_assert_eq(envelope_control_build((char *)guarded(1, size), size, c, api),
		             ENVELOPE_ESPACE);
}

#endif
