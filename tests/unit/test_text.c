/* What is shown of text from outside (base/escape), of URLs and passwords (base/secret), and the
 * log, which nothing passes by. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/timestamp.h"
#include "base/words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- escape --- */

static const struct {
	const char *text, *shown;
} escapes[] = {
	{"plain ~", "plain ~"},
	{"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x90\x9d \xe6\x97\xa5",
         "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x90\x9d \xe6\x97\xa5"},
	{"e\xcc\x81", "e\xcc\x81"}, /* a combining accent */
	{"a\nb\033[2J\x7f", "a\\x0ab\\x1b[2J\\x7f"},
	{"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0"},
	{"\x9b"
         "31m",
         "\\x9b31m"}, /* the same control, as one octet */
	{"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f"},
	{"\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9", "\\u202a\\u202e\\u2066\\u2069"},
	{"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},
	{"\xef\xbb\xbf\xe2\x80\x8b\xe2\x80\x8d\xe2\x81\xa0\xc2\xad",
         "\\ufeff\\u200b\\u200d\\u2060\\u00ad"},
	{"\xf3\xa0\x81\x81\xf3\xa0\x84\x80\xef\xb8\x8f",
         "\\U000e0041\\U000e0100\\ufe0f"}, /* tags, variations */
	{"\xef\xb7\x90\xef\xbf\xbe\xf0\x9f\xbf\xbf\xf4\x8f\xbf\xbf",
         "\\ufdd0\\ufffe\\U0001ffff\\U0010ffff"},
	{"\xee\x80\x80", "\\ue000"},
	{"\xff\xc0\xaf\xed\xa0\x80", "\\xff\\xc0\\xaf\\xed\\xa0\\x80"}, /* overlong, a surrogate */
	{"\xe2\x82", "\\xe2\\x82"},
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
	{"\\x0a", "\\x0a"},
	{"", ""},
};

Test(escape, what_is_shown_and_what_is_not)
{
	for (size_t i = 0; i < COUNT(escapes); i++) {
		char out[128], again[128];
		size_t n = escape(out, sizeof out, escapes[i].text, strlen(escapes[i].text));

		cr_expect_str_eq(out, escapes[i].shown, "%zu: %s", i, out);
		cr_expect_eq(n, strlen(out));
		escape(again, sizeof again, out, n);
		cr_expect_str_eq(again, out, "%zu: once is enough", i);
	}
}

Test(escape, a_nul_is_one_of_them)
{
	char out[16];

	cr_assert_eq(escape(out, sizeof out, "a\0b", 3), 6);
	cr_assert_str_eq(out, "a\\x00b");
}

/* Many octets are looked at together, and the last ones by themselves. */
Test(escape, whichever_octet_it_is)
{
	for (size_t length = 1; length < 80; length++)
		for (size_t at = 0; at < length; at++)
			for (unsigned octet = 0; octet < 0x100; octet++) {
				bool plain = octet >= 0x20 && octet < 0x7f;
				char text[80], out[128], shown[128];

				memset(text, '~', length);
				text[at] = (char)octet;
				snprintf(shown, sizeof shown,
				         plain ? "%.*s%c%.*s" : "%.*s\\x%02x%.*s", (int)at, text,
				         octet, (int)(length - at - 1), text + at + 1);
				size_t n = escape(out, sizeof out, text, length);
				cr_assert_eq(n, strlen(shown), "%u at %zu of %zu", octet, at,
				             length);
				cr_assert_str_eq(out, shown);
			}
}

Test(escape, is_cut_before_a_character_at_every_size)
{
	static const char text[] = "\xe2\x82\xac\xe2\x80\xae\xff.";
	static const char whole[] = "\xe2\x82\xac\\u202e\\xff.";
	static const size_t ends[] = {0, 3, 9, 13, 14};

	for (size_t size = 1; size < 20; size++) {
		char out[20];
		size_t fits = 0;

		for (size_t i = 0; i < COUNT(ends); i++)
			fits = ends[i] < size ? ends[i] : fits;
		memset(out, 'z', sizeof out);
		cr_assert_eq(escape(out, size, text, sizeof text - 1), fits, "%zu", size);
		cr_assert(memcmp(out, whole, fits) == 0 && out[fits] == '\0');
	}
}

/* --- secrets --- */

static const struct {
	const char *line, *hidden;
} lines[] = {
	{"amqp://u:word@h:1/v: refused", "amqp://...@h:1/v: refused"},
	{"'AMQPS://u:word@h'", "'AMQPS://...@h'"},
	{"--urll=amqp://u:word@h", "--urll=amqp://...@h"},
	{"a amqp://u:wo@word@h b", "a amqp://...@h b"},
	{"amqp://u%3Aword@h", "amqp://...@h"},
	{"amqp://u:word", "amqp://u:..."},
	{"amqp%3A%2F%2Fu%3Aword%40h x", "... x"},
	{"u%3aword%40h", "..."},
	{"%40u%3aword%40h", "..."},
	{"u:word%40h", "..."},
	{"amqp://u@h/%2F%2Fu%3Aword%40k", "amqp://..."},
	{"u:word@amqp://x@h", "...@h"},
	{"u%3Aword%40=amqp://u:word@h", "...@h"},
	{"guest:word@host (x)", "...@host (x)"},
	{"'guest:word@host'", "'...@host'"},
	{"/a?password=word&b=1 c", "/a?password=...&b=1 c"},
	{"Access_Token=word", "Access_Token=..."},
	{"passwd=word; secret=", "passwd=... secret="},
	{"pwd=wordandword", "pwd=..."},
	{"one u:word@h two amqp://u:word@h three", "one ...@h two amqp://...@h three"},
	{"amqp://u:word word@h/x: refused", "amqp://...@h/x: refused"},
	{"amqp://u:word\n\tword@h", "amqp://...@h"},
	{"u:word%2540h", "..."},
	{"u%253Aword%252540h x", "... x"},
	{"/v?sasl_pw=word", "/v?sasl_pw=..."},
	{"PW=word psk=word", "PW=... psk=..."},
	/* nothing of theirs */
	{"amqp://h:5672/ of mail@example.org", "amqp://h:5672/ of mail@example.org"},
	{"25%, %25 and upward=1", "25%, %25 and upward=1"},
	{"amqp://guest@localhost:5672/v: 10.0.0.1: Connection refused",
         "amqp://guest@localhost:5672/v: 10.0.0.1: Connection refused"},
	{"amqp://localhost:5672: x", "amqp://localhost:5672: x"},
	{"amqp://[::1]:5672/", "amqp://[::1]:5672/"},
	{"bbbb::1/64 and an '@' in it", "bbbb::1/64 and an '@' in it"},
	{"write %40", "write %40"},
	{"mail@example.org", "mail@example.org"},
	{"--password-file=/etc/x", "--password-file=/etc/x"},
	{"", ""},
};

Test(secret, no_line_shows_a_login)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		char out[128];

		snprintf(out, sizeof out, "%s", lines[i].line);
		secret_hide(out, sizeof out);
		cr_expect_str_eq(out, lines[i].hidden, "%s", lines[i].line);
		secret_hide(out, sizeof out);
		cr_expect_str_eq(out, lines[i].hidden, "%s: once is enough", lines[i].line);
	}
}

