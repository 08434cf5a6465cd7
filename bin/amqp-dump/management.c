#include "management.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "listeners_json.h"
#include "who.h"

enum { ENCODED_MAX = 3 * 255 + 1, PATH_SIZE = 2 * ENCODED_MAX + 128, OK = 200 };

static struct listeners found;

/* --- one question --- */

static void encode(char out[ENCODED_MAX], const char *name)
{
	struct text t = {out, ENCODED_MAX, 0};

	out[0] = '\0';
	for (; *name; name++)
		text_add(&t, isalnum((unsigned char)*name) && !(*name & 0x80) ? "%c" : "%%%02X",
		         (unsigned char)*name);
}

static int look_at_status(const struct management *m, const struct http_login *login, long status,
                          struct why *why)
{
	if (status == OK)
		return 0;
	if (status == 401 || status == 403)
		return why_set(
			why,
			"the login of %s is refused (it needs the right password, access to "
			"the virtual host and the tag monitoring: rabbitmqctl set_user_tags)",
			login->user ? login->user : "nobody");
	if (status == 404)
		return why_set(why,
		               "it has no virtual host %s, or is no management API (is its path "
		               "right?)",
		               m->bus->nodes[0].vhost);
	if (status >= 300 && status < 400)
		return why_set(why, "it answers with a redirection, which is not followed (give "
		                    "the URL that it leads to)");
	return why_set(why, "it answers with status %ld", status);
}

struct question {
	const char *path;
	int (*read)(struct listeners *l, const char *body, size_t length, struct why *why);
	bool may_fail; /* less is known then */
};

static enum http_outcome ask(const struct management *m, const struct http_login *login,
                             const struct question *q, struct why *why)
{
	struct http_answer answer;
	enum http_outcome outcome = http_get(&m->server, login, q->path, &answer, why);

	if (outcome != HTTP_ANSWERED)
		return outcome;
	if (look_at_status(m, login, answer.status, why) < 0 ||
	    q->read(&found, answer.body, answer.length, why) < 0)
		return HTTP_FAILED;
	return HTTP_ANSWERED;
}

static enum http_outcome ask_all(const struct management *m, const struct http_login *login,
                                 struct why *why)
{
	char vhost[ENCODED_MAX], exchange[ENCODED_MAX], bindings[PATH_SIZE], consumers[PATH_SIZE],
		connections[PATH_SIZE];
	const struct question questions[] = {
		{bindings, listeners_read_bindings, false},
		{consumers, listeners_read_consumers, false},
		{connections, listeners_read_connections, true},
	};
	enum http_outcome outcome = HTTP_ANSWERED;

	encode(vhost, m->bus->nodes[0].vhost);
	encode(exchange, m->bus->exchange);
	snprintf(bindings, sizeof bindings,
	         "/api/exchanges/%s/%s/bindings/source?columns="
	         "destination,destination_type,routing_key",
	         vhost, exchange);
	snprintf(consumers, sizeof consumers, "/api/consumers/%s", vhost);
	snprintf(connections, sizeof connections,
	         "/api/vhosts/%s/connections?columns=name,user_provided_name,connected_at", vhost);
	found.count = 0;
	found.left_out = 0;
	for (unsigned i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		outcome = ask(m, login, &questions[i], why);
		if (outcome == HTTP_FAILED && questions[i].may_fail)
			outcome = HTTP_ANSWERED;
		if (outcome != HTTP_ANSWERED)
			return outcome;
	}
	listeners_settle(&found);
	return outcome;
}

/* As the bus's, unless the URL has one of its own. */
static enum http_outcome ask_as_somebody(const struct management *m, struct why *why)
{
	const struct bus_node *n = &m->bus->nodes[0];
	char *read =
		m->bus->passwords && !m->server.password ? password_read(m->bus->passwords) : NULL;
	const char *of_bus = read ? read : n->password;
	struct http_login login = {
		.user = m->server.user ? m->server.user
	                : of_bus       ? n->user
	                               : NULL,
		.password = m->server.password ? m->server.password : of_bus,
		.cacert = n->cacert,
		.cert = n->cert,
		.key = n->key,
	};
	enum http_outcome outcome = ask_all(m, &login, why);

	password_free(read);
	return outcome;
}

/* --- again and again --- */

static void tell(const struct management *m, enum http_outcome outcome, const struct why *why)
{
	static struct why said;

	who_listeners(outcome == HTTP_ANSWERED ? &found : NULL);
	if (outcome == HTTP_ANSWERED && said.text[0])
		log_notice("--management %s: answers; who listens is known again", m->server.shown);
	if (outcome == HTTP_FAILED && strcmp(said.text, why->text) != 0)
		log_warning("--management %s: %s; --who goes on without who listens, and asks "
		            "again every %g s",
		            m->server.shown, why->text, m->seconds);
	said = outcome == HTTP_FAILED ? *why : (struct why){""};
}

static int run(void *management)
{
	const struct management *m = management;
	struct pollfd stop = {loop_stop_fd(), POLLIN, 0};

	who_listeners(NULL);
	while (!loop_stopping()) {
		struct why why = {""};
		enum http_outcome outcome = ask_as_somebody(m, &why);

		if (outcome == HTTP_STOPPED)
			break;
		tell(m, outcome, &why);
		loop_wait(&stop, 1, (int)(m->seconds * 1000));
	}
	return EXIT_OK;
}

struct worker management_worker(struct management *m)
{
	return (struct worker){.name = "management", .run = run, .context = m};
}

void management_check(const struct management *m)
{
	static const char name[] = "management";
	struct why why = {""};

	if (ask_as_somebody(m, &why) == HTTP_ANSWERED)
		check_good(name, "%s answers: listeners to the exchange %s: %u", m->server.shown,
		           m->bus->exchange, found.count);
	else
		check_wrong(name, "see the reason; --who works without --management", "%s: %s",
		            m->server.shown, why.text);
}
