#include "bus/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outside.h"
#include "bus/certificate.h"
#include "bus/tls.h"

enum { RETRIES_MAX = 1000000, HEARTBEAT = 10, HEARTBEAT_MAX = 3600, CONNECT_MS = 10000 };

static const char default_url[] = "amqp://guest:guest@localhost/";
static const char default_exchange[] = "amq.topic";
static const char *const encodings[] = {"auto", "json", "pcap", "gso", NULL};
static const char *const apis[] = {"v1", "v0", NULL};

static int read_heartbeat(void *target, const char *value, struct why *why)
{
	uint64_t seconds;

	if (option_number(&seconds, value, 0, HEARTBEAT_MAX, why) < 0)
		return -1;
	*(struct bus_number *)target = (struct bus_number){true, (int64_t)seconds};
	return 0;
}

static int read_retry(void *target, const char *value, struct why *why)
{
	struct bus_number retries = {true, 0};
	uint64_t count;

	if (strcmp(value, "forever") == 0)
		retries.value = -1;
	else if (strcmp(value, "never") == 0)
		retries.value = 0;
	else if (option_number(&count, value, 0, RETRIES_MAX, why) == 0)
		retries.value = (int64_t)count;
	else
		return why_set(why, "must be forever, never or a number of tries");
	*(struct bus_number *)target = retries;
	return 0;
}

const struct option_spec bus_specs[] = {
	{SECTION_BUS, 'u', "url", "URL", OPTION_URLS(struct bus_settings, urls),
         .variable = "AMQP_URL", .standard = default_url,
         .help = "amqp:// or amqps://; several are the nodes of a cluster",
         .more = "A password in it is overwritten at once in the list of processes, and so is a "
                 "query. "
                 "The query may say what it says to RabbitMQ's clients: heartbeat, "
                 "connection_timeout "
                 "(milliseconds), socket_timeout (seconds), connection_attempts, retry_delay "
                 "(seconds), "
                 "cacertfile, certfile, keyfile, verify=verify_peer; options beat it, and other "
                 "parameters are passed over with a warning."},
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
         .more = "It is the file's first line, and comes before the one in the URL. It is read "
                 "again at each login; while it cannot be, the last one stays in use. As for "
                 "every FILE that is read, credential:NAME is a credential of the service "
                 "(LoadCredential= of systemd.exec(5))."},
	{SECTION_TLS, 0, "cacert", "FILE", OPTION_FILE(struct bus_settings, cacert),
         .help = "trust these CAs (PEM) instead of the system's",
         .more = "The broker's certificate and name are always verified."},
	{SECTION_TLS, 0, "cert", "FILE", OPTION_FILE(struct bus_settings, cert),
         .help = "client certificate (PEM)", .more = "Goes together with --key."},
	{SECTION_TLS, 0, "key", "FILE", OPTION_FILE(struct bus_settings, key),
         .help = "its private key (PEM)", .more = "Not one with a passphrase."},
	{SECTION_BUS, 0, "heartbeat", "SECONDS",
         OPTION_OWN(struct bus_settings, heartbeat, read_heartbeat),
         .otherwise = "the URL's, else 10",
         .help = "AMQP heartbeat; 0: none, TCP's keep-alive instead",
         .more = "From 0 to 3600. With 0, a broker that acknowledges nothing for 20 s is left."},
	{SECTION_BUS, 0, "retry", "forever|never|N",
         OPTION_OWN(struct bus_settings, retries, read_retry), .otherwise = "forever",
         .help = "tries to connect in an outage",
         .more = "Without it, connection_attempts in the URL bounds the tries before the first "
                 "success."},
	{SECTION_BUS, 0, "encoding", NULL, OPTION_CHOICE(struct bus_settings, encoding, encodings),
         .standard = "auto", .help = "how packets and frames are published",
         .more = "What is read is told by its content type."},
	{SECTION_BUS, 0, "api", NULL, OPTION_CHOICE(struct bus_settings, api, apis),
         .standard = "v1", .help = "version of the ioppytest API that is published",
         .more = "Packets are read of both, what controls an agent or announces one of v1, and of "
                 "v0 only with --api v0."},
	{SECTION_BUS, 0, "max-message", "OCTETS",
         OPTION_UNSIGNED(struct bus_settings, max_message, 1024, 128 << 20), .otherwise = "1 MiB",
         .help = "reject longer messages"},
	{SECTION_BUS, 0, "require-user", "NAME=USER|peer",
         OPTION_TEXTS(struct bus_settings, senders.required), .check = senders_check_rule,
         .help = "reject messages of agent NAME that the broker does not vouch for as USER's",
         .more = "'peer': the user of each agent is called as the agent is. 'router=USER': what "
                 "comes under 'toAgent.NAME' and 'framebus.to.NAME' is the router's, and is this "
                 "user's. With one of these, everything that none of them allows is rejected, the "
                 "router's messages too, and start messages and 'testingtool.terminate' are "
                 "obeyed from --control-from, without that from the router alone. One USER alone "
                 "may speak as every agent, and must be the only one."},
	{SECTION_BUS, 0, "control-from", "USER", OPTION_TEXTS(struct bus_settings, senders.control),
         .otherwise = "everybody, as the old agent",
         .help = "obey tun.start, serial.start and terminate of this user alone",
         .more = "The broker must vouch for it: the sender sets the property user_id."},
	{.name = NULL},
};