/* In memory that ends with it. */
Test(secret, a_line_that_grows_is_cut)
{
	static const char line[] = "a:b@h x:y@k p=1 token=a pass=b";

	for (size_t size = sizeof line; size < sizeof line + 12; size++) {
		char *out = memcpy(malloc(size), line, sizeof line);

		secret_hide(out, size);
		cr_expect(strlen(out) < size && !strstr(out, "=a") && !strstr(out, "y@"), "%s",
		          out);
		free(out);
	}
}

static const struct {
	const char *word, *blank;
} words[] = {
	{"amqp://u:word@h", "amqp://u:xxxx@h"},
	{"--urll=amqp://u:word@h", "--urll=amqp://u:xxxx@h"},
	{"amqp://u%3Aword@h", "amqp://xxxxxxxx@h"},
	{"amqp://h/?password=word", "amqp://h/?xxxxxxxxxxxxx"},
	{"amqp%3A%2F%2Fu%3Aword%40h", "xxxxxxxxxxxxxxxxxxxxxxxxx"},
	{"u:word@h", "xxxxxx@h"},
	{"--passwd=word", "--passwd=xxxx"},
	{"amqp://u:wo@word@h", "amqp://u:xxxxxxx@h"},
	{"bbbb::1/64", "bbbb::1/64"},
	{"--number=5", "--number=5"},
	{"what?", "what?"},
};

