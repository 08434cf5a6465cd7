/* The file of --frame-keys: what each line means, and where it is wrong. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "frame_keys/keys_file.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define HEX         "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"

static struct keys_file file;
static struct why why;

static int parse(const char *text)
{
	why.text[0] = '\0';
	return keys_file_parse(&file, text, strlen(text), &why);
}

static void good(const char *text)
{
	cr_assert_eq(parse(text), 0, "%s: %s", text, why.text);
}

static void is_annex_c_key(const struct key_line *k)
{
	for (unsigned i = 0; i < 16; i++)
		cr_assert_eq(k->key[i], 0xc0 + i);
}

Test(keys_file, a_key_in_every_spelling)
{
	static const char *const spellings[] = {
		"raw " HEX,
		"raw " HEX "\n",
		"raw " HEX "\r\n",
		"\xef\xbb\xbfraw " HEX,
		"\t raw \t0x" HEX "  # of the laboratory",
		"raw C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF#",
		"raw c0:c1:c2:c3:c4:c5:c6:c7:c8:c9:ca:cb:cc:cd:ce:cf",
		"# first\n\n#\nraw c0c1-c2c3-c4c5c6c7c8c9cacbcccdcecf\n",
	};

	for (unsigned i = 0; i < COUNT(spellings); i++) {
		if (strchr(spellings[i], '#') && spellings[i][strlen(spellings[i]) - 1] == '#') {
			cr_assert_eq(parse(spellings[i]), -1, "no blank before the comment");
			continue;
		}
		good(spellings[i]);
		cr_assert_eq(file.key_count, 1);
		is_annex_c_key(&file.keys[0]);
		keys_file_wipe(&file);
	}
}

Test(keys_file, what_a_key_is_for)
{
	good("raw " HEX " index=7 mode=1\n"
	     "raw " HEX " source=01020304 index=255\n"
	     "raw " HEX " mode=3 source=0x0102030405060708\n"
	     "thread " HEX " sequence=4294967295\n"
	     "thread " HEX "\n"
	     "wisun Net " HEX "\n"
	     "wisun \"My # Net\" " HEX " index=4\n");
	cr_assert_eq(file.key_count, 7);
	const struct key_line *k = file.keys;
	cr_assert(k[0].kind == KEY_RAW && k[0].has_index && k[0].index == 7 && k[0].has_mode &&
	          k[0].mode == 1 && !k[0].has_source && k[0].line == 1);
	cr_assert(k[1].has_source && !k[1].source_is_long && k[1].source == 0x01020304 &&
	          k[1].index == 255);
	cr_assert(k[2].source_is_long && k[2].source == 0x0102030405060708 && !k[2].has_index);
	cr_assert(k[3].kind == KEY_THREAD && k[3].has_sequence && k[3].sequence == 0xffffffff);
	cr_assert(!k[4].has_sequence && k[4].line == 5);
	cr_assert(k[5].kind == KEY_WISUN && k[5].name_length == 3 && !k[5].has_index);
	cr_assert(k[6].name_length == 8 && memcmp(k[6].name, "My # Net", 8) == 0 &&
	          k[6].index == 4);
	for (unsigned i = 0; i < file.key_count; i++)
		is_annex_c_key(&k[i]);
	keys_file_wipe(&file);
}

Test(keys_file, addresses)
{
	good("raw " HEX "\naddr 1a2b 00:12:4b:00:01:02:03:04\n"
	     "addr abcd/0x7 0x00124b0001020305\n");
	cr_assert_eq(file.address_count, 2);
	cr_assert(!file.addresses[0].has_pan && file.addresses[0].address == 0x1a2b &&
	          file.addresses[0].extended == 0x00124b0001020304);
	cr_assert(file.addresses[1].has_pan && file.addresses[1].pan == 0xabcd &&
	          file.addresses[1].address == 7);
	keys_file_wipe(&file);
}

/* None of the words shows a character of the file. */
Test(keys_file, what_is_wrong_is_told_by_its_place)
{
	static const struct {
		const char *text, *words;
	} wrong[] = {
		{"", "there is no key"},
		{"# nothing\n", "there is no key"},
		{"addr 1 00124b0001020304\n", "there is no key"},
		{HEX, "line 1, column 1: a line begins with"},
		{"\n\n  raw " HEX "c", "line 3, column 7: a key has 32 hexadecimal digits, not 33"},
		{"raw c0c1c2", "line 1, column 5: a key has 32 hexadecimal digits, not 6"},
		{"raw", "line 1, column 4: the key is missing"},
		{"raw # " HEX, "line 1, column 5: the key is missing"},
		{"raw c0c1x2c3c4c5c6c7c8c9cacbcccdcecf", "line 1, column 9: no hexadecimal digit"},
		{"raw c:0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "line 1, column 6: no hexadecimal"},
		{"raw " HEX ":", "line 1, column 37: no hexadecimal digit"},
		{"raw " HEX " " HEX, "line 1, column 38: none of mode=N, index=N"},
		{"raw " HEX " index=256", "line 1, column 44: must be a decimal number from 0"},
		{"raw " HEX " index=", "line 1, column 44: must be"},
		{"raw " HEX " index=-1", "column 44: must be a decimal number"},
		{"raw " HEX " mode=4", "column 43: must be a decimal number from 0 to 3"},
		{"raw " HEX " mode=0 index=1", "mode 0 has neither index nor source"},
		{"raw " HEX " mode=3 source=01020304", "a source of 4 octets is of mode 2"},
		{"raw " HEX " source=0102", "a key source has 8 hexadecimal digits, not 4"},
		{"thread " HEX " index=1", "line 1, column 41: only sequence=N"},
		{"thread " HEX " sequence=4294967296", "from 0 to 4294967295"},
		{"wisun " HEX, "the key is missing"},
		{"wisun", "the network's name is missing"},
		{"wisun \"abc " HEX, "line 1, column 8: the name's quotes do not end"},
		{"wisun \"\" " HEX, "1 to 32 octets"},
		{"wisun \"a\"b " HEX, "a blank must follow the quotes"},
		{"wisun a " HEX " index=8", "from 1 to 7"},
		{"addr ffff 00124b0001020304", "line 1, column 6: fffe and ffff are nobody's"},
		{"addr 12345 00124b0001020304", "a short address has one to four"},
		{"addr x/1 00124b0001020304", "line 1, column 6: a PAN ID has one to four"},
		{"addr abcd/ 00124b0001020304", "line 1, column 11: a short address"},
		{"addr 1", "the extended address is missing"},
		{"addr 1 00124b00010203", "an extended address has 16 hexadecimal digits, not 14"},
		{"addr 1 00124b0001020304 x", "line 1, column 25: nothing more may follow"},
		{"Raw " HEX, "line 1, column 1"},
	};

	for (unsigned i = 0; i < COUNT(wrong); i++) {
		cr_assert_eq(parse(wrong[i].text), -1, "%s", wrong[i].text);
		cr_assert(strstr(why.text, wrong[i].words), "%s: %s", wrong[i].text, why.text);
		cr_assert(!strstr(why.text, "c0c1"), "%s", why.text);
		keys_file_wipe(&file);
	}
}

Test(keys_file, a_nul_and_bounds)
{
	static char text[KEYS_FILE_MAX];
	size_t n = 0;

	cr_assert_eq(keys_file_parse(&file, "raw \0" HEX, 37, &why), -1);
	cr_assert(strstr(why.text, "line 1, column 5: a NUL"), "%s", why.text);
	for (unsigned i = 0; i < KEYS_MAX; i++)
		n += (size_t)sprintf(text + n, "raw " HEX "\n");
	good(text);
	keys_file_wipe(&file);
	strcat(text, "raw " HEX);
	cr_assert_eq(parse(text), -1);
	cr_assert(strstr(why.text, "line 65, column 1: more than 64 keys"), "%s", why.text);
	keys_file_wipe(&file);
	n = (size_t)sprintf(text, "raw " HEX "\n");
	for (unsigned i = 0; i <= KEYS_ADDRESSES_MAX; i++)
		n += (size_t)sprintf(text + n, "addr %04x 0011223344556677\n", i);
	cr_assert_eq(parse(text), -1);
	cr_assert(strstr(why.text, "line 16386, column 11: more than 16384"), "%s", why.text);
	keys_file_wipe(&file);
}

/* Each of them is tried on a frame: more than are tried are refused, not passed over. */
Test(keys_file, several_extended_addresses_for_a_short_one)
{
	char text[2048];
	size_t n = (size_t)sprintf(text, "raw " HEX "\naddr 1 00112233445566ff\n");

	for (unsigned i = 0; i < KEYS_SAME_ADDRESS_MAX; i++)
		n += (size_t)sprintf(text + n, "addr abcd/1 00112233445566%02x\n", i);
	n += (size_t)sprintf(text + n, "addr abcd/1 0011223344556600\n");
	good(text);
	cr_assert_eq(file.address_count, 1 + KEYS_SAME_ADDRESS_MAX, "none is kept twice");
	keys_file_wipe(&file);
	sprintf(text + n, "addr abcd/1 0011223344556610");
	cr_assert_eq(parse(text), -1);
	cr_assert(strstr(why.text, "line 20, column 13: more than 16 extended"), "%s", why.text);
	keys_file_wipe(&file);
}
