#include "pattern.h"

#include <string.h>

#include "agent/keys.h"
#include "envelope.h"

int pattern_check(const char *pattern, struct why *why)
{
	if (strlen(pattern) > ENVELOPE_KEY_MAX)
		return why_set(why, "a routing key has %d octets at the most", ENVELOPE_KEY_MAX);
	if (strpbrk(pattern, " \t\r\n"))
		return why_set(why, "has a blank: each pattern has a -k of its own");
	for (const char *word = pattern;; word++) {
		size_t length = strcspn(word, ".");

		if (length == 0)
			return why_set(why, "has an empty word between, before or behind dots");
		if (length > 1 && strcspn(word, "*#") < length)
			return why_set(why, "'*' and '#' stand for whole words between dots, not "
			                    "for a part of one");
		word += length;
		if (!*word)
			return 0;
	}
}

/* In the keys that are built to compare with: any agent's name. */
static const char anybody[] = "anybody";

static bool is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(text, word, length) == 0;
}

static const char *behind(const char *text, size_t length)
{
	return text + length + (text[length] == '.');
}

/* key: one without wildcards; the recursion is as deep as it has words, and as there are words in
 * the pattern. */
static bool meets(const char *pattern, const char *key)
{
	size_t n = strcspn(pattern, "."), m = strcspn(key, ".");

	if (!*pattern)
		return !*key;
	if (is_word(pattern, n, "#")) {
		while (is_word(pattern, n, "#")) {
			pattern = behind(pattern, n);
			n = strcspn(pattern, ".");
		}
		for (;; key = behind(key, strcspn(key, "."))) {
			if (meets(pattern, key))
				return true;
			if (!*key)
				return false;
		}
	}
	if (!*key || (!is_word(pattern, n, "*") && !is_word(key, m, anybody) &&
	              (n != m || memcmp(pattern, key, n) != 0)))
		return false;
	return meets(behind(pattern, n), behind(key, m));
}

static bool meets_kind(const char *pattern, enum envelope_kind kind, enum envelope_api api)
{
	static const enum envelope_direction directions[] = {ENVELOPE_FROM_AGENT,
	                                                     ENVELOPE_TO_AGENT};
	char key[ENVELOPE_KEY_MAX + 1];

	for (unsigned i = 0; i < 2; i++) {
		if (keys_write(key, kind, api, directions[i], anybody, "", NULL) == 0 &&
		    meets(pattern, key))
			return true;
		if (keys_write(key, kind, api, directions[i], anybody, anybody, NULL) == 0 &&
		    meets(pattern, key))
			return true;
	}
	return false;
}

bool pattern_meets_agents(const char *pattern)
{
	for (int kind = ENVELOPE_COMPONENT_READY; kind <= ENVELOPE_ALIVE; kind++)
		for (int api = ENVELOPE_V1; api <= ENVELOPE_OWN; api++)
			if (meets_kind(pattern, (enum envelope_kind)kind, (enum envelope_api)api))
				return true;
	return false;
}
