/* secret.h - passwords in URLs and in what may be one, also where it is written wrongly: better too
 * much is hidden than a part of one shown. Never allocates. */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* url[from..to): the password; with the user's name, where that is no plain word and may hold one.
 * from == to: there is none. */
struct secret_span {
	size_t from, to;
};
struct secret_span secret_in_url(const char *url);

/* Overwrites the password, and all of a query, with x. */
void secret_blank(char *url);
/* Any word of a command line: the same, where it looks like a URL with a login, and the value of
 * what is called as a password: "--passwd=...". Other words are not written to. */
void secret_blank_word(char *word);

/* Whether name[0..length) is that of a secret: has "pass", "token", ... in it, in any case, and is
 * not that of a file. */
bool secret_is_name(const char *name, size_t length);

/* Whether a word is a key of 128 bits in hex, as files of keys have them, that stands in another
 * place: "00112233445566778899aabbccddeeff", "raw 00:11:...". */
bool secret_is_key(const char *word);

/* Writes a word as it may be shown: of what may hold a login only the scheme, "amqp://...", of a
 * key "...". Cut where out is too small; NUL-terminated. */
void secret_show(char *out, size_t size, const char *word);

/* Replaces what stands between the first "://" and the last '@' of a line by "...". */
void secret_hide_login(char *line);

/* Replaces by "...", in every word of a line, a URL's login (unless it is a plain name alone, as
 * which brokers are called in messages) and the value of what is called as a password. What has no
 * room in line[0..size) is cut. */
void secret_hide(char *line, size_t size);

#endif
