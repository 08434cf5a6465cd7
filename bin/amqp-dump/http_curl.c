#include "http.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/version.h"

enum { SOCKETS_MAX = 16, CONNECT_MS = 5000, CHUNK = 64 << 10 };

/* --- the URL --- */

static const char *part(CURLU *u, CURLUPart which, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, which, &text, flags) != CURLUE_OK)
		return NULL;
	copy = strdup(text);
	explicit_bzero(text, strlen(text));
	curl_free(text);
	return copy;
}

/* What is left of the URL without the login: paths come behind it. */
static const char *part_without_login(CURLU *u)
{
	if (curl_url_set(u, CURLUPART_USER, NULL, 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) != CURLUE_OK)
		return NULL;
	char *text = (char *)part(u, CURLUPART_URL, 0);
	size_t n = text ? strlen(text) : 0;

	while (n && text[n - 1] == '/')
		text[--n] = '\0';
	return text;
}

static bool has(CURLU *u, CURLUPart which)
{
	char *text = NULL;
	bool is_there = curl_url_get(u, which, &text, 0) == CURLUE_OK;

	if (text)
		explicit_bzero(text, strlen(text));
	curl_free(text);
	return is_there;
}

/* Without the brackets of an IPv6 address. */
static const char *host_of(CURLU *u)
{
	char *host = (char *)part(u, CURLUPART_HOST, 0);
	size_t n = host ? strlen(host) : 0;

	if (n > 2 && host[0] == '[') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
	return host;
}

static int read_parts(struct http_server *s, CURLU *u, const char *url, struct why *why)
{
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return why_set(why, "not a URL (http://broker:15672)");
	if (has(u, CURLUPART_QUERY) || has(u, CURLUPART_FRAGMENT))
		return why_set(why, "a '?' or '#' in it (http://broker:15672)");
	s->user = part(u, CURLUPART_USER, CURLU_URLDECODE);
	s->password = part(u, CURLUPART_PASSWORD, CURLU_URLDECODE);
	if ((!s->user && has(u, CURLUPART_USER)) || (!s->password && has(u, CURLUPART_PASSWORD)))
		return why_set(why, "its login cannot be decoded (a '%%' is written %%25)");
	s->host = host_of(u);
	s->shown = part_without_login(u);
	return s->host && s->shown ? 0 : why_set(why, "out of memory");
}

int http_parse(struct http_server *server, const char *url, struct why *why)
{
	*server = (struct http_server){.tls = strncasecmp(url, "https://", 8) == 0};
	if (!server->tls && strncasecmp(url, "http://", 7) != 0)
		return why_set(why, "must begin with http:// or https://");
	CURLU *u = curl_url();
	int status = u ? read_parts(server, u, url, why) : why_set(why, "out of memory");
	curl_url_cleanup(u);
	return status;
}

/* --- one transfer --- */

static struct {
	CURLM *multi;
	CURL *easy;
	struct pollfd fds[SOCKETS_MAX];
	nfds_t count;
	int64_t due; /* of libcurl's timer, monotonic; INT64_MAX: none */
	char *body;
	size_t length, size;
	bool is_too_long;
	char words[CURL_ERROR_SIZE];
} http;

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *none, void *none_either)
{
	nfds_t i = 0;

	(void)easy, (void)none, (void)none_either;
	while (i < http.count && http.fds[i].fd != fd)
		i++;
	if (what == CURL_POLL_REMOVE) {
		if (i < http.count)
			http.fds[i] = http.fds[--http.count];
		return 0;
	}
	if (i == SOCKETS_MAX)
		return -1;
	http.fds[i] = (struct pollfd){
		fd,
		(short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0)),
		0};
	if (i == http.count)
		http.count++;
	return 0;
}

static int set_timer(CURLM *multi, long ms, void *none)
{
	(void)multi, (void)none;
	http.due = ms < 0 ? INT64_MAX : monotonic_ns() + (int64_t)ms * 1000000;
	return 0;
}

static size_t take_body(char *octets, size_t one, size_t n, void *none)
{
	size_t wanted = http.length + n + 1;

	(void)one, (void)none;
	if (http.length + n > HTTP_BODY_MAX) {
		http.is_too_long = true;
		return 0;
	}
	if (wanted > http.size) {
		size_t size = wanted + wanted / 2 + CHUNK;
		char *body = realloc(http.body, size);

		if (!body)
			return 0;
		http.body = body;
		http.size = size;
	}
	memcpy(http.body + http.length, octets, n);
	http.length += n;
	http.body[http.length] = '\0';
	return n;
}

