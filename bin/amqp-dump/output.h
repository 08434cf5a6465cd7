/* output.h - where amqp-dump's packets go: captures, of which a pcap file has one link type and a
 * pcapng file an interface for every agent and direction, readable lines, lines of JSON; several at
 * once (capture/lanes.h, where they are counted). */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include "capture/capture_options.h"
#include "capture/lanes.h"
#include "capture/writes.h"
#include "envelope.h"
#include "frame_keys/frame_keys.h"

enum output_shows {
	OUTPUT_PACKETS,
	OUTPUT_MESSAGES, /* --raw: a line a message */
	OUTPUT_AGENTS,   /* --who: a table now and then */
};

/* By the options. kept: every packet is waited for, by all outputs in one thread, and while a FIFO
 * of --reopen has no reader. 0, or -1: one cannot be written, or they do not go together, which has
 * been reported. awaits_room: --on-full wait.
 * frame_keys: of 802.15.4 frames, or NULL. */
int output_open(const struct capture_output *options, const struct writes_options *writes,
                bool kept, enum output_shows shows, bool awaits_room,
                struct frame_keys *frame_keys);
/* *written: false where no output can take this link type, or has a reader (counted). The rest is
 * done with the functions of lanes.h. */
enum output_state output_put(const struct envelope_key *key, const struct envelope_packet *p,
                             bool *written);
/* --raw: a struct bus_message; --who: a row of who.h. time_ns: when it came. */
enum output_state output_put_line(const void *about, int64_t time_ns, bool *written);

#endif
