/* output.h - where amqp-dump's packets go: a pcap file of one link type, a pcapng file with an
 * interface for every agent and direction, or readable lines. Every packet that it was given is
 * counted. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include "capture/sink.h"
#include "envelope.h"

struct output;

/* path NULL: lines on standard output. pcapng where it is asked for or the name ends in .pcapng,
 * else pcap, which gets its header with the first packet, whose link type it takes. Ends the tool
 * with words where it cannot be written. */
struct output *output_open(const char *path, bool pcapng, bool flush_each);

/* *written: false where a pcap file cannot take this link type (counted). */
enum output_state output_put(struct output *o, const struct envelope_key *key,
                             const struct envelope_packet *p, bool *written);
/* As sink.h. */
enum output_state output_flush(struct output *o);
int output_sync(struct output *o);
int output_fd(const struct output *o);
/* Returns the exit status. */
int output_close(struct output *o);

#endif
