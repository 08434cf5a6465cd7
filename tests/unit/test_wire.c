/* What a broker sends, octet by octet: frames as AMQP has them, and all that it could send instead.
 */
#include <criterion/criterion.h>
#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/content.h"
#include "bus/wire.h"

static int broker = -1;
static struct wire *wire;
static amqp_frame_t frame;
static struct why why;

static void open_wire(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	broker = ends[0];
	wire = wire_new(ends[1], NULL);
	cr_assert_not_null(wire);
	wire_begin_setup(wire, 10000, WIRE_SETUP_OCTETS);
}

static void close_wire(void)
{
	wire_free(wire);
	close(broker);
}

TestSuite(wire, .init = open_wire, .fini = close_wire);

/* --- octets --- */

struct sent {
	uint8_t octets[1 << 16];
	size_t n;
};

static void put(struct sent *s, uint64_t value, unsigned octets)
{
	while (octets--)
		s->octets[s->n++] = (uint8_t)(value >> 8 * octets);
}

static void put_octets(struct sent *s, const char *octets, size_t n)
{
	memcpy(s->octets + s->n, octets, n);
	s->n += n;
}

static void put_short(struct sent *s, const char *text)
{
	put(s, strlen(text), 1);
	put_octets(s, text, strlen(text));
}

static void put_frame(struct sent *s, uint8_t type, uint16_t channel, const struct sent *payload)
{
	put(s, type, 1);
	put(s, channel, 2);
	put(s, payload->n, 4);
	put_octets(s, (const char *)payload->octets, payload->n);
	put(s, AMQP_FRAME_END, 1);
}

static void put_method(struct sent *s, uint16_t channel, uint32_t id, const struct sent *arguments)
{
	static struct sent payload;

	payload.n = 0;
	put(&payload, id, 4);
	put_octets(&payload, (const char *)arguments->octets, arguments->n);
	put_frame(s, AMQP_FRAME_METHOD, channel, &payload);
}

static struct sent delivery(void)
{
	struct sent s = {.n = 0};

	put_short(&s, "0");
	put(&s, 7, 8);
	put(&s, 0, 1);
	put_short(&s, "amq.topic");
	put_short(&s, "some.key");
	return s;
}

static struct sent header(uint16_t class_id, uint64_t size, uint16_t flags)
{
	struct sent s = {.n = 0};

	put(&s, class_id, 2);
	put(&s, 0, 2);
	put(&s, size, 8);
	put(&s, flags, 2);
	return s;
}

/* A delivery, its header and a body in two frames, of which one is empty. */
static struct sent message(void)
{
	struct sent s = {.n = 0}, d = delivery(), h = header(60, 4, AMQP_BASIC_TYPE_FLAG),
		    empty = {.n = 0}, body = {.n = 0};

	put_short(&h, "t");
	put_octets(&body, "abcd", 4);
	put_method(&s, 1, AMQP_BASIC_DELIVER_METHOD, &d);
	put_frame(&s, AMQP_FRAME_HEADER, 1, &h);
	put_frame(&s, AMQP_FRAME_BODY, 1, &empty);
	put_frame(&s, AMQP_FRAME_BODY, 1, &body);
	return s;
}

static void send_octets(const struct sent *s)
{
	cr_assert_eq(send(broker, s->octets, s->n, 0), (ssize_t)s->n);
}

static int read_frame(void)
{
	return wire_read(wire, &frame, &why);
}

/* --- what AMQP allows --- */

