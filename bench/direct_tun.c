/* The least program that joins a TUN interface to the bus, for bench_tun to hold amqp-tun against:
 * rabbitmq-c used as its examples use it, super-packets as the kernel makes them, one a message. It
 * checks nothing, adds nothing to a message but its body, has all its privileges, and does not
 * reconnect. The keys and the queue's bound in octets are amqp-tun's, since they cost the broker
 * something.
 *
 * Usage: direct_tun URL NAME PEER NETNS INTERFACE */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EXCHANGE "amq.topic"

enum { CHANNEL = 1, QUEUE_OCTETS = 4 << 20, SUPER_PACKET = 1 << 17 };

struct end {
	const char *name;
	int tun;
	amqp_connection_state_t connection;
};

static void check(int passed, const char *doing)
{
	if (passed)
		return;
	fprintf(stderr, "direct_tun: %s failed\n", doing);
	exit(EXIT_FAILURE);
}

static amqp_bytes_t key_of(const char *name, char key[256])
{
	snprintf(key, 256, "framebus.tun.%s", name);
	return amqp_cstring_bytes(key);
}

static amqp_connection_state_t open_connection(const char *url)
{
	char text[1024];
	struct amqp_connection_info info;
	amqp_connection_state_t connection = amqp_new_connection();

	snprintf(text, sizeof text, "%s", url);
	check(amqp_parse_url(text, &info) == AMQP_STATUS_OK, "reading the URL");
	check(amqp_socket_open(amqp_tcp_socket_new(connection), info.host, info.port) ==
	              AMQP_STATUS_OK,
	      "connecting");
	amqp_rpc_reply_t login =
		amqp_login(connection, info.vhost[0] ? info.vhost : "/", 0, AMQP_DEFAULT_FRAME_SIZE,
	                   0, AMQP_SASL_METHOD_PLAIN, info.user, info.password);
	check(login.reply_type == AMQP_RESPONSE_NORMAL, "login");
	check(amqp_channel_open(connection, CHANNEL) != NULL, "opening a channel");
	return connection;
}

static void consume(amqp_connection_state_t connection, const char *name, const char *peer)
{
	char key[256];
	amqp_bytes_t queue = amqp_cstring_bytes(name);
	amqp_table_entry_t bound = {
		.key = amqp_cstring_bytes("x-max-length-bytes"),
		.value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = QUEUE_OCTETS}};
	amqp_table_t arguments = {1, &bound};

	check(amqp_queue_declare(connection, CHANNEL, queue, 0, 0, 1, 1, arguments) != NULL,
	      "declaring a queue");
	check(amqp_queue_bind(connection, CHANNEL, queue, amqp_cstring_bytes(EXCHANGE),
	                      key_of(peer, key), amqp_empty_table) != NULL,
	      "binding it");
	check(amqp_basic_consume(connection, CHANNEL, queue, amqp_empty_bytes, 0, 1, 1,
	                         amqp_empty_table) != NULL,
	      "consuming");
}

static int open_tun(const char *netns, const char *interface)
{
	char path[256];
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
	int tun;

	snprintf(path, sizeof path, "/var/run/netns/%s", netns);
	check(setns(open(path, O_RDONLY | O_CLOEXEC), CLONE_NEWNET) == 0, "entering the namespace");
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	check(tun >= 0 && ioctl(tun, TUNSETIFF, &request) == 0, "making the interface");
	check(ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) == 0,
	      "asking for super-packets");
	return tun;
}

static void *uplink(void *argument)
{
	static uint8_t packet[SUPER_PACKET];
	const struct end *e = argument;
	char key[256];
	amqp_bytes_t routing = key_of(e->name, key);
	ssize_t count;

	while ((count = read(e->tun, packet, sizeof packet)) > 0)
		check(amqp_basic_publish(e->connection, CHANNEL, amqp_cstring_bytes(EXCHANGE),
		                         routing, 0, 0, NULL,
		                         (amqp_bytes_t){(size_t)count, packet}) == AMQP_STATUS_OK,
		      "publishing");
	return NULL;
}

static void downlink(const struct end *e)
{
	amqp_envelope_t delivery;

	for (;;) {
		amqp_maybe_release_buffers(e->connection);
		check(amqp_consume_message(e->connection, &delivery, NULL, 0).reply_type ==
		              AMQP_RESPONSE_NORMAL,
		      "consuming");
		if (write(e->tun, delivery.message.body.bytes, delivery.message.body.len) < 0)
			perror("direct_tun: writing to the interface");
		amqp_destroy_envelope(&delivery);
	}
}

int main(int argc, char **argv)
{
	pthread_t thread;

	check(argc == 6, "reading the arguments (URL NAME PEER NETNS INTERFACE)");
	struct end up = {.name = argv[2], .connection = open_connection(argv[1])},
		   down = {.name = argv[2], .connection = open_connection(argv[1])};
	consume(down.connection, argv[2], argv[3]);
	up.tun = down.tun = open_tun(argv[4], argv[5]);
	check(pthread_create(&thread, NULL, uplink, &up) == 0, "starting a thread");
	downlink(&down);
}
