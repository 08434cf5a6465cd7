/* properties.h - the properties of a message, headers and all, as one JSON object, for who shows
 * messages. Never decodes deeper than its bound, never writes beyond its room, allocates nothing.
 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include <amqp.h>
#include <stddef.h>

enum { PROPERTIES_TEXT_MAX = 8192, PROPERTIES_DEPTH = 8 };

/* Of a content header's payload (class basic), NUL-terminated ASCII into out, without those that
 * are absent: {"content_type":"application/json","headers":{"x":1},"delivery_mode":2}. What is cut
 * short or unknown ends the object at that place. Headers that do not fit, or are tables within
 * more than PROPERTIES_DEPTH others, are null there, with "headers_octets" beside them. Returns the
 * characters. */
size_t properties_json(char out[PROPERTIES_TEXT_MAX], amqp_bytes_t payload);

#endif
