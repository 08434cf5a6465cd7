/* properties.h - the properties of a message, headers and all, as one JSON object, for who shows
 * messages. Never decodes deeper than its bound, never writes beyond its room, allocates nothing.
 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stddef.h>

enum { PROPERTIES_TEXT_MAX = 8192, PROPERTIES_DEPTH = 8 };

/* NUL-terminated ASCII into out, without those that are absent:
 * {"content_type":"application/json","headers":{"x":1},"delivery_mode":2}. p, headers: as content.h
 * reads them. Headers that do not fit, are of a type that nobody knows, or are tables within more
 * than PROPERTIES_DEPTH others, are null, with "headers_octets" beside them. What stands behind
 * them and does not fit is left out. Returns the characters. */
size_t properties_json(char out[PROPERTIES_TEXT_MAX], const amqp_basic_properties_t *p,
                       amqp_bytes_t headers);

#endif
