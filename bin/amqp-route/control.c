#include <string.h>

#include "base/limit.h"
#include "base/log.h"
#include "route.h"

/* Agents with --peer say that they are alive: what goes through a router reaches them directly,
 * too.
 */
static void tell_of_peers(struct route *r, const char *name)
{
	int agent = links_find(r->links, name);

	if (agent == LINKS_NONE || r->told_of_peers[agent])
		return;
	r->told_of_peers[agent] = true;
	log_warning("%s was started with --peer: it hears its peers directly, and nothing that "
	            "this router does to packets between them has an effect on it",
	            name);
}

/* The number takes the place of the last one, and counts messages of whatever agent. */
static void start_lossy_link(struct route *r, const struct bus_message *m, uint64_t count)
{
	if (!senders_controls(r->senders, m->user)) {
		limited_warning("%s of user '%s': refused: is no --control-from, nor a "
		                "--require-user router=USER",
		                m->key, m->user);
		return;
	}
	r->lossy = count;
	log_warning("%s: the next %llu packets are dropped", m->key, (unsigned long long)count);
}

/* Its key says nobody's name: whether its sender may use that of the body was not checked yet. */
static void note_ready(struct route *r, const struct bus_message *m, const char *name)
{
	if (links_find(r->links, name) == LINKS_NONE)
		return;
	unheard_note(&r->unheard, r->links, name);
	if (senders_speaks_as(r->senders, name, m->user))
		bootstrap_note_ready(&r->bootstrap, r->links, name);
	else
		limited_info("%s of user '%s': left out, no --require-user lets it be %s", m->key,
		             m->user, name);
}

static void handle(struct route *r, const struct bus_message *m, const struct envelope_key *key,
                   const struct envelope_control *said)
{
	switch (said->kind) {
	case ENVELOPE_TUN_STARTED:
	case ENVELOPE_SERIAL_STARTED:
		if (r->links->all)
			places_meet(r, key->name, m->user);
		bootstrap_note_started(&r->bootstrap, r->links, key->name);
		break;
	case ENVELOPE_COMPONENT_READY:
		note_ready(r, m, said->component.component);
		break;
	case ENVELOPE_LOSSY_LINK_START:
		start_lossy_link(r, m, said->packets_to_drop);
		break;
	case ENVELOPE_ALIVE:
		places_refresh(r, key->name, m->user);
		tell_of_peers(r, key->name);
		break;
	default:
		break;
	}
}

void control_message(struct route *r, const struct bus_message *m, const struct envelope_key *key)
{
	struct envelope_control said;
	struct envelope_fault fault = {0, 0, ""};

	if (envelope_control_parse(&said, key, (const char *)m->body, m->length, &fault) < 0) {
		limited_warning("%s: left out, its body is no such message", m->key);
		return;
	}
	handle(r, m, key, &said);
}