static bool open_handles(void)
{
	static bool is_begun;

	if (!is_begun && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	is_begun = true;
	if (!http.multi)
		http.multi = curl_multi_init();
	if (!http.easy)
		http.easy = curl_easy_init();
	return http.multi && http.easy &&
	       curl_multi_setopt(http.multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
	       curl_multi_setopt(http.multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK;
}

/* Of OpenSSL's variable libcurl itself does not know; the folder of the system's CAs would be
 * trusted beside a file that was given. */
static bool set_tls(const struct http_login *login)
{
	const char *own = getenv("SSL_CERT_FILE");
	const char *trusted = login->cacert ? login->cacert : own && *own ? own : NULL;
	CURL *e = http.easy;

	return curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       (!trusted || (curl_easy_setopt(e, CURLOPT_CAINFO, trusted) == CURLE_OK &&
	                     curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
	       (!login->cert || (curl_easy_setopt(e, CURLOPT_SSLCERT, login->cert) == CURLE_OK &&
	                         curl_easy_setopt(e, CURLOPT_SSLKEY, login->key) == CURLE_OK &&
	                         /* Else OpenSSL asks for a passphrase on the terminal. */
	                         curl_easy_setopt(e, CURLOPT_KEYPASSWD, "") == CURLE_OK));
}

static bool set_login(const struct http_login *login)
{
	CURL *e = http.easy;

	return !login->user ||
	       (curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
	        curl_easy_setopt(e, CURLOPT_USERNAME, login->user) == CURLE_OK &&
	        curl_easy_setopt(e, CURLOPT_PASSWORD, login->password) == CURLE_OK);
}

static bool set_options(const char *url, const struct http_login *login)
{
	CURL *e = http.easy;

	curl_easy_reset(e);
	return curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, HTTP_SECONDS * 1000L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_ERRORBUFFER, http.words) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_USERAGENT, "framebus/" FRAMEBUS_VERSION) == CURLE_OK &&
	       set_tls(login) && set_login(login);
}

/* --- its end --- */

/* libcurl's own words say how many milliseconds it took: each time others. */
static void explain(CURLcode code, struct why *why)
{
	long number = 0;

	curl_easy_getinfo(http.easy, CURLINFO_OS_ERRNO, &number);
	switch (code) {
	case CURLE_WRITE_ERROR:
		if (http.is_too_long)
			why_set(why, "its answer is over %d MiB", HTTP_BODY_MAX >> 20);
		else
			why_set(why, "out of memory");
		return;
	case CURLE_OPERATION_TIMEDOUT:
		why_set(why, "no whole answer within %d s", HTTP_SECONDS);
		return;
	case CURLE_COULDNT_CONNECT:
		why_set(why,
		        "%s (is the port that of the management plugin: rabbitmq-plugins enable "
		        "rabbitmq_management?)",
		        number ? strerror((int)number) : curl_easy_strerror(code));
		return;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		why_set(why, "TLS: %s", *http.words ? http.words : curl_easy_strerror(code));
		return;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		why_set(why, "its answer is not HTTP (is the port that of the management plugin?)");
		return;
	default:
		why_set(why, "%s", curl_easy_strerror(code));
	}
}

static int wait_ms(void)
{
	return poll_ms(http.due, monotonic_ns());
}

/* False: the tool ends. What looks up a name cannot be interrupted, and is left to the process's
 * end. */
static bool run(void)
{
	int runs = 1;

	curl_multi_socket_action(http.multi, CURL_SOCKET_TIMEOUT, 0, &runs);
	while (runs) {
		struct pollfd fds[SOCKETS_MAX + 1];
		nfds_t n = http.count;

		memcpy(fds, http.fds, n * sizeof fds[0]);
		fds[n] = (struct pollfd){loop_stop_fd(), POLLIN, 0};
		loop_wait(fds, n + 1, wait_ms());
		if (fds[n].revents)
			return false;
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents)
				curl_multi_socket_action(
					http.multi, fds[i].fd,
					(fds[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
						(fds[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
						(fds[i].revents & ~(POLLIN | POLLOUT)
				                         ? CURL_CSELECT_ERR
				                         : 0),
					&runs);
		if (wait_ms() == 0) {
			http.due = INT64_MAX;
			curl_multi_socket_action(http.multi, CURL_SOCKET_TIMEOUT, 0, &runs);
		}
	}
	return true;
}

static CURLcode result(void)
{
	CURLcode code = CURLE_OPERATION_TIMEDOUT;
	int left;

	for (const CURLMsg *m; (m = curl_multi_info_read(http.multi, &left));)
		if (m->msg == CURLMSG_DONE)
			code = m->data.result;
	return code;
}

enum http_outcome http_get(const struct http_server *server, const struct http_login *login,
                           const char *path, struct http_answer *answer, struct why *why)
{
	size_t size = strlen(server->shown) + strlen(path) + 1;
	char *url = malloc(size);

	http.length = 0;
	http.due = INT64_MAX;
	http.is_too_long = false;
	http.words[0] = '\0';
	if (url)
		memcpy(stpcpy(url, server->shown), path, strlen(path) + 1);
	bool is_set = url && open_handles() && set_options(url, login) &&
	              curl_multi_add_handle(http.multi, http.easy) == CURLM_OK;
	free(url);
	if (!is_set) {
		why_set(why, "libcurl: out of memory, or without HTTP or TLS");
		return HTTP_FAILED;
	}
	if (!run())
		return HTTP_STOPPED;
	CURLcode code = result();
	if (code != CURLE_OK)
		explain(code, why);
	curl_easy_getinfo(http.easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_multi_remove_handle(http.multi, http.easy);
	answer->body = http.length ? http.body : "";
	answer->length = http.length;
	return code == CURLE_OK ? HTTP_ANSWERED : HTTP_FAILED;
}
