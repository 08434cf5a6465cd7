/* bus_internal.h - what the files of the broker session share. Nobody else includes it. */
#ifndef BUS_INTERNAL_H
#define BUS_INTERNAL_H

#include <amqp.h>
#include <amqp_framing.h>
#include <pthread.h>
#include <stdatomic.h>

#include "bus/bus.h"

enum {
	BUS_CHANNEL = 1,
	BUS_KEY_SIZE = 256, /* AMQP short string and NUL */
	BUS_WHY_SIZE = 512,
	BUS_QUEUES_MAX = 4,
	BUS_CONNECT_SECONDS = 10, /* bound of TCP and TLS, of the login, and of each declaration */
};

/* --- bus_options.c --- */

struct bus_node { /* one URL, taken apart */
	bool tls;
	int port;
	const char *host, *vhost, *user,
		*password; /* password NULL: SASL EXTERNAL, the certificate is the login */
	const char *shown; /* the URL without password */
};
unsigned bus_node_count(void);
const struct bus_node *bus_node(unsigned index);

/* --- bus_connect.c: one attempt to connect, in a thread of its own --- */

struct bus_attempt;

struct bus_link { /* what a successful attempt hands over */
	amqp_connection_state_t connection;
	int socket;
	unsigned heartbeat; /* seconds, as negotiated */
	size_t frame_max;
};

enum bus_fault { BUS_FAULT_NONE, BUS_FAULT_OUTAGE, BUS_FAULT_REFUSAL };

/* Starts an attempt; event_fd is written when it has ended. NULL: no thread could be made. */
struct bus_attempt *bus_attempt_start(const struct bus_config *config, const struct bus_node *node,
                                      int event_fd);
/* True once it has ended; then *link or *fault and why[] are set and the attempt is gone. */
bool bus_attempt_take(struct bus_attempt *a, struct bus_link *link, enum bus_fault *fault,
                      char why[BUS_WHY_SIZE]);
/* Lets go of an attempt that may still be under way: it cleans up after itself. */
void bus_attempt_abandon(struct bus_attempt *a);

/* Words for a reply of the broker or a status of the library. True: a refusal (login, virtual host,
 * permission, missing exchange). */
bool bus_explain_close(const amqp_method_t *method, char why[BUS_WHY_SIZE]);

/* --- bus_tls.c: certificates are verified, TLS is 1.2 at the least --- */

/* Before the socket is opened. False: why says what is wrong with the files. */
bool bus_tls_prepare(amqp_socket_t *socket, const char *host, char why[BUS_WHY_SIZE]);
/* Words for a status of the library, in the thread that got it. False: TLS has nothing to do with
 * it. */
bool bus_tls_explain(amqp_socket_t *socket, const char *host, int status, char why[BUS_WHY_SIZE]);

/* --- bus_kept.c: unconfirmed messages in memory, oldest first --- */

struct bus_kept;
struct bus_kept_message;

/* Where kept messages also lie, numbered from 1 in the order in which they came. */
enum bus_store_result { BUS_STORE_TAKEN, BUS_STORE_FULL, BUS_STORE_FAILED };
struct bus_store {
	enum bus_store_result (*add)(struct bus_store *, const struct bus_kept_message *,
	                             uint64_t *number);
	void (*remove)(struct bus_store *, uint64_t number, size_t octets);
	/* The first message behind `after`, valid until the next call. */
	bool (*next)(struct bus_store *, uint64_t after, struct bus_kept_message *,
	             uint64_t *number);
	int (*work)(struct bus_store *, bool at_once); /* makes changes durable; milliseconds until
	                                                  it wants to be called, -1: none due */
	void (*close)(struct bus_store *);
	uint64_t count; /* messages in it when it was opened: of the last run */
};

struct bus_kept_message {
	const char *key, *content_type, *message_id;
	const uint8_t *body;
	size_t length;
	uint64_t timestamp; /* seconds */
	uint64_t stored;    /* its number in the store, 0: not in it */
};

struct bus_kept *
bus_kept_new(size_t octets,
             struct bus_store *store); /* store: confirmed messages leave it; may be NULL */
bool bus_kept_add(struct bus_kept *k,
                  const struct bus_kept_message *m); /* false: the bound is reached */
/* The oldest message that has not been sent on this connection; sent: it has been, as delivery tag.
 */
bool bus_kept_next(struct bus_kept *k, struct bus_kept_message *m);
void bus_kept_sent(struct bus_kept *k, uint64_t tag, bool *again);
/* Returns how many messages were let go of (0 for a tag that is not ours). */
uint64_t bus_kept_confirm(struct bus_kept *k, uint64_t tag, bool multiple);
/* The broker did not take it: it is sent again. Returns how many. */
uint64_t bus_kept_refuse(struct bus_kept *k, uint64_t tag, bool multiple);
void bus_kept_rewind(struct bus_kept *k); /* the connection is gone: all are to be sent again */
size_t bus_kept_count(const struct bus_kept *k);
bool bus_kept_awaits(const struct bus_kept *k); /* some were sent on this connection, and neither
                                                   confirmed nor refused */
void bus_kept_free(struct bus_kept *k);

/* --- bus_streams.c: message ids, duplicates and gaps --- */

struct bus_ids; /* the publisher's sequences, one a routing key */
struct bus_ids *bus_ids_new(void);
void bus_ids_next(struct bus_ids *ids, const char *key, char out[64]);
void bus_ids_undo(struct bus_ids *ids, const char *key); /* the id given last was not used */

