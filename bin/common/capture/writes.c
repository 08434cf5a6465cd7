#include "capture/writes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/options.h"
#include "capture/appended.h"
#include "capture/capture_options.h"
#include "capture/path.h"
#include "capture/same_file.h"
#include "packet/colour.h"

static const char *const format_names[] = {"pcap", "pcapng", "lines", "json", NULL};
static const enum sink_format formats[] = {SINK_PCAP, SINK_PCAPNG, SINK_LINES, SINK_JSON};

static uint64_t unit_of(int suffix)
{
	switch (tolower(suffix)) {
	case '\0':
		return 1000000;
	case 'k':
		return 1 << 10;
	case 'm':
		return 1 << 20;
	case 'g':
		return 1 << 30;
	default:
		return 0;
	}
}

/* As tcpdump: millions of octets, or units of 1024 with a suffix. */
static int read_size(void *target, const char *value, struct why *why)
{
	char *end;

	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	uint64_t unit = *end && end[1] ? 0 : unit_of((unsigned char)*end);
	if (!isdigit((unsigned char)*value) || errno || n == 0 || unit == 0 ||
	    n > UINT64_MAX / unit)
		return why_set(
			why,
			"must be a number of millions of bytes, or one with the suffix k, m or g");
	*(uint64_t *)target = n * unit;
	return 0;
}

const struct option_spec writes_specs[] = {
	{SECTION_OUTPUT, 'w', "write", "FILE", OPTION_OUTPUTS(struct writes_options, files),
         .excludes = OPTIONS_OF_WIRESHARK,
         .help = "write a capture; - is standard output; without it: readable lines",
         .more = "With nanoseconds. Given several times, each one is an output of its own: see "
                 "'Several outputs'. Appended to a capture (>>) can be pcapng to pcapng, "
                 "and nothing else: a pcap file has one header."},
	{SECTION_OUTPUT, 0, "format", NULL,
         OPTION_CHOICE(struct writes_options, format, format_names),
         .otherwise = "by the name: .pcap and .cap (pcap), .json and .jsonl (json), .txt (lines), "
                      "else pcapng",
         .needs = "write", .help = "of what -w writes"},
	{SECTION_OUTPUT, 0, "print", NULL, OPTION_FLAG(struct writes_options, print),
         .excludes = "json " OPTIONS_OF_WIRESHARK, .yields = "top",
         .help = "readable lines on standard output, also with -w"},
	{SECTION_OUTPUT, 0, "json", NULL, OPTION_FLAG(struct writes_options, json),
         .excludes = OPTIONS_OF_WIRESHARK, .yields = "top",
         .help = "lines of JSON on standard output, also with -w",
         .more = "In the place of readable ones: an object a line, see 'JSON'. It has all that -v "
                 "shows below a readable line; with --check and --list, what these say."},
	{SECTION_OUTPUT, 'C', "file-size", "SIZE",
         OPTION_OWN(struct writes_options, file_octets, read_size),
         .help = "next file after SIZE million bytes (k, m, g: other units)",
         .more = "What comes when the file is larger begins the next one: all.pcapng, "
                 "all.1.pcapng, all.2.pcapng and so on. With the suffix k, m or g the unit is "
                 "1024, 1024^2 or 1024^3 bytes."},
	{SECTION_OUTPUT, 'G', "file-seconds", "N",
         OPTION_UNSIGNED(struct writes_options, file_seconds, 1, INT32_MAX),
         .help = "next file after N seconds; strftime(3) names",
         .more = "Folders that strftime(3) names (%Y-%m-%d/air.pcap) are made. As with tcpdump(1), "
                 "a file begins with its first packet. One that has its name "
                 "already stays: the new one has a number, all.1.pcapng. Where the clock is set "
                 "back, the N seconds go on; where it is set forward, the next file begins."},
	{SECTION_OUTPUT, 0, "file-frames", "N",
         OPTION_UNSIGNED(struct writes_options, file_frames, 1, 0),
         .help = "next file after N packets or frames",
         .more = "Named as with -C, beside which it may stand."},
	{SECTION_OUTPUT, 'W', "files", "N",
         OPTION_UNSIGNED(struct writes_options, file_count, 1, 1000000),
         .help = "with -C or --file-frames: a ring of N files; with -G: end after N",
         .more = "The ring is the set of names, also after a restart. With -G alone the tool ends "
                 "when the last of its own N files is over."},
	{.name = NULL},
};

