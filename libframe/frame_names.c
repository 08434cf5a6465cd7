/* frame_names.c - the standard's words for its numbers. */
#include "frame.h"

const char *frame_strerror(int error)
{
	switch (error) {
	case FRAME_OK:
		return "no error";
	case FRAME_ETRUNCATED:
		return "ends inside a field";
	case FRAME_EVERSION:
		return "reserved frame version";
	case FRAME_EADDRESS:
		return "reserved addressing mode";
	case FRAME_EPAN:
		return "PAN ID compression without two addresses";
	case FRAME_ETYPE:
		return "reserved frame type";
	case FRAME_EIE:
		return "malformed information element";
	case FRAME_ESPACE:
		return "no space";
	case FRAME_EFIELD:
		return "a field does not fit the others";
	case FRAME_ESECURITY:
		return "security of 2003";
	case FRAME_ELENGTH:
		return "too long";
	case FRAME_ERESERVED:
		return "reserved field is not zero";
	case FRAME_ETAP:
		return "malformed TAP pseudo-header";
	}
	return "unknown error";
}

const char *frame_type_name(unsigned type)
{
	static const char *const names[] = {"Beacon",   "Data",         "Ack",      "Command",
					    "Reserved", "Multipurpose", "Fragment", "Extended"};

	return type < sizeof names / sizeof *names ? names[type] : "Unknown";
}
