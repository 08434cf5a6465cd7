/* serial.h - a serial port, 8N1, raw, no flow control, locked against others. libserialport opens
 * real ports; what it refuses (pseudo-terminals) is opened as a terminal behind the same functions,
 * at any baud rate. Links (/dev/serial/by-id) are followed. Never blocks: the descriptor is for
 * poll; never resets the board when it closes, unless SERIAL_HANGUP asks for it.
 *
 * A struct serial may be read by one thread and written by another at the same time. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/words.h"

struct serial;

/* Flag of serial_open: drop DTR at the end (HUPCL), which resets boards that are wired so. */
#define SERIAL_HANGUP 1u

/* Opens path at baud; serial_close ends it. NULL on failure: why holds the reason and what to do
 * (not the path), and may be NULL. */
struct serial *serial_open(const char *path, unsigned baud, unsigned flags, struct why *why);
/* Drops what the port has taken in so far: what a probe said before anybody listened would be read
 * as if it were new. What comes after the call is kept whole. */
void serial_empty(struct serial *s);
int serial_fd(const struct serial *s); /* for poll: POLLIN, POLLOUT; s owns it */
/* Octets read; 0: nothing there now; -1: the port is gone (unplugged, hung up). */
ssize_t serial_read(struct serial *s, uint8_t *out, size_t size);
/* Octets accepted, perhaps fewer than n (then poll for POLLOUT); -1: the port is gone. */
ssize_t serial_write(struct serial *s, const uint8_t *octets, size_t n);
void serial_close(struct serial *s);

/* Calls found(context, path) for every port that looks like a probe's, the names that survive a
 * replug (/dev/serial/by-id) first. Opens none of them. */
void serial_list(void (*found)(void *context, const char *path), void *context);

#endif
