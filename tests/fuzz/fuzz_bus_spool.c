/* A spool's file in which octets were changed, and perhaps its end is missing: it is refused, or
 * what is read from it is a message, in order, and as often as was counted. An input is a list of
 * (offset, value), three octets each, of a file that is whole; one octet more cuts it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/sqlite_spool.h"

enum { FILE_MAX = 1 << 16, LOG_OCTETS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static char spool_path[64];
static uint8_t whole[FILE_MAX];
static size_t whole_length;

static void fuzz_assert(bool holds)
{
	if (!holds)
		abort();
}

static void unlink_spool(void)
{
	char log_path[80];

	unlink(spool_path);
	snprintf(log_path, sizeof(log_path), "%s-wal", spool_path);
	unlink(log_path);
}

static void insert_some(struct database *d)
{
	static const uint8_t body[5000] = "{\"data\": [1, 2, 3]}";

	fuzz_assert(database_begin(d));
	for (uint64_t i = 1; i < 8; i++) {
		struct kept_message m = {.key = "fromAgent.a.802154.serial.packet.raw",
		                         .content_type = "application/json",
		                         .message_id = "0123456789abcdef-1",
		                         .body = body,
		                         .length = i == 5 ? sizeof(body) : 20 * i,
		                         .timestamp = 1700000000,
		                         .stored = i};
		fuzz_assert(database_insert(d, &m));
	}
	fuzz_assert(database_commit(d));
}

static void make_whole(void)
{
	struct database_contents contents;
	struct database d;
	struct why why;

	snprintf(spool_path, sizeof(spool_path), "/dev/shm/fuzz_bus_spool.%ld", (long)getpid());
	atexit(unlink_spool);
	unlink_spool();
	fuzz_assert(database_open(&d, spool_path, LOG_OCTETS, &contents, &why) == 0);
	insert_some(&d);
	database_close(&d);
	FILE *file = fopen(spool_path, "r");
	fuzz_assert(file != NULL);
	whole_length = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	fuzz_assert(whole_length > 4096 && whole_length < sizeof(whole));
}

static void write_changed(const uint8_t *in, size_t n)
{
	static uint8_t changed[FILE_MAX];
	size_t length = n % 3 == 1 ? whole_length * in[n - 1] / 256 : whole_length;

	memcpy(changed, whole, whole_length);
	for (size_t i = 0; i + 3 <= n; i += 3)
		changed[((size_t)in[i] << 8 | in[i + 1]) % whole_length] = in[i + 2];
	unlink_spool();
	FILE *file = fopen(spool_path, "w");
	fuzz_assert(file && fwrite(changed, 1, length, file) == length);
	fclose(file);
}

static uint64_t read_all(struct database *d)
{
	struct kept_message m;
	uint64_t after = 0, count = 0;
	volatile unsigned sum = 0; /* all of the body can be read */

	while (database_next(d, after, &m)) {
		size_t key = strlen(m.key);

		fuzz_assert(m.stored > after && key > 0 && key < 256);
		fuzz_assert(strlen(m.content_type) < 256 && strlen(m.message_id) < 64);
		fuzz_assert(m.length == 0 || m.body != NULL);
		for (size_t i = 0; i < m.length; i++)
			sum += m.body[i];
		after = m.stored;
		count++;
	}
	(void)sum;
	return count;
}

static void use(struct database *d, const struct database_contents *contents)
{
	struct kept_message m = {.key = "k",
	                         .content_type = "",
	                         .message_id = "",
	                         .body = (const uint8_t *)"",
	                         .stored = contents->newest + 1};
	uint64_t count = read_all(d);

	fuzz_assert(count <= contents->count);
	fuzz_assert(count == contents->count || d->error.text[0]);
	database_used(d);
	if (!database_begin(d) || !database_insert(d, &m) || !database_commit(d))
		return;
	if (database_begin(d) && database_set_aside(d, m.stored) &&
	    database_erase(d, 1, contents->newest))
		database_commit(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct database_contents contents;
	struct database d;
	struct why why;

	if (!whole_length)
		make_whole();
	write_changed(in, n);
	if (database_open(&d, spool_path, LOG_OCTETS, &contents, &why) == 0)
		use(&d, &contents);
	else
		fuzz_assert(strstr(why.text, spool_path) != NULL);
	database_close(&d);
	return 0;
}
