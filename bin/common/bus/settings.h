/* settings.h - what a session with a broker needs to know, as a value: the tool's options hold it,
 * and whoever opens a session hands it in. Several may stand side by side, for several brokers. */
#ifndef BUS_SETTINGS_H
#define BUS_SETTINGS_H

#include "base/options.h"
#include "bus/password.h"
#include "bus/senders.h"
#include "bus/url.h"

enum bus_encoding { BUS_ENCODING_AUTO, BUS_ENCODING_JSON, BUS_ENCODING_PCAP, BUS_ENCODING_GSO };

/* Of an option that beats what URLs say, if it is given. */
struct bus_number {
	bool given;
	int64_t value;
};

struct bus_settings {
	struct option_strings urls;
	const char *exchange, *password_file, *cacert, *cert, *key;
	bool declare_exchange;
	struct bus_number heartbeat; /* seconds; 0: none */
	struct bus_number retries;   /* -1: for ever; 0: never */
	/* enum bus_encoding, enum envelope_api: for the tool, no session looks at them. */
	int encoding, api;
	bool has_tls_besides; /* cacert, cert and key are for something else of the tool, too */
	uint64_t max_message; /* octets; 0: what the tool says */
	struct senders senders;

	/* What bus_settings_finish makes of the URLs: tried in turn, at least one. */
	struct bus_node nodes[OPTION_LIST_MAX];
	unsigned node_count;
	uint64_t first_tries;            /* bound of the tries before the first success; 0: none */
	struct password_file *passwords; /* NULL: those of the nodes */
};

#define BUS_SETTINGS_DEFAULT                                                                       \
	{                                                                                          \
		.node_count = 0                                                                    \
	}

/* The options that every bus tool takes, for options_parse. */
extern const struct option_spec bus_specs[];

/* After options_parse: reads the password file, checks every URL and what its query says, which
 * options beat; warns once of what is passed over there, of a key or password file that everybody
 * can read, and of a password that goes through a network as it is.
 * Ends the tool with status 2 and words where something is wrong. */
void bus_settings_finish(struct bus_settings *s);

/* Whether the exchange is to be made where it is missing: a standard one (amq.) always is there. */
bool bus_settings_declares(const struct bus_settings *s);

/* Overwrites all passwords, for a process that does not need them: s is of no use then. */
void bus_settings_forget(struct bus_settings *s);

#endif
