/* rotation.h - when the next file begins, as tcpdump does it (-C, -G, -W), and how names are made.
 * All state is in the struct: each output has one of its own. */
#ifndef CAPTURE_ROTATION_H
#define CAPTURE_ROTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"

struct rotation {
	/* The caller sets these; 0: not given. */
	uint64_t octets;  /* -C: a file that has more is followed by the next */
	uint64_t packets; /* a file that has so many is followed by the next */
	uint64_t seconds; /* -G: so long is a period, and with it a file */
	uint64_t files; /* -W: with octets a ring of so many, by packets too, with seconds alone the
	                 end after them */
	/* its own */
	uint64_t number;  /* of the file, since the period began */
	uint64_t periods; /* that are over */
	time_t start;     /* of the period, by the clock of the day */
	int64_t begun_ns; /* the same by the clock that never steps */
};

/* Names go by the clock of the day. A period is over by whichever clock comes first: the day's may
 * be set back, the other one stands still while the machine sleeps. */
struct rotation_time {
	time_t day;
	int64_t steady_ns;
};

/* time(2) may lag behind the clock that others read. */
static inline struct rotation_time rotation_now(void)
{
	return (struct rotation_time){(time_t)(now_ns() / 1000000000), monotonic_ns()};
}

void rotation_begin(struct rotation *r, struct rotation_time now);

enum rotation_step {
	ROTATION_STAY, /* in the file */
	ROTATION_NEXT, /* the next one begins */
	ROTATION_END,  /* the last one is complete */
};
/* Before a packet is put into a file that has `octets`, and so many packets. */
enum rotation_step rotation_step(struct rotation *r, uint64_t octets, uint64_t packets,
                                 struct rotation_time now);
/* Whether the last period is over, also where no packet comes. */
bool rotation_is_over(const struct rotation *r, struct rotation_time now);

/* --- names: each writes a NUL-terminated one; false: it does not fit, or is empty --- */

/* strftime(3) of the pattern in local time where there are periods, else the pattern. */
bool rotation_base(const struct rotation *r, const char *pattern, char *out, size_t size);
/* The number stands before the suffix: air.pcap, air.1.pcap. In a ring by size (-C and -W) it has
 * as many leading zeros as the last one needs, and the first has one, too; else the first, 0, has
 * none. */
bool rotation_number(const struct rotation *r, const char *base, uint64_t number, char *out,
                     size_t size);
/* Of the numbers; 0: no leading zeros. */
int rotation_digits(const struct rotation *r);
/* Octets before the suffix, which is a dot, a letter, and letters and digits to the end of a name
 * that does not begin with it: neither a/.pcap nor a.b/air has one. */
size_t rotation_stem(const char *name);

#endif
