/* bin/common/ring: order, fullness, wrapping, and the descriptor that wakes the reader. TEST_SEED=N
 * repeats a run. */
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "packet/ring.h"
#include "packet/ring_room.h"

enum { RECORD_HEADER = 24 };

static struct envelope_packet packet(const void *data, size_t length, int64_t time_ns)
{
	return (struct envelope_packet){
		.data = data, .length = length, .time_ns = time_ns, .link_type = 283};
}

static bool is_readable(const struct ring *r)
{
	struct pollfd fd = {ring_fd(r), POLLIN, 0};

	return poll(&fd, 1, 0) == 1;
}

static unsigned seed(void)
{
	const char *given = getenv("TEST_SEED");
	unsigned s = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	cr_log_info("TEST_SEED=%u", s);
	srand(s);
	return s;
}

Test(ring, gives_back_what_was_put_in_order)
{
	struct ring *r = ring_new(4096);
	struct envelope_packet a = packet("first", 5, 7), b = packet("2", 1, -1), got;

	cr_assert(!ring_peek(r, &got));
	cr_assert(ring_put(r, &a) && ring_put(r, &b));
	cr_assert_eq(ring_count(r), 2);
	cr_assert(ring_peek(r, &got));
	cr_assert(got.length == 5 && memcmp(got.data, "first", 5) == 0 && got.time_ns == 7 &&
	          got.link_type == 283);
	cr_assert(ring_peek(r, &got) && got.length == 5, "peek takes nothing out");
	ring_remove(r);
	cr_assert(ring_peek(r, &got) && got.length == 1 && got.data[0] == '2' && got.time_ns == -1);
	ring_remove(r);
	cr_assert(!ring_peek(r, &got) && ring_count(r) == 0);
	ring_remove(r);
	cr_assert_eq(ring_count(r), 0, "dropping from an empty ring does nothing");
	ring_free(r);
}

Test(ring, empty_packets_pass)
{
	struct ring *r = ring_new(4096);
	struct envelope_packet none = packet(NULL, 0, 3), got;

	cr_assert(ring_put(r, &none) && ring_peek(r, &got));
	cr_assert(got.length == 0 && got.time_ns == 3);
	ring_free(r);
}

Test(ring, refuses_whole_what_does_not_fit)
{
	static uint8_t data[8192];
	struct ring *r = ring_new(4096);
	struct envelope_packet most = packet(data, 4096 - RECORD_HEADER, 0),
			       more = packet(data, 4096 - RECORD_HEADER + 1, 0),
			       one = packet(data, 1, 0);
	struct envelope_packet absurd = packet(data, SIZE_MAX - 8, 0);

	cr_assert(!ring_put(r, &more) && !ring_put(r, &absurd));
	cr_assert(ring_put(r, &most));
	cr_assert(!ring_put(r, &one));
	cr_assert_eq(ring_count(r), 1);
	ring_remove(r);
	cr_assert(ring_put(r, &one));
	ring_free(r);
}

/* Wherever the ring has got to: no gap at its end. */
Test(ring, an_empty_ring_takes_the_largest_packet_at_any_position)
{
	static uint8_t data[4096];
	struct ring *r = ring_new(4096);

	for (size_t i = 0; i < 600; i++) {
		struct envelope_packet largest = packet(data, 4096 - RECORD_HEADER, (int64_t)i),
				       step = packet(data, 1, 0), got;

		memset(data, (int)i, sizeof data);
		cr_assert(ring_put(r, &largest), "at step %zu", i);
		cr_assert(ring_peek(r, &got) && got.length == largest.length &&
		          memcmp(got.data, data, got.length) == 0);
		ring_remove(r);
		cr_assert(ring_put(r, &step));
		ring_remove(r);
	}
	ring_free(r);
}

Test(ring, descriptor_is_readable_while_there_may_be_packets)
{
	struct ring *r = ring_new(4096);
	struct envelope_packet p = packet("x", 1, 0);

	cr_assert(!is_readable(r), "nothing was put yet");
	ring_put(r, &p);
	cr_assert(is_readable(r));
	ring_put(r, &p);
	ring_remove(r);
	ring_arm(r);
	cr_assert(is_readable(r), "one packet is left");
	ring_remove(r);
	cr_assert(is_readable(r), "until the reader arms it");
	ring_arm(r);
	cr_assert(!is_readable(r));
	ring_put(r, &p);
	cr_assert(is_readable(r), "the next put wakes the reader again");
	ring_free(r);
}

