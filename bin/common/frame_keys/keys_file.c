#include "frame_keys/keys_file.h"

#include <stdlib.h>
#include <string.h>

#include "frame_keys/keys_words.h"

enum { INDEX_MAX = 255, MODE_MAX = 3, WISUN_INDEX_MAX = 7, GROWTH = 64 };

static int read_source(struct keys_words *w, struct key_line *key)
{
	uint8_t octets[8] = {0};
	size_t digits = 0;

	for (size_t i = 0; i < w->length; i++)
		digits += !strchr(":-", w->word[i]);
	digits -= w->length > 2 && w->word[0] == '0' && (w->word[1] | 0x20) == 'x' ? 2 : 0;
	key->has_source = true;
	key->source_is_long = digits > 8;
	if (keys_words_hex(w, octets, key->source_is_long ? 8 : 4, "a key source") < 0)
		return -1;
	for (unsigned i = 0; i < (key->source_is_long ? 8u : 4u); i++)
		key->source = key->source << 8 | octets[i];
	return 0;
}

static int check_identifier(const struct keys_words *w, const struct key_line *key)
{
	if (key->has_mode && key->mode == 0 && (key->has_index || key->has_source))
		return keys_words_fault(w, "mode 0 has neither index nor source");
	if (key->has_mode && key->has_source && key->mode != (key->source_is_long ? 3 : 2))
		return keys_words_fault(w, "a source of 4 octets is of mode 2, one of 8 of mode 3");
	return 0;
}

/* mode=N index=N source=HEX, in any order; each that does not belong to the kind is refused. */
static int read_identifier(struct keys_words *w, struct key_line *key)
{
	bool raw = key->kind == KEY_RAW;
	uint32_t number = 0;
	int result = 0;

	while (result == 0 && keys_words_next(w)) {
		if (raw && keys_words_value(w, "mode")) {
			result = keys_words_number(w, &number, 0, MODE_MAX);
			key->has_mode = true;
			key->mode = (uint8_t)number;
		} else if (key->kind != KEY_THREAD && keys_words_value(w, "index")) {
			result = keys_words_number(w, &number, !raw,
			                           raw ? INDEX_MAX : WISUN_INDEX_MAX);
			key->has_index = true;
			key->index = (uint8_t)number;
		} else if (raw && keys_words_value(w, "source")) {
			result = read_source(w, key);
		} else if (key->kind == KEY_THREAD && keys_words_value(w, "sequence")) {
			result = keys_words_number(w, &key->sequence, 0, UINT32_MAX);
			key->has_sequence = true;
		} else {
			return keys_words_fault(w, raw ? "none of mode=N, index=N, source=HEX"
			                           : key->kind == KEY_THREAD
			                                   ? "only sequence=N may stand here"
			                                   : "only index=N may stand here");
		}
	}
	return result < 0 ? -1 : check_identifier(w, key);
}

static int read_network_name(struct keys_words *w, struct key_line *key)
{
	if (keys_words_name(w) < 0)
		return -1;
	if (w->length < 1 || w->length > KEYS_NAME_MAX)
		return keys_words_fault(w, "a network's name has 1 to 32 octets");
	memcpy(key->name, w->word, w->length);
	key->name_length = w->length;
	return 0;
}

static int read_key(struct keys_file *file, struct keys_words *w, enum key_kind kind)
{
	static const char *const names[] = {"a key", "a network key", "a GTK"};
	struct key_line *key = &file->keys[file->key_count];

	if (file->key_count == KEYS_MAX)
		return keys_words_fault(w, "more than 64 keys");
	*key = (struct key_line){.kind = kind, .line = w->number};
	file->key_count++;
	if (kind == KEY_WISUN && read_network_name(w, key) < 0)
		return -1;
	if (!keys_words_next(w))
		return keys_words_fault(w, "the key is missing: 32 hexadecimal digits");
	if (keys_words_hex(w, key->key, KEYS_KEY_SIZE, names[kind]) < 0)
		return -1;
	return read_identifier(w, key);
}

static int grow(struct keys_file *file, const struct keys_words *w)
{
	struct address_line *more;

	if (file->address_count == KEYS_ADDRESSES_MAX)
		return keys_words_fault(w, "more than 16384 addresses");
	if (file->address_count % GROWTH)
		return 0;
	more = realloc(file->addresses, (file->address_count + GROWTH) * sizeof *more);
	if (!more)
		return keys_words_fault(w, "out of memory");
	file->addresses = more;
	return 0;
}

