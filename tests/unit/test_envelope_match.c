/* libenvelope: topic patterns, against the definition. */
#include "test_envelope.h"
#include "processor_seconds.h"

static const struct {
	const char *pattern, *key;
	bool match;
} matches[] = {
	{"", "", true},
	{"", "a", false},
	{"a", "", false},
	{"a", "a", true},
	{"a", "b", false},
	{"a", "ab", false},
	{"ab", "a", false},
	{"a.b", "a.b", true},
	{"a.b", "a", false},
	{"a", "a.b", false},
	{"a.b.c", "a.b.d", false},
	{"*", "a", true},
	{"*", "", false},
	{"*", "a.b", false},
	{"*.b", "a.b", true},
	{"a.*", "a.b", true},
	{"a.*", "a", false},
	{"a.*.c", "a.b.c", true},
	{"a.*.c", "a.c", false},
	{"*.*", "a.b", true},
	{"*.*", "a", false},
	{"a*", "ab", false},
	{"a*", "a*", true},
	{"#", "", true},
	{"#", "a", true},
	{"#", "a.b.c", true},
	{"a.#", "a", true},
	{"a.#", "a.b", true},
	{"a.#", "a.b.c.d", true},
	{"a.#", "ab", false},
	{"a.#", "b.a", false},
	{"#.c", "c", true},
	{"#.c", "a.b.c", true},
	{"#.c", "a.b.c.d", false},
	{"a.#.c", "a.c", true},
	{"a.#.c", "a.b.c", true},
	{"a.#.c", "a.b.b.c", true},
	{"a.#.c", "a.c.b", false},
	{"#.b.#", "b", true},
	{"#.b.#", "a.b.c", true},
	{"#.b.#", "a.c", false},
	{"#.*", "a", true},
	{"#.*", "", false},
	{"*.#", "a.b", true},
	{"#.#", "", true},
	{"#.#", "a", true},
	{"#.a.#.b.#.c", "x.a.y.a.b.z.b.c", true},
	{"#.a.#.b.#.c", "x.b.y.a.c", false},
	{"#.a.b", "a.a.a.b", true},
	{"#.a.b", "a.b.a", false},
	{"a#", "a#", true},
	{"a#", "ab", false},
	{"a.##", "a.b", false},
	/* empty words are words */
	{"a..b", "a..b", true},
	{"a.*.b", "a..b", true},
	{"a.*", "a.", true},
	{"a", "a.", false},
	{"*.*", ".", true},
	{"*", ".", false},
	{".", ".", true},
	{"a.#.b", "a..b", true},
	{"fromAgent.#", "fromAgent.n.ip.tun.packet.raw", true},
	{"data.*.fromAgent.*", "data.serial.fromAgent.n", true},
	{"data.*.fromAgent.*", "data.serial.toAgent.n", false},
};

Test(match, table)
{
	for (size_t i = 0; i < COUNT(matches); i++) {
		size_t length = strlen(matches[i].key);

		cr_expect_eq(envelope_key_match(matches[i].pattern,
		                                guarded_copy(0, matches[i].key, length), length),
		             matches[i].match, "%s ~ %s", matches[i].pattern, matches[i].key);
	}
}

/* The definition, word lists and recursion: what a key of at most a few words is compared with. */
static bool defined_match(const char *const *pattern, size_t patterns, const char *const *words,
                          size_t count)
{
	if (patterns == 0)
		return count == 0;
	if (strcmp(pattern[0], "#") == 0)
		return defined_match(pattern + 1, patterns - 1, words, count) ||
		       (count > 0 && defined_match(pattern, patterns, words + 1, count - 1));
	return count > 0 && (strcmp(pattern[0], "*") == 0 || strcmp(pattern[0], words[0]) == 0) &&
	       defined_match(pattern + 1, patterns - 1, words + 1, count - 1);
}

static size_t random_words(uint64_t *state, const char **words, size_t alphabet, char *text,
                           size_t size)
{
	static const char *const known[] = {"a", "b", "ab", "*", "#"};
	size_t count = random_below(state, 7), length = 0;

	for (size_t i = 0; i < count; i++) {
		words[i] = known[random_below(state, alphabet)];
		length = add(text, size, length, "%s%s", i ? "." : "", words[i]);
	}
	text[length] = '\0';
	return count;
}

Test(match, agrees_with_the_definition)
{
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 200000; i++) {
		const char *pattern_words[8], *words[8];
		char pattern[64], text[64];
		size_t patterns = random_words(&state, pattern_words, 5, pattern, sizeof(pattern)),
		       count = random_words(&state, words, 3, text, sizeof(text));

		cr_assert_eq(envelope_key_match(pattern, text, strlen(text)),
		             defined_match(pattern_words, patterns, words, count), "%s ~ %s",
		             pattern, text);
	}
}

Test(match, many_hashes_end)
{
	char pattern[256], text[256];

	processor_seconds(5);
	for (size_t i = 0; i < 254; i += 2) {
		memcpy(pattern + i, i % 4 ? "a." : "#.", 2);
		memcpy(text + i, "a.", 2);
	}
	memcpy(pattern + 252, "b", 2);
	memcpy(text + 252, "a", 2);
	for (unsigned i = 0; i < 1000; i++)
		cr_assert_not(envelope_key_match(pattern, text, strlen(text)));
}