static bool ends_in(const char *path, const char *extension)
{
	size_t n = strlen(path), m = strlen(extension);

	return n > m && strcasecmp(path + n - m, extension) == 0;
}

static enum sink_format format_of(const struct writes_options *o, const char *path)
{
	static const struct {
		const char *extension;
		enum sink_format format;
	} names[] = {
		{".pcap", SINK_PCAP}, {".cap", SINK_PCAP},   {".pcapng", SINK_PCAPNG},
		{".json", SINK_JSON}, {".jsonl", SINK_JSON}, {".txt", SINK_LINES},
	};

	if (o->format >= 0)
		return formats[o->format];
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (ends_in(path, names[i].extension))
			return names[i].format;
	return o->otherwise;
}

static int check_pairs(const struct write_choice *choices, unsigned count, bool lines,
                       struct why *why)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned j = 0; j < i; j++) {
			if (!same_file(choices[j].path, choices[i].path))
				continue;
			if (lines && i == count - 1)
				return why_set(why,
				               "-w %s is standard output, where the lines go "
				               "(--print, --json): write one of them to a file",
				               choices[j].path);
			return why_set(why,
			               "-w %s and -w %s are one and the same: each output needs "
			               "its own",
			               choices[j].path, choices[i].path);
		}
	return 0;
}

/* A descriptor of ours that is no device and goes where the other one does. A file has another name
 * by then, or is refused when it is opened. */
static bool is_shared(const char *path, const char *other)
{
	return path_descriptor(path) >= 0 && other && same_file_there(path, other);
}

/* Words between its records would be the end of a capture. */
static int check_words(const struct write_choice *choices, unsigned count, struct why *why)
{
	for (unsigned i = 0; i < count; i++) {
		const char *path = choices[i].path;

		if (sink_format_has_lines(choices[i].format))
			continue;
		if (is_shared(path, "/dev/stderr"))
			return why_set(why,
			               "-w %s: goes where standard error does (2>&1): what is said "
			               "would stand in the capture: send one of them elsewhere",
			               path);
		if (is_shared(path, common_options.events))
			return why_set(why,
			               "-w %s: goes where --events does, which would stand in the "
			               "capture: send one of them elsewhere",
			               path);
	}
	return 0;
}

/* A name that promises what nobody makes of the file. A FIFO is the other program's affair. */
static int check_packed(const struct write_choice *choices, unsigned count, struct why *why)
{
	static const struct {
		const char *extension, *program;
	} packed[] = {
		{".gz", "gzip"},   {".zst", "zstd"}, {".xz", "xz"},
		{".bz2", "bzip2"}, {".lz4", "lz4"},
	};

	for (unsigned i = 0; i < count; i++) {
		const char *path = choices[i].path;
		enum path_kind kind = path_kind(path);

		for (unsigned k = 0; k < sizeof packed / sizeof packed[0]; k++)
			if ((kind == PATH_IS_NONE || kind == PATH_IS_REGULAR) &&
			    ends_in(path, packed[k].extension))
				return why_set(
					why,
					"-w '%s': nothing is compressed here: -w - | %s > '%s', "
					"or a name without %s",
					path, packed[k].program, path, packed[k].extension);
	}
	return 0;
}

