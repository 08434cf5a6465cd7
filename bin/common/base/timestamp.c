#include "base/timestamp.h"

#include <stdio.h>
#include <time.h>

enum { SECOND = 1000000000 /* nanoseconds */ };

const char *timestamp(char out[TIMESTAMP_SIZE], int64_t ns, int digits)
{
	int64_t rest = ns % SECOND;
	time_t second = (time_t)(ns / SECOND - (rest < 0)); /* before 1970 */
	struct tm t = {0};

	rest += rest < 0 ? SECOND : 0;
	gmtime_r(&second, &t);
	size_t length = strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(out + length, TIMESTAMP_SIZE - length, ".%0*lldZ", digits,
	         (long long)(digits == 3 ? rest / 1000000 : rest / 1000));
	return out;
}
