#include "bus/login.h"

#include <stdlib.h>
#include <string.h>

#include "bus/content.h"

/* The broker goes by the certificate. */
#define EXTERNAL_IDENTITY "certificate"

static const char doing[] = "login";

static int give_up(const struct link *link, const char *reason, struct failure *failure)
{
	struct why why;

	why_set(&why, "%s", reason);
	return link_fail(link, doing, &why, failure);
}

static int give_up_status(const struct link *link, int status, struct failure *failure)
{
	return give_up(link, amqp_error_string2(status), failure);
}

/* --- what the broker says first --- */

static bool is_offered(amqp_bytes_t mechanisms, const char *wanted)
{
	const char *at = mechanisms.bytes, *end = at + mechanisms.len;
	size_t n = strlen(wanted);

	while (at < end) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		size_t length = (size_t)((space ? space : end) - at);

		if (length == n && memcmp(at, wanted, n) == 0)
			return true;
		at += length + 1;
	}
	return false;
}

static void copy_text(char out[LINK_PROPERTY_SIZE], amqp_bytes_t text)
{
	size_t n = text.len < LINK_PROPERTY_SIZE - 1 ? text.len : LINK_PROPERTY_SIZE - 1;

	if (n)
		memcpy(out, text.bytes, n);
	out[n] = '\0';
}

static int read_start(struct link *link, const char *mechanism, struct failure *failure)
{
	struct content_start start;

	if (!content_read_start(wire_payload(link->wire), &start))
		return give_up(link, "what the broker says first is cut short", failure);
	if (start.major != AMQP_PROTOCOL_VERSION_MAJOR ||
	    start.minor != AMQP_PROTOCOL_VERSION_MINOR)
		return give_up_status(link, AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION, failure);
	if (!is_offered(start.mechanisms, mechanism))
		return give_up_status(link, AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD, failure);
	copy_text(link->product, start.product);
	copy_text(link->version, start.version);
	return 0;
}

/* --- who we are --- */

static int send_start_ok(const struct link *link, const struct login *l, const char *mechanism,
                         struct failure *failure)
{
	size_t user = l->password ? strlen(l->node->user) : 0;
	size_t password = l->password ? strlen(l->password) : 0;
	size_t length = l->password ? user + password + 2 : strlen(EXTERNAL_IDENTITY);
	char *response = calloc(1, length + 1);
	amqp_connection_start_ok_t m = {
		.client_properties = *l->properties,
		.mechanism = amqp_cstring_bytes(mechanism),
		.response = {length, response},
		.locale = amqp_cstring_bytes("en_US"),
	};

	if (!response)
		return give_up_status(link, AMQP_STATUS_NO_MEMORY, failure);
	if (l->password) {
		memcpy(response + 1, l->node->user, user);
		memcpy(response + 2 + user, l->password, password);
	} else {
		memcpy(response, EXTERNAL_IDENTITY, length);
	}
	int status = amqp_send_method(link->connection, 0, AMQP_CONNECTION_START_OK_METHOD, &m);
	explicit_bzero(response, length);
	free(response);
	return status == AMQP_STATUS_OK ? 0 : give_up_status(link, status, failure);
}

/* --- what is agreed --- */

static unsigned lower(unsigned ours, unsigned theirs)
{
	return theirs && theirs < ours ? theirs : ours;
}

/* The library changes the length of its frames only after something has come, which it does not see
 * here: it is given the header of the protocol. */
static int tune_library(const struct link *link)
{
	static uint8_t header[] = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
	amqp_frame_t ignored;
	int status = amqp_handle_input(link->connection, (amqp_bytes_t){sizeof header, header},
	                               &ignored);

	if (status < 0)
		return status;
	/* No heartbeats: it would look for them in what it does not read. */
	return amqp_tune_connection(link->connection, 1, (int)link->frame_max, 0);
}

static int tune(struct link *link, const struct login *l, const amqp_connection_tune_t *offered,
                struct failure *failure)
{
	struct why why;

	if (offered->frame_max && offered->frame_max < WIRE_FRAME_MIN) {
		why_set(&why, "the broker allows frames of %u octets; AMQP wants %d and more",
		        offered->frame_max, WIRE_FRAME_MIN);
		return link_fail(link, doing, &why, failure);
	}
	link->frame_max = lower(WIRE_FRAME_MAX, offered->frame_max);
	link->heartbeat = lower((unsigned)l->node->heartbeat, offered->heartbeat);
	amqp_connection_tune_ok_t m = {.channel_max = 1,
	                               .frame_max = (uint32_t)link->frame_max,
	                               .heartbeat = (uint16_t)link->heartbeat};
	int status = amqp_send_method(link->connection, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &m);
	if (status == AMQP_STATUS_OK)
		status = tune_library(link);
	if (status != AMQP_STATUS_OK)
		return give_up_status(link, status, failure);
	wire_tune(link->wire, link->frame_max, link->heartbeat);
	return 0;
}

int login(struct link *link, const struct login *l, struct failure *failure)
{
	const char *mechanism = l->password ? "PLAIN" : "EXTERNAL";
	amqp_connection_open_t open = {.virtual_host = amqp_cstring_bytes(l->node->vhost),
	                               .capabilities = amqp_empty_bytes,
	                               .insist = 1};
	amqp_method_t answer;
	int status = amqp_send_header(link->connection);

	if (status != AMQP_STATUS_OK)
		return give_up_status(link, status, failure);
	if (link_wait_for(link, AMQP_CONNECTION_START_METHOD, &answer, doing, failure) < 0 ||
	    read_start(link, mechanism, failure) < 0 ||
	    send_start_ok(link, l, mechanism, failure) < 0 ||
	    link_wait_for(link, AMQP_CONNECTION_TUNE_METHOD, &answer, doing, failure) < 0 ||
	    tune(link, l, answer.decoded, failure) < 0)
		return -1;
	return link_call(link, AMQP_CONNECTION_OPEN_METHOD, &open, AMQP_CONNECTION_OPEN_OK_METHOD,
	                 doing, failure);
}
