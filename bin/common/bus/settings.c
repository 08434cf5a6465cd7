#include "bus/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { RETRIES_MAX = 1000000 };

static const char default_url[] = "amqp://guest:guest@localhost/";
static const char default_exchange[] = "amq.topic";
static const char *const encodings[] = {"auto", "json", "pcap", "gso", NULL};
static const char *const apis[] = {"v1", "v0", NULL};

static char *copy(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die(EXIT_RUNNING, "out of memory");
	return copy;
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
	{SECTION_BUS, 'u', "url", "URL", OPTION_URLS(struct bus_settings, urls),
         .variable = "AMQP_URL", .standard = default_url,
         .help = "amqp:// or amqps://; several are the nodes of a cluster",
         .more = "A password in it is overwritten at once in the list of processes."},
	{SECTION_BUS, 'e', "exchange", "NAME", OPTION_TEXT(struct bus_settings, exchange),
         .variable = "AMQP_EXCHANGE", .standard = default_exchange, .help = "topic exchange"},
	{SECTION_BUS, 0, "declare-exchange", NULL,
         OPTION_FLAG(struct bus_settings, declare_exchange),
         .help = "make the exchange (topic, durable) where there is none",
         .more = "As the old agent did unasked. One of that name that is another kind ends the "
                 "tool. Those called 'amq.' and more are always there, and left alone. The login "
                 "needs the permission to configure it."},
	{SECTION_BUS, 0, "password-file", "FILE", OPTION_FILE(struct bus_settings, password_file),
         .help = "the password, kept out of the list of processes",
         .more = "It is the file's first line, and comes before the one in the URL."},
	{SECTION_TLS, 0, "cacert", "FILE", OPTION_FILE(struct bus_settings, cacert),
         .help = "trust these CAs (PEM) instead of the system's",
         .more = "The broker's certificate and name are always verified."},
	{SECTION_TLS, 0, "cert", "FILE", OPTION_FILE(struct bus_settings, cert),
         .help = "client certificate (PEM)", .more = "Goes together with --key."},
	{SECTION_TLS, 0, "key", "FILE", OPTION_FILE(struct bus_settings, key),
         .help = "its private key (PEM)"},
	{SECTION_BUS, 0, "heartbeat", "SECONDS",
         OPTION_UNSIGNED(struct bus_settings, heartbeat, 1, 3600), .standard = "10",
         .help = "AMQP heartbeat"},
	{SECTION_BUS, 0, "retry", "forever|never|N",
         OPTION_OWN(struct bus_settings, retries, read_retry), .standard = "forever",
         .help = "tries to connect in an outage"},
	{SECTION_BUS, 0, "encoding", NULL, OPTION_CHOICE(struct bus_settings, encoding, encodings),
         .standard = "auto", .help = "how packets and frames are published",
         .more = "What is read is told by its content type."},
	{SECTION_BUS, 0, "api", NULL, OPTION_CHOICE(struct bus_settings, api, apis),
         .standard = "v1", .help = "version of the ioppytest API that is published",
         .more = "What is read may be of both."},
	{SECTION_BUS, 0, "max-message", "OCTETS",
         OPTION_UNSIGNED(struct bus_settings, max_message, 1024, 128 << 20), .otherwise = "1 MiB",
         .help = "reject longer messages"},
	{SECTION_BUS, 0, "require-user", "USER", OPTION_TEXTS(struct bus_settings, required_users),
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

static void check_tls(const struct bus_settings *s)
{
	const char *const files[] = {s->cacert, s->cert, s->key};
	bool tls = false;

	for (unsigned i = 0; i < s->node_count; i++)
		tls |= s->nodes[i].tls;
	if (!s->cert != !s->key)
		usage_error("--cert and --key belong together");
	if ((s->cacert || s->cert) && !tls)
		usage_error("--cacert, --cert and --key need an amqps:// URL");
	for (unsigned i = 0; i < 3; i++)
		if (files[i] && access(files[i], R_OK) < 0)
			die(EXIT_USAGE, "%s: %s", files[i], strerror(errno));
}

void bus_settings_finish(struct bus_settings *s)
{
	const char *password = s->password_file ? read_password(s->password_file) : NULL;
	struct why why;

	if (!s->urls.count)
		s->urls.item[s->urls.count++] = default_url;
	if (!s->exchange)
		s->exchange = default_exchange;
	if (strlen(s->exchange) > 255)
		usage_error("--exchange: over 255 octets");
	for (s->node_count = 0; s->node_count < s->urls.count; s->node_count++)
		if (url_parse(&s->nodes[s->node_count], s->urls.item[s->node_count], password,
		              s->cert, &why) < 0)
			die(EXIT_USAGE, "%s", why.text);
	check_tls(s);
}