static int check_appended(const struct write_choice *choices, unsigned count, struct why *why)
{
	for (unsigned i = 0; i < count; i++)
		if (!sink_format_has_lines(choices[i].format) &&
		    appended_check(choices[i].path, choices[i].format == SINK_PCAPNG, why) < 0)
			return -1;
	return 0;
}

/* What only a file of options asks for is for other runs. */
static bool is_asked_for(uint64_t value, const char *name)
{
	return value && !option_yields(name, NULL);
}

/* A FIFO or a device has no next one. -G with -W is also an end. */
static void warn_of_rotation(const struct writes_options *o)
{
	for (size_t i = 0; i < o->files.count; i++) {
		enum path_kind kind = path_kind(o->files.item[i]);

		if (kind == PATH_IS_NONE || kind == PATH_IS_REGULAR)
			return;
	}
	const char *name = is_asked_for(o->file_octets, "file-size")     ? "-C"
	                   : is_asked_for(o->file_frames, "file-frames") ? "--file-frames"
	                   : !o->file_count && is_asked_for(o->file_seconds, "file-seconds") ? "-G"
	                                                                                     : NULL;
	if (name)
		log_warning("%s does nothing: no other file follows %s", name, o->files.item[0]);
}

static int check_rotation(const struct writes_options *o, struct why *why)
{
	bool to_file = false;

	for (size_t i = 0; i < o->files.count; i++)
		to_file |= strcmp(o->files.item[i], "-") != 0;
	bool by_size = o->file_octets || o->file_frames;
	if (!to_file && is_asked_for(o->file_frames, "file-frames"))
		return why_set(why, "--file-frames needs -w FILE");
	if (!to_file && (is_asked_for(o->file_octets, "file-size") ||
	                 is_asked_for(o->file_seconds, "file-seconds")))
		return why_set(why, "-C and -G need -w FILE");
	if (!by_size && !o->file_seconds && is_asked_for(o->file_count, "files"))
		return why_set(why, "-W needs -C, --file-frames or -G");
	if (to_file)
		warn_of_rotation(o);
	return 0;
}

int writes_choose(const struct writes_options *o, struct write_choice *choices, unsigned most,
                  struct why *why)
{
	bool lines = o->print || o->json || (!o->files.count && !o->no_lines);
	unsigned count = 0;

	if (check_rotation(o, why) < 0)
		return -1;
	if (o->files.count + lines > most)
		return why_set(why, "%zu outputs: at the most %u are possible",
		               o->files.count + lines, most);
	for (size_t i = 0; i < o->files.count; i++)
		choices[count++] =
			(struct write_choice){o->files.item[i], format_of(o, o->files.item[i])};
	if (lines)
		choices[count++] = (struct write_choice){"-", o->json ? SINK_JSON : SINK_LINES};
	return check_pairs(choices, count, lines, why) < 0 ||
	                       check_words(choices, count, why) < 0 ||
	                       check_packed(choices, count, why) < 0 ||
	                       check_appended(choices, count, why) < 0
	               ? -1
	               : (int)count;
}

int writes_check_colour(int colour, const struct write_choice *choices, unsigned count,
                        struct why *why)
{
	if (colour != COLOUR_ALWAYS)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		enum path_kind kind = path_kind(choices[i].path);

		if (choices[i].format == SINK_LINES && kind != PATH_IS_NONE &&
		    kind != PATH_IS_REGULAR)
			return 0;
	}
	if (option_yields("color", NULL))
		return 0;
	return why_set(why, "--color always needs readable lines on a terminal or in a pipe: "
	                    "captures, JSON and regular files have no colours");
}

struct rotation writes_rotation(const struct writes_options *o, const char *path)
{
	bool rotates = o->file_octets || o->file_frames || o->file_seconds;

	if (strcmp(path, "-") == 0)
		return (struct rotation){0};
	return (struct rotation){.octets = o->file_octets,
	                         .packets = o->file_frames,
	                         .seconds = o->file_seconds,
	                         .files = rotates ? o->file_count : 0};
}
