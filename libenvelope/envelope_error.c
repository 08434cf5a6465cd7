#include "envelope.h"

const char *envelope_strerror(int error)
{
	switch (error) {
	case ENVELOPE_OK:
		return "no error";
	case ENVELOPE_ESYNTAX:
		return "not JSON";
	case ENVELOPE_ETYPE:
		return "JSON of the wrong shape";
	case ENVELOPE_ERANGE:
		return "a number out of its range";
	case ENVELOPE_ENODATA:
		return "no data";
	case ENVELOPE_ETOOLONG:
		return "too long";
	case ENVELOPE_ESPACE:
		return "the buffer is too small";
	case ENVELOPE_ENAME:
		return "a name that no routing key can hold";
	case ENVELOPE_EKEY:
		return "a routing key or message type that is none of ours";
	case ENVELOPE_EPCAP:
		return "not a pcap file, or a damaged record";
	case ENVELOPE_ELINKTYPE:
		return "a link type that is not read here";
	case ENVELOPE_EMEMORY:
		return "out of memory";
	case ENVELOPE_ECUT:
		return "a record that holds only a part of its packet";
	case ENVELOPE_EGSO:
		return "not a gso body, or a damaged record";
	case ENVELOPE_EVERSION:
		return "a gso body of an unknown version";
	case ENVELOPE_EVNET:
		return "a virtio_net_hdr that cannot be true of its packet";
	case ENVELOPE_ENOTIP:
		return "not an IP packet";
	case ENVELOPE_EIP:
		return "an IP packet that ends inside its headers, or with damaged ones";
	default:
		return "unknown error";
	}
}

const char *envelope_version(void)
{
	return ENVELOPE_VERSION;
}
