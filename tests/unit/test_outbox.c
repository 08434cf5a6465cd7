/* bin/amqp-serial/outbox: order, giving way, age, and ports that take what they like. TEST_SEED=N
 * repeats a run. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../bin/amqp-serial/outbox.h"

/* A port that takes room octets, piece by piece. */
struct port {
	size_t room, piece;
	int fails;
	uint8_t octets[1 << 20];
	size_t length;
};

static ssize_t port_write(void *to, const uint8_t *octets, size_t n)
{
	struct port *p = to;
	size_t taken = n;

	if (p->fails)
		return -1;
	if (p->piece && taken > p->piece)
		taken = p->piece;
	if (taken > p->room)
		taken = p->room;
	cr_assert_leq(p->length + taken, sizeof p->octets);
	memcpy(p->octets + p->length, octets, taken);
	p->length += taken;
	p->room -= taken;
	return (ssize_t)taken;
}

static struct outbox box;
static struct port port;

static void start(size_t room)
{
	memset(&box, 0, sizeof box);
	memset(&port, 0, sizeof port);
	port.room = room;
}

static void put(uint8_t number, int64_t now, unsigned gives_way)
{
	uint8_t frame[3] = {number, 0xc0, number};

	cr_assert_eq(outbox_put(&box, frame, sizeof frame, now), gives_way);
}

static struct outbox_result flush(int64_t now)
{
	return outbox_flush(&box, port_write, &port, now);
}

/* On the line: END, number, ESC ESC_END, number, END. */
static void expect_line(const uint8_t *numbers, size_t n)
{
	cr_assert_eq(port.length, 6 * n);
	for (size_t i = 0; i < n; i++)
		cr_assert_arr_eq(port.octets + 6 * i,
		                 ((uint8_t[]){0xc0, numbers[i], 0xdb, 0xdc, numbers[i], 0xc0}), 6,
		                 "frame %zu", i);
}

Test(outbox, frames_go_out_encoded_and_in_order)
{
	start(1000);
	put(1, 0, 0);
	put(2, 0, 0);
	struct outbox_result r = flush(0);
	cr_assert(r.written == 2 && r.too_old == 0 && !r.failed && box.count == 0);
	expect_line((uint8_t[]){1, 2}, 2);
}

Test(outbox, a_port_that_takes_one_octet_at_a_time)
{
	start(0);
	put(1, 0, 0);
	put(2, 0, 0);
	unsigned written = 0;
	for (unsigned i = 0; i < 12; i++) {
		cr_assert_eq(box.count, i < 6 ? 2u : 1u);
		port.room = 1;
		written += flush(0).written;
	}
	cr_assert(written == 2 && box.count == 0);
	expect_line((uint8_t[]){1, 2}, 2);
	start(12);
	port.piece = 1;
	put(1, 0, 0);
	put(2, 0, 0);
	cr_assert_eq(flush(0).written, 2);
	expect_line((uint8_t[]){1, 2}, 2);
}

Test(outbox, the_oldest_gives_way)
{
	start(0);
	for (unsigned i = 0; i < OUTBOX_FRAMES; i++)
		put((uint8_t)i, 0, 0);
	put(200, 0, 1);
	put(201, 0, 1);
	cr_assert_eq(box.count, OUTBOX_FRAMES);
	port.room = 6;
	cr_assert_eq(flush(0).written, 1);
	expect_line((uint8_t[]){2}, 1);
}

Test(outbox, a_frame_that_is_partly_on_the_line_is_finished)
{
	start(3);
	for (unsigned i = 0; i < OUTBOX_FRAMES; i++)
		put((uint8_t)i, 0, 0);
	cr_assert_eq(flush(0).written, 0);
	put(200, 0, 1);
	port.room = 9;
	cr_assert_eq(flush(OUTBOX_AGE_MS * INT64_C(1000000)).written, 2);
	expect_line((uint8_t[]){0, 2}, 2);
	start(3);
	put(7, 0, 0);
	flush(0);
	port.room = 3;
	struct outbox_result late = flush(INT64_MAX / 2);
	cr_assert(late.written == 1 && late.too_old == 0);
	expect_line((uint8_t[]){7}, 1);
}

Test(outbox, what_has_waited_too_long_is_left_out)
{
	const int64_t age = OUTBOX_AGE_MS * INT64_C(1000000);

	start(1000);
	put(1, 0, 0);
	put(2, 1, 0);
	struct outbox_result r = flush(age + 1);
	cr_assert(r.written == 1 && r.too_old == 1 && box.count == 0);
	expect_line((uint8_t[]){2}, 1);
}

Test(outbox, a_failing_port_is_told)
{
	start(0);
	port.fails = 1;
	put(1, 0, 0);
	struct outbox_result r = flush(0);
	cr_assert(r.failed && r.written == 0 && box.count == 1);
}

Test(outbox, the_longest_frame_of_the_worst_octets_fits)
{
	uint8_t frame[OUTBOX_FRAME_MAX];

	start(1000);
	memset(frame, 0xdb, sizeof frame);
	cr_assert_eq(outbox_put(&box, frame, sizeof frame, 0), 0);
	cr_assert_eq(flush(0).written, 1);
	cr_assert_eq(port.length, 2 * sizeof frame + 2);
}

/* Whatever the port takes: whole frames, in order, and put = written + given way + too old + still
 * there. */
Test(outbox, nothing_is_lost_uncounted)
{
	const char *given = getenv("TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
	uint64_t in = 0, written = 0, gone = 0;
	int64_t now = 0;

	cr_log_info("TEST_SEED=%u", seed);
	srand(seed);
	start(0);
	for (unsigned step = 0; step < 50000; step++) {
		now += rand() % 50000000;
		if (rand() % 2) {
			uint8_t frame[3] = {(uint8_t)(in % 128), 1, (uint8_t)(in % 128)};

			in++;
			gone += outbox_put(&box, frame, sizeof frame, now);
		} else {
			port.room = (size_t)rand() % 12;
			struct outbox_result r = flush(now);
			written += r.written;
			gone += r.too_old;
		}
		cr_assert_eq(in, written + gone + box.count, "seed %u step %u", seed, step);
	}
	size_t frames = port.length / 5;
	cr_assert(frames == written || frames == written + 1);
	for (size_t i = 0; i < written; i++)
		cr_assert(port.octets[5 * i] == 0xc0 &&
		                  port.octets[5 * i + 1] == port.octets[5 * i + 3] &&
		                  port.octets[5 * i + 4] == 0xc0,
		          "seed %u: frame %zu is not whole", seed, i);
}
