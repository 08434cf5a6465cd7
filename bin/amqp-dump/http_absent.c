/* http_absent.c - what stands in the place of http_curl.c where the build has no libcurl. */
#include "http.h"

int http_parse(struct http_server *server, const char *url, struct why *why)
{
	(void)server;
	(void)url;
	return why_set(why, "this one was built without libcurl, which asks HTTP servers (install "
	                    "libcurl4-openssl-dev and build it again)");
}

enum http_outcome http_get(const struct http_server *server, const struct http_login *login,
                           const char *path, struct http_answer *answer, struct why *why)
{
	(void)server;
	(void)login;
	(void)path;
	(void)answer;
	why_set(why, "built without libcurl");
	return HTTP_FAILED;
}
