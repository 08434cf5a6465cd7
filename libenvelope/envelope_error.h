/* envelope_error.h - what all of libenvelope's functions share: how they say that something failed,
 * and where. Part of envelope.h. */
#ifndef ENVELOPE_ERROR_H
#define ENVELOPE_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what a shared library shows. */
#if defined(__GNUC__)
#define ENVELOPE_API __attribute__((visibility("default")))
#else
#define ENVELOPE_API
#endif

enum envelope_error {
	ENVELOPE_OK = 0,
	ENVELOPE_ESYNTAX = -1,    /* not JSON */
	ENVELOPE_ETYPE = -2,      /* JSON of the wrong shape: not an object, data no integers */
	ENVELOPE_ERANGE = -3,     /* an octet outside 0..255, a count below 0 or over 64 bits */
	ENVELOPE_ENODATA = -4,    /* data missing or empty */
	ENVELOPE_ETOOLONG = -5,   /* over a buffer, ENVELOPE_PACKET_MAX, or a text's field */
	ENVELOPE_ESPACE = -6,     /* building or writing: the caller's buffer is too small */
	ENVELOPE_ENAME = -7,      /* a name that no routing key can hold */
	ENVELOPE_EKEY = -8,       /* a routing key, or in API v0 a `_type`, that is none of ours */
	ENVELOPE_EPCAP = -9,      /* not a pcap file, or a damaged record */
	ENVELOPE_ELINKTYPE = -10, /* a link type that is not read here */
	ENVELOPE_EMEMORY = -11,   /* control messages only */
	ENVELOPE_ECUT = -12,      /* pcap: a record that holds only a part of its packet */
	ENVELOPE_EGSO = -13,      /* not a gso body, or a damaged record */
	ENVELOPE_EVERSION = -14,  /* a gso body of a version that is not read here */
	ENVELOPE_EVNET = -15,     /* a virtio_net_hdr that cannot be true of its packet */
	ENVELOPE_ENOTIP = -16,    /* no octets, or an IP version that is neither 4 nor 6 */
	ENVELOPE_EIP = -17,       /* an IP packet that ends inside its headers, or damaged ones */
};
ENVELOPE_API const char *envelope_strerror(int error); /* static text, never NULL */

/* Where and why an input is at fault. Functions with such an argument fill it in each time, also
 * where nothing is wrong: ENVELOPE_OK, 0, "". It may be NULL. */
struct envelope_fault {
	int error;         /* enum envelope_error: what was returned */
	size_t offset;     /* in octets from the input's start; 0 where only the field is known */
	const char *field; /* static text: which field of the input; "" where it is about none */
};

#ifdef __cplusplus
}
#endif
#endif
