/* json_text.h - text from outside as a string of JSON, in ASCII: what is no well-formed UTF-8
 * becomes \ufffd. Never allocates. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <stdbool.h>

#include "base/text.h"

enum { JSON_TEXT_GROWTH = 6 }; /* of one octet at the most, beside the two quotation marks */

/* With its quotation marks, behind what t has; cut where the room ends. */
void json_text_add(struct text *t, const char *text, size_t length);

/* Adds ,"name":text; name needs no escape. */
void json_text_member(struct text *t, const char *name, const char *text);

/* How many octets at its beginning are well-formed UTF-8 (RFC 3629): all of them, where it is. */
size_t json_text_well_formed(const char *text, size_t length);

/* Well-formed UTF-8 without controls but tabs and ends of lines. */
bool json_text_is_text(const char *text, size_t length);

#endif
