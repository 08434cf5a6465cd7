/* voices.h - whose packets a capture's interfaces hold: by --map, by --name, by the names that
 * amqp-dump writes ("agent_1 fromAgent ip.tun"), in this order. One thread finds, another reads
 * what was found; nothing that was found changes. */
#ifndef VOICES_H
#define VOICES_H

#include "base/options.h"
#include "envelope.h"

enum { VOICES_MAX = 256, VOICES_NOBODY = -1, VOICES_TOO_MANY = -2 };

struct voices_options {
	const char *name;          /* NULL: none */
	struct option_strings map; /* IFACE=AGENT */
	bool to;                   /* all of it as if sent to the agent */
	bool pcap;                 /* the encoding of the bodies; else JSON */
	enum envelope_api api;     /* of JSON */
};
/* Is an option_spec.check. */
int voices_check_map(const char *value, struct why *why);
/* 0, or -1 with why: an interface is named twice. */
int voices_check_maps(const struct option_strings *map, struct why *why);

struct voice {
	char agent[ENVELOPE_NAME_MAX + 1];
	enum envelope_direction direction;
	char tun_key[ENVELOPE_KEY_MAX + 1], serial_key[ENVELOPE_KEY_MAX + 1];
};

/* o: kept. Of each --map the agent's keys are written here; 0, or -1 with why. */
int voices_init(const struct voices_options *o, struct why *why);
/* Of a packet from the interface of that number and name (""): the voice's number, or
 * VOICES_NOBODY: no option and no name tells; VOICES_TOO_MANY: a name tells, and there are
 * VOICES_MAX others already, which has been said. */
int voices_find(unsigned number, const char *name);
/* Of a --map: its agent's voice. */
int voices_of_map(const char *map);
/* Warns of each --map that no packet was of, where there were packets. */
void voices_tell_silent(void);
const struct voice *voices_at(unsigned voice);

#endif
