/* session.h - what publishers and consumers are built on: one connection that is made and made
 * again by itself, in its owner's loop. Private to this room. Declares nothing, sends nothing: that
 * is the owner's, in `build` (connect.h) and whenever session_is_connected. */
#ifndef SESSION_H
#define SESSION_H

#include <poll.h>

#include "base/stats.h"
#include "bus/connect.h"
#include "bus/watchdog.h"

enum session_state { SESSION_CLOSED, SESSION_CONNECTING, SESSION_CONNECTED };

/* What a broker can have said over and over. */
struct told {
	int64_t since; /* the minute that is counted */
	unsigned count;
};

struct session {
	/* read by the owner */
	struct connect_request request;
	struct link link;    /* while it is connected */
	bool blocked;        /* the broker takes no messages at the moment */
	bool omit_user_id;   /* the broker knows us by another name than we log in with */
	int close_code;      /* of AMQP: why the broker ended the last connection, 0: it did not */
	uint64_t generation; /* counts connections: 0 before the first */
	int status;          /* EXIT_OK until the session is over; then what the tool ends with */

	/* private */
	enum session_state state;
	struct watchdog watchdog;
	_Atomic int64_t patience_ns; /* with a peer that takes nothing; the main thread's, too */
	struct counter *connections, *disconnected_ms;
	int event_fd;
	struct attempt *attempt;
	unsigned node;     /* which URL is in use, or next */
	unsigned failures; /* in a row */
	int64_t back_off;  /* ns, of the last wait before a try, without its random part */
	int64_t retry_at, closed_since, opened_at;
	int64_t taken_since; /* what only one may have was another's; 0: at no time since */
	struct why last_why;
	int64_t trouble_since; /* no connection has lasted since; 0: the last one did */
	bool repeats_itself; /* the last connection ended as soon as it had begun, as one before */
	struct told told;    /* alarms of the broker, on this connection */
};

/* s: all zero; lives until the tool ends, as what the request points to. 0, or -1 with why. */
int session_init(struct session *s, const struct connect_request *request,
                 struct counter *connections, struct counter *disconnected_ms, struct why *why);

/* The broker in use, or next. */
const struct bus_node *session_node(const struct session *s);

/* --- the owner's loop --- */

static inline bool session_is_connected(const struct session *s)
{
	return s->state == SESSION_CONNECTED;
}

static inline bool session_is_connecting(const struct session *s)
{
	return s->state == SESSION_CONNECTING;
}

/* Connected, and not blocked by the broker. */
static inline bool session_is_open(const struct session *s)
{
	return session_is_connected(s) && !s->blocked;
}

/* Fills fds[0..2), lowers *timeout_ms. Returns how many were filled. */
int session_prepare(const struct session *s, struct pollfd *fds, int *timeout_ms);
/* Lowers *timeout_ms (-1: none) to wanted, if that is not negative. */
static inline void session_lower(int *timeout_ms, int64_t wanted)
{
	if (wanted >= 0 && (*timeout_ms < 0 || wanted < *timeout_ms))
		*timeout_ms = (int)wanted;
}
/* After poll: connects. Returns the status. */
int session_work(struct session *s);
/* From any thread: the owner's poll returns. */
void session_wake(struct session *s);

/* --- while it is connected --- */

/* Around every call of the library that may block. */
void session_busy(struct session *s);
void session_idle(struct session *s);
/* The connection is gone: warns, schedules the next attempt. refusal: of a kind that trying again
 * does not mend. */
void session_lose(struct session *s, bool refusal, const char *why);
void session_lose_status(struct session *s, const char *doing, int status);
/* Reads one frame if there is one; handles what concerns the connection. 1: a frame for the owner,
 * valid until the next call; 0: none; -1: the connection is gone. */
int session_read_frame(struct session *s, amqp_frame_t *frame);

/* The connection is gone, without a word. Private to the files of the session. */
void session_drop(struct session *s);

/* --- the end --- */

/* No attempt is under way any more. */
void session_abandon(struct session *s);
/* Closes the connection, for another one that is made at once; scripts are told why. */
void session_renew(struct session *s, const char *why, int limit_ms);
/* Closes the connection. True: within so many ms, the broker has said that it has closed, too, and
 * with that has done all that it was asked before. */
bool session_close(struct session *s, int limit_ms);

/* --- the main thread --- */

void session_watch(struct session *s);
void session_interrupt(struct session *s);

#endif
