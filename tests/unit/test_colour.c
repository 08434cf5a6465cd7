/* bin/common/packet/colour: what is coloured, that only sequences are added, and none is cut. */
#include <stdlib.h>
#include <unistd.h>

#include "inputs.h"
#include "packet/colour.h"

static const struct {
	const char *line, *coloured; /* { and } stand for a colour and for the terminal's own */
} lines[] = {
	{"12:00:00.123456 Data v1 seq 1 0001 > abcd/0002, ack request, payload 2",
         "{12:00:00.123456} {Data} v1 seq 1 {0001} > {abcd/0002}, ack request, payload 2"},
	{"12:00:00.123456 probe_1 Ack v0 seq 106, bad FCS, -71 dBm",
         "{12:00:00.123456} probe_1 {Ack} v0 seq 106, {bad FCS, -71 dBm}"},
	{"12:00:00.123456 empty, bad: ends inside a field at octet 0 (7.2.2 Frame Control field)",
         "{12:00:00.123456} {empty}, {bad: ends inside a field at octet 0 (7.2.2 Frame Control "
         "field)}"},
	{"12:00:00.123456 Beacon v0 seq 1 abcd/0000 > -, Thread \"a > b, bad FCS Data\", joining",
         "{12:00:00.123456} {Beacon} v0 seq 1 {abcd/0000} > {-}, Thread {\"a > b, bad FCS Data\"}, "
         "joining"},
	{"12:00:00.123456 fromAgent a IPv6 fe80::1.5 > ff02::1.7, UDP, 60 octets",
         "{12:00:00.123456} fromAgent a {IPv6} {fe80::1.5} > {ff02::1.7}, UDP, 60 octets"},
	{"    type: Data", "    {type:} Data"},
	{"      - name: MLME", "      - {name:} MLME"},
	{"    fault: ends inside a field at octet 3, 7.2.3",
         "    {fault:}{ ends inside a field at octet 3, 7.2.3}"},
	{"      clause: 7.2.3", "      {clause:}{ 7.2.3}"},
	{"a name that \"does not end", "a name that {\"does} not end"},
	{"", ""},
};

/* Sequences become { and }; what is not one of these two forms stays. */
static void simplify(char *out, const char *coloured)
{
	for (; *coloured; out++) {
		const char *end = *coloured == '\x1b' ? strchr(coloured, 'm') : NULL;

		cr_assert_eq(*coloured == '\x1b', end != NULL);
		*out = end ? strncmp(coloured, "\x1b[0m", 4) ? '{' : '}' : *coloured;
		coloured = end ? end + 1 : coloured + 1;
	}
	*out = 0;
}

Test(colour, parts_of_a_line)
{
	char out[1024], simple[1024];

	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		size_t n = strlen(lines[i].line);

		cr_assert_eq(colour_line(out, sizeof out, lines[i].line, n), strlen(out));
		simplify(simple, out);
		cr_expect_str_eq(simple, lines[i].coloured);
	}
}

/* Without its sequences it is the beginning of the line, and each colour ends, at every size. */
Test(colour, every_room)
{
	char out[256], simple[256], plain[256];

	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
		for (size_t size = 1; size < 200; size++) {
			size_t open = 0, n = 0;

			memset(out, '#', sizeof out);
			colour_line(out, size, lines[i].line, strlen(lines[i].line));
			cr_assert(strlen(out) < size && out[size] == '#');
			simplify(simple, out);
			for (const char *c = simple; *c; c++) {
				if (*c == '{' || *c == '}')
					open += *c == '{' ? 1 : -1;
				else
					plain[n++] = *c;
				cr_assert_leq(open, 1);
			}
			cr_assert_eq(open, 0, "%zu: %s", size, simple);
			cr_assert_eq(strncmp(plain, lines[i].line, n), 0);
		}
}

Test(colour, only_where_it_is_wanted)
{
	char path[] = "/tmp/framebus-colour-XXXXXX";
	int pipe_ends[2], file = mkstemp(path);

	cr_assert(file >= 0 && unlink(path) == 0 && pipe(pipe_ends) == 0);
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	cr_expect_not(colour_is_wanted(COLOUR_AUTO, pipe_ends[1]));
	cr_expect(colour_is_wanted(COLOUR_ALWAYS, pipe_ends[1]));
	cr_expect_not(colour_is_wanted(COLOUR_NEVER, pipe_ends[1]));
	cr_expect_not(colour_is_wanted(COLOUR_ALWAYS, file));
	cr_expect_not(colour_is_wanted(COLOUR_AUTO, file));
	close(file);
}
