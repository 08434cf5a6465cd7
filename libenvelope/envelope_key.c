#include <string.h>

#include "envelope.h"
#include "envelope_utf8.h"

#define TO   ENVELOPE_TO_AGENT
#define FROM ENVELOPE_FROM_AGENT

/* The keys without a name in them. */
static const struct plain_key {
	const char *text;
	enum envelope_kind kind;
	enum envelope_api api;
} plain_keys[] = {
	{"testingtool.component.ready", ENVELOPE_COMPONENT_READY, ENVELOPE_V1},
	{"testingtool.component.shutdown", ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_V1},
	{"testingtool.terminate", ENVELOPE_TERMINATE, ENVELOPE_V1},
	{"routing.lossy.link.start", ENVELOPE_LOSSY_LINK_START, ENVELOPE_V1},
	{"control.session", ENVELOPE_SESSION, ENVELOPE_V0},
};

/* The keys of an agent: before, name, after. */
static const struct agent_key {
	const char *before, *after;
	enum envelope_kind kind;
	enum envelope_api api;
	enum envelope_direction direction;
} agent_keys[] = {
	{"fromAgent.", ".ip.tun.packet.raw", ENVELOPE_TUN_PACKET, ENVELOPE_V1, FROM},
	{"toAgent.", ".ip.tun.packet.raw", ENVELOPE_TUN_PACKET, ENVELOPE_V1, TO},
	{"toAgent.", ".ip.tun.start", ENVELOPE_TUN_START, ENVELOPE_V1, TO},
	{"fromAgent.", ".ip.tun.started", ENVELOPE_TUN_STARTED, ENVELOPE_V1, FROM},
	{"fromAgent.", ".802154.serial.packet.raw", ENVELOPE_SERIAL_PACKET, ENVELOPE_V1, FROM},
	{"toAgent.", ".802154.serial.packet.raw", ENVELOPE_SERIAL_PACKET, ENVELOPE_V1, TO},
	{"toAgent.", ".802154.serial.start", ENVELOPE_SERIAL_START, ENVELOPE_V1, TO},
	{"fromAgent.", ".802154.serial.started", ENVELOPE_SERIAL_STARTED, ENVELOPE_V1, FROM},
	{"data.tun.fromAgent.", "", ENVELOPE_TUN_PACKET, ENVELOPE_V0, FROM},
	{"data.tun.toAgent.", "", ENVELOPE_TUN_PACKET, ENVELOPE_V0, TO},
	{"data.serial.fromAgent.", "", ENVELOPE_SERIAL_PACKET, ENVELOPE_V0, FROM},
	{"data.serial.toAgent.", "", ENVELOPE_SERIAL_PACKET, ENVELOPE_V0, TO},
	{"control.tun.fromAgent.", "", ENVELOPE_TUN_CONTROL, ENVELOPE_V0, FROM},
	{"control.tun.toAgent.", "", ENVELOPE_TUN_CONTROL, ENVELOPE_V0, TO},
	{"control.serial.fromAgent.", "", ENVELOPE_SERIAL_STARTED, ENVELOPE_V0, FROM},
	{"control.serial.toAgent.", "", ENVELOPE_SERIAL_START, ENVELOPE_V0, TO},
	{"framebus.tun.", "", ENVELOPE_TUN_PACKET, ENVELOPE_OWN, FROM},
	{"framebus.serial.", "", ENVELOPE_SERIAL_PACKET, ENVELOPE_OWN, FROM},
	{"framebus.to.", "", ENVELOPE_PACKET, ENVELOPE_OWN, TO},
	{"framebus.alive.", "", ENVELOPE_ALIVE, ENVELOPE_OWN, FROM},
};

/* Between the agent and the one peer that a message is for. */
static const char to_peer[] = ".";

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool name_is_good(const char *name, size_t length)
{
	const uint8_t *text = (const uint8_t *)name;
	uint32_t point;
	size_t size;

	if (length == 0 || length > ENVELOPE_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i += size) {
		size = envelope_utf8_sequence(text + i, length - i, &point);
		if (size == 0 || point <= ' ' || (point >= 0x7f && point <= 0xa0))
			return false;
		if (point == '.' || point == '*' || point == '#')
			return false;
	}
	return true;
}

