/* serial.h - a serial port, 8N1, raw, locked against others. libserialport opens real ports; what
 * it refuses (pseudo-terminals) is opened as a terminal behind the same functions, at any baud
 * rate. Links (/dev/serial/by-id) are followed. "tcp:HOST:PORT" is a port that another host (or
 * ser2net) hands on as it is: it has no settings here. Once open it never blocks: the descriptor is
 * for poll. Never resets the board on its own: DTR and RTS stay as Linux has them, which raises
 * both when a port is opened and nobody else has it open, and at the end too.
 *
 * A struct serial may be read by one thread and written by another at the same time. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/words.h"

struct serial;

/* Flags of serial_open. A line that the port does not have is warned of. */
enum {
	SERIAL_HANGUP = 1, /* drop DTR at the end (HUPCL), which resets boards that are wired so */
	SERIAL_RTSCTS = 2, /* flow control */
	SERIAL_XONXOFF = 4,
	SERIAL_DTR_ON = 8,
	SERIAL_DTR_OFF = 16,
	SERIAL_RTS_ON = 32,
	SERIAL_RTS_OFF = 64,
	SERIAL_RESET = 128, /* DTR low for a tenth of a second, which the call waits */
};

/* Opens path at baud; serial_close ends it. NULL on failure: why holds the reason and what to do
 * (not the path), and may be NULL. Waits for a TCP connection, five seconds at the most or until
 * the tool is to stop. */
struct serial *serial_open(const char *path, unsigned baud, unsigned flags, struct why *why);
/* Another speed, from now on. 0, or -1 with why. */
int serial_set_baud(struct serial *s, unsigned baud, struct why *why);
/* Drops what the port has taken in so far: what a probe said before anybody listened would be read
 * as if it were new. What comes after the call is kept whole. */
void serial_empty(struct serial *s);
int serial_fd(const struct serial *s); /* for poll: POLLIN, POLLOUT; s owns it */
/* Octets read; 0: nothing there now; -1: the port is gone (unplugged, hung up). */
ssize_t serial_read(struct serial *s, uint8_t *out, size_t size);
/* Octets accepted, perhaps fewer than n (then poll for POLLOUT); -1: the port is gone. */
ssize_t serial_write(struct serial *s, const uint8_t *octets, size_t n);
void serial_close(struct serial *s);

/* A port that looks like a probe's. Texts are "" where nothing is known; they come from the device,
 * and may hold anything. */
struct serial_info {
	const char *path;   /* that survives a replug (/dev/serial/by-id), where there is one */
	const char *device; /* "ttyUSB0" */
	char vendor_id[8], product_id[8]; /* hex */
	char vendor[128], product[128], serial[128];
};

/* Calls found(context, info) for every such port, those with a name that survives a replug first.
 * Opens none of them. */
void serial_list(void (*found)(void *context, const struct serial_info *info), void *context);

/* "Silicon Labs CP2104, serial 01A2" into out, as much as fits; what is not text is a dot. */
void serial_describe(char *out, size_t size, const struct serial_info *info);

#endif
