#include "bus/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static const char default_url[] = "amqp://guest:guest@localhost/";
static const char *const encodings[] = {"auto", "json", "pcap", "gso", NULL};
static const char *const apis[] = {"v1", "v0", NULL};

static char *copy(const char *text)
{
	char *made = strdup(text);

	if (!made)
		die(EXIT_RUNNING, "out of memory");
	return made;
}

/* Everybody on the machine can read a process's arguments. */
static int set_url(const struct option_spec *spec, char *value, const char **why)
{
	char *kept = copy(value);

	url_blank_password(value);
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

void bus_settings_specs(struct option_spec specs[BUS_SETTINGS_SPECS], struct bus_settings *s)
{
	const struct option_spec table[BUS_SETTINGS_SPECS] = {
		{'u', "url", "URL",
	         "amqp:// or amqps://; repeat it for the nodes of a cluster ($AMQP_URL)", set_url,
	         &s->urls, 0, 0, NULL},
		{'e', "exchange", "NAME", "topic exchange ($AMQP_EXCHANGE, else amq.topic)",
	         option_string, &s->exchange, 0, 0, NULL},
		{0, "password-file", "FILE", "the password, kept out of the process list",
	         option_string, &s->password_file, 0, 0, NULL},
		{0, "cacert", "FILE", "TLS: trust these CAs (PEM) instead of the system's",
	         option_string, &s->cacert, 0, 0, NULL},
		{0, "cert", "FILE", "TLS: client certificate (PEM)", option_string, &s->cert, 0, 0,
	         NULL},
		{0, "key", "FILE", "TLS: its private key (PEM)", option_string, &s->key, 0, 0,
	         NULL},
		{0, "heartbeat", "SECONDS", "AMQP heartbeat (default 10)", option_unsigned,
	         &s->heartbeat, 1, 3600, NULL},
		{0, "retry", "forever|never|N", "tries to connect in an outage (default forever)",
	         set_retry, &s->retries, 0, 0, NULL},
		{0, "encoding", "ENCODING", "of what is published: auto, json, pcap, gso",
	         option_choice, &s->encoding, 0, 0, encodings},
		{0, "api", "v1|v0", "ioppytest API of what is published (default v1)",
	         option_choice, &s->api, 0, 0, apis},
		{0, "max-message", "OCTETS", "reject longer messages (default 1 MiB)",
	         option_unsigned, &s->max_message, 1024, 128 << 20, NULL},
		{0, "require-user", "USER",
	         "reject messages that the broker does not vouch for as this user's (repeatable)",
	         option_list, &s->required_users, 0, 0, NULL},
		{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
	};

	memcpy(specs, table, sizeof table);
}

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
	const char *url = getenv("AMQP_URL"), *exchange = getenv("AMQP_EXCHANGE");
	struct why why;

	if (!s->urls.count)
		s->urls.item[s->urls.count++] = url && *url ? url : default_url;
	if (!s->exchange)
		s->exchange = exchange && *exchange ? exchange : "amq.topic";
	if (strlen(s->exchange) > 255)
		usage_error("--exchange: over 255 octets");
	for (s->node_count = 0; s->node_count < s->urls.count; s->node_count++)
		if (url_parse(&s->nodes[s->node_count], s->urls.item[s->node_count], password,
		              s->cert, &why) < 0)
			die(EXIT_USAGE, "%s", why.text);
	check_tls(s);
}