int envelope_name_check(const char *name)
{
	return name_is_good(name, strnlen(name, ENVELOPE_NAME_MAX + 1)) ? ENVELOPE_OK
	                                                                : ENVELOPE_ENAME;
}

/* v0 has one key for several kinds: the kind and direction that the tables know. */
static void table_kind(const struct envelope_key *key, enum envelope_kind *kind,
                       enum envelope_direction *direction)
{
	*kind = key->kind;
	*direction = key->direction;
	if (key->kind == ENVELOPE_TUN_START || key->kind == ENVELOPE_SERIAL_START)
		*direction = ENVELOPE_TO_AGENT;
	if (key->kind == ENVELOPE_TUN_STARTED || key->kind == ENVELOPE_SERIAL_STARTED)
		*direction = ENVELOPE_FROM_AGENT;
	if (key->api != ENVELOPE_V0)
		return;
	switch (key->kind) {
	case ENVELOPE_TUN_START:
	case ENVELOPE_TUN_STARTED:
		*kind = ENVELOPE_TUN_CONTROL;
		break;
	case ENVELOPE_COMPONENT_READY:
	case ENVELOPE_COMPONENT_SHUTDOWN:
	case ENVELOPE_TERMINATE:
		*kind = ENVELOPE_SESSION;
		break;
	default:
		break;
	}
}

static const struct plain_key *plain_of(enum envelope_kind kind, enum envelope_api api)
{
	for (size_t i = 0; i < COUNT(plain_keys); i++)
		if (plain_keys[i].kind == kind &&
		    (plain_keys[i].api == api || kind == ENVELOPE_LOSSY_LINK_START))
			return &plain_keys[i];
	return NULL;
}

static const struct agent_key *agent_of(enum envelope_kind kind, enum envelope_api api,
                                        enum envelope_direction direction)
{
	for (size_t i = 0; i < COUNT(agent_keys); i++)
		if (agent_keys[i].kind == kind && agent_keys[i].api == api &&
		    agent_keys[i].direction == direction)
			return &agent_keys[i];
	return NULL;
}

static bool may_name_a_peer(const struct agent_key *known)
{
	return known->api == ENVELOPE_OWN &&
	       (known->kind == ENVELOPE_TUN_PACKET || known->kind == ENVELOPE_SERIAL_PACKET);
}

static int join(char *out, size_t size, const char *const *parts, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		size_t part = strlen(parts[i]);

		if (length + part >= size)
			return ENVELOPE_ESPACE;
		memcpy(out + length, parts[i], part);
		length += part;
	}
	out[length] = '\0';
	return (int)length;
}

int envelope_key_build(char *out, size_t size, const struct envelope_key *key)
{
	enum envelope_kind kind;
	enum envelope_direction direction;
	const struct plain_key *plain;
	const struct agent_key *known;

	table_kind(key, &kind, &direction);
	plain = plain_of(kind, key->api);
	if (plain)
		return join(out, size, &plain->text, 1);
	known = agent_of(kind, key->api, direction);
	if (!known)
		return ENVELOPE_EKEY;
	if (envelope_name_check(key->name) < 0)
		return ENVELOPE_ENAME;
	if (!key->peer[0])
		return join(out, size,
		            (const char *const[]){known->before, key->name, known->after}, 3);
	if (!may_name_a_peer(known))
		return ENVELOPE_EKEY;
	if (envelope_name_check(key->peer) < 0)
		return ENVELOPE_ENAME;
	return join(
		out, size,
		(const char *const[]){known->before, key->name, known->after, to_peer, key->peer},
		5);
}

static bool equal(const char *text, size_t length, const char *literal)
{
	return length == strlen(literal) && memcmp(text, literal, length) == 0;
}

