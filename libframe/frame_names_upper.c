/* frame_names_upper.c - names for the numbers that upper layers put into the MAC's fields. */
#include "frame.h"

#define COUNT_OF(names) (sizeof(names) / sizeof *(names))

static const char *name_or(const char *const *names, size_t count, unsigned id, const char *other)
{
	return id < count && names[id] ? names[id] : other;
}

const char *frame_association_status_name(unsigned status)
{
	static const char *const names[] = {"successful", "PAN at capacity", "PAN access denied",
	                                    "hopping sequence offset duplication"};

	return status == 0x80 ? "fast association successful"
	                      : name_or(names, COUNT_OF(names), status, "reserved");
}

const char *frame_disassociation_reason_name(unsigned reason)
{
	static const char *const names[] = {NULL, "coordinator wants device to leave",
	                                    "device leaves"};

	return name_or(names, COUNT_OF(names), reason, "reserved");
}

const char *frame_mpx_transfer_name(unsigned type)
{
	static const char *const names[] = {"full",          "full", "fragment", NULL,
	                                    "last fragment", NULL,   "abort"};

	return name_or(names, COUNT_OF(names), type, "reserved");
}

/* Numbers from 1500 on are those of Ethernet. */
const char *frame_mpx_multiplex_name(unsigned id)
{
	switch (id) {
	case 1:
		return "KMP";
	case 2:
		return "Wi-SUN";
	case 0x0800:
		return "IPv4";
	case 0x86dd:
		return "IPv6";
	case 0x888e:
		return "EAPOL";
	case 0xa0ed:
		return "6LoWPAN";
	}
	return "unknown";
}

const char *frame_kmp_name(unsigned id)
{
	static const char *const names[] = {
		NULL,
		"IEEE 802.1X",
		"HIP",
		"IKEv2",
		"PANA",
		"Dragonfly",
		"IEEE 802.11 4-way handshake",
		"IEEE 802.11 group key handshake",
		"ETSI TS 102 887-2",
	};

	return id == 255 ? "vendor's" : name_or(names, COUNT_OF(names), id, "reserved");
}

const char *frame_sixp_code_name(unsigned type, unsigned code)
{
	static const char *const commands[] = {NULL,    "ADD",  "DELETE", "RELOCATE",
	                                       "COUNT", "LIST", "SIGNAL", "CLEAR"};
	static const char *const answers[] = {
		"SUCCESS",  "EOL",        "ERR",          "RESET",    "ERR_VERSION",
		"ERR_SFID", "ERR_SEQNUM", "ERR_CELLLIST", "ERR_BUSY", "ERR_LOCKED"};

	return type == 0 ? name_or(commands, COUNT_OF(commands), code, "unassigned")
	                 : name_or(answers, COUNT_OF(answers), code, "unassigned");
}
