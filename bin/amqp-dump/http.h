/* http.h - a GET of an HTTP(S) server, for a thread that does nothing else meanwhile: bounded in
 * time and in octets, ended at once by the stop of the tool. Redirections are not followed, no
 * proxy is asked, certificates and names are verified. The only file that speaks to libcurl serves
 * it; where a build has none, http_absent.c stands in its place. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>

#include "base/words.h"

enum { HTTP_BODY_MAX = 10 << 20 /* octets */, HTTP_SECONDS = 10 /* of one answer */ };

/* A server as a URL names it. Allocated, and the caller's for good. */
struct http_server {
	const char *shown; /* the URL without a login, for words, and what paths come behind */
	const char *host;  /* alone, an IPv6 address without brackets */
	bool tls;
	const char *user, *password; /* of the URL; NULL: not in it */
};

/* http:// or https://, without query. 0, or -1 with why, in which there is no login; also where the
 * build has no libcurl, and says what to install. */
int http_parse(struct http_server *server, const char *url, struct why *why);

struct http_login {
	const char *user, *password;     /* user NULL: none is sent */
	const char *cacert, *cert, *key; /* PEM files; cacert NULL: the system's CAs */
};

struct http_answer {
	long status;
	const char *body; /* NUL-terminated, valid until the next http_get */
	size_t length;
};

enum http_outcome { HTTP_ANSWERED, HTTP_FAILED, HTTP_STOPPED };
/* One thread only. path: behind the server's, with its slash. HTTP_FAILED: with why, the reason
 * alone. HTTP_STOPPED: the tool ends; nothing may be asked any more. */
enum http_outcome http_get(const struct http_server *server, const struct http_login *login,
                           const char *path, struct http_answer *answer, struct why *why);

#endif