static bool skip_literal(const char **text, size_t *length, const char *literal)
{
	size_t n = strlen(literal);

	if (*length < n || memcmp(*text, literal, n) != 0)
		return false;
	*text += n;
	*length -= n;
	return true;
}

static size_t word_length(const char *text, size_t length)
{
	const char *dot = memchr(text, '.', length);

	return dot ? (size_t)(dot - text) : length;
}

static bool copy_name(char out[ENVELOPE_NAME_MAX + 1], const char *name, size_t length)
{
	if (!name_is_good(name, length))
		return false;
	memcpy(out, name, length);
	out[length] = '\0';
	return true;
}

static int read_agent_key(struct envelope_key *key, const struct agent_key *known, const char *text,
                          size_t length)
{
	size_t name_length;
	const char *name;

	if (!skip_literal(&text, &length, known->before))
		return ENVELOPE_EKEY;
	name = text;
	name_length = word_length(text, length);
	text += name_length;
	length -= name_length;
	if (!skip_literal(&text, &length, known->after))
		return ENVELOPE_EKEY;
	if (length > 0) {
		if (!may_name_a_peer(known) || !skip_literal(&text, &length, to_peer) ||
		    memchr(text, '.', length))
			return ENVELOPE_EKEY;
		if (!copy_name(key->peer, text, length))
			return ENVELOPE_ENAME;
	}
	if (!copy_name(key->name, name, name_length))
		return ENVELOPE_ENAME;
	key->kind = known->kind;
	key->api = known->api;
	key->direction = known->direction;
	return ENVELOPE_OK;
}

int envelope_key_parse(struct envelope_key *key, const char *text, size_t length)
{
	memset(key, 0, sizeof(*key));
	if (length > ENVELOPE_KEY_MAX)
		return ENVELOPE_EKEY;
	for (size_t i = 0; i < COUNT(plain_keys); i++) {
		if (equal(text, length, plain_keys[i].text)) {
			key->kind = plain_keys[i].kind;
			key->api = plain_keys[i].api;
			return ENVELOPE_OK;
		}
	}
	for (size_t i = 0; i < COUNT(agent_keys); i++) {
		int outcome = read_agent_key(key, &agent_keys[i], text, length);

		if (outcome != ENVELOPE_EKEY) {
			if (outcome < 0)
				memset(key, 0, sizeof(*key));
			return outcome;
		}
	}
	return ENVELOPE_EKEY;
}

/* The words of a key, one after another. An empty key has none; otherwise there is one more than
 * there are dots. */
struct words {
	const char *at, *end;
	bool more;
};

static struct words words_of(const char *text, size_t length)
{
	return (struct words){text, text + length, length > 0};
}

static size_t word(const struct words *w)
{
	return word_length(w->at, (size_t)(w->end - w->at));
}

static bool word_is(const struct words *w, char only)
{
	return word(w) == 1 && *w->at == only;
}

static void next(struct words *w)
{
	w->at += word(w);
	w->more = w->at < w->end;
	if (w->more)
		w->at++;
}

static bool words_match(const struct words *pattern, const struct words *text)
{
	size_t length = word(text);

	return word_is(pattern, '*') ||
	       (word(pattern) == length && memcmp(pattern->at, text->at, length) == 0);
}

bool envelope_key_match(const char *pattern_text, const char *text, size_t length)
{
	struct words pattern = words_of(pattern_text, strlen(pattern_text)),
		     key = words_of(text, length);
	struct words after_hash = {NULL, NULL, false}, retry = key;
	bool hash = false;

	/* Only the last '#' ever needs to match more words: what an earlier one would match, it
	 * can match too. */
	for (;;) {
		if (pattern.more && word_is(&pattern, '#')) {
			next(&pattern);
			after_hash = pattern;
			retry = key;
			hash = true;
		} else if (pattern.more && key.more && words_match(&pattern, &key)) {
			next(&pattern);
			next(&key);
		} else if (!pattern.more && !key.more) {
			return true;
		} else if (hash && retry.more) {
			next(&retry);
			key = retry;
			pattern = after_hash;
		} else {
			return false;
		}
	}
}
