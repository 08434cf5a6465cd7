/* bus.h - a session with an AMQP 0-9-1 broker: the only module that includes rabbitmq-c.
 * One struct bus is one connection in one direction: a consumer or a publisher, never both. It
 * connects and reconnects by itself, declares its queues anew each time, keeps heartbeats, repairs
 * cancelled consumers and closed channels, and counts all that it does (section "bus_DIRECTION" of
 * the statistics). Never prints a password, never lets the broker make it allocate without bound.
 *
 * docs/examples/bus_example.c is a whole tool. In short:
 *
 *     options_parse(...), bus_options_finish();      the URLs, the password, TLS
 *     loop_open(), b = bus_new(&config);             before threads start
 *     loop_run(workers, n)                           a worker with run, and with watch and
 * interrupt that call bus_watch and bus_interrupt
 *
 *     run:
 *     while (!loop_stopping()) {
 *         n = bus_prepare(b, fds, &timeout);         what to wait for; add the stop and the device,
 * then poll(fds, n, timeout); if ((status = bus_work(b)) != BUS_OK)      connects, answers,
 * confirms; the reason why not has been printed return status;                         ... as the
 * tool's exit status while (bus_next(b, &message) > 0)          consumer: some at a time, so that
 * the stop is seen
 *             ...
 *         bus_publish(b, &publication)               publisher: 0, or BUS_AGAIN
 *     }
 *     bus_close(b);
 *
 * Threads: a bus belongs to the thread that calls bus_prepare, which calls everything else, too.
 * Any thread may call bus_post and bus_session, the main thread bus_watch and bus_interrupt. One
 * thread may own several buses, but while one of them publishes into a full window (until bus_watch
 * ends that) the others wait: tools give each direction a thread.
 * Errors: an outage is none. bus_work is the only function that says that a session is over. The
 * rest return at once while there is no connection: bus_next 0, bus_publish BUS_AGAIN. */
#ifndef BUS_H
#define BUS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "base/stats.h"

/* --- options that every bus tool takes: bus_specs is one of the tables given to options_parse ---
 */

enum bus_encoding { BUS_ENCODING_AUTO, BUS_ENCODING_JSON, BUS_ENCODING_PCAP, BUS_ENCODING_GSO };

struct bus_options {
	struct option_strings urls;
	const char *exchange, *password_file, *cacert, *cert, *key;
	uint64_t heartbeat; /* seconds */
	int64_t retries;    /* -1: for ever; 0: never */
	int encoding,
		api; /* enum bus_encoding, enum envelope_api: for the tool, no bus looks at them */
	uint64_t max_message;                 /* octets; 0: what the tool says */
	struct option_strings required_users; /* if any: messages of others are rejected */
};
extern struct bus_options bus_options;
extern const struct option_spec bus_specs[];

/* After options_parse: reads the environment's defaults and the password file, checks every URL,
 * overwrites passwords in argv. Ends the tool with status 2 and words where something is wrong. */
void bus_options_finish(void);

/* --- connections --- */

enum { BUS_OK = 0, BUS_FAILED = 1, BUS_REFUSED = 3 }; /* as the tools' exit status */
enum bus_role { BUS_PUBLISHER, BUS_CONSUMER };

/* A queue that a consumer reads, on the exchange of the options. */
enum bus_queue_kind {
	BUS_LIVE, /* bounded, the oldest messages give way, gone with the connection: what is late
	             is worth nothing */
	BUS_KEPT, /* survives readers and brokers; each message is acknowledged, or comes again. Two
	             readers of one name share its messages */
	BUS_CONTROL, /* like a live one; apart, so that a flood of data never pushes a command out
	              */
};
struct bus_queue {
	enum bus_queue_kind kind;
	const char *name; /* "framebus.NAME.tun": live and control queues get ".<random>" added */
	const char *const *bindings; /* topic patterns, NULL-terminated */
	uint64_t max_octets;         /* live and control: oldest dropped beyond it; 0: 8 MiB */
	uint64_t max_messages;       /* the same, for many small messages; 0: no bound */
	uint64_t message_ttl_ms;     /* messages that wait longer are dropped; 0: no bound */
};

struct bus_store; /* bus_spool.h */

struct bus_config { /* copied; what it points to must outlive the bus. Zero is a default for all but
	               the first three */
	enum bus_role role;
	const char *agent; /* for the connection's name on the broker: "amqp-tun agent_1 uplink" */
	const char *direction;          /* "uplink", "downlink": also the statistics' section */
	const struct bus_queue *queues; /* consumer: 1 to 4 */
	unsigned queue_count;
	bool kept;          /* publisher: see bus_publish */
	size_t kept_octets; /* kept publisher: bound of the unconfirmed messages in memory; 0: 16
	                       MiB. Never more than 65536 messages */
	struct bus_store *store; /* kept publisher: NULL, or where unconfirmed messages are kept on
	                            disk, too; closed by bus_close */
	size_t max_message;      /* consumer: larger bodies are discarded and counted; 0: 1 MiB.
	                            --max-message beats it */
	size_t socket_octets;    /* what may wait in our socket's buffer (publisher: to be sent;
	                            consumer: to be read); 0: the kernel's 4 MB and more */
};

