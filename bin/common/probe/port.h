/* port.h - the port that a probe is on, and its options: opened, lost when it is unplugged, and
 * opened again under the same name as soon as that is there, any number of times. Never looks more
 * than once a second whether it is there (the system says when), never waits but in port_open. */
#ifndef PORT_H
#define PORT_H

#include <sys/stat.h>

#include "base/options.h"
#include "base/stats.h"
#include "probe/serial.h"
#include "probe/watch.h"

struct port_options {
	const char *path; /* NULL: not given; as it is opened */
	uint64_t baud;    /* 0: to be found out */
	bool hangup;      /* drop DTR at the end */
	bool wait;        /* at the start */
	bool reset, list;
	int flow, dtr, rts; /* numbers of the words of these options */
};
extern const struct option_spec port_path_specs[]; /* --port of a tool that has one, into path */
extern const struct option_spec port_specs[];      /* --baud --flow --dtr --rts --reset --hangup
                                                      --wait-port --list */

enum { PORT_BAUD_STANDARD = 115200, PORT_COUNTERS = 2, PORT_OPTIONS_SIZE = 100 };

/* 0; -1 with why: options that do not go together. */
int port_options_check(const struct port_options *o, struct why *why);
/* Those that are not as they are by themselves, by name; false: none is. */
bool port_options_given(const struct port_options *o, char names[PORT_OPTIONS_SIZE]);
/* Of a port that another host hands on (tcp:HOST:PORT) says which of them do nothing. */
void port_options_warn(const struct port_options *o);
/* --list: a line for each port on standard output, of JSON with --json, opening none. The exit
 * status. */
int port_list(void);

struct port {
	const struct port_options *options;      /* the caller's */
	struct serial *serial;                   /* NULL: it is away */
	unsigned baud;                           /* in force */
	struct watch watch;                      /* while it is away */
	int64_t opened_ns, lost_ns, next_try_ns; /* monotonic */
	struct stat opened;                      /* what the path was then */
	int64_t away_ms;                         /* the last time */
	bool was_there;                          /* it has been open */
	bool is_awaited;                         /* it was not there at the start */
	struct why told;                         /* why it cannot be opened, as last said */
	struct counter counters[PORT_COUNTERS];  /* section "port" */
};

/* Opens it, and drops what it had taken in before. Where it is not there: -1 with why; or, with
 * --wait-port, waits until it is (then 0), or the tool is to stop (0, and serial is NULL). p:
 * static storage, before threads start. */
int port_open(struct port *p, const struct port_options *o, struct why *why);
/* As port_open, and never waits: with --wait-port one that is not there is away for now. */
int port_open_or_await(struct port *p, const struct port_options *o, struct why *why);
void port_close(struct port *p);

/* For poll: POLLIN, and POLLOUT while it is not away. */
int port_fd(const struct port *p);
/* When port_again is to be called without an event: INT64_MAX while it is there. */
int64_t port_due(const struct port *p);

/* Octets; 0: nothing now; -1: it has just been lost, which has been said and counted. */
ssize_t port_read(struct port *p, uint8_t *out, size_t size);
/* Octets accepted; -1: it is away, or port_read will say so. */
ssize_t port_write(struct port *p, const uint8_t *octets, size_t n);
/* While it is away, when port_fd is readable or port_due has come: true, it is there again, which
 * is to be said when frames can be sent again. What it has taken in meanwhile is kept. */
bool port_again(struct port *p, int64_t now);
void port_tell_again(const struct port *p);
/* Another speed. 0, or -1 with why. */
int port_set_baud(struct port *p, unsigned baud, struct why *why);

#endif