Test(secret, words_of_a_command_line)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		char out[64];

		snprintf(out, sizeof out, "%s", words[i].word);
		secret_blank_word(out);
		cr_expect_str_eq(out, words[i].blank, "%s", words[i].word);
	}
}

/* --- the log --- */

static void read_stderr(char *out, size_t size)
{
	FILE *f = cr_get_redirected_stderr();

	fflush(stderr);
	close(STDERR_FILENO);
	out[fread(out, 1, size - 1, f)] = '\0';
}

Test(log, no_caller_can_forget)
{
	char out[256];

	cr_redirect_stderr();
	log_open("/usr/bin/tool");
	log_error("%s", "\xe2\x80\xae amqp://u:word@h \xc2\x9b\xff");
	read_stderr(out, sizeof out);
	cr_assert_str_eq(out, "tool: \\u202e amqp://...@h \\u009b\\xff\n");
}

Test(log, a_line_is_bounded_and_ends_with_a_character)
{
	static char text[9000], out[16000];

	for (size_t i = 0; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	cr_redirect_stderr();
	log_open("tool");
	log_error("%s", text);
	memset(text, 0x1b, sizeof text - 1);
	log_error("%s", text);
	read_stderr(out, sizeof out);
	size_t first = strcspn(out, "\n");
	cr_assert(first > 2000 && first < 2100, "%zu", first);
	cr_assert(memcmp(out + first - 3, "\xe2\x82\xac", 3) == 0);
	cr_assert(strlen(out) < first + 2 + 6 + 4 * 2048, "%zu", strlen(out));
	cr_assert_eq(out[strlen(out) - 1], '\n');
}

Test(log, the_tool_s_own_name_comes_from_outside)
{
	log_open("/bin/\033[1m\"a\\b\xc2\x9b.+-_9");
	cr_assert_str_eq(log_name(), "__1m_a_b__.+-_9");
	log_open("/bin/");
	cr_assert_str_eq(log_name(), "framebus");
}

Test(words, a_reason_is_cut_at_a_character)
{
	char text[600];
	struct why why;

	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'a', shift);
		for (size_t i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe2\x82\xac\0", 4);
		why_set(&why, "%s", text);
		size_t length = strlen(why.text);
		cr_assert_eq((length - shift) % 3, 0, "%zu", length);
		cr_assert(length > sizeof why.text - 4);
	}
}

/* --- times --- */

Test(text, times_have_no_sign)
{
	static const struct {
		int64_t ns;
		int digits;
		const char *text;
	} times[] = {
		{0, 3, "1970-01-01T00:00:00.000Z"},
		{1999999999, 3, "1970-01-01T00:00:01.999Z"},
		{-1, 6, "1969-12-31T23:59:59.999999Z"},
		{-1000000000, 3, "1969-12-31T23:59:59.000Z"},
		{-4500000000, 3, "1969-12-31T23:59:55.500Z"},
		{INT64_MAX, 6, "2262-04-11T23:47:16.854775Z"},
		{INT64_MIN, 6, "1677-09-21T00:12:43.145224Z"},
	};
	char out[TIMESTAMP_SIZE];

	for (unsigned i = 0; i < COUNT(times); i++)
		cr_assert_str_eq(timestamp(out, times[i].ns, times[i].digits), times[i].text);
}
