#include "capture/rotation.h"

#include <stdio.h>
#include <string.h>

void rotation_begin(struct rotation *r, time_t now)
{
	r->number = 0;
	r->start = now;
}

static bool period_is_over(const struct rotation *r, time_t now)
{
	return r->seconds && now - r->start >= (time_t)r->seconds;
}

bool rotation_is_over(const struct rotation *r, time_t now)
{
	bool ends = r->files && !r->octets && r->periods + 1 >= r->files;

	return ends && period_is_over(r, now);
}

enum rotation_step rotation_step(struct rotation *r, uint64_t octets, time_t now)
{
	if (rotation_is_over(r, now))
		return ROTATION_END;
	if (period_is_over(r, now)) {
		r->periods++;
		rotation_begin(r, now);
		return ROTATION_NEXT;
	}
	if (!r->octets || octets <= r->octets)
		return ROTATION_STAY;
	r->number++;
	if (r->files && r->number >= r->files)
		r->number = 0;
	return ROTATION_NEXT;
}

static int digits_of_last(uint64_t files)
{
	int digits = 0;

	for (uint64_t last = files ? files - 1 : 0; last; last /= 10)
		digits++;
	return digits;
}

static bool expand(const struct rotation *r, const char *pattern, char *out, size_t size)
{
	struct tm local;

	if (r->seconds)
		return localtime_r(&r->start, &local) && strftime(out, size, pattern, &local) > 0;
	return snprintf(out, size, "%s", pattern) < (int)size;
}

bool rotation_name(const struct rotation *r, const char *pattern, char *out, size_t size)
{
	int digits = digits_of_last(r->files);

	if (!expand(r, pattern, out, size))
		return false;
	if (!r->octets || (r->number == 0 && digits == 0))
		return true;
	size_t used = strlen(out);
	return snprintf(out + used, size - used, "%0*llu", digits, (unsigned long long)r->number) <
	       (int)(size - used);
}