/* --- TLS --- */

static void take_files(const struct bus_settings *s, struct bus_node *n)
{
	bool own = s->cert || s->key;

	n->cacert = s->cacert ? s->cacert : n->query.cacert;
	n->cert = own ? s->cert : n->query.cert;
	n->key = own ? s->key : n->query.key;
}

static void check_files(const struct bus_settings *s, const struct bus_node *n)
{
	const char *const files[] = {n->cacert, n->cert, n->key};
	const char *const options[] = {"--cacert", "--cert", "--key"};
	const char *const words[] = {"cacertfile", "certfile", "keyfile"};
	const char *const given[] = {s->cacert, s->cert, s->key};
	char called[OPTION_CALLED_SIZE];
	struct why why;

	if (!n->cert != !n->key)
		usage_error("%s %s: certfile and keyfile belong together",
		            option_called("url", called), n->shown);
	for (unsigned i = 0; i < 3; i++) {
		if (files[i] && access(files[i], R_OK) < 0)
			die(EXIT_USAGE, "%s %s: %s", given[i] ? options[i] : words[i], files[i],
			    strerror(errno));
		if (files[i] && outside_note_file(files[i], &why) < 0)
			die(EXIT_USAGE, "%s", why.text);
	}
	if (n->key && tls_check_key(n->key, &why) < 0)
		die(EXIT_USAGE, "%s", why.text);
}

/* The nodes of a cluster mostly have one. */
static void warn_of_key(const struct bus_settings *s, unsigned node)
{
	const char *key = s->nodes[node].key;
	struct stat status;

	for (unsigned i = 0; key && i < node; i++)
		if (s->nodes[i].key && strcmp(s->nodes[i].key, key) == 0)
			return;
	if (key && stat(key, &status) == 0)
		password_warn_of_readers("--key", key, &status);
}

static void finish_tls(struct bus_settings *s)
{
	bool tls = false;
	struct why why;

	if (!s->cert != !s->key)
		usage_error("--cert and --key belong together");
	for (unsigned i = 0; i < s->node_count; i++)
		tls |= s->nodes[i].tls;
	tls |= s->has_tls_besides;
	if (!tls && ((s->cacert && !option_yields("cacert", "url")) ||
	             (s->cert && !option_yields("cert", "url"))))
		usage_error("--cacert, --cert and --key need an amqps:// URL");
	if (tls)
		tls_init();
	if (tls && tls_system_file() && outside_note_file(tls_system_file(), &why) < 0)
		die(EXIT_USAGE, "%s", why.text);
	for (unsigned i = 0; i < s->node_count; i++)
		if (s->nodes[i].tls || s->has_tls_besides) {
			take_files(s, &s->nodes[i]);
			check_files(s, &s->nodes[i]);
			warn_of_key(s, i);
		}
}

/* --- what the queries say --- */

static void finish_numbers(const struct bus_settings *s, struct bus_node *n)
{
	const struct bus_query *query = &n->query;

	n->heartbeat = HEARTBEAT;
	if (query->heartbeat != QUERY_UNSET)
		n->heartbeat = (unsigned)query->heartbeat;
	if (s->heartbeat.given)
		n->heartbeat = (unsigned)s->heartbeat.value;
	n->connect_ms = query->connect_ms != QUERY_UNSET ? query->connect_ms : CONNECT_MS;
}