/* "1234", "abcd/1234" */
static int read_short(struct keys_words *w, struct address_line *a)
{
	const char *slash = memchr(w->word, '/', w->length);

	if (slash) {
		struct keys_words pan = *w;

		pan.length = (size_t)(slash - w->word);
		a->has_pan = true;
		if (keys_words_short(&pan, &a->pan, "a PAN ID") < 0)
			return -1;
		w->length -= pan.length + 1;
		w->word = slash + 1;
	}
	if (keys_words_short(w, &a->address, "a short address") < 0)
		return -1;
	return a->address >= 0xfffe ? keys_words_fault(w, "fffe and ffff are nobody's address") : 0;
}

static bool has_same_short(const struct address_line *a, const struct address_line *b)
{
	return a->address == b->address && a->has_pan == b->has_pan && a->pan == b->pan;
}

/* All of them are tried on each frame. One that the file has already is not kept again. */
static int add_address(struct keys_file *file, const struct keys_words *w,
                       const struct address_line *a)
{
	unsigned same = 0;

	for (unsigned i = 0; i < file->address_count; i++) {
		if (!has_same_short(&file->addresses[i], a))
			continue;
		if (file->addresses[i].extended == a->extended)
			return 0;
		same++;
	}
	if (same == KEYS_SAME_ADDRESS_MAX)
		return keys_words_fault(w, "more than 16 extended addresses for this short one; "
		                           "PAN/SHORT says which PAN it is in");
	if (grow(file, w) < 0)
		return -1;
	file->addresses[file->address_count++] = *a;
	return 0;
}

static int read_address(struct keys_file *file, struct keys_words *w)
{
	struct address_line a = {0};
	uint8_t octets[8] = {0};

	if (!keys_words_next(w))
		return keys_words_fault(w, "the short address is missing");
	if (read_short(w, &a) < 0)
		return -1;
	if (!keys_words_next(w))
		return keys_words_fault(w, "the extended address is missing");
	if (keys_words_hex(w, octets, sizeof octets, "an extended address") < 0)
		return -1;
	for (unsigned i = 0; i < sizeof octets; i++)
		a.extended = a.extended << 8 | octets[i];
	return add_address(file, w, &a) < 0 ? -1 : keys_words_end(w);
}

static int read_line(struct keys_file *file, struct keys_words *w)
{
	const char *nul = memchr(w->line, 0, (size_t)(w->end - w->line));

	if (nul) {
		w->word = nul;
		return keys_words_fault(w, "a NUL: is this a text file?");
	}
	if (!keys_words_next(w))
		return 0;
	if (keys_words_is(w, "raw"))
		return read_key(file, w, KEY_RAW);
	if (keys_words_is(w, "thread"))
		return read_key(file, w, KEY_THREAD);
	if (keys_words_is(w, "wisun"))
		return read_key(file, w, KEY_WISUN);
	if (keys_words_is(w, "addr"))
		return read_address(file, w);
	return keys_words_fault(w, "a line begins with raw, thread, wisun, addr or #");
}

int keys_file_parse(struct keys_file *file, const char *text, size_t length, struct why *why)
{
	static const char mark[] = "\xef\xbb\xbf"; /* UTF-8's byte order mark, of some editors */
	const char *at = text, *end = text + length;
	unsigned number = 0;

	*file = (struct keys_file){0};
	if (length >= 3 && memcmp(text, mark, 3) == 0)
		at += 3;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *behind = newline ? newline : end;
		struct keys_words w = {.line = at, .at = at, .end = behind, .word = at};

		if (w.end > at && w.end[-1] == '\r')
			w.end--;
		w.number = ++number;
		w.why = why;
		if (read_line(file, &w) < 0)
			return -1;
		at = newline ? newline + 1 : end;
	}
	if (!file->key_count)
		return why_set(why, "there is no key in it: a line raw HEX, thread HEX or "
		                    "wisun NAME HEX is needed");
	return 0;
}

void keys_file_wipe(struct keys_file *file)
{
	free(file->addresses);
	explicit_bzero(file, sizeof *file);
}
