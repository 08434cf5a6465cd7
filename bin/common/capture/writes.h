/* writes.h - what a tool writes and where, by its options: -w (repeatable), --format, --print,
 * --json, and how files follow one another (-C, -G, --file-frames, -W). Opens nothing. */
#ifndef CAPTURE_WRITES_H
#define CAPTURE_WRITES_H

#include "base/options.h"
#include "capture/rotation.h"
#include "capture/sink.h"

enum { FORMAT_BY_NAME = -1, FORMAT_PCAP, FORMAT_PCAPNG, FORMAT_LINES, FORMAT_JSON };

struct write_choice {
	const char *path; /* "-": standard output */
	enum sink_format format;
};

struct writes_options { /* begin with FORMAT_BY_NAME */
	struct option_strings files;
	bool json, print;
	int format;                 /* FORMAT_... */
	enum sink_format otherwise; /* the tool's own: of a name that says no format */
	bool no_lines;              /* the tool's own: something stands in their place */
	uint64_t file_octets, file_frames, file_seconds, file_count;
};
extern const struct option_spec writes_specs[];
/* Whether --color always has lines that can have it: 0, or -1 with why. */
int writes_check_colour(int colour, const struct write_choice *choices, unsigned count,
                        struct why *why);

/* By a name: .pcap and .cap, .pcapng, .json and .jsonl, .txt; everything else, standard output too,
 * is what the tool writes otherwise. Without -w (and not no_lines), or with --print or --json,
 * lines on standard output are one of them. Returns how many, or -1 with why: they cannot stand
 * side by side, or are more than most. */
int writes_choose(const struct writes_options *o, struct write_choice *choices, unsigned most,
                  struct why *why);
/* Of what is written to path. */
struct rotation writes_rotation(const struct writes_options *o, const char *path);

#endif
