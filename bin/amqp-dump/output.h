/* output.h - where amqp-dump's packets go: a pcap file of one link type, a pcapng file with an
 * interface for every agent and direction, or readable lines. Every packet that it was given is
 * counted (section "output"): written (what is in the file), left_over (what never got there),
 * dropped_no_reader, rejected_link_type. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include "capture/capture_options.h"
#include "capture/sink.h"
#include "envelope.h"
#include "frame_keys/frame_keys.h"

struct output;

/* By --write and its companions; pcapng where it is asked for or the name ends in .pcapng, else
 * pcap, which gets its header with the first packet, whose link type it takes. kept: while a FIFO
 * of --reopen has no reader, output_put waits, and drops nothing. keys: of 802.15.4
 * frames, or NULL. NULL: it cannot be written, which
 * has been reported. What is not there yet, or is a file, is made by output_begin: whoever is
 * refused by the broker, again and again, leaves no captures of nothing. */
struct output *output_open(const struct capture_output *options, bool pcapng, bool kept,
                           struct frame_keys *keys);
/* The bus is there: there may be something to write. Before output_put; again: does nothing. */
enum output_state output_begin(struct output *o);

/* *written: false where a pcap file cannot take this link type, or a FIFO has no reader (both
 * counted). */
enum output_state output_put(struct output *o, const struct envelope_key *key,
                             const struct envelope_packet *p, bool *written);
/* As sink.h. */
enum output_state output_flush(struct output *o);
int output_timeout_ms(const struct output *o);
enum output_state output_idle(struct output *o);
int output_sync(struct output *o);
int output_fd(const struct output *o);
enum output_state output_reader_left(struct output *o);
/* Returns the exit status, which is the same when it is called again. */
int output_close(struct output *o);

#endif
