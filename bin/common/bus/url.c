#include "bus/url.h"

#include <amqp.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"

#define FORM "amqp://user:password@host:port/vhost"

static char *without_password(const char *url)
{
	struct secret_span password = secret_in_url(url);
	/* The colon before the password goes with it. */
	size_t from = password.from && password.to ? password.from - 1 : 0;
	char *shown = strdup(url);

	if (!shown)
		return NULL;
	snprintf(shown + from, strlen(url) + 1 - from, "%s", url + password.to);
	shown[strcspn(shown, "?")] = '\0';
	return shown;
}

/* The library takes these octets as they are, but refuses to decode them. */
static char *decode_beyond_ascii(char *url)
{
	char *to = url;

	for (const char *from = url; *from; from++) {
		unsigned octet;

		if (from[0] == '%' && isxdigit((unsigned char)from[1]) &&
		    isxdigit((unsigned char)from[2]) &&
		    (octet = (unsigned)strtoul((char[]){from[1], from[2], 0}, NULL, 16)) >= 0x80) {
			*to++ = (char)octet;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return url;
}

/* --- the virtual host: the path as kombu reads it --- */

static char *find_path(char *url)
{
	char *host = strstr(url, "://") + 3;

	return host + strcspn(host, "/?#");
}

static void decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '%' && isxdigit((unsigned char)from[1]) &&
		    isxdigit((unsigned char)from[2])) {
			*to++ = (char)strtoul((char[]){from[1], from[2], 0}, NULL, 16);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
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
		decode(vhost);
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
		return why_set(why, "--url %s: no host in it (" FORM ")", node->shown);
	if (node->port < 1 || node->port > 65535)
		return why_set(why, "--url %s: the port must be from 1 to 65535", node->shown);
	if (strlen(node->vhost) > 255 || strlen(node->user) > 255)
		return why_set(why, "--url %s: a name in it is over 255 octets", node->shown);
	return 0;
}

int url_parse(struct bus_node *node, const char *url, const char *password, bool has_certificate,
              struct why *why)
{
	struct amqp_connection_info info;
	char *text = strdup(url), *vhost;

	*node = (struct bus_node){.shown = without_password(url)};
	if (!text || !node->shown)
		return why_set(why, "out of memory");
	if (strncmp(url, "amqp://", 7) != 0 && strncmp(url, "amqps://", 8) != 0)
		return why_set(why, "--url %s: must begin with amqp:// or amqps://", node->shown);
	if (strstr(url, "%00"))
		return why_set(why, "--url %s: %%00 cannot be part of it", node->shown);
	if (has_path_before_host(url))
		return why_set(why, "--url %s: a '/' stands before its '@' (write %%2F)",
		               node->shown);
	vhost = cut_off_vhost(text);
	if (!vhost)
		return why_set(why, "out of memory");
	amqp_default_connection_info(&info);
	if (amqp_parse_url(decode_beyond_ascii(text), &info) != AMQP_STATUS_OK)
		return why_set(why, "--url %s: not an AMQP URL (" FORM ")", node->shown);
	if (strchr(url, '?'))
		log_warning("--url %s: what follows the '?' is passed over (heartbeats and tries "
		            "have options)",
		            node->shown);
	node->tls = info.ssl;
	node->host = info.host;
	node->port = info.port;
	node->user = info.user;
	node->vhost = vhost;
	node->password = password ? password : info.password;
	if (has_certificate && !password && !has_user(url))
		node->password = NULL;
	return check(node, why);
}
