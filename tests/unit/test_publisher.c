/* A publisher's own connection is a socket pair here: what becomes of messages that the broker
 * refuses, gives back or does not answer. */
#include <amqp_tcp_socket.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/publisher.h"
#include "bus/publisher_internal.h"

static struct bus_settings settings = BUS_SETTINGS_DEFAULT;
static int broker = -1;

static struct publisher *open_publisher(struct publisher_config config)
{
	struct why why;
	int ends[2];

	settings.exchange = "amq.topic";
	settings.node_count = 1;
	settings.retries.value = -1;
	cr_assert_eq(url_parse(&settings.nodes[0], "amqp://u:p@h/", NULL, false, &why), 0);
	config.settings = &settings;
	config.direction = "uplink";
	struct publisher *p = publisher_new(&config, &why);
	cr_assert_not_null(p);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	broker = ends[1];
	p->session.link = (struct link){.connection = amqp_new_connection(),
	                                .socket = ends[0],
	                                .frame_max = 4096,
	                                .wire = wire_new(ends[0], NULL)};
	amqp_tcp_socket_set_sockfd(amqp_tcp_socket_new(p->session.link.connection), ends[0]);
	p->session.state = SESSION_CONNECTED;
	p->session.opened_at = monotonic_ns();
	return p;
}

static void close_publisher(struct publisher *p)
{
	session_drop(&p->session);
	close(broker);
}

static void publish(struct publisher *p, const char *key)
{
	cr_assert_eq(publisher_publish(p, &(struct bus_publication){.key = key,
	                                                            .content_type = "x/y",
	                                                            .body = "{}",
	                                                            .length = 2,
	                                                            .units = 1}),
	             0);
}

/* --- what the broker says --- */

static size_t put(uint8_t *to, size_t at, uint64_t value, unsigned octets)
{
	while (octets--)
		to[at++] = (uint8_t)(value >> 8 * octets);
	return at;
}

static void say(uint32_t id, const void *arguments, size_t n)
{
	uint8_t frame[512];
	size_t at = put(frame, 0, AMQP_FRAME_METHOD, 1);

	at = put(frame, at, LINK_CHANNEL, 2);
	at = put(frame, at, n + 4, 4);
	at = put(frame, at, id, 4);
	memcpy(frame + at, arguments, n);
	at = put(frame, at + n, AMQP_FRAME_END, 1);
	cr_assert_eq(send(broker, frame, at, 0), (ssize_t)at);
}

/* And opens another channel. */
static void refuse(const char *key)
{
	char words[256];
	uint8_t arguments[512];
	int n = snprintf(words, sizeof words,
	                 "ACCESS_REFUSED - access to topic '%s' in exchange 'amq.topic' in vhost",
	                 key);
	size_t at = put(arguments, 0, AMQP_ACCESS_REFUSED, 2);

	at = put(arguments, at, (uint64_t)n, 1);
	memcpy(arguments + at, words, (size_t)n);
	at = put(arguments, at + (size_t)n, AMQP_BASIC_PUBLISH_METHOD, 4);
	say(AMQP_CHANNEL_CLOSE_METHOD, arguments, at);
	say(AMQP_CHANNEL_OPEN_OK_METHOD, "\0\0\0\0", 4);
}

static uint64_t value(const struct publisher *p, enum publisher_counters counter)
{
	return stats_get(&p->counters[counter]);
}

/* --- live messages --- */

Test(publisher, what_was_behind_a_refused_key_is_counted)
{
	struct publisher *p = open_publisher((struct publisher_config){.kept = false});

	publish(p, "before");
	publish(p, "framebus.allowed");
	for (int i = 0; i < 5; i++)
		publish(p, i == 0 ? "framebus.refused" : i == 3 ? "framebus.refused" : "behind");
	refuse("framebus.refused");
	publisher_read_answers(p);
	cr_assert(publisher_is_without_own_keys(p));
	cr_assert(publisher_is_open(p));
	cr_expect_eq(value(p, REFUSED), 5, "of %llu", (unsigned long long)value(p, PUBLISHED));
	publish(p, "behind");
	publisher_read_answers(p);
	cr_expect_eq(value(p, REFUSED), 5);
	close_publisher(p);
}

Test(publisher, so_it_is_of_keys_that_it_can_do_without)
{
	struct publisher *p =
		open_publisher((struct publisher_config){.optional_keys = "toAgent."});

	publish(p, "before");
	publish(p, "toAgent.x");
	publish(p, "behind");
	refuse("toAgent.x");
	publisher_read_answers(p);
	cr_assert(publisher_is_without_optional_keys(p));
	cr_expect_eq(value(p, REFUSED), 2);
	close_publisher(p);
}

Test(publisher, a_key_that_it_never_sent_counts_all_of_the_channel)
{
	struct publisher *p = open_publisher((struct publisher_config){.kept = false});

	publish(p, "a");
	publish(p, "b");
	refuse("framebus.other");
	publisher_read_answers(p);
	cr_expect_eq(value(p, REFUSED), 2);
	close_publisher(p);
}

/* --- kept messages --- */

/* Of three parts the second cannot be published. */
static int translate(void *context, const struct bus_publication *whole, unsigned number,
                     struct bus_publication *part)
{
	(void)context;
	if (number == 3)
		return 0;
	*part = *whole;
	part->key = "old";
	return number == 1 ? -1 : 1;
}

static void confirm(uint64_t tag)
{
	uint8_t arguments[9] = {0};

	put(arguments, 0, tag, 8);
	arguments[8] = 1;
	say(AMQP_BASIC_ACK_METHOD, arguments, sizeof arguments);
}

Test(publisher, what_cannot_be_published_otherwise_is_counted_once_and_ends_nothing)
{
	struct publisher *p =
		open_publisher((struct publisher_config){.kept = true, .translate = translate});

	p->without_own_keys = true;
	publish(p, "framebus.x");
	cr_expect_eq(p->outgoing.tag, 2);
	cr_expect_eq(value(p, UNTRANSLATED), 1);
	publisher_reset(p); /* as after a lost connection */
	kept_send(&p->kept);
	cr_expect_eq(p->outgoing.tag, 2);
	cr_expect_eq(value(p, UNTRANSLATED), 1, "it is the same message");
	cr_expect_eq(value(p, CONFIRMED), 0);
	confirm(2);
	publisher_read_answers(p);
	cr_expect_eq(value(p, CONFIRMED), 1);
	cr_expect_eq(value(p, PENDING), 0);
	close_publisher(p);
}
