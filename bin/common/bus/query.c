#include "bus/query.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DAY 86400 /* seconds */

enum kind { NUMBER, FILE_NAME, VERIFY };

struct parameter {
	const char *name;
	enum kind kind;
	size_t target;
	/* numbers */
	const char *unit;
	unsigned scale; /* what one of the unit is in the target's */
	bool decimal;
	unsigned minimum, maximum;
	bool zero_is_unset; /* for RabbitMQ's clients, no limit; here: ours */
};

#define TARGET(member) offsetof(struct bus_query, member)

static const struct parameter parameters[] = {
	{"heartbeat", NUMBER, TARGET(heartbeat), " of seconds", 1, false, 0, 65535, false},
	{"connection_timeout", NUMBER, TARGET(connect_ms), " of milliseconds", 1, false, 0,
         DAY * 1000, true},
	{"socket_timeout", NUMBER, TARGET(connect_ms), " of seconds", 1000, true, 0, DAY, true},
	{"connection_attempts", NUMBER, TARGET(attempts), "", 1, false, 1, 1000000, false},
	{"retry_delay", NUMBER, TARGET(retry_delay_ms), " of seconds", 1000, true, 0, DAY, false},
	{"cacertfile", FILE_NAME, TARGET(cacert), NULL, 0, false, 0, 0, false},
	{"certfile", FILE_NAME, TARGET(cert), NULL, 0, false, 0, 0, false},
	{"keyfile", FILE_NAME, TARGET(key), NULL, 0, false, 0, 0, false},
	{"verify", VERIFY, 0, NULL, 0, false, 0, 0, false},
};

static const struct parameter *find_parameter(const char *name)
{
	for (unsigned i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
		if (strcmp(parameters[i].name, name) == 0)
			return &parameters[i];
	return NULL;
}

/* --- values --- */

void query_decode(char *text, unsigned least)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		unsigned octet;

		if (from[0] == '%' && isxdigit((unsigned char)from[1]) &&
		    isxdigit((unsigned char)from[2]) &&
		    (octet = (unsigned)strtoul((char[]){from[1], from[2], 0}, NULL, 16)) >= least) {
			*to++ = (char)octet;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static int read_number(int64_t *target, const struct parameter *p, const char *value,
                       struct why *why)
{
	size_t length = strspn(value, "0123456789");
	bool plain = length > 0 && length < 10;

	if (p->decimal && value[length] == '.')
		length += 1 + strspn(value + length + 1, "0123456789");
	double number = strtod(value, NULL);
	if (!plain || value[length] || number < p->minimum || number > p->maximum)
		return why_set(why, "%s: must be a number%s from %u to %u", p->name, p->unit,
		               p->minimum, p->maximum);
	*target =
		number == 0 && p->zero_is_unset ? QUERY_UNSET : (int64_t)(number * p->scale + 0.5);
	return 0;
}

static int read_file_name(const char **target, const struct parameter *p, const char *value,
                          struct why *why)
{
	if (!*value)
		return why_set(why, "%s: is empty", p->name);
	free((char *)*target);
	*target = strdup(value);
	return *target ? 0 : why_set(why, "out of memory");
}

static int read_value(struct bus_query *query, const struct parameter *p, const char *value,
                      struct why *why)
{
	void *target = (char *)query + p->target;

	if (p->kind == NUMBER)
		return read_number(target, p, value, why);
	query->needs_tls = p->name;
	if (p->kind == FILE_NAME)
		return read_file_name(target, p, value, why);
	if (strcmp(value, "verify_peer") != 0)
		return why_set(why, "verify: only verify_peer: the broker's certificate is always "
		                    "verified (cacertfile or --cacert says which CA to trust)");
	return 0;
}

/* --- names --- */

static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (; *list; list += strcspn(list, ","), list += strspn(list, ", "))
		if (strcspn(list, ",") == length && memcmp(list, name, length) == 0)
			return true;
	return false;
}

void query_add_names(char *list, const char *names)
{
	struct text t = {list, sizeof((struct bus_query *)0)->passed_over, strlen(list)};

	while (*names) {
		size_t length = strcspn(names, ",");
		char name[64];

		if (length < sizeof name) {
			memcpy(name, names, length);
			name[length] = '\0';
			if (!is_listed(list, name))
				text_add(&t, "%s%s", *list ? ", " : "", name);
		}
		names += length;
		names += strspn(names, ", ");
	}
}

static int read_item(struct bus_query *query, char *item, struct why *why)
{
	char *value = strchr(item, '=');
	bool has_at = strchr(item, '@');

	if (value)
		*value++ = '\0';
	query_decode(item, 0);
	const struct parameter *p = find_parameter(item);
	if (p) {
		query_decode(value ? value : item + strlen(item), 0);
		return read_value(query, p, value ? value : "", why);
	}
	/* It may be the half of a password. */
	if (has_at)
		return why_set(why, "a '?' in the user name or password is written %%3F, an '@' in "
		                    "the query %%40");
	bool is_name = value && *item &&
	               strspn(item, "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789_-.") == strlen(item);
	query_add_names(query->passed_over, is_name ? item : "what has no name");
	return 0;
}

int query_parse(struct bus_query *query, const char *text, struct why *why)
{
	char *copy = strdup(text ? text : ""), *rest = copy, *item;
	int status = copy ? 0 : why_set(why, "out of memory");

	*query = (struct bus_query){.heartbeat = QUERY_UNSET,
	                            .connect_ms = QUERY_UNSET,
	                            .attempts = QUERY_UNSET,
	                            .retry_delay_ms = QUERY_UNSET};
	while (status == 0 && (item = strsep(&rest, "&")))
		if (*item)
			status = read_item(query, item, why);
	free(copy);
	return status;
}
