#include "listeners_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* "": it has none. */
static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void take_binding(struct listeners *l, const json_t *binding)
{
	const char *queue = text_of(binding, "destination");

	if (*queue && strcmp(text_of(binding, "destination_type"), "queue") == 0)
		listeners_binding(l, queue, text_of(binding, "routing_key"));
}

static void take_consumer(struct listeners *l, const json_t *consumer)
{
	const json_t *channel = json_object_get(consumer, "channel_details");
	json_int_t port = json_integer_value(json_object_get(channel, "peer_port"));
	const char *host = text_of(channel, "peer_host");
	char peer[LISTENER_TEXT_MAX];

	snprintf(peer, sizeof peer, strchr(host, ':') ? "[%s]:%" PRId64 : "%s:%" PRId64, host,
	         (int64_t)port);
	listeners_reader(l, text_of(json_object_get(consumer, "queue"), "name"),
	                 text_of(channel, "user"), *host ? peer : "",
	                 text_of(channel, "connection_name"));
}

static void take_connection(struct listeners *l, const json_t *connection)
{
	json_int_t ms = json_integer_value(json_object_get(connection, "connected_at"));

	listeners_connection(l, text_of(connection, "name"),
	                     text_of(connection, "user_provided_name"),
	                     ms > 0 && ms < INT64_MAX / 1000000 ? (int64_t)ms * 1000000 : 0);
}

static int read_list(struct listeners *l, const char *body, size_t length,
                     void (*take)(struct listeners *l, const json_t *element), struct why *why)
{
	json_t *list = json_loadb(body, length, 0, NULL);

	if (!list)
		return why_set(why, "its answer is no JSON (is that a management API?)");
	int status = json_is_array(list)
	                     ? 0
	                     : why_set(why, "its answer is no list (is that a management API?)");
	for (size_t i = 0; i < json_array_size(list); i++)
		take(l, json_array_get(list, i));
	json_decref(list);
	return status;
}

int listeners_read_bindings(struct listeners *l, const char *body, size_t length, struct why *why)
{
	return read_list(l, body, length, take_binding, why);
}

int listeners_read_consumers(struct listeners *l, const char *body, size_t length, struct why *why)
{
	return read_list(l, body, length, take_consumer, why);
}

int listeners_read_connections(struct listeners *l, const char *body, size_t length,
                               struct why *why)
{
	return read_list(l, body, length, take_connection, why);
}
