#include "bus/mend.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PERMIT   "sudo rabbitmqctl set_permissions -p {vhost} {user} '^framebus' '.*' '.*'"
#define S_CLIENT "openssl s_client -connect {address} -servername {host} </dev/null"

struct mend {
	const char *when; /* words of the reason, in capitals or not; "": whatever it is */
	const char *remedy;
};

/* The first that fits. */
static const struct mend connections[] = {
	{"does not speak TLS", "write amqp:// for this port, or name the one of TLS (5671)"},
	{"certificate and its key",
         "name a certificate and the key that belongs to it, both in PEM: --cert, --key"},
	{"certificate is not for", "name the host as its certificate does: -u URL. " S_CLIENT
                                   " | openssl x509 -noout -ext subjectAltName"},
	{"not yet valid",
         "date -u, and sudo timedatectl set-ntp true where that is wrong; else give "
         "the broker a certificate that is valid now (docs/broker.md)"},
	{"expired",
         "give the broker a new certificate (docs/broker.md); where date -u is wrong, sudo "
         "timedatectl set-ntp true"},
	{"--cacert",
         "--cacert FILE, of the CA that signed it: " S_CLIENT " -showcerts shows the chain"},
	{"TLS", "look at its certificates: " S_CLIENT},
	{"limit (", "sudo rabbitmqctl list_connections user vhost state; sudo rabbitmqctl "
                    "clear_vhost_limits -p {vhost}; sudo rabbitmqctl clear_user_limits {user} all"},
	{"access to vhost", PERMIT},
	{"is down", "sudo rabbitmqctl restart_vhost -p {vhost}"},
	{"vhost", "sudo rabbitmqctl add_vhost {vhost} && " PERMIT},
	{"refuses the login",
         "sudo rabbitmqctl change_password {user}, and --password-file FILE with it here (sudo "
         "rabbitmqctl list_users: whether there is such a user; guest: from the broker's own "
         "machine only)"},
	{"ACCESS_REFUSED",
         "sudo rabbitmqctl change_password {user}, and --password-file FILE with it here (sudo "
         "rabbitmqctl list_users: whether there is such a user; guest: from the broker's own "
         "machine only)"},
	{"Connection refused",
         "start it (sudo systemctl start rabbitmq-server), or name another host or "
         "port: -u URL"},
	{"name", "getent hosts {host}; name the host that is meant: -u URL"},
	{"not known", "getent hosts {host}; name the host that is meant: -u URL"},
	{"", "look whether a broker answers there: nc -vz {host} {port}; sudo rabbitmqctl status"},
};

static const struct mend permissions[] = {
	{"access to topic",
         "sudo rabbitmqctl set_topic_permissions -p {vhost} {user} {exchange} WRITE "
         "READ (docs/broker.md has the patterns)"},
	{"", PERMIT},
};

struct value {
	const char *name, *value;
};

/* As a shell reads it as one word. */
static void add_quoted(struct text *t, const char *value)
{
	text_add(t, "'");
	for (const char *c = value; *c; c++)
		if (*c == '\'')
			text_add(t, "'\\''");
		else
			text_add(t, "%c", *c);
	text_add(t, "'");
}

/* Returns what stands behind the name. */
static const char *add_value(struct text *t, const char *name, const struct value *values)
{
	for (const struct value *v = values; v->name; v++) {
		size_t length = strlen(v->name);

		if (strncmp(name, v->name, length) != 0)
			continue;
		add_quoted(t, v->value);
		return name + length;
	}
	text_add(t, "{");
	return name + 1;
}

static const char *expand(char out[MEND_SIZE], const char *remedy, const struct value *values)
{
	struct text t = {out, MEND_SIZE, 0};

	*out = '\0';
	while (*remedy) {
		size_t plain = strcspn(remedy, "{");

		text_add(&t, "%.*s", (int)plain, remedy);
		remedy += plain;
		if (*remedy)
			remedy = add_value(&t, remedy, values);
	}
	return out;
}

static const char *find(const struct mend *table, const char *why)
{
	while (*table->when && !strcasestr(why, table->when))
		table++;
	return table->remedy;
}

static const char *mend(char out[MEND_SIZE], const struct mend *table, const struct bus_node *n,
                        const char *exchange, const char *why)
{
	char port[8], address[300];
	const struct value values[] = {{"{vhost}", n->vhost},  {"{user}", n->user},
	                               {"{host}", n->host},    {"{port}", port},
	                               {"{address}", address}, {"{exchange}", exchange},
	                               {.name = NULL}};

	snprintf(port, sizeof port, "%d", n->port);
	snprintf(address, sizeof address, strchr(n->host, ':') ? "[%s]:%d" : "%s:%d", n->host,
	         n->port);
	return expand(out, find(table, why), values);
}

const char *mend_connection(char out[MEND_SIZE], const struct bus_node *n, const char *why)
{
	return mend(out, connections, n, "", why);
}

const char *mend_permission(char out[MEND_SIZE], const struct bus_node *n, const char *exchange,
                            const char *why)
{
	return mend(out, permissions, n, exchange, why);
}
