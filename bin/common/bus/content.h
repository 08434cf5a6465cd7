/* content.h - the content header of AMQP: its properties, read where they lie. Allocates nothing
 * and decodes no table: one is passed over by its length, however deep it is. */
#ifndef CONTENT_H
#define CONTENT_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint16_t content_read_16(const void *from)
{
	const uint8_t *b = from;

	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t content_read_32(const void *from)
{
	return (uint32_t)content_read_16(from) << 16 | content_read_16((const uint8_t *)from + 2);
}

static inline uint64_t content_read_64(const void *from)
{
	return (uint64_t)content_read_32(from) << 32 | content_read_32((const uint8_t *)from + 4);
}

/* Octets that are taken from the front; too few: has_failed, and what was wanted is empty. */
struct content_reader {
	const uint8_t *at;
	size_t left;
	bool has_failed;
};

uint8_t content_octet(struct content_reader *r);
uint64_t content_number(struct content_reader *r, size_t octets); /* 8 at the most */
amqp_bytes_t content_octets(struct content_reader *r, size_t n);
amqp_bytes_t content_short_text(struct content_reader *r);
amqp_bytes_t content_long_text(struct content_reader *r); /* a table or an array, too */
/* A field value: its type, and what it is if that is text, else empty. */
amqp_bytes_t content_field(struct content_reader *r, uint8_t *type);

struct content_header {
	uint16_t class_id;
	uint64_t body_size;
	amqp_bytes_t headers; /* the table as it lies there, without its length; empty: none */
};

/* 1: *p is filled, but for the headers table, which *p does not say is there; its texts, and the
 * octets of that table, lie in payload. 0: of another class than basic, whose properties are
 * others. -1: it is cut short, or says that there is what AMQP does not know. */
int content_read_header(amqp_bytes_t payload, struct content_header *h, amqp_basic_properties_t *p);

/* What a broker says first: its version of AMQP, what it is, how it lets one log in. */
struct content_start {
	uint8_t major, minor;
	amqp_bytes_t product, version, mechanisms;
};

/* Of connection.start's arguments. False: they are cut short. */
bool content_read_start(amqp_bytes_t arguments, struct content_start *start);

#endif
