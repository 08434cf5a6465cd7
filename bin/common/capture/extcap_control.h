/* extcap_control.h - the messages of Wireshark's toolbar, on the pipes of --extcap-control-in and
 * --extcap-control-out, both ways:
 *
 *     'T', three octets: how many follow, the highest first, number of the control, command,
 * payload
 *
 * Pure: does no I/O, never allocates. */
#ifndef EXTCAP_CONTROL_H
#define EXTCAP_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EXTCAP_CONTROL_HEADER = 6,
	EXTCAP_CONTROL_PAYLOAD = 1024, /* that is read or written at the most */
	EXTCAP_CONTROL_MAX = EXTCAP_CONTROL_HEADER + EXTCAP_CONTROL_PAYLOAD,
	EXTCAP_CONTROL_NONE = 255, /* the number where no control is meant */
};

enum extcap_command {
	EXTCAP_INITIALIZED = 0, /* from Wireshark: it listens */
	EXTCAP_SET = 1,
	EXTCAP_ADD = 2,
	EXTCAP_REMOVE = 3,
	EXTCAP_ENABLE = 4,
	EXTCAP_DISABLE = 5,
	EXTCAP_STATUS_BAR = 6,
};

struct extcap_message {
	uint8_t control, command;
	const uint8_t *payload; /* valid until the next call */
	size_t length;
};

/* All zero at the beginning. */
struct extcap_control_reader {
	size_t have; /* octets of a message that is not whole, or has been given */
	bool given;
	size_t skip;              /* octets of a payload that is too long to be of use */
	uint64_t outside, unread; /* octets that belong to no message; messages left out */
	uint8_t octets[EXTCAP_CONTROL_MAX];
};

/* Reads from in[0..n) until a message is whole (true) or the input is used up: the same messages,
 * whatever pieces the input comes in. *used: octets of it that have been read. A length that no
 * message can have is none, and the next 'T' behind it is looked for. */
bool extcap_control_read(struct extcap_control_reader *r, const uint8_t *in, size_t n, size_t *used,
                         struct extcap_message *m);

/* A message into out; its payload is cut after EXTCAP_CONTROL_PAYLOAD octets. Returns its length.
 */
size_t extcap_control_write(uint8_t out[EXTCAP_CONTROL_MAX], unsigned control,
                            enum extcap_command command, const char *payload, size_t length);

#endif
