#include "extcap.h"

#include "base/log.h"
#include "capture/extcap.h"
#include "capture/ip_filter.h"
#include "packet/packet.h"

/* No defaults: Wireshark would pass them, and they would beat those of the environment. */
static const struct extcap_argument arguments[] = {
	{.option = "--url",
         .display = "Broker",
         .type = "string",
         .more = "{placeholder=amqp://localhost/}",
         .tooltip = "amqp://user@host/vhost"},
	{.option = "--password-file",
         .display = "Password file",
         .type = "fileselect",
         .more = "{mustexist=true}",
         .tooltip = "A file whose first line is the password"},
	{.option = "--exchange",
         .display = "Exchange",
         .type = "string",
         .more = "{placeholder=amq.topic}",
         .tooltip = "The topic exchange"},
	{.option = "--pattern",
         .display = "Routing key",
         .type = "string",
         .more = "{placeholder=fromAgent.#}",
         .tooltip = "A pattern: * is one word, # any number of words"},
	{.option = "--filter",
         .display = "Frames",
         .type = "string",
         .more = "{placeholder=type=data}",
         .tooltip = "Only the frames that pass; with this alone no IP packets"},
	{.option = "--ip-filter",
         .display = "IP packets",
         .type = "string",
         .more = "{placeholder=udp port 5683}",
         .tooltip = "Only the packets that pass, as a capture filter; with this alone no frames"},
	{.option = "--require-user",
         .display = "Agents' users",
         .type = "string",
         .more = "{placeholder=peer}",
         .tooltip = "peer: each agent's broker user is called as the agent is; or NAME=USER"},
	{.option = "--cacert",
         .display = "CA certificates",
         .type = "fileselect",
         .more = "{mustexist=true}",
         .tooltip = "Trusted instead of the system's (PEM)"},
	{.option = "--cert",
         .display = "Client certificate",
         .type = "fileselect",
         .more = "{mustexist=true}"},
	{.option = "--key",
         .display = "Key of the certificate",
         .type = "fileselect",
         .more = "{mustexist=true}"},
	{.option = NULL},
};

static const struct extcap bus = {
	.tool = "amqp-dump",
	.display = "AMQP bus",
	.interface_display = "IP packets and 802.15.4 frames on an AMQP bus",
	.link_type = ENVELOPE_LINK_RAW,
	.link_type_name = "RAW",
	.link_type_display = "Raw IP, and IEEE 802.15.4 beside it",
	.arguments = arguments,
};

static void answer_of_filter(const char *expression)
{
	struct why why;
	struct ip_filter *filter = ip_filter_new(expression, &why);

	extcap_print_filter(filter ? NULL : &why);
	ip_filter_free(filter);
}

bool extcap_answer(const struct extcap_options *o)
{
	if (extcap_asks_of_filter(o))
		answer_of_filter(o->filter);
	return extcap_print(&bus, o) || extcap_asks_of_filter(o);
}

int extcap_check_options(const struct extcap_options *o, bool asked, struct why *why)
{
	bool is_question = o->interfaces || o->dlts || o->config || extcap_asks_of_filter(o);

	if (extcap_check(&bus, o, why) < 0)
		return -1;
	if (o->control_in || o->control_out)
		log_warning("--extcap-control-in and --extcap-control-out do nothing: this "
		            "interface has no toolbar");
	return asked && !is_question ? extcap_check_capture(&bus, o, why) : 0;
}