struct bus_seen; /* the receiver's windows, one a session and routing key */
struct bus_seen *bus_seen_new(void);
void bus_seen_free(struct bus_seen *seen);
enum bus_arrival { BUS_NEW, BUS_DUPLICATE };
/* Adds to *lost the messages of the stream that should have come before (takes off what comes
 * late). */
enum bus_arrival bus_seen_note(struct bus_seen *seen, const char *message_id, const char *key,
                               int64_t *lost);

/* --- bus.c: the session --- */

enum bus_state { BUS_CLOSED, BUS_CONNECTING, BUS_OPEN };

enum publisher_counter {
	PUB_PUBLISHED,
	PUB_PACKETS,
	PUB_OCTETS,
	PUB_RESTORED,
	PUB_CONFIRMED,
	PUB_RETURNED,
	PUB_PENDING,
	PUB_NACKED,
	PUB_RESENT,
	PUB_POSTED,
	PUB_POSTS_DROPPED,
	PUB_CONNECTIONS,
	PUB_DISCONNECTED_MS,
	PUBLISHER_COUNTERS
};
enum consumer_counter {
	CON_RECEIVED,
	CON_OCTETS,
	CON_TOO_LONG,
	CON_FOREIGN_KEY,
	CON_FOREIGN_USER,
	CON_DUPLICATES,
	CON_LOST_ON_BUS,
	CON_CONNECTIONS,
	CON_DISCONNECTED_MS,
	CONSUMER_COUNTERS
};

struct bus_posted {
	struct bus_posted *next;
	size_t length;
	char key[BUS_KEY_SIZE];
	char body[];
};

/* A message on its way in, frame by frame. */
struct bus_incoming {
	enum { EXPECT_METHOD, EXPECT_HEADER, EXPECT_BODY } expect;
	bool is_return, discard;
	struct bus_message message;
	uint64_t size, arrived;
	char key[BUS_KEY_SIZE], content_type[BUS_KEY_SIZE], message_id[BUS_KEY_SIZE],
		user[BUS_KEY_SIZE];
	uint8_t *assembled; /* max_message octets, for bodies of several frames */
};

struct bus {
	struct bus *next; /* every bus stays reachable: an abandoned attempt still reads its
	                     configuration */
	struct bus_config config;
	size_t max_message;
	struct counter *counters; /* enum publisher_counter or consumer_counter */
	/* the owner's */
	enum bus_state state;
	struct bus_attempt *attempt;
	struct bus_link link;
	unsigned node; /* which URL is in use or next */
	uint64_t generation;
	unsigned failures; /* in a row */
	int64_t back_off;  /* ns, of the last wait before a try, without its random part */
	int64_t retry_at, closed_since, opened_at;
	bool blocked;
	bool nameless; /* the broker knows us by another name than we log in with: messages carry no
	                  user-id */
	char last_why[BUS_WHY_SIZE];
	int status;        /* BUS_OK until the session is over */
	int64_t resend_at; /* publisher: kept messages wait until then, the broker refused some */
	unsigned refusals; /* ... so many times in a row */
	int64_t unanswered_since; /* 0: nothing is; else when the broker answered last, or the first
	                             message after that went out */
	bool is_heard;            /* it has confirmed something on this connection */
	unsigned unheard;         /* connections on which it did not, in spite of waiting */
	unsigned sends;           /* publisher: messages since the owner waited last */
	uint64_t tag, returns;    /* publisher: last delivery tag of this connection, returns whose
	                             acks are to come */
	struct bus_ids *ids;
	struct bus_kept *kept;
	struct bus_store *store;
	uint64_t loaded_until,
		on_disk_only; /* of the store: last number that is in memory; messages behind it */
	struct bus_seen *seen;
	struct bus_incoming incoming;
	uint64_t ack_tag;
	unsigned acks_due;
	/* the watch's */
	int underway;     /* octets that the peer's TCP has not taken, when it last looked */
	int64_t moved_at; /* when that changed or a call began, at the latest */
	/* shared */
	int event_fd;
	pthread_mutex_t lock; /* of what follows */
	struct bus_posted *posted, **posted_end;
	size_t posted_count;
	int socket;                 /* -1: none; what watch and interrupt may shut down */
	_Atomic int64_t busy_since; /* monotonic ns, 0: in no call that may block */
	_Atomic bool ending;        /* interrupted: losing the connection is no news */
};

/* Around every call of the library that may block: bus_watch ends those that last too long. */
void bus_busy(struct bus *b);
void bus_idle(struct bus *b);
/* The connection is gone: says so, schedules the next attempt. refusal: of a kind that trying again
 * does not mend. */
void bus_lose(struct bus *b, bool refusal, const char *why);
void bus_lose_status(struct bus *b, const char *doing, int status);
/* Reads one frame if there is one; deals with what concerns the connection. 1: a frame for the
 * caller; 0: none; -1: the connection is gone. */
int bus_read_frame(struct bus *b, amqp_frame_t *frame);
/* Steps the message that is arriving. 1: whole now (incoming.message); 0: more to come; -1: the
 * connection is gone. */
int bus_step_message(struct bus *b, const amqp_frame_t *frame);
void bus_release_buffers(struct bus *b);

/* --- bus_publish.c --- */
void bus_publisher_opened(struct bus *b);
void bus_publisher_lost(struct bus *b);
void bus_publisher_work(struct bus *b);   /* acks, returns; posted and kept messages go out */
int bus_publisher_wait_ms(struct bus *b); /* until something can be sent; -1: nothing waits */

/* --- bus_receive.c --- */
void bus_flush_acks(struct bus *b);

#endif
