/* wire.h - what a broker sends, octet by octet, until it is a frame: nothing else reads the
 * connection's socket, the library least of all. Never holds more than a buffer of one frame and,
 * while the connection is set up, WIRE_EARLY_OCTETS; never decodes a table. */
#ifndef WIRE_H
#define WIRE_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/words.h"

enum {
	WIRE_CHANNEL = 1,           /* the only one that is ever opened */
	WIRE_FRAME_MIN = 4096,      /* what AMQP lets no broker go below */
	WIRE_FRAME_MAX = 131072,    /* what is asked for */
	WIRE_EARLY_OCTETS = 4 << 20 /* of messages that come before the set-up is done */
};

struct wire;

/* tls: NULL, or the library's socket of this connection. Both stay the caller's. NULL: no memory.
 */
struct wire *wire_new(int socket, amqp_socket_t *tls);
void wire_free(struct wire *w);

/* After the login: frames are so long at the most, and in so many seconds (0: no matter) something
 * comes, and something goes out. */
void wire_tune(struct wire *w, size_t frame_max, unsigned heartbeat);

/* One frame, if there is one: it is well formed, of a kind that a broker may send, on a channel on
 * which it may. Heartbeats are passed over. 1; 0: no whole frame at the moment; -1 with why: the
 * connection is worth nothing any more. What the frame points to is valid until the next call.
 * A method's arguments are decoded but for connection.start (decoded is NULL, wire_payload has
 * them); a content header of the class basic has its properties, the headers table undecoded (raw),
 * one of another class has none (decoded is NULL). */
int wire_read(struct wire *w, amqp_frame_t *frame, struct why *why);
/* The arguments of the method, or the properties, that wire_read has just read. */
amqp_bytes_t wire_payload(const struct wire *w);
/* Something has come at all. */
bool wire_has_heard(const struct wire *w);
/* Something was read from the socket that has not become a frame yet: poll(2) does not see it. */
bool wire_has_input(const struct wire *w);

/* --- while the connection is set up --- */

/* From now on so many ms and octets, within which the set-up must be done. */
enum { WIRE_SETUP_OCTETS = 8 << 20 };
void wire_begin_setup(struct wire *w, int64_t limit_ms, size_t limit_octets);
/* As wire_read, but waits for a frame, until a point of the monotonic clock at the latest (then -1)
 * and within the bounds of the set-up, and passes over what was put off. 0: a heartbeat is due. */
int wire_wait(struct wire *w, int64_t until, amqp_frame_t *frame, struct why *why);
/* The frame that was read last is for later: wire_read gives it first. False: too many are. */
bool wire_put_off(struct wire *w);

/* --- heartbeats --- */

/* A heartbeat is due now. */
bool wire_must_beat(struct wire *w);
/* Nothing has come for two intervals. */
bool wire_is_silent(const struct wire *w);

#endif
