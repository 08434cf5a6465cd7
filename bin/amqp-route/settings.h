/* settings.h - the command line of amqp-route, and the links that it names. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "bus/settings.h"
#include "links.h"

struct settings {
	struct bus_settings bus;
	const char *name; /* the router's */
	struct option_strings lines;
	const char *file; /* of links; NULL: none */
	bool all, bootstrap;
	struct impair_settings base; /* of all directions */
	const char *only;            /* NULL: all packets are meant */
	struct option_strings impairs;
	const char *seed_text; /* NULL: not given */
	uint64_t seed;
};

/* Ends the tool with status 2 and words where something is missing or wrong. */
void settings_parse(int argc, char **argv, struct settings *s);
/* The links of the options and of the file as it is now. NULL with why; links_free frees them. */
struct links *settings_links(const struct settings *s, struct why *why);

#endif