/* Bounded where every URL is: each is tried as often as it says, all of them in turn. */
static void finish_retries(struct bus_settings *s)
{
	uint64_t sum = 0;
	bool all = !s->retries.given;

	for (unsigned i = 0; i < s->node_count; i++) {
		all = all && s->nodes[i].query.attempts != QUERY_UNSET;
		sum += all ? (uint64_t)s->nodes[i].query.attempts : 0;
	}
	s->first_tries = all ? sum : 0;
	if (!s->retries.given)
		s->retries.value = -1;
}

static void warn_of_the_rest(const struct bus_settings *s)
{
	char names[sizeof s->nodes[0].query.passed_over] = "", called[OPTION_CALLED_SIZE];

	for (unsigned i = 0; i < s->node_count; i++)
		query_add_names(names, s->nodes[i].query.passed_over);
	if (*names)
		log_warning("%s: passed over in its query: %s (no meaning here)",
		            option_called("url", called), names);
}

bool bus_settings_declares(const struct bus_settings *s)
{
	return s->declare_exchange && strncmp(s->exchange, "amq.", 4) != 0;
}

static void warn_of_standard_exchange(const struct bus_settings *s)
{
	if (s->declare_exchange && !bus_settings_declares(s))
		log_warning("--declare-exchange does nothing: %s is always there (-e NAME: "
		            "another one)",
		            s->exchange);
}

/* A URL without a login means guest, whose password everybody knows. */
static void warn_of_plain_password(const struct bus_settings *s)
{
	char called[OPTION_CALLED_SIZE];

	option_called("url", called);
	for (unsigned i = 0; i < s->node_count; i++) {
		const struct bus_node *n = &s->nodes[i];
		bool has_own = s->passwords || strchr(s->urls.item[i], '@');

		if (!n->tls && n->password && has_own &&
		    password_warn_of_network(called, n->shown, n->host, "amqps://"))
			return;
	}
}

/* A broker takes from a certificate its common name, or all of the subject, in a form of its own:
 * where it is that, it refuses the property once, and messages go without. */
static void finish_user_id(struct bus_node *n)
{
	if (n->password)
		n->user_id = n->user;
	else
		n->user_id = n->cert ? certificate_common_name(n->cert) : NULL;
}

/* --- all of it --- */

static void read_urls(struct bus_settings *s, const char *password)
{
	char called[OPTION_CALLED_SIZE];
	struct why why;

	option_called("url", called);
	for (s->node_count = 0; s->node_count < s->urls.count; s->node_count++) {
		struct bus_node *n = &s->nodes[s->node_count];

		if (url_parse(n, s->urls.item[s->node_count], password, s->cert, &why) < 0)
			die(EXIT_USAGE, "%s %s", called, why.text);
		if (n->password && password_check(n->user, n->password, &why) < 0)
			die(EXIT_USAGE, "%s %s: %s", called, n->shown, why.text);
		finish_numbers(s, n);
	}
}

void bus_settings_finish(struct bus_settings *s)
{
	char called[OPTION_CALLED_SIZE];
	struct why why;

	if (!s->urls.count)
		s->urls.item[s->urls.count++] = default_url;
	if (!s->exchange)
		s->exchange = default_exchange;
	if (senders_check(&s->senders.required, &why) < 0)
		usage_error("%s", why.text);
	if (strlen(s->exchange) > 255)
		usage_error("%s: over 255 octets", option_called("exchange", called));
	if (s->password_file && !(s->passwords = password_open(s->password_file, &why)))
		die(EXIT_USAGE, "%s", why.text);
	/* Until the end of the tool: what it says later is read at each login. */
	read_urls(s, s->passwords ? password_read(s->passwords) : NULL);
	finish_tls(s);
	for (unsigned i = 0; i < s->node_count; i++)
		finish_user_id(&s->nodes[i]);
	finish_retries(s);
	warn_of_the_rest(s);
	warn_of_plain_password(s);
	warn_of_standard_exchange(s);
}

static void overwrite(const char *text)
{
	if (text)
		explicit_bzero((char *)text, strlen(text));
}

void bus_settings_forget(struct bus_settings *s)
{
	/* The URLs are copies, but for what nobody has given. */
	for (unsigned i = 0; i < s->urls.count; i++)
		if (s->urls.item[i] != default_url)
			overwrite(s->urls.item[i]);
	for (unsigned i = 0; i < s->node_count; i++)
		overwrite(s->nodes[i].password);
	if (s->passwords)
		password_forget(s->passwords);
	overwrite(getenv("AMQP_URL"));
}
