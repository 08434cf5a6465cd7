/* secret.h - the passwords in URLs, also in those that are written wrongly: better too much is
 * hidden than a part of one shown. Never allocates. */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

/* url[from..to): the password. from == to: there is none. */
struct secret_span {
	size_t from, to;
};
struct secret_span secret_in_url(const char *url);

/* Overwrites the password, and all of a query, with x. */
void secret_blank(char *url);

/* Writes a word as it may be shown: of what may hold a login only the scheme, "amqp://...". Cut
 * where out is too small; NUL-terminated. */
void secret_show(char *out, size_t size, const char *word);

/* Replaces what stands between the first "://" and the last '@' of a line by "...". */
void secret_hide_login(char *line);

#endif
