#include "bus/link.h"

#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "bus/tls.h"

static const char no_exchange[] = "no exchange";

bool link_explain_close(const amqp_method_t *method, struct why *why)
{
	int code = 0;
	amqp_bytes_t text = amqp_empty_bytes;

	if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *m = method->decoded;
		code = m->reply_code;
		text = m->reply_text;
	} else if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *m = method->decoded;
		code = m->reply_code;
		text = m->reply_text;
	}
	why_set(why, "%d %.*s%s", code, (int)text.len, (const char *)text.bytes,
	        code == AMQP_NOT_FOUND && text.len > strlen(no_exchange) &&
	                        memmem(text.bytes, text.len, no_exchange, strlen(no_exchange))
	                ? " (name one with -e, or have it made: --declare-exchange)"
	                : "");
	return code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED || code == AMQP_NOT_FOUND;
}

int link_check(const struct link *link, amqp_rpc_reply_t reply, const char *doing,
               struct failure *failure)
{
	struct why why;

	failure->refusal = failure->taken = false;
	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return 0;
	if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
		failure->refusal = link_explain_close(&reply.reply, &why);
		return why_set(&failure->why, "%s: the broker says: %s", doing, why.text);
	}
	if (link->tls && tls_explain(link->tls, link->host, &why))
		return why_set(&failure->why, "%s: %s", doing, why.text);
	return why_set(&failure->why, "%s: %s", doing, amqp_error_string2(reply.library_error));
}

int link_check_last(const struct link *link, const char *doing, struct failure *failure)
{
	return link_check(link, amqp_get_rpc_reply(link->connection), doing, failure);
}

int link_reopen_channel(const struct link *link, struct failure *failure)
{
	amqp_channel_close_ok_t closed = {.dummy = 0};

	amqp_send_method(link->connection, LINK_CHANNEL, AMQP_CHANNEL_CLOSE_OK_METHOD, &closed);
	amqp_channel_open(link->connection, LINK_CHANNEL);
	return link_check_last(link, "opening a channel again", failure);
}

bool link_is_key_refused(const char *words, const char *beginning)
{
	static const char before[] = "access to topic '";
	const char *topic = strstr(words, "403 ACCESS_REFUSED") ? strstr(words, before) : NULL;

	return topic && strncmp(topic + strlen(before), beginning, strlen(beginning)) == 0;
}

void link_tell_own_key_refused(const char *words)
{
	static _Atomic bool told;

	if (!atomic_exchange(&told, true))
		log_warning("%s; going on with JSON under the old keys (docs/broker.md has the "
		            "permissions)",
		            words);
}
