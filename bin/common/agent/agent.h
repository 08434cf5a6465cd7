/* agent.h - an agent among others on the bus: what it says of itself, what it is told, and who else
 * goes by its name. Never acts on a message: the tool does. */
#ifndef AGENT_H
#define AGENT_H

#include "bus/bus.h"
#include "envelope.h"

/* Publishes a control message under the agent's name, in the API that --api names. Owner of the
 * publisher, or any thread (bus_post). */
void agent_say(struct bus *b, const char *name, const struct envelope_control *c);
/* testingtool.component.ready or .shutdown: "TOOL is STATE." */
void agent_say_state(struct bus *b, const char *name, enum envelope_kind kind, const char *state);

/* Reads a control message. What cannot be read is told at -v. */
enum agent_verdict { AGENT_READ, AGENT_NOT_OURS, AGENT_UNREADABLE };
enum agent_verdict agent_hear(struct envelope_control *c, struct envelope_key *key,
                              const struct bus_message *m);

/* Other agents of our name: each run of one is reported once. */
enum { AGENT_NAMESAKES = 8 };
struct agent_namesakes {
	char sessions[AGENT_NAMESAKES]
		     [ENVELOPE_FIELD_MAX + 1]; /* "": an old agent, which has none */
	unsigned count;
};
enum agent_namesake { AGENT_NO_NAMESAKE, AGENT_KNOWN_NAMESAKE, AGENT_NEW_NAMESAKE };
/* A message that only an agent called `name` sends came from this session. Warns of a new one. */
enum agent_namesake agent_meet(struct agent_namesakes *n, const char *name, const char *session);
/* The same of testingtool.component.ready, which every agent sends: its session is that of the
 * message id. */
enum agent_namesake agent_meet_ready(struct agent_namesakes *n, const char *name,
                                     const struct envelope_component *c,
                                     const struct bus_message *m);

#endif
