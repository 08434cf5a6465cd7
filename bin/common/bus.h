/* bus.h - a session with an AMQP 0-9-1 broker: the only module that includes rabbitmq-c.
 * One struct bus is one connection in one direction, owned by one thread, which polls it beside its device. It connects and reconnects
 * by itself (look-up, TCP, TLS, login and topology run in a thread of their own, so that the owner goes on reading its device), keeps
 * heartbeats, repairs cancelled consumers and closed channels. Never prints a password, never lets the broker make it allocate without bound.
 *
 * The owner's loop:
 *     for (;;) {
 *         n = bus_prepare(bus, fds, &timeout);  ... add the device ...  poll(fds, n, timeout);
 *         status = bus_work(bus);               // connect, heartbeats, acks, posted messages
 *         if (status != BUS_OK) return status;  // exit status of the tool
 *         while (bus_next(bus, &message) > 0) ...        (consumer)
 *         bus_publish(bus, &publication)                 (publisher, if bus_is_open)
 *     }
 */
#ifndef BUS_H
#define BUS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "stats.h"

/* --- options that every bus tool takes --- */

enum bus_encoding { BUS_ENCODING_AUTO, BUS_ENCODING_JSON, BUS_ENCODING_PCAP, BUS_ENCODING_GSO };

struct bus_options {
	struct option_strings urls;
	const char *exchange, *password_file, *cacert, *cert, *key;
	uint64_t heartbeat;    /* seconds */
	int64_t retries;       /* -1: for ever; 0: never */
	int encoding, api;     /* enum bus_encoding, enum envelope_api */
	uint64_t max_message;  /* octets; 0: what the tool says */
	struct option_strings required_users; /* if any: messages of others are rejected */
};
extern struct bus_options bus_options;
extern const struct option_spec bus_specs[];

/* After options_parse: reads the environment's defaults and the password file, checks every URL, overwrites passwords in argv.
 * Ends the tool with status 2 and words where something is wrong. */
void bus_options_finish(void);

/* --- connections --- */

enum { BUS_OK = 0, BUS_FAILED = 1, BUS_REFUSED = 3 }; /* as the tools' exit status */
enum bus_role { BUS_PUBLISHER, BUS_CONSUMER };

/* A queue that a consumer reads, declared anew on every connection (design: live, kept, control). */
enum bus_queue_kind { BUS_LIVE, BUS_KEPT, BUS_CONTROL };
struct bus_queue {
	enum bus_queue_kind kind;
	const char *name;              /* "framebus.NAME.tun": live and control queues get ".<random>" added */
	const char *const *bindings;   /* topic patterns, NULL-terminated */
	uint64_t max_octets;           /* live: oldest dropped beyond it; 0: the default, 8 MiB */
	uint64_t max_messages;         /* live: the same, for many small messages; 0: no bound */
	uint64_t message_ttl_ms;       /* live: 0 none */
};

struct bus_store; /* bus_spool.h */

struct bus_config {
	enum bus_role role;
	const char *agent;             /* for the connection's name on the broker: "amqp-tun agent_1 uplink" */
	const char *direction;         /* "uplink", "downlink": also the statistics' section */
	const struct bus_queue *queues; /* consumer; they and their strings must outlive the bus */
	unsigned queue_count;
	bool kept;                     /* publisher: confirms, mandatory, persistent, re-sent after reconnection */
	size_t kept_octets;            /* bound of the unconfirmed messages in memory; 0: 16 MiB */
	struct bus_store *store;       /* kept publisher: NULL, or where unconfirmed messages are kept on disk; closed by bus_close */
	size_t max_message;            /* consumer: larger bodies are discarded and counted; 0: 1 MiB */
	size_t socket_octets;          /* what may wait in our socket's buffer (publisher: to be sent; consumer: to be read); 0: the kernel's 4 MB and more */
};

struct bus;
struct bus *bus_new(const struct bus_config *config);  /* registers statistics: before threads start. Connects nothing yet. */

enum { BUS_FDS = 3 };
/* Fills fds[0..BUS_FDS) and lowers *timeout_ms (-1: none) to what the bus needs. Returns how many fds were filled. */
int bus_prepare(struct bus *b, struct pollfd *fds, int *timeout_ms);
/* Never blocks (a publish may, and bus_watch ends that). BUS_OK, or the status to end with; the reason has been printed. */
int bus_work(struct bus *b);
bool bus_is_open(const struct bus *b);      /* connected, topology in place, not blocked by the broker */
uint64_t bus_generation(const struct bus *b); /* counts connections: 0 before the first. A change: announce yourself again */

struct bus_publication {
	const char *key;
	const char *content_type;   /* also content_encoding utf-8 for JSON */
	const void *body;
	size_t length;
	uint64_t expiration_ms;     /* 0 none */
	unsigned units;             /* frames or packets in it, for the statistics */
};
/* 0; BUS_AGAIN: not open, or (kept) the bound of memory or of the spool is reached: nothing was taken, the caller drops and counts or waits. */
enum { BUS_AGAIN = -1 };
int bus_publish(struct bus *b, const struct bus_publication *p);
/* Publications leave at the latest when the owner waits (bus_prepare); now, for one that waits for something else. */
void bus_flush(struct bus *b);
/* Publishes a control message from any thread: copied, bounded, sent by the owner in bus_work when open. false: no room. */
bool bus_post(struct bus *b, const char *key, const void *body, size_t length);
/* Kept and posted messages that the broker has not confirmed (posted: taken) yet. */
size_t bus_pending(const struct bus *b);
/* Kept messages that came back because no queue wanted them (counted as `unroutable`). */
uint64_t bus_unroutable(const struct bus *b);

struct bus_message {
	const char *key;           /* NUL-terminated, checked against the bindings of its queue */
	size_t key_length;
	const char *content_type;  /* "" where absent */
	const char *message_id;    /* "" where absent */
	const uint8_t *body;
	size_t length;
	int64_t time_ns;           /* the broker's or sender's timestamp property in ns, 0 where absent */
	unsigned queue;            /* index into config.queues */
	uint64_t delivery_tag;
	bool redelivered;
};
/* 1: a whole message, valid until the next bus_ call; 0: none now. Duplicates (same message id) were left out, and counted. */
int bus_next(struct bus *b, struct bus_message *m);
void bus_ack(struct bus *b, const struct bus_message *m);  /* kept queues: after it is written out */

/* Main thread: bus_watch ends a call that is stuck beyond two heartbeats; bus_interrupt ends whatever call is under way. */
void bus_watch(void *bus);
void bus_interrupt(void *bus);
/* Owner, at the end: waits (at the most 500 ms) for confirms, deletes kept queues, closes. Counts what stays unconfirmed. */
void bus_close(struct bus *b);

/* What identifies this run of the tool on the bus: 16 hex digits. Message ids are "<session>-<sequence>". */
const char *bus_session(void);

#endif
