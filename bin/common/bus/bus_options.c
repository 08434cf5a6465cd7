#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus_internal.h"
#include "base/log.h"

static const char default_url[] = "amqp://guest:guest@localhost/";
static const char *const encodings[] = {"auto", "json", "pcap", "gso", NULL};
static const char *const apis[] = {"v1", "v0", NULL};

struct bus_options bus_options = {
	.heartbeat = 10,
	.retries = -1,
};

static struct bus_node nodes[OPTION_LIST_MAX];
static unsigned node_count;

unsigned bus_node_count(void)
{
	return node_count;
}

const struct bus_node *bus_node(unsigned index)
{
	return &nodes[index % node_count];
}

static char *copy(const char *text)
{
	char *made = strdup(text);

	if (!made)
		die(EXIT_RUNNING, "out of memory");
	return made;
}

struct span {
	size_t from, to;
};

/* Where a URL's password is, also of one that is written wrongly: better too much than a part of
 * it. */
static struct span password_in(const char *url)
{
	const char *scheme = strstr(url, "://"), *at = strrchr(url, '@');
	const char *start = scheme ? scheme + 3 : url;

	if (at && (!scheme || at < scheme))
		return (struct span){0, (size_t)(at - url)};
	if (!at && *start == '[')
		start += strcspn(start, "]");
	const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : strchr(start, ':');
	if (!colon)
		return (struct span){0};
	const char *end = at ? at : colon + strlen(colon);
	const char *after_port = colon + 1 + strspn(colon + 1, "0123456789");
	if (!at && (*after_port == '/' || *after_port == '\0'))
		return (struct span){0};
	return (struct span){(size_t)(colon + 1 - url), (size_t)(end - url)};
}

/* Everybody on the machine can read a process's arguments. */
static void blank_password(char *url)
{
	struct span password = password_in(url);

	for (size_t i = password.from; i < password.to; i++)
		url[i] = 'x';
}

static int set_url(const struct option_spec *spec, char *value, const char **why)
{
	char *kept = copy(value);

	blank_password(value);
	return option_list(spec, kept, why);
}

static int set_retry(const struct option_spec *spec, char *value, const char **why)
{
	uint64_t count;
	struct option_spec number = {.minimum = 0, .maximum = 1000000, .target = &count};

	if (strcmp(value, "forever") == 0) {
		*(int64_t *)spec->target = -1;
		return 0;
	}
	if (strcmp(value, "never") == 0) {
		*(int64_t *)spec->target = 0;
		return 0;
	}
	if (option_unsigned(&number, value, why) < 0) {
		*why = "must be forever, never or a number of tries";
		return -1;
	}
	*(int64_t *)spec->target = (int64_t)count;
	return 0;
}

