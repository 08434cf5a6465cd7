#include "bus/outage.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/os.h"
#include "base/progress.h"
#include "base/words.h"

#define MS       INT64_C(1000000)
#define SHORTEST (200 * MS)

int64_t outage_wait_ns(int64_t *back_off, int64_t outage_ns, int64_t wanted_ms)
{
	int64_t limit = outage_ns < 60000 * MS ? 1000 * MS : 30000 * MS;
	uint32_t random = 0;

	if (wanted_ms >= 0)
		return wanted_ms * MS > SHORTEST ? wanted_ms * MS : SHORTEST;
	if (os_random(&random, sizeof random) < 0)
		random = 0x80000000u;
	*back_off = *back_off ? 2 * *back_off : SHORTEST;
	if (*back_off > limit)
		*back_off = limit;
	return *back_off / 2 + (int64_t)((double)*back_off / 2 * random / 4294967296.0);
}

enum { FIRST_WAIT_MS = 2000 };
static struct progress_wait first_wait;

void outage_begin_first_wait(const char *url)
{
	progress_begin_wait(&first_wait, FIRST_WAIT_MS, "%s: waits for the broker to answer", url);
}

void outage_end_first_wait(void)
{
	progress_end_wait(&first_wait);
}

void outage_report(const char *url, const char *direction, const char *why, int64_t wait_ns,
                   bool told)
{
	double seconds = wait_ns > 0 ? (double)wait_ns / 1e9 : 0;

	outage_end_first_wait();
	(told ? log_info
	      : log_warning)("%s: %s: %s; trying again (in %.1f s; up to 30 s between later tries)",
	                     url, direction, why, seconds);
}

void outage_report_end(const char *url, const char *why, const char *hint)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct why reported;
	struct why line;

	why_set(&line, "%s: %s%s", url, why, hint);
	pthread_mutex_lock(&lock);
	if (strcmp(reported.text, line.text) != 0)
		log_error("%s", line.text);
	reported = line;
	pthread_mutex_unlock(&lock);
}
