/* serial_port.h - what every system does in a way of its own with a serial port. One file a system
 * serves this header, (serial_linux.c), and serial_list of serial.h (serial_list_linux.c). For
 * serial.c alone. */
#ifndef SERIAL_PORT_H
#define SERIAL_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/words.h"

/* Makes the terminal fd raw, 8N1, with the flow control and the end that flags (of serial.h) say,
 * at any baud rate; read(2) waits for an octet (where it is to wait) and says 0 for a hang-up only.
 * 0, or -1 with why, also where the port's clock cannot come within 3 percent of baud. */
int serial_port_set(int fd, unsigned baud, unsigned flags, struct why *why);

/* Sets DTR or RTS. 0, or -1 and errno: the port has no such line. */
int serial_port_set_dtr(int fd, bool on);
int serial_port_set_rts(int fd, bool on);

/* No other user but root opens the terminal from now on. It stays so until it is released or its
 * last descriptor is closed. */
void serial_port_claim(int fd);
void serial_port_release(int fd);

/* Drops the octets that wait to be read. */
void serial_port_empty(int fd);

/* Adapters hand octets over as they come, not in batches of 16 ms; no more than advice. */
void serial_port_lower_latency(int fd);

/* Which other process has path locked or open, as words that begin with a blank: " by NAME, process
 * PID"; "" where the system does not tell this user. */
void serial_port_name_holder(const char *path, char *out, size_t size);

#endif
