#include "base/timestamp.h"

#include <stdio.h>
#include <time.h>

const char *timestamp(char out[TIMESTAMP_SIZE], int64_t ns, int digits)
{
	time_t second = (time_t)(ns / 1000000000);
	int64_t rest = ns % 1000000000;
	struct tm t = {0};

	gmtime_r(&second, &t);
	size_t length = strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(out + length, TIMESTAMP_SIZE - length, ".%0*lldZ", digits,
	         (long long)(digits == 3 ? rest / 1000000 : rest / 1000));
	return out;
}
