/* capture_options.h - the options of a tool that writes captures, and those that Wireshark passes
 * to one. Opens nothing, answers nothing. */
#ifndef CAPTURE_OPTIONS_H
#define CAPTURE_OPTIONS_H

#include "base/options.h"

/* For .excludes: what Wireshark asks, and captures, is the same whatever else is said. */
#define OPTIONS_OF_WIRESHARK                                                                       \
	"extcap-interfaces extcap-dlts extcap-config extcap-capture-filter capture"

struct capture_output {
	uint64_t count;  /* 0: no end */
	double duration; /* s; 0: no end */
	bool unbuffered;
	bool overwrite;
	bool reopen; /* of FIFOs */
	int colour;  /* enum colour_choice, of readable lines */
};
extern const struct option_spec capture_output_specs[]; /* --count, --unbuffered and so on */

struct extcap_options {
	bool interfaces, dlts, config, capture;
	const char *interface, *fifo;
	const char *filter;
	const char *control_in, *control_out; /* pipes of the toolbar */
};
extern const struct option_spec extcap_specs[];

/* 0, or -1 with why: --reopen has no FIFO to wait at among paths[0..n), --overwrite no file. */
int capture_output_check(struct capture_output *o, const char *const *paths, size_t n,
                         struct why *why);

/* Whether Wireshark has started the tool: arguments that it has invented since are then passed
 * over. */
bool extcap_asked(int argc, char **argv);

#endif
