/* bootstrap.h - makes the agents of the links begin, as ioppytest's helper did: says tun start to
 * each until it has said that it has started. Says nothing twice within five seconds. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include "base/progress.h"
#include "bus/publisher.h"
#include "links.h"

struct bootstrap {
	bool on; /* the caller's */
	enum envelope_api api;
	/* private */
	bool started[LINKS_AGENTS_MAX];
	int64_t due_ns;
	struct progress_wait waits;
};

/* What is due; lowers *timeout_ms. True: all have started, or nobody is to be asked. */
bool bootstrap_work(struct bootstrap *b, const struct links *l, struct publisher *p,
                    int *timeout_ms);
/* An agent has said that it has started; one that has come (again) is asked anew, at once. */
void bootstrap_note_started(struct bootstrap *b, const struct links *l, const char *name);
void bootstrap_note_ready(struct bootstrap *b, const struct links *l, const char *name);
/* The links are others. */
void bootstrap_reset(struct bootstrap *b);

#endif