const struct option_spec bus_specs[] = {
	{'u', "url", "URL", "amqp:// or amqps://; repeat it for the nodes of a cluster ($AMQP_URL)",
         set_url, &bus_options.urls, 0, 0, NULL},
	{'e', "exchange", "NAME", "topic exchange ($AMQP_EXCHANGE, else amq.topic)", option_string,
         &bus_options.exchange, 0, 0, NULL},
	{0, "password-file", "FILE", "the password, kept out of the process list", option_string,
         &bus_options.password_file, 0, 0, NULL},
	{0, "cacert", "FILE", "TLS: trust these CAs (PEM) instead of the system's", option_string,
         &bus_options.cacert, 0, 0, NULL},
	{0, "cert", "FILE", "TLS: client certificate (PEM)", option_string, &bus_options.cert, 0, 0,
         NULL},
	{0, "key", "FILE", "TLS: its private key (PEM)", option_string, &bus_options.key, 0, 0,
         NULL},
	{0, "heartbeat", "SECONDS", "AMQP heartbeat (default 10)", option_unsigned,
         &bus_options.heartbeat, 1, 3600, NULL},
	{0, "retry", "forever|never|N", "tries to connect in an outage (default forever)",
         set_retry, &bus_options.retries, 0, 0, NULL},
	{0, "encoding", "ENCODING", "of what is published: auto, json, pcap, gso", option_choice,
         &bus_options.encoding, 0, 0, encodings},
	{0, "api", "v1|v0", "ioppytest API of what is published (default v1)", option_choice,
         &bus_options.api, 0, 0, apis},
	{0, "max-message", "OCTETS", "reject longer messages (default 1 MiB)", option_unsigned,
         &bus_options.max_message, 1024, 128 << 20, NULL},
	{0, "require-user", "USER",
         "reject messages that the broker does not vouch for as this user's (repeatable)",
         option_list, &bus_options.required_users, 0, 0, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static char *read_password(const char *path)
{
	char text[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n < 0)
		die(EXIT_USAGE, "--password-file %s: %s", path, strerror(errno));
	close(fd);
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (!text[0])
		die(EXIT_USAGE, "--password-file %s: its first line is empty", path);
	return copy(text);
}

/* What a URL may be shown as: never with its password, however it is spelled. */
static char *without_password(const char *url)
{
	struct span password = password_in(url);
	size_t from =
		password.from && password.to ? password.from - 1 : 0; /* nor the colon before it */
	char *shown = copy(url);

	snprintf(shown + from, strlen(url) + 1 - from, "%s", url + password.to);
	return shown;
}

/* The library takes these as they are, but refuses to decode them. */
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

static bool has_user(const char *url)
{
	const char *host = strstr(url, "://");

	return host && strchr(host, '@');
}

static void check_node(const struct bus_node *node)
{
	if (!node->host[0])
		die(EXIT_USAGE, "--url %s: no host in it (amqp://user:password@host:port/vhost)",
		    node->shown);
	if (node->port < 1 || node->port > 65535)
		die(EXIT_USAGE, "--url %s: the port must be from 1 to 65535", node->shown);
	if (strlen(node->vhost) > 255 || strlen(node->user) > 255)
		die(EXIT_USAGE, "--url %s: a name in it is over 255 octets", node->shown);
}

static void parse_url(struct bus_node *node, const char *url, const char *password)
{
	struct amqp_connection_info info;

	*node = (struct bus_node){.shown = without_password(url)};
	if (strncmp(url, "amqp://", 7) != 0 && strncmp(url, "amqps://", 8) != 0)
		die(EXIT_USAGE, "--url %s: must begin with amqp:// or amqps://", node->shown);
	if (strstr(url, "%00"))
		die(EXIT_USAGE, "--url %s: %%00 cannot be part of it", node->shown);
	amqp_default_connection_info(&info);
	if (amqp_parse_url(decode_beyond_ascii(copy(url)), &info) != AMQP_STATUS_OK)
		die(EXIT_USAGE,
		    "--url %s: not an AMQP URL (amqp://user:password@host:port/vhost, nothing "
		    "after it)",
		    node->shown);
	node->tls = info.ssl;
	node->host = info.host;
	node->port = info.port;
	node->user = info.user;
	node->vhost = info.vhost[0] ? info.vhost : "/";
	node->password = password ? password : info.password;
	if (bus_options.cert && !password && !has_user(url))
		node->password = NULL;
	check_node(node);
}

static void check_tls(void)
{
	const char *const files[] = {bus_options.cacert, bus_options.cert, bus_options.key};
	bool tls = false;

	for (unsigned i = 0; i < node_count; i++)
		tls |= nodes[i].tls;
	if (!bus_options.cert != !bus_options.key)
		usage_error("--cert and --key belong together");
	if ((bus_options.cacert || bus_options.cert) && !tls)
		usage_error("--cacert, --cert and --key need an amqps:// URL");
	for (unsigned i = 0; i < 3; i++)
		if (files[i] && access(files[i], R_OK) < 0)
			die(EXIT_USAGE, "%s: %s", files[i], strerror(errno));
}

void bus_options_finish(void)
{
	struct bus_options *o = &bus_options;
	const char *password = o->password_file ? read_password(o->password_file) : NULL;
	const char *url = getenv("AMQP_URL"), *exchange = getenv("AMQP_EXCHANGE");

	if (!o->urls.count)
		o->urls.item[o->urls.count++] = url && *url ? url : default_url;
	if (!o->exchange)
		o->exchange = exchange && *exchange ? exchange : "amq.topic";
	if (strlen(o->exchange) > 255)
		usage_error("--exchange: over 255 octets");
	for (size_t i = 0; i < o->urls.count; i++)
		parse_url(&nodes[node_count++], o->urls.item[i], password);
	check_tls();
}
