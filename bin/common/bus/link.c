#include "bus/link.h"

#include "bus/tls.h"

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
	why_set(why, "%d %.*s", code, (int)text.len, (const char *)text.bytes);
	return code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED || code == AMQP_NOT_FOUND;
}

int link_check(const struct link *link, amqp_rpc_reply_t reply, const char *doing,
               struct failure *failure)
{
	struct why why;

	failure->refusal = false;
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