static void check_message(void)
{
	const amqp_basic_deliver_t *d = frame.payload.method.decoded;

	cr_assert_eq(frame.payload.method.id, AMQP_BASIC_DELIVER_METHOD);
	cr_assert_eq(d->delivery_tag, 7);
	cr_assert_eq(d->routing_key.len, 8);
	cr_assert_eq(read_frame(), 1);
	const amqp_basic_properties_t *p = frame.payload.properties.decoded;
	cr_assert_eq(frame.frame_type, AMQP_FRAME_HEADER);
	cr_assert_eq(frame.payload.properties.body_size, 4);
	cr_assert_eq(p->_flags, AMQP_BASIC_TYPE_FLAG);
	cr_assert_arr_eq(p->type.bytes, "t", 1);
	cr_assert_eq(read_frame(), 1);
	cr_assert_eq(frame.payload.body_fragment.len, 0);
	cr_assert_eq(read_frame(), 1);
	cr_assert_eq(frame.payload.body_fragment.len, 4);
	cr_assert_arr_eq(frame.payload.body_fragment.bytes, "abcd", 4);
}

Test(wire, frames_that_come_together)
{
	struct sent s = message();

	send_octets(&s);
	send_octets(&s);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(read_frame(), 1, "%s", why.text);
		check_message();
	}
	cr_assert_eq(read_frame(), 0);
	cr_assert_not(wire_has_input(wire));
}

Test(wire, every_split_of_them)
{
	struct sent s = message();

	for (size_t split = 1; split < s.n; split++) {
		int frames = 0;

		cr_assert_eq(send(broker, s.octets, split, 0), (ssize_t)split);
		while (read_frame() == 1)
			frames++;
		cr_assert_eq(send(broker, s.octets + split, s.n - split, 0),
		             (ssize_t)(s.n - split));
		while (read_frame() == 1)
			frames++;
		cr_assert_eq(frames, 4, "split at %zu: %s", split, why.text);
	}
}

Test(wire, every_truncation_is_no_frame_and_then_the_end)
{
	struct sent s = message();

	for (size_t n = 0; n < s.n; n++) {
		int frames = 0;

		cr_assert_eq(send(broker, s.octets, n, 0), (ssize_t)n);
		while (read_frame() == 1)
			frames++;
		cr_assert_lt(frames, 4);
		close_wire();
		open_wire();
	}
	shutdown(broker, SHUT_WR);
	cr_assert_eq(read_frame(), -1);
}

Test(wire, heartbeats_are_passed_over_and_hold_nobody_up)
{
	struct sent s = {.n = 0}, nothing = {.n = 0};
	unsigned calls = 1;

	for (int i = 0; i < 2000; i++)
		put_frame(&s, AMQP_FRAME_HEARTBEAT, 0, &nothing);
	put_method(&s, 1, AMQP_BASIC_QOS_OK_METHOD, &nothing);
	send_octets(&s);
	while (read_frame() == 0 && wire_has_input(wire))
		calls++;
	cr_assert_eq(frame.payload.method.id, AMQP_BASIC_QOS_OK_METHOD);
	cr_assert(calls > 2 && calls < 20, "%u", calls);
}

Test(wire, heartbeats_are_due_and_missed)
{
	cr_assert_not(wire_must_beat(wire));
	wire_tune(wire, 4096, 1);
	cr_assert(wire_must_beat(wire));
	cr_assert_not(wire_must_beat(wire));
	cr_assert_not(wire_is_silent(wire));
	while (!wire_must_beat(wire))
		poll(NULL, 0, 5);
	while (!wire_is_silent(wire))
		poll(NULL, 0, 5);
}

/* --- what it does not --- */

static void put_head(struct sent *s, uint8_t type, uint16_t channel, uint32_t payload)
{
	put(s, type, 1);
	put(s, channel, 2);
	put(s, payload, 4);
}

/* Before what follows the head has come, however long it says that is. */
static void refuse_head(uint8_t type, uint16_t channel, uint32_t payload, const char *words)
{
	struct sent s = {.n = 0};

	put_head(&s, type, channel, payload);
	send_octets(&s);
	cr_assert_eq(read_frame(), -1, "type %u channel %u: %u", type, channel, payload);
	cr_assert_not_null(strstr(why.text, words), "%s", why.text);
	close_wire();
	open_wire();
}

