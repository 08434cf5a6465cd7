/* Any octets to one of the three texts of libframe, whole and cut: never written past the end,
 * always ended by a NUL, a cut text is the beginning of the whole one, nothing but printable
 * characters (and the newlines of frame_text) is in it, and JSON is JSON. The first octet says
 * which text, the second where it is cut, the others are the frame. */
#include "fuzz_frame.h"

typedef size_t text_function(char *out, size_t size, const uint8_t *octets, size_t length);

static const struct {
	text_function *function;
	bool counts_all, has_lines;
} texts[] = {{frame_line, false, false}, {frame_text, true, true}, {frame_json, true, false}};

enum { TEXTS = sizeof texts / sizeof *texts, CUT_STEP = 3 };

static void require_printable(const char *text, size_t n, bool has_lines)
{
	for (size_t i = 0; i < n; i++)
		REQUIRE((text[i] >= ' ' && text[i] <= '~') || (has_lines && text[i] == '\n'));
	REQUIRE(!has_lines || n == 0 || text[n - 1] == '\n');
}

/* Behind the JSON value that text begins with: the grammar of RFC 8259, as far as libframe uses
 * it. */
static const char *json_value(const char *text);

static const char *json_string(const char *text)
{
	REQUIRE(*text == '"');
	text += 1 + strcspn(text + 1, "\"\\");
	for (; *text == '\\'; text += 2 + strcspn(text + 2, "\"\\"))
		REQUIRE(text[1] == '\\'); /* of what has been escaped for a line */
	REQUIRE(*text == '"');
	return text + 1;
}

static const char *json_list(const char *text, char closing, bool has_keys)
{
	if (*++text == closing)
		return text + 1;
	for (;; text++) {
		if (has_keys) {
			text = json_string(text);
			REQUIRE(*text++ == ':');
		}
		text = json_value(text);
		if (*text != ',')
			break;
	}
	REQUIRE(*text == closing);
	return text + 1;
}

static const char *json_value(const char *text)
{
	const char digits[] = "0123456789";
	size_t n;

	switch (*text) {
	case '{':
		return json_list(text, '}', true);
	case '[':
		return json_list(text, ']', false);
	case '"':
		return json_string(text);
	case 't':
		REQUIRE(strncmp(text, "true", 4) == 0);
		return text + 4;
	case 'f':
		REQUIRE(strncmp(text, "false", 5) == 0);
		return text + 5;
	default:
		text += *text == '-';
		n = strspn(text, digits);
		REQUIRE(n == 1 || (n > 1 && *text != '0'));
		return text + n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static char whole[1 << 20];
	unsigned which, size;
	size_t n, written, cut_length;
	char *cut;

	if (length < 2 || length - 2 > FRAME_OCTETS_MAX)
		return 0;
	which = octets[0] % TEXTS;
	size = octets[1] * CUT_STEP;
	cut = (char *)fuzz_out(size);
	octets = fuzz_in(octets + 2, length - 2);
	n = texts[which].function(whole, sizeof whole, octets, length - 2);
	REQUIRE(n < sizeof whole && whole[n] == 0);
	require_printable(whole, n, texts[which].has_lines);
	if (texts[which].function == frame_json)
		REQUIRE(*whole == '{' && *json_value(whole) == 0);
	written = texts[which].function(cut, size, octets, length - 2);
	cut_length = n < size ? n : size ? size - 1 : 0;
	REQUIRE(written == (texts[which].counts_all ? n : cut_length));
	REQUIRE(size == 0 || (cut[cut_length] == 0 && memcmp(whole, cut, cut_length) == 0));
	return 0;
}