struct bus;
/* Registers statistics: before threads start. Connects nothing yet. Ends the tool with words where
 * there is no memory; lives until the tool ends. */
struct bus *bus_new(const struct bus_config *config);

/* --- the owner's loop --- */

enum { BUS_FDS = 3 };
/* Fills fds[0..BUS_FDS) and lowers *timeout_ms (-1: none) to what the bus needs. Returns how many
 * fds were filled. Publications that are held back to leave together leave now. */
int bus_prepare(struct bus *b, struct pollfd *fds, int *timeout_ms);
/* After poll, whatever it said: connects, reads what the broker answers, sends what is due.
 * Look-up, TCP, TLS and login run in a thread of their own; only sending may wait for the peer.
 * BUS_OK, or the status to end with, for ever; the reason has been printed. */
int bus_work(struct bus *b);
bool bus_is_open(const struct bus *b); /* connected, queues in place, not blocked by the broker: the
                                          end is ready */
uint64_t bus_generation(const struct bus *b); /* counts connections: 0 before the first. A change:
                                                 announce yourself again */

/* --- publishers --- */

struct bus_publication { /* nothing in it is needed any more when bus_publish has returned */
	const char *key; /* at the most 255 octets */
	const char *content_type; /* at the most 255 octets; "application/json" sets the content
	                             encoding utf-8, too */
	const void *body;
	size_t length;          /* octets, any number */
	uint64_t expiration_ms; /* live: a queue drops it after that; 0: never */
	unsigned units;         /* frames or packets in it, for the statistics */
};
/* 0: taken; a live message has been given to TCP, a kept one is remembered: sent now or later,
 * again after an outage with the same message id, until the broker has confirmed it or has given it
 * back because no queue wants it. BUS_AGAIN: nothing was taken. Live: there is no connection, or it
 * was just lost: drop the message and count it. Kept: the bound of memory, or of the spool, is
 * reached: stop reading the device until bus_work has made room, or drop and count. Waits while the
 * peer's window is full; bus_watch bounds that. */
enum { BUS_AGAIN = -1 };
int bus_publish(struct bus *b, const struct bus_publication *p);
/* What bus_publish has sent since bus_prepare may wait in the kernel for more, to share a segment.
 * An owner that is about to wait for something other than bus_prepare's fds, or to work for
 * milliseconds, lets it go first. Nobody else needs this. */
void bus_flush(struct bus *b);
/* A control message (JSON) from any thread: copied, and sent by the owner's bus_work once the bus
 * is open; never confirmed. False: 64 wait already, it was dropped and counted. */
bool bus_post(struct bus *b, const char *key, const void *body, size_t length);
/* Messages taken of which nobody knows whether the broker has them: kept ones that are not
 * confirmed (those on disk, too), posted ones that are not sent. A tool whose input has ended goes
 * on until it is 0. */
size_t bus_pending(const struct bus *b);
/* Kept messages that came back because no queue wanted them (counted as `unroutable`). */
uint64_t bus_unroutable(const struct bus *b);

/* --- consumers --- */

struct bus_message {
	const char *key; /* NUL-terminated; one of the patterns of its queue matches it, whatever
	                    the sender tried */
	size_t key_length;
	const char *content_type; /* "" where absent */
	const char *message_id;   /* "" where absent */
	const uint8_t *body;      /* NULL where length is 0 */
	size_t length;
	int64_t time_ns; /* the timestamp property in ns (AMQP has whole seconds), 0 where absent */
	unsigned queue;  /* index into config.queues */
	uint64_t delivery_tag;
	bool redelivered; /* the broker gave it to a reader before, perhaps to us */
};
/* 1: a whole message, valid until the next call for this bus (bus_ack, too); 0: none now. Left out,
 * and counted: what is too long, under a key or from a user that was not asked for, and what has
 * come before (same message id). */
int bus_next(struct bus *b, struct bus_message *m);
/* Kept queues: this message and all before it are written out, and will not come again. Other
 * queues: nothing. Write out each message before the next bus_next: one that is left out there is
 * acknowledged at once, and so are those before it. */
void bus_ack(struct bus *b, const struct bus_message *m);

/* --- the main thread: a worker's watch and interrupt --- */

void bus_watch(void *bus);     /* ends a connection whose peer has taken nothing for two heartbeats
                                  while a call waits for it */
void bus_interrupt(void *bus); /* ends whatever call is under way, and with it the connection: the
                                  tool is stopping */

/* --- the end --- */

/* Owner, once: within 0.7 s, whatever the broker does, waits for confirms of what is pending,
 * deletes kept queues, closes. Says what it had to leave. */
void bus_close(struct bus *b);

/* What identifies this run of the tool on the bus: 16 hex digits. Message ids are
 * "<session>-<sequence>", a sequence a routing key. */
const char *bus_session(void);

#endif