Test(wire, channels_that_are_not_open)
{
	for (unsigned channel = 2; channel < 65536; channel += channel < 20 ? 1 : 997)
		for (uint8_t type = 1; type <= 3; type++)
			refuse_head(type, (uint16_t)channel, 20, "channel that is not open");
	refuse_head(AMQP_FRAME_HEADER, 0, 20, "channel that is not open");
	refuse_head(AMQP_FRAME_BODY, 0, 20, "channel that is not open");
	refuse_head(AMQP_FRAME_HEARTBEAT, 1, 0, "channel that is not open");
	refuse_head(AMQP_FRAME_HEARTBEAT, 65535, 0, "channel that is not open");
}

Test(wire, types_that_there_are_not)
{
	for (unsigned type = 0; type < 256; type++)
		if (type != 1 && type != 2 && type != 3 && type != 8 && type != 'A')
			refuse_head((uint8_t)type, 0, 0, "no frame of AMQP");
	refuse_head('A', 'M' << 8 | 'Q', 'P' << 24 | 9, "another version");
}

Test(wire, frames_that_are_too_long)
{
	refuse_head(AMQP_FRAME_METHOD, 1, 65536 - 7, "longer than agreed");
	refuse_head(AMQP_FRAME_METHOD, 1, 0xffffffff, "longer than agreed");
	wire_tune(wire, WIRE_FRAME_MIN, 0);
	struct sent s = {.n = 0};
	put_head(&s, AMQP_FRAME_BODY, 1, WIRE_FRAME_MIN - 7);
	send_octets(&s);
	cr_assert_eq(read_frame(), -1);
}

static void refuse_frame(const struct sent *s, const char *words)
{
	send_octets(s);
	cr_assert_eq(read_frame(), -1, "%s", words);
	cr_assert_not_null(strstr(why.text, words), "%s", why.text);
	close_wire();
	open_wire();
}

Test(wire, methods_that_do_not_belong_here)
{
	static const struct {
		uint16_t channel;
		uint32_t id;
	} methods[] = {
		{0, AMQP_BASIC_DELIVER_METHOD},
		{1, AMQP_CONNECTION_CLOSE_METHOD},
		{1, AMQP_QUEUE_DECLARE_METHOD},
		{1, AMQP_BASIC_PUBLISH_METHOD},
		{0, AMQP_CONNECTION_START_OK_METHOD},
		{1, AMQP_BASIC_GET_OK_METHOD},
		{1, 0},
		{0, 0xffffffff},
		{0, 0x000a0000},
		{1, 0x003c00ff},
	};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct sent s = {.n = 0}, arguments = {.n = 200};

		put_method(&s, methods[i].channel, methods[i].id, &arguments);
		refuse_frame(&s, "does not belong here");
	}
}

Test(wire, arguments_that_are_cut_short)
{
	struct sent whole = delivery();

	for (size_t n = 0; n < whole.n; n++) {
		struct sent s = {.n = 0}, arguments = whole;

		arguments.n = n;
		put_method(&s, 1, AMQP_BASIC_DELIVER_METHOD, &arguments);
		refuse_frame(&s, "cut short");
	}
	for (size_t n = 0; n < 4; n++) {
		struct sent s = {.n = 0}, payload = {.n = n};

		put_frame(&s, AMQP_FRAME_METHOD, 1, &payload);
		refuse_frame(&s, "without a number");
	}
}

Test(wire, a_frame_without_its_end)
{
	struct sent s = message();

	for (unsigned i = 0; i < s.n; i++)
		if (s.octets[i] == AMQP_FRAME_END) {
			s.octets[i] = 0;
			break;
		}
	refuse_frame(&s, "no end");
}

Test(wire, a_heartbeat_with_a_body)
{
	struct sent s = {.n = 0}, payload = {.n = 3};

	put_frame(&s, AMQP_FRAME_HEARTBEAT, 0, &payload);
	refuse_frame(&s, "heartbeat");
}

/* --- content headers --- */

