#include "probe/own_echo.h"

static const int64_t KEPT_NS = INT64_C(1000000000);

/* FNV-1a, of the length, too. */
static uint64_t hash_of(const uint8_t *frame, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ length;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ frame[i]) * UINT64_C(0x100000001b3);
	return hash;
}

void own_echo_note(struct own_echo *o, const uint8_t *frame, size_t length, int64_t now)
{
	o->sent[o->next].hash = hash_of(frame, length);
	o->sent[o->next].until = now + KEPT_NS;
	o->next = (o->next + 1) % OWN_ECHO_FRAMES;
}

/* The latest first: those before one that is too old are older. */
bool own_echo_is(const struct own_echo *o, const uint8_t *frame, size_t length, int64_t now)
{
	uint64_t hash = hash_of(frame, length);

	for (unsigned i = 1; i <= OWN_ECHO_FRAMES; i++) {
		unsigned at = (o->next + OWN_ECHO_FRAMES - i) % OWN_ECHO_FRAMES;

		if (o->sent[at].until <= now)
			return false;
		if (o->sent[at].hash == hash)
			return true;
	}
	return false;
}
