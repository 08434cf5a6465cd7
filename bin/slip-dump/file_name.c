#include "file_name.h"

#include <stdio.h>
#include <string.h>

static int digits_of_last(uint64_t file_count)
{
	int digits = 0;

	for (uint64_t last = file_count ? file_count - 1 : 0; last; last /= 10)
		digits++;
	return digits;
}

static bool expand(char *out, size_t size, const char *pattern, bool by_time, time_t start)
{
	struct tm local;

	if (by_time)
		return localtime_r(&start, &local) && strftime(out, size, pattern, &local) > 0;
	return snprintf(out, size, "%s", pattern) < (int)size;
}

bool file_name(char *out, size_t size, const char *pattern, bool by_time, time_t start,
               bool by_size, uint64_t number, uint64_t file_count)
{
	int digits = digits_of_last(file_count);

	if (!expand(out, size, pattern, by_time, start))
		return false;
	if (!by_size || (number == 0 && digits == 0))
		return true;
	size_t used = strlen(out);
	return snprintf(out + used, size - used, "%0*llu", digits, (unsigned long long)number) <
	       (int)(size - used);
}
