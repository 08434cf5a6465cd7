/* namesakes.h - other agents of our name: what is for one reaches the other. Each run of one is
 * warned of once; never more than 8 of them. */
#ifndef NAMESAKES_H
#define NAMESAKES_H

#include "envelope.h"

enum { NAMESAKES_MAX = 8 };

struct namesakes {                                        /* all zero: none known */
	char runs[NAMESAKES_MAX][ENVELOPE_FIELD_MAX + 1]; /* "": of an old agent, which says none */
	unsigned count;
};

enum namesakes_verdict { NAMESAKES_SELF, NAMESAKES_KNOWN, NAMESAKES_NEW };
/* A message that only an agent called `name` sends came from this run. */
enum namesakes_verdict namesakes_note(struct namesakes *n, const char *name, const char *run);

#endif