/* Against a plain list of what should be in it. */
Test(ring, behaves_as_a_queue)
{
	enum { MODEL = 4096 };
	static size_t lengths[MODEL];
	static uint8_t data[512];
	unsigned s = seed();
	struct ring *r = ring_new(8192);
	size_t put = 0, removed = 0, used = 0;

	for (unsigned step = 0; step < 200000; step++) {
		size_t length = (size_t)rand() % sizeof data,
		       need = (RECORD_HEADER + length + 7) / 8 * 8;
		struct envelope_packet p = packet(data, length, (int64_t)put), got;

		if (rand() % 2) {
			memset(data, (int)put, length);
			bool accepted = ring_put(r, &p);
			cr_assert_eq(accepted, used + need <= 8192, "seed %u step %u", s, step);
			if (accepted) {
				lengths[put++ % MODEL] = length;
				used += need;
			}
		} else if (ring_peek(r, &got)) {
			cr_assert(got.time_ns == (int64_t)removed &&
			                  got.length == lengths[removed % MODEL],
			          "seed %u step %u", s, step);
			for (size_t i = 0; i < got.length; i++)
				cr_assert_eq(got.data[i], (uint8_t)removed, "seed %u step %u", s,
				             step);
			used -= (RECORD_HEADER + got.length + 7) / 8 * 8;
			removed++;
			ring_remove(r);
		} else {
			cr_assert_eq(removed, put, "seed %u step %u", s, step);
		}
		cr_assert_eq(ring_count(r), put - removed);
	}
	ring_free(r);
}

enum { ACROSS = 200000 };

static void *write_all(void *ring)
{
	uint8_t data[64];

	for (int64_t i = 0; i < ACROSS; i++) {
		struct envelope_packet p = packet(data, (size_t)(i % 64), i);

		memset(data, (int)i, sizeof data);
		while (!ring_put(ring, &p))
			sched_yield();
	}
	return NULL;
}

Test(ring, carries_every_packet_from_thread_to_thread, .timeout = 60)
{
	struct ring *r = ring_new(4096);
	pthread_t writer;
	int64_t next = 0;

	cr_assert(pthread_create(&writer, NULL, write_all, r) == 0);
	while (next < ACROSS) {
		struct pollfd fd = {ring_fd(r), POLLIN, 0};
		struct envelope_packet got;

		/* A wake-up that was lost shows as this time-out. */
		cr_assert_eq(poll(&fd, 1, 20000), 1, "the reader was not woken at packet %lld",
		             (long long)next);
		for (; ring_peek(r, &got); ring_remove(r), next++) {
			cr_assert(got.time_ns == next && got.length == (size_t)(next % 64));
			for (size_t i = 0; i < got.length; i++)
				cr_assert_eq(got.data[i], (uint8_t)next);
		}
		ring_arm(r);
	}
	pthread_join(writer, NULL);
	cr_assert_eq(ring_count(r), 0);
	ring_free(r);
}

static _Atomic bool is_enough;

static void *read_slowly(void *ring)
{
	while (!is_enough && ring_count(ring)) {
		poll(NULL, 0, 1);
		ring_remove(ring);
	}
	return NULL;
}

static void fill(struct ring *r)
{
	struct envelope_packet p = packet("8 octets", 8, 0);

	while (ring_put(r, &p))
		;
}

/* With as many packets in the ring as when it stalled. */
Test(ring, room_is_awaited_again_when_the_reader_goes_on, .timeout = 60)
{
	struct ring *r = ring_new(128 << 10);
	struct ring_room room = {0};
	const _Atomic bool never = false;
	pthread_t reader;

	fill(r);
	cr_assert(!ring_room_await(&room, r, &never));
	cr_assert(!ring_room_await(&room, r, NULL), "it has taken nothing since");
	ring_remove(r);
	fill(r);
	cr_assert(pthread_create(&reader, NULL, read_slowly, r) == 0);
	cr_assert(ring_room_await(&room, r, NULL));
	is_enough = true;
	pthread_join(reader, NULL);
	ring_free(r);
}
