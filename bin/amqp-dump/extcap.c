#include "extcap.h"

#include <stdio.h>

#include "base/version.h"

static void print_interfaces(void)
{
	printf("extcap {version=%s}{help=man:amqp-dump(1)}{display=AMQP bus}\n", FRAMEBUS_VERSION);
	printf("interface {value=amqp-dump}{display=IP packets and 802.15.4 frames on an AMQP "
	       "bus}\n");
}

/* No defaults: Wireshark would pass them, and they would beat those of the environment. */
static void print_config(void)
{
	printf("arg "
	       "{number=0}{call=--url}{display=Broker}{tooltip=amqp://user@host/vhost}{type=string}"
	       "{placeholder=amqp://localhost/}\n");
	printf("arg {number=1}{call=--password-file}{display=Password file}{tooltip=A file whose "
	       "first line is the "
	       "password}"
	       "{type=fileselect}{mustexist=true}\n");
	printf("arg {number=2}{call=--exchange}{display=Exchange}{tooltip=The topic "
	       "exchange}{type=string}{placeholder=amq.topic}\n");
	printf("arg {number=3}{call=--pattern}{display=Routing key}{tooltip=A pattern: * is one "
	       "word, # any number of "
	       "words}"
	       "{type=string}{placeholder=fromAgent.#}\n");
}

bool extcap_answer(const struct extcap_options *o)
{
	if (o->interfaces)
		print_interfaces();
	else if (o->dlts)
		printf("dlt {number=101}{name=RAW}{display=Raw IP, and IEEE 802.15.4 beside it}\n");
	else if (o->config)
		print_config();
	else
		return false;
	return true;
}
