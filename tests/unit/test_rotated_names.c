/* bin/common/capture/rotated_names: names that rotation would make too long, whichever way it does,
 * or of another output. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/rotated_names.h"

static struct why why;

/* -w with a name of so many octets: head, filled up before the suffix. */
static int check(const char *head, size_t length, struct writes_options o, bool overwrite)
{
	static const char suffix[] = ".pcap";
	char path[2 * PATH_MAX];
	size_t stem = length - strlen(suffix);

	memset(path, 'a', stem);
	memcpy(path, head, strlen(head));
	strcpy(path + stem, suffix);
	o.files = (struct option_strings){.item = {path}, .count = 1};
	why = (struct why){""};
	return rotated_names_check(&o, overwrite, &why);
}

/* The longest that is let pass has so many octets. */
static void expect(const char *head, size_t most, struct writes_options o, bool overwrite)
{
	cr_assert_eq(check(head, most, o, overwrite), 0, "%zu: %s", most, why.text);
	cr_assert_eq(check(head, most + 1, o, overwrite), -1, "%zu passes", most + 1);
}

static const struct writes_options plain = {0}, by_size = {.file_octets = 1},
				   by_count = {.file_frames = 1}, by_time = {.file_seconds = 1};

Test(rotated_names, without_rotation_it_is_the_name_itself)
{
	expect("", 255, plain, false);
	expect("", 255, plain, true);
	cr_assert_null(strstr(why.text, "-C"));
}

Test(rotated_names, a_number_has_room)
{
	struct writes_options ring = by_size;

	expect("", 255 - 11, by_size, false);
	expect("", 255 - 11, by_size, true);
	expect("", 255 - 11, by_count, false);
	ring.file_count = 1;
	expect("", 255, ring, true);
	ring.file_count = 10;
	expect("", 255 - 2, ring, false);
	ring.file_count = 11;
	expect("", 255 - 3, ring, false);
}

Test(rotated_names, the_option_the_lengths_and_the_remedy_are_said)
{
	check("", 250, by_size, false);
	cr_assert(strstr(why.text, "-w 'aaa") && strstr(why.text, "-C") &&
	                  strstr(why.text, "261 octets") && strstr(why.text, "is 255: ") &&
	                  strstr(why.text, "6 shorter"),
	          "%s", why.text);
	check("", 250, by_count, false);
	cr_assert(strstr(why.text, "--file-frames"), "%s", why.text);
	check("%Y", 250, by_time, false);
	cr_assert(strstr(why.text, "-G"), "%s", why.text);
}

/* Wednesdays in September, whatever day it is. */
Test(rotated_names, the_longest_time_of_a_year_has_room)
{
	size_t longer = strlen("Wednesday") + strlen("September") - strlen("%A%B");

	expect("%A%B", 255 - longer, by_time, true);
	expect("%A%B", 255 - longer - 11, by_time, false);
	cr_assert_eq(check("%A%B", 250, by_size, true), -1);
	cr_assert_eq(check("%A%B", 244, by_size, true), 0, "it is no pattern without -G");
}

Test(rotated_names, a_path_has_an_end_too)
{
	char folder[PATH_MAX] = "";

	for (size_t i = 0; i < PATH_MAX - 100; i += 2)
		memcpy(folder + i, "./", 3);
	expect(folder, PATH_MAX - 1, plain, false);
	expect(folder, PATH_MAX - 1 - 11, by_size, false);
	cr_assert(strstr(why.text, "the path"), "%s", why.text);
}

Test(rotated_names, one_that_is_taken_needs_a_number)
{
	char folder[] = "/tmp/rotated_names.XXXXXX", path[PATH_MAX];
	struct writes_options o = {.files.count = 1};

	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	memset(path, 'a', 255);
	path[255] = '\0';
	o.files.item[0] = path;
	cr_assert_eq(rotated_names_check(&o, false, &why), 0, "%s", why.text);
	fclose(fopen(path, "w"));
	cr_assert_eq(rotated_names_check(&o, false, &why), -1);
	cr_assert(strstr(why.text, "--overwrite"), "%s", why.text);
	cr_assert_eq(rotated_names_check(&o, true, &why), 0, "%s", why.text);
	unlink(path);
	rmdir(folder);
}

Test(rotated_names, what_has_no_next_file_is_let_pass)
{
	char folder[] = "/tmp/rotated_names.XXXXXX", path[PATH_MAX];
	struct writes_options o = by_size;

	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	memset(path, 'a', 250);
	path[250] = '\0';
	o.files = (struct option_strings){.item = {"-", path}, .count = 2};
	cr_assert_eq(rotated_names_check(&o, false, &why), -1);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(rotated_names_check(&o, false, &why), 0, "%s", why.text);
	unlink(path);
	rmdir(folder);
}

static int check_two(const char *one, const char *other, struct writes_options o, bool overwrite)
{
	int result;

	o.files = (struct option_strings){.item = {one, other}, .count = 2};
	result = rotated_names_check(&o, overwrite, &why);
	o.files = (struct option_strings){.item = {other, one}, .count = 2};
	cr_assert_eq(rotated_names_check(&o, overwrite, &why), result, "in either order");
	return result;
}

Test(rotated_names, what_another_output_is_called_is_no_name_to_be_replaced)
{
	struct writes_options ring = by_size, both = by_time;

	ring.file_count = 3;
	both.file_octets = 1;
	cr_assert_eq(check_two("a.pcap", "a.1.pcap", by_size, true), -1);
	cr_assert(strstr(why.text, "-w 'a.1.pcap': is what -C calls a file of -w 'a.pcap'"), "%s",
	          why.text);
	cr_assert_eq(check_two("a/b.pcap", "a/b.17.pcap", by_count, true), -1);
	cr_assert_eq(check_two("a-%H.pcap", "a-05.pcap", by_time, true), -1);
	cr_assert_eq(check_two("a-%H.pcap", "a-%H.2.pcap", both, true), -1);
	cr_assert_eq(check_two("a-%H.pcap", "a-05.pcap", both, true), -1);
	cr_assert(strstr(why.text, "is what -G calls"), "%s", why.text);
	cr_assert_eq(check_two("a.pcap", "a.1.pcap", by_size, false), 0, "the next free name");
	cr_assert_eq(check_two("a.pcap", "a.1.pcap", plain, true), 0);
	cr_assert_eq(check_two("a.pcap", "a.1.pcap", by_time, true), 0);
	cr_assert_eq(check_two("a.pcap", "a.1.pcap", ring, true), 0, "they are a.1.0.pcap");
	cr_assert_eq(check_two("a.pcap", "b.1.pcap", by_size, true), 0);
	cr_assert_eq(check_two("a.pcap", "a.1.pcapng", by_size, true), 0);
	cr_assert_eq(check_two("a.pcap", "a.01.pcap", by_size, true), 0);
	cr_assert_eq(check_two("a/b.pcap", "c/b.1.pcap", by_size, true), 0);
	cr_assert_eq(check_two("a-%H.pcap", "a-25.pcap", by_time, true), 0);
	cr_assert_eq(check_two("a-%H.pcap", "a-05.pcap", by_size, true), 0);
}