Test(wire, every_property_and_every_truncation_of_them)
{
	struct sent h = header(60, 1, 0xfffc);
	static const char text[] = "x";

	put_short(&h, text);
	put_short(&h, text);
	put(&h, 5, 4);
	put_octets(&h, "\xff\xff\xff\xff\xff", 5); /* no table: it is not looked at */
	put(&h, 2, 1);
	put(&h, 9, 1);
	for (int i = 0; i < 4; i++)
		put_short(&h, text);
	put(&h, 77, 8);
	for (int i = 0; i < 4; i++)
		put_short(&h, text);
	for (size_t n = 0; n <= h.n; n++) {
		struct content_header read;
		amqp_basic_properties_t p;
		amqp_bytes_t payload = {n, malloc(n ? n : 1)}; /* of its own: overreads are seen */

		memcpy(payload.bytes, h.octets, n);
		int status = content_read_header(payload, &read, &p);
		cr_assert_eq(status, n == h.n ? 1 : -1, "%zu", n);
		if (status == 1) {
			cr_assert_eq(p.timestamp, 77);
			cr_assert_eq(p.priority, 9);
			cr_assert_eq(p.user_id.len, 1);
			cr_assert_eq(p._flags, 0xfffc & ~AMQP_BASIC_HEADERS_FLAG);
		}
		free(payload.bytes);
	}
}

Test(wire, a_header_of_another_class_has_no_properties)
{
	struct sent s = {.n = 0}, h = header(10, 1, 0xffff);

	put_octets(&h, "AAAAAAAAAAAAAAAAAAAAAAAA", 24);
	put_frame(&s, AMQP_FRAME_HEADER, 1, &h);
	send_octets(&s);
	cr_assert_eq(read_frame(), 1);
	cr_assert_eq(frame.payload.properties.class_id, 10);
	cr_assert_null(frame.payload.properties.decoded);
}

Test(wire, flags_that_go_on)
{
	struct sent none = header(60, 1, 1), unknown = header(60, 1, 1), endless = header(60, 1, 1);
	struct content_header read;
	amqp_basic_properties_t p;

	put(&none, 0, 2);
	put(&unknown, 4, 2);
	for (int i = 0; i < 1000; i++)
		put(&endless, 1, 2);
	cr_assert_eq(content_read_header((amqp_bytes_t){none.n, none.octets}, &read, &p), 1);
	cr_assert_eq(content_read_header((amqp_bytes_t){unknown.n, unknown.octets}, &read, &p), -1);
	cr_assert_eq(content_read_header((amqp_bytes_t){endless.n, endless.octets}, &read, &p), -1);
}

/* --- what a broker says first --- */

static struct sent start_of(const struct sent *table)
{
	struct sent s = {.n = 0};

	put(&s, 9, 2);
	put(&s, table->n, 4);
	put_octets(&s, (const char *)table->octets, table->n);
	put(&s, 5, 4);
	put_octets(&s, "PLAIN", 5);
	put(&s, 5, 4);
	put_octets(&s, "en_US", 5);
	return s;
}

static bool read_start(const struct sent *table, struct content_start *start)
{
	static struct sent s;

	s = start_of(table);
	return content_read_start((amqp_bytes_t){s.n, s.octets}, start);
}

Test(wire, server_properties_of_every_type)
{
	struct sent t = {.n = 0};
	struct content_start start;
	static const struct {
		char type;
		unsigned octets;
	} types[] = {{'t', 1}, {'b', 1}, {'B', 1}, {'s', 2}, {'u', 2}, {'I', 4}, {'i', 4},
	             {'f', 4}, {'l', 8}, {'L', 8}, {'d', 8}, {'T', 8}, {'V', 0}};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		put_short(&t, "");
		put(&t, (uint8_t)types[i].type, 1);
		put(&t, UINT64_MAX, types[i].octets);
	}
	put_short(&t, "capabilities");
	put_octets(&t, "F\0\0\0\3xyz", 8);
	put_short(&t, "product");
	put_octets(&t, "S\0\0\0\1R", 6);
	put_short(&t, "version");
	put_octets(&t, "D\0\0\0\0\0", 6);
	cr_assert(read_start(&t, &start));
	cr_assert_eq(start.product.len, 1);
	cr_assert_eq(start.version.len, 0);
	cr_assert_arr_eq(start.mechanisms.bytes, "PLAIN", 5);
	for (size_t n = t.n - 1; n; n--) { /* cut within a value, or between two */
		struct sent cut = t;

		cut.n = n;
		read_start(&cut, &start);
	}
	put_short(&t, "k");
	put_octets(&t, "?", 1);
	cr_assert_not(read_start(&t, &start));
}

