#include "bus/url.h"

#include <amqp.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define FORM "amqp://host:5672/vhost, with a login and an '@' before the host"

/* A password goes with the colon before it; of a user's name that may hold one "..." is left. */
static char *without_password(const char *url)
{
	struct secret_span secret = secret_in_url(url);
	bool behind_user = secret.from && url[secret.from - 1] == ':';
	bool hidden = secret.to > secret.from && !behind_user;
	size_t from = secret.from - behind_user;
	size_t size = strlen(url) + sizeof "...";
	char *shown = malloc(size);

	if (!shown)
		return NULL;
	snprintf(shown, size, "%.*s%s%s", (int)from, url, hidden ? "..." : "", url + secret.to);
	size_t kept = strcspn(shown, "?");
	explicit_bzero(shown + kept, strlen(shown + kept));
	return shown;
}

/* Ends the text where its query begins: what stands after the '?', or NULL. */
static char *cut_query(char *text)
{
	char *query = strchr(text, '?');

	if (query)
		*query++ = '\0';
	return query;
}

/* True: it is one of ours, and small now. */
static bool lower_scheme(char *url)
{
	bool known = strncasecmp(url, "amqp://", 7) == 0 || strncasecmp(url, "amqps://", 8) == 0;

	for (; known && *url != ':'; url++)
		*url = (char)tolower((unsigned char)*url);
	return known;
}

static int read_query(struct bus_node *node, const char *base, const char *text, struct why *why)
{
	struct why reason;

	if (query_parse(&node->query, text, &reason) < 0)
		return why_set(why, "%s: %s", node->shown, reason.text);
	if (node->query.needs_tls && strncmp(base, "amqps:", 6) != 0)
		return why_set(why, "%s: %s needs an amqps:// URL", node->shown,
		               node->query.needs_tls);
	/* All of what was left out as a password may have been a query with an '@'. */
	char *shown = text ? without_password(base) : NULL;
	if (shown) {
		free((char *)node->shown);
		node->shown = shown;
	}
	return 0;
}

/* --- the virtual host: the path as kombu reads it --- */

static char *find_path(char *url)
{
	char *host = strstr(url, "://") + 3;

	return host + strcspn(host, "/?#");
}

/* One leading slash goes, every other octet counts; nothing is "/". The URL ends before it then.
 * NULL: no memory. */
static char *cut_off_vhost(char *url)
{
	char *path = find_path(url), *vhost;
	size_t length;

	path[strcspn(path, "?")] = '\0';
	length = strlen(path);
	vhost = strdup(length > 1 ? path + 1 : "/");
	if (vhost && length > 1)
		query_decode(vhost, 0);
	if (*path == '/')
		*path = '\0';
	return vhost;
}

/* A password with a slash of its own would make a virtual host of the host. */
static bool has_path_before_host(const char *url)
{
	const char *host = strstr(url, "://") + 3, *at = strchr(host, '@');

	return at && (size_t)(at - host) > strcspn(host, "/");
}

static bool has_user(const char *url)
{
	const char *host = strstr(url, "://");

	return host && strchr(host, '@');
}

static int check(const struct bus_node *node, struct why *why)
{
	if (!node->host[0])
		return why_set(why, "%s: no host in it (" FORM ")", node->shown);
	for (const char *c = node->host; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			return why_set(why, "%s: a blank in the name of the host", node->shown);
	if (node->port < 1 || node->port > 65535)
		return why_set(why, "%s: the port must be from 1 to 65535", node->shown);
	if (strlen(node->vhost) > 255 || strlen(node->user) > 255)
		return why_set(why, "%s: a name in it is over 255 octets", node->shown);
	return 0;
}

/* base: the URL without its query. */
static int read_base(struct bus_node *node, const char *base, struct why *why)
{
	struct amqp_connection_info info;
	char *text, *vhost;

	if (has_path_before_host(base))
		return why_set(why, "%s: a '/' stands before its '@' (write %%2F)", node->shown);
	text = strdup(base);
	vhost = text ? cut_off_vhost(text) : NULL;
	amqp_default_connection_info(&info);
	const char *standard = info.password;
	/* The library takes octets beyond ASCII as they are, but refuses to decode them. */
	if (vhost)
		query_decode(text, 0x80);
	if (!vhost || amqp_parse_url(text, &info) != AMQP_STATUS_OK) {
		why_set(why, vhost ? "%s: not an AMQP URL (" FORM ")" : "out of memory",
		        node->shown);
		free(vhost);
		free(text);
		return -1;
	}
	/* They point into the text, or to the library's defaults. */
	node->tls = info.ssl;
	node->host = info.host;
	node->port = info.port;
	node->user = info.user;
	node->vhost = vhost;
	node->password = strdup(info.password);
	if (info.password != standard)
		explicit_bzero(info.password, strlen(info.password));
	return node->password ? check(node, why) : why_set(why, "out of memory");
}

/* A file's line, or a variable, brings one along: it would be part of the virtual host's name. */
static bool ends_in_blank(const char *url)
{
	size_t length = strlen(url);

	return length && isspace((unsigned char)url[length - 1]);
}

/* The library reads "::1" as no host, which is this one, and a port. */
static bool has_bare_ipv6(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t length = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', length);
	const char *from = at ? at + 1 : host;
	const char *colon = memchr(from, ':', (size_t)(host + length - from));

	return colon && *from != '[' && memchr(colon + 1, ':', (size_t)(host + length - colon) - 1);
}

static int parse(struct bus_node *node, char *url, const char *password, bool has_certificate,
                 struct why *why)
{
	if (!lower_scheme(url))
		return why_set(why, "%s: must begin with amqp:// or amqps://", node->shown);
	if (strstr(url, "%00"))
		return why_set(why, "%s: %%00 cannot be part of it", node->shown);
	if (ends_in_blank(url))
		return why_set(why, "%s: ends in a blank (write %%20 if it is meant)", node->shown);
	if (has_bare_ipv6(url))
		return why_set(why,
		               "%s: more than one ':' in its host (an IPv6 address stands in "
		               "brackets, amqp://[::1]/; a login ends in an '@')",
		               node->shown);
	if (read_query(node, url, cut_query(url), why) < 0 || read_base(node, url, why) < 0)
		return -1;
	if (password || (node->tls && (has_certificate || node->query.cert) && !has_user(url))) {
		explicit_bzero((char *)node->password, strlen(node->password));
		free((char *)node->password);
		node->password = password;
	}
	return 0;
}

int url_parse(struct bus_node *node, const char *url, const char *password, bool has_certificate,
              struct why *why)
{
	char *copy = strdup(url);

	*node = (struct bus_node){.shown = without_password(url)};
	int status = copy && node->shown ? parse(node, copy, password, has_certificate, why)
	                                 : why_set(why, "out of memory");
	if (copy)
		explicit_bzero(copy, strlen(url));
	free(copy);
	return status;
}
