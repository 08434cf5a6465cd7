#include "capture/rotation.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000000 /* nanoseconds */ };

void rotation_begin(struct rotation *r, struct rotation_time now)
{
	r->number = 0;
	r->start = now.day;
	r->begun_ns = now.steady_ns;
}

static bool period_is_over(const struct rotation *r, struct rotation_time now)
{
	return r->seconds && (now.day - r->start >= (time_t)r->seconds ||
	                      now.steady_ns - r->begun_ns >= (int64_t)r->seconds * SECOND);
}

static bool is_by_size(const struct rotation *r)
{
	return r->octets || r->packets;
}

bool rotation_is_over(const struct rotation *r, struct rotation_time now)
{
	bool ends = r->files && !is_by_size(r) && r->periods + 1 >= r->files;

	return ends && period_is_over(r, now);
}

enum rotation_step rotation_step(struct rotation *r, uint64_t octets, uint64_t packets,
                                 struct rotation_time now)
{
	if (rotation_is_over(r, now))
		return ROTATION_END;
	if (period_is_over(r, now)) {
		r->periods++;
		rotation_begin(r, now);
		return ROTATION_NEXT;
	}
	bool is_full = (r->octets && octets > r->octets) || (r->packets && packets >= r->packets);
	if (!is_full)
		return ROTATION_STAY;
	r->number++;
	if (r->files && r->number >= r->files)
		r->number = 0;
	return ROTATION_NEXT;
}

/* --- names --- */

int rotation_digits(const struct rotation *r)
{
	int digits = 0;

	for (uint64_t last = is_by_size(r) && r->files ? r->files - 1 : 0; last; last /= 10)
		digits++;
	return digits;
}

size_t rotation_stem(const char *name)
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	const char *dot = strrchr(last, '.');
	bool is_suffix = dot && dot > last && isalpha((unsigned char)dot[1]);

	for (const char *c = is_suffix ? dot + 1 : ""; *c; c++)
		is_suffix &= isalnum((unsigned char)*c) != 0;
	return is_suffix ? (size_t)(dot - name) : strlen(name);
}

bool rotation_base(const struct rotation *r, const char *pattern, char *out, size_t size)
{
	struct tm local;

	if (r->seconds)
		return localtime_r(&r->start, &local) && strftime(out, size, pattern, &local) > 0;
	return snprintf(out, size, "%s", pattern) < (int)size;
}

bool rotation_number(const struct rotation *r, const char *base, uint64_t number, char *out,
                     size_t size)
{
	int digits = rotation_digits(r), stem = (int)rotation_stem(base);

	if (number == 0 && digits == 0)
		return snprintf(out, size, "%s", base) < (int)size;
	return snprintf(out, size, "%.*s.%0*llu%s", stem, base, digits, (unsigned long long)number,
	                base + stem) < (int)size;
}
