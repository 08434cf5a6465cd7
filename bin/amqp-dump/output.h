/* output.h - where amqp-dump's packets go: a pcap file of one link type, a pcapng file with an
 * interface for every agent and direction, or readable lines. Never writes half a record; every
 * packet that it was given is counted. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include "envelope.h"
#include "packet.h"

enum output_form { OUTPUT_LINES, OUTPUT_PCAP, OUTPUT_PCAPNG };

struct output;

/* path NULL: lines on standard output. pcapng where it is asked for or the name ends in .pcapng,
 * else pcap, which gets its header with the first packet, whose link type it takes. Ends the tool
 * with words where it cannot be written. */
struct output *output_open(const char *path, bool pcapng, bool flush_each);

enum output_state {
	OUTPUT_OPEN,
	OUTPUT_ENDED,  /* nobody reads any more, or the stop */
	OUTPUT_FAILED, /* the reason has been printed */
};
/* *written: false where a pcap file cannot take this link type (counted). */
enum output_state output_put(struct output *o, const struct envelope_key *key,
                             const struct envelope_packet *p, bool *written);
/* What has been put is in the file, as far as the system is concerned. */
enum output_state output_flush(struct output *o);
/* For poll: POLLERR where nobody reads any more; -1: not open yet. */
int output_fd(const struct output *o);
/* Returns the exit status. */
int output_close(struct output *o);

#endif
