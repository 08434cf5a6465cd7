/* password.h - the password file: its first line, of any length, read again at each login so that a
 * secret that is rotated is followed. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/words.h"

/* What AMQP's first frame has room for, user name and password together: it must fit 4096 octets
 * with all that we say of ourselves. */
enum { PASSWORD_LOGIN_MAX = 3072 };

struct password_file;

/* Reads it for the first time; warns of a file that everybody can read. NULL with why. For good. */
struct password_file *password_open(const char *path, struct why *why);

/* From any thread: what the file says now; where it cannot be read, what it said last, and a
 * warning, once for each reason. The caller frees it with password_free. NULL: no memory. */
char *password_read(struct password_file *file);
/* What it said last is overwritten: it is not read any more. */
void password_forget(struct password_file *file);
/* Overwrites it first. NULL is let pass. */
void password_free(char *password);

/* Warns of a file with a secret in it, as the option that names it is called, where everybody can
 * read it. */
void password_warn_of_readers(const char *option, const char *path, const struct stat *status);

/* Warns of one that goes to a host other than this one without TLS: whether it has. shown: the URL
 * without it. */
bool password_warn_of_network(const char *option, const char *shown, const char *host,
                              const char *encrypted);

/* 0, or -1 with why where the two do not fit. */
int password_check(const char *user, const char *password, struct why *why);

#endif