Test(wire, server_properties_as_deep_as_they_can_be)
{
	struct sent t = {.n = 0};
	struct content_start start;

	for (int left = 60000; left > 6; left -= 6) {
		put_octets(&t, "\0F", 2);
		put(&t, (uint64_t)left - 6, 4);
	}
	read_start(&t, &start); /* no recursion: nothing to see but that it returns */
}

/* --- the set-up, and memory --- */

static int wait_frame(void)
{
	return wire_wait(wire, monotonic_ns() + INT64_C(10000000000), &frame, &why);
}

Test(wire, what_is_put_off_comes_first_and_in_its_order)
{
	struct sent s = message(), nothing = {.n = 0}, open_ok = {.n = 0};

	put(&open_ok, 0, 4);
	send_octets(&s);
	s.n = 0;
	put_method(&s, 1, AMQP_CHANNEL_OPEN_OK_METHOD, &open_ok);
	put_method(&s, 1, AMQP_BASIC_QOS_OK_METHOD, &nothing);
	send_octets(&s);
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(wait_frame(), 1);
		cr_assert(wire_put_off(wire));
	}
	cr_assert_eq(wait_frame(), 1);
	cr_assert_eq(frame.payload.method.id, AMQP_CHANNEL_OPEN_OK_METHOD);
	cr_assert_eq(read_frame(), 1);
	check_message();
	cr_assert_eq(read_frame(), 1);
	cr_assert_eq(frame.payload.method.id, AMQP_BASIC_QOS_OK_METHOD);
}

Test(wire, what_can_be_put_off_is_bounded)
{
	struct sent s = message();
	size_t octets = 0, frames = 0;
	bool put_off = true;

	while (put_off) {
		if (frames % 4 == 0)
			send_octets(&s);
		cr_assert_eq(wait_frame(), 1);
		put_off = wire_put_off(wire);
		frames++;
		octets = frames / 4 * s.n;
	}
	cr_assert_geq(octets, WIRE_EARLY_OCTETS - 1000);
	cr_assert_leq(octets, WIRE_EARLY_OCTETS + 1000);
}

Test(wire, a_set_up_is_bounded_in_octets_and_in_time)
{
	struct sent s = {.n = 0}, nothing = {.n = 0};

	for (int i = 0; i < 8000; i++)
		put_frame(&s, AMQP_FRAME_HEARTBEAT, 0, &nothing);
	wire_begin_setup(wire, 10000, 100000);
	for (int i = 0; i < 2; i++)
		send_octets(&s);
	cr_assert_eq(wait_frame(), -1);
	cr_assert_not_null(strstr(why.text, "without end"), "%s", why.text);
	wire_begin_setup(wire, 50, 100000);
	cr_assert_eq(wait_frame(), -1);
	cr_assert_not_null(strstr(why.text, "timed out"), "%s", why.text);
}

Test(wire, nothing_that_comes_makes_it_grow)
{
	struct sent s = message(), close_text = {.n = 0}, blocked = {.n = 0};
	size_t before = 0;

	for (int i = 0; i < 250; i++)
		put(&close_text, 'x', 1);
	put_short(&blocked, (const char *)close_text.octets);
	put_method(&s, 0, AMQP_CONNECTION_BLOCKED_METHOD, &blocked);
	for (int i = 0; i < 20000; i++) {
		send_octets(&s);
		while (read_frame() == 1)
			;
		if (i == 100)
			before = mallinfo2().uordblks + mallinfo2().hblkhd;
	}
	cr_assert_eq(mallinfo2().uordblks + mallinfo2().hblkhd, before);
}
