/* extcap.h - what Wireshark asks before it captures: interfaces, link types, options. The answers
 * are made from one table. Opens nothing. */
#ifndef CAPTURE_EXTCAP_H
#define CAPTURE_EXTCAP_H

#include <stdbool.h>

#include "capture/capture_options.h"

struct extcap_value {
	const char *value, *display;
};

/* An option of the tool that Wireshark shows in a dialogue. */
struct extcap_argument {
	const char *option; /* "--baud"; NULL ends a table */
	const char *display;
	const char *tooltip; /* or NULL */
	const char *type;    /* Wireshark's word: string, unsigned, selector, fileselect... */
	const char *more;    /* further {name=value}, or NULL */
	bool names_port;     /* not shown where the interface is a port itself */
	const struct extcap_value
		*values; /* of a selector: the first is the default, NULL ends it */
};

/* A widget of the toolbar, which is there while a capture runs. */
struct extcap_control {
	const char *type; /* Wireshark's word: selector, string, button; NULL ends a table */
	const char *display;
	const char *tooltip;
	const char *more;                  /* further {name=value}, or NULL */
	const struct extcap_value *values; /* as above */
};

struct extcap {
	const char *tool; /* also the interface that is always there */
	const char *display;
	const char *interface_display;
	const char *port_display; /* of an interface that is a port: "802.15.4 probe on" */
	/* Lists the ports there are, with words for each ("": nothing more is known); NULL: the
	 * tool has none. */
	void (*list_ports)(void (*found)(void *context, const char *path, const char *words),
	                   void *context);
	unsigned link_type;
	const char *link_type_name, *link_type_display;
	const struct extcap_argument *arguments; /* their places are their numbers */
	const struct extcap_control *controls;   /* the same; NULL: no toolbar */
};

/* Whether one question at the most is asked, and o->interface is one that the tool has: 0, or -1
 * with why. NULL counts as one where no question is of it. A port that is away counts while it is
 * captured from: who opens it says more. */
int extcap_check(const struct extcap *e, const struct extcap_options *o, struct why *why);
/* Whether capturing has all it needs: 0, or -1 with why. */
int extcap_check_capture(const struct extcap *e, const struct extcap_options *o, struct why *why);

/* Wireshark asks whether a capture filter is one: where it is, it wants to hear nothing, else the
 * reason, which is no failure of the tool. */
bool extcap_asks_of_filter(const struct extcap_options *o);
void extcap_print_filter(const struct why *why); /* NULL: it is one */

/* Answers a question on standard output: which interfaces, which link types, which arguments.
 * False: none was asked. */
bool extcap_print(const struct extcap *e, const struct extcap_options *asked);
/* The exit status of a tool that has answered, after words where the answer could not be written.
 */
int extcap_status(void);

#endif
