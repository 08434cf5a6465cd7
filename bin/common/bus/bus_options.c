#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus_internal.h"
#include "base/log.h"
#include "base/secret.h"

enum { RETRIES_MAX = 1000000 };

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

static int read_retry(void *target, const char *value, struct why *why)
{
	uint64_t count;

	if (strcmp(value, "forever") == 0)
		*(int64_t *)target = -1;
	else if (strcmp(value, "never") == 0)
		*(int64_t *)target = 0;
	else if (option_number(&count, value, 0, RETRIES_MAX, why) == 0)
		*(int64_t *)target = (int64_t)count;
	else
		return why_set(why, "must be forever, never or a number of tries");
	return 0;
}

const struct option_spec bus_specs[] = {
	{SECTION_BUS, 'u', "url", "URL", OPTION_URLS(struct bus_options, urls),
         .variable = "AMQP_URL", .standard = default_url,
         .help = "amqp:// or amqps://; several are the nodes of a cluster",
         .more = "A password in it is overwritten at once in the list of processes."},
	{SECTION_BUS, 'e', "exchange", "NAME", OPTION_TEXT(struct bus_options, exchange),
         .variable = "AMQP_EXCHANGE", .standard = "amq.topic", .help = "topic exchange"},
	{SECTION_BUS, 0, "password-file", "FILE", OPTION_FILE(struct bus_options, password_file),
         .help = "the password, kept out of the list of processes",
         .more = "It is the file's first line, and comes before the one in the URL."},
	{SECTION_TLS, 0, "cacert", "FILE", OPTION_FILE(struct bus_options, cacert),
         .help = "trust these CAs (PEM) instead of the system's",
         .more = "The broker's certificate and name are always verified."},
	{SECTION_TLS, 0, "cert", "FILE", OPTION_FILE(struct bus_options, cert),
         .help = "client certificate (PEM)", .more = "Goes together with --key."},
	{SECTION_TLS, 0, "key", "FILE", OPTION_FILE(struct bus_options, key),
         .help = "its private key (PEM)"},
	{SECTION_BUS, 0, "heartbeat", "SECONDS",
         OPTION_UNSIGNED(struct bus_options, heartbeat, 1, 3600), .standard = "10",
         .help = "AMQP heartbeat"},
	{SECTION_BUS, 0, "retry", "forever|never|N",
         OPTION_OWN(struct bus_options, retries, read_retry), .standard = "forever",
         .help = "tries to connect in an outage"},
	{SECTION_BUS, 0, "encoding", NULL, OPTION_CHOICE(struct bus_options, encoding, encodings),
         .standard = "auto", .help = "how packets and frames are published",
         .more = "What is read is told by its content type."},
	{SECTION_BUS, 0, "api", NULL, OPTION_CHOICE(struct bus_options, api, apis),
         .standard = "v1", .help = "version of the ioppytest API that is published",
         .more = "What is read may be of both."},
	{SECTION_BUS, 0, "max-message", "OCTETS",
         OPTION_UNSIGNED(struct bus_options, max_message, 1024, 128 << 20), .otherwise = "1 MiB",
         .help = "reject longer messages"},
	{SECTION_BUS, 0, "require-user", "USER", OPTION_TEXTS(struct bus_options, required_users),
         .help = "reject messages that the broker does not vouch for as this user's"},
	{.name = NULL},
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
	struct secret_span password = secret_in_url(url);
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
