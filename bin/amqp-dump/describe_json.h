/* describe_json.h - a packet from the bus as one JSON object: whose it is, then what it is.
 *
 *     {"agent":"agent_1","direction":"fromAgent","device":"ip.tun","time":1700000000.250000000,
 *      "length":51,"ip":{"version":6,"source":"bbbb::1","destination":"bbbb::2","protocol":17,
 *      "source_port":5683,"destination_port":5683}}
 *
 * "peer" stands behind "agent" where the message is for one alone. A frame has the members of
 * packet/json_lines.h. What is no IP has "ip":null. */
#ifndef DESCRIBE_JSON_H
#define DESCRIBE_JSON_H

#include "envelope.h"
#include "frame_keys/frame_keys.h"
#include "packet/packet.h"

/* ASCII without a newline, NUL-terminated, into out[0..size), size at least 4096. Returns the
 * characters written. keys: of 802.15.4 frames, NULL: none. */
size_t describe_json(char *out, size_t size, const struct envelope_key *key,
                     const struct envelope_packet *p, struct frame_keys *keys);

#endif
