/* bin/common/capture: whole records whatever happens, every truncation, pipes that end, stall or
 * never begin, and the stop. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/pcap.h"
#include "capture/reader.h"
#include "base/loop.h"

enum { RECORD_HEADER = 16, FILE_HEADER = 24 };

static char folder[] = "/tmp/test_capture.XXXXXX";

static void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	signal(SIGPIPE, SIG_IGN);
}

static void remove_folder(void)
{
	char path[128];
	static const char *const names[] = {"a.pcap", "fifo"};

	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	cr_assert(rmdir(folder) == 0, "something else is left in %s", folder);
}

TestSuite(capture, .init = make_folder, .fini = remove_folder, .timeout = 60);

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static struct envelope_packet packet(const void *data, size_t length, int64_t time_ns,
                                     uint16_t link_type)
{
	return (struct envelope_packet){
		.data = data, .length = length, .time_ns = time_ns, .link_type = link_type};
}

static size_t read_whole(const char *path, uint8_t *out, size_t size)
{
	int fd = open(path, O_RDONLY);
	cr_assert(fd >= 0);
	ssize_t n = read(fd, out, size);
	close(fd);
	cr_assert(n >= 0 && (size_t)n < size);
	return (size_t)n;
}

static void write_whole(const char *path, const uint8_t *octets, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0 && write(fd, octets, n) == (ssize_t)n);
	close(fd);
}

static struct why why;

/* A pcap file with its header. */
static struct file *create(const char *path, uint16_t link_type, bool flush_each)
{
	struct file *f = file_open(path, PATH_OVERWRITE | (flush_each ? FILE_FLUSH_EACH : 0), &why);

	if (!f || pcap_put_header(f, link_type, &why) != OUTPUT_FAILED)
		return f;
	file_close(f, &why);
	return NULL;
}

static struct file *must_create(const char *path, uint16_t link_type, bool flush_each)
{
	struct file *f = create(path, link_type, flush_each);

	cr_assert(f, "%s", why.text);
	return f;
}

static struct capture_reader *must_open(const char *path)
{
	struct capture_reader *r = capture_reader_open(path, &why);

	cr_assert(r, "%s", why.text);
	return r;
}

static void must_write(struct file *f, const struct envelope_packet *p)
{
	enum output_state state = pcap_put_packet(f, p, &why);

	cr_assert_eq(state, OUTPUT_OPEN, "%d: %s", state, why.text);
}

static void must_close(struct file *f)
{
	cr_assert_eq(file_close(f, &why), OUTPUT_OPEN, "%s", why.text);
}

static int next(struct capture_reader *r, struct envelope_packet *p)
{
	return capture_reader_next(r, p, &why);
}

static uint32_t word(const uint8_t *octets)
{
	return octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
	       (uint32_t)octets[3] << 24;
}

/* --- files --- */

Test(capture, writes_nanosecond_pcap)
{
	static const uint16_t link_types[] = {ENVELOPE_LINK_RAW, ENVELOPE_LINK_IEEE802_15_4_WITHFCS,
	                                      ENVELOPE_LINK_IEEE802_15_4_NOFCS,
	                                      ENVELOPE_LINK_IEEE802_15_4_TAP};
	uint8_t file[256];

	for (unsigned i = 0; i < 4; i++) {
		struct file *f = must_create(in_folder("a.pcap"), link_types[i], false);
		struct envelope_packet p = packet("frame", 5, 1700000000123456789, link_types[i]);

		must_write(f, &p);
		cr_assert_eq(file_octets(f), FILE_HEADER + RECORD_HEADER + 5);
		must_close(f);
		cr_assert_eq(read_whole(in_folder("a.pcap"), file, sizeof file),
		             FILE_HEADER + RECORD_HEADER + 5);
		cr_assert(word(file) == 0xa1b23c4d && file[4] == 2 && file[6] == 4);
		cr_assert_eq(word(file + 20), link_types[i], "link type in the file");
		cr_assert(word(file + 24) == 1700000000 && word(file + 28) == 123456789);
		cr_assert(word(file + 32) == 5 && word(file + 36) == 5 &&
		          memcmp(file + 40, "frame", 5) == 0);
	}
}

Test(capture, reads_what_it_wrote)
{
	static const uint16_t link_types[] = {ENVELOPE_LINK_RAW, ENVELOPE_LINK_IEEE802_15_4_NOFCS};

	for (unsigned i = 0; i < 2; i++) {
		static uint8_t large[65535];
		struct file *f = must_create(in_folder("a.pcap"), link_types[i], false);
		struct envelope_packet sent[] = {
			packet("one", 3, 5, 0), packet("", 0, 1000000000, 0),
			packet(large, sizeof large, 4102444800999999999, 0)};
		struct envelope_packet got;

		memset(large, 0xdb, sizeof large);
		for (unsigned k = 0; k < 3; k++)
			must_write(f, &sent[k]);
		must_close(f);
		struct capture_reader *r = must_open(in_folder("a.pcap"));
		cr_assert_eq(capture_reader_link_type(r), link_types[i]);
		for (unsigned k = 0; k < 3; k++) {
			cr_assert_eq(next(r, &got), 1);
			cr_assert(got.length == sent[k].length && got.time_ns == sent[k].time_ns &&
			          got.link_type == link_types[i]);
			cr_assert(memcmp(got.data, sent[k].data, got.length) == 0);
		}
		cr_assert_eq(next(r, &got), 0);
		cr_assert_eq(next(r, &got), 0, "the end stays the end");
		capture_reader_close(r);
	}
}

Test(capture, every_truncation_gives_what_came_before_and_says_where)
{
	uint8_t file[256];
	struct envelope_packet p[] = {packet("first", 5, 1, 0), packet("second one", 10, 2, 0),
	                              packet("x", 1, 3, 0)};
	const size_t ends[] = {FILE_HEADER, FILE_HEADER + 21, FILE_HEADER + 21 + 26,
	                       FILE_HEADER + 21 + 26 + 17};
	struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_IEEE802_15_4_NOFCS, false);

	for (unsigned i = 0; i < 3; i++)
		must_write(f, &p[i]);
	must_close(f);
	cr_assert_eq(read_whole(in_folder("a.pcap"), file, sizeof file), ends[3]);
	for (size_t n = 0; n < ends[3]; n++) {
		char where[32];
		struct envelope_packet got;
		int result, whole = 0;

		write_whole(in_folder("a.pcap"), file, n);
		struct capture_reader *r = capture_reader_open(in_folder("a.pcap"), &why);
		if (n < FILE_HEADER) {
			cr_assert(!r && *why.text, "%zu octets", n);
			continue;
		}
		while ((result = next(r, &got)) == 1)
			cr_assert(got.length == p[whole].length &&
			          memcmp(got.data, p[whole].data, got.length) == 0 && ++whole);
		cr_assert(ends[whole] <= n && n < ends[whole + 1], "%zu octets: %d records", n,
		          whole);
		cr_assert_eq(result, n == ends[whole] ? 0 : -1, "%zu octets", n);
		snprintf(where, sizeof where, "record %d:", whole + 1);
		if (result < 0)
			cr_assert(strstr(why.text, where), "%zu octets: '%s' does not say '%s'", n,
			          why.text, where);
		capture_reader_close(r);
	}
}

Test(capture, packets_cut_by_a_snapshot_length_are_passed_over)
{
	uint8_t file[256];
	struct envelope_packet p = packet("frame", 5, 1, 0), got;
	struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, false);

	must_write(f, &p);
	must_write(f, &p);
	must_close(f);
	size_t n = read_whole(in_folder("a.pcap"), file, sizeof file);
	file[FILE_HEADER + 12] = 99; /* there were 99 octets of the first packet */
	write_whole(in_folder("a.pcap"), file, n);
	struct capture_reader *r = must_open(in_folder("a.pcap"));
	cr_assert(next(r, &got) == 1 && next(r, &got) == 0);
	cr_assert_eq(capture_reader_cut(r), 1);
	capture_reader_close(r);
}

Test(capture, times_that_pcap_cannot_hold_are_0)
{
	static const int64_t times[] = {INT64_MIN, -1, 4294967296 * 1000000000, INT64_MAX,
	                                4294967295 * 1000000000 + 999999999};
	struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, false);
	struct envelope_packet got;

	for (unsigned i = 0; i < 5; i++) {
		struct envelope_packet p = packet("frame", 5, times[i], 0);
		must_write(f, &p);
	}
	must_close(f);
	struct capture_reader *r = must_open(in_folder("a.pcap"));
	for (unsigned i = 0; i < 5; i++) {
		cr_assert_eq(next(r, &got), 1);
		cr_assert_eq(got.time_ns, i == 4 ? times[4] : 0, "%u: %lld", i,
		             (long long)got.time_ns);
	}
	capture_reader_close(r);
}

Test(capture, refusals_say_why)
{

	cr_assert_null(capture_reader_open("/no/such/file", &why));
	cr_assert(strstr(why.text, "No such file"), "%s", why.text);
	cr_assert_null(create("/no/such/file", ENVELOPE_LINK_RAW, false));
	cr_assert(strstr(why.text, "No such file"), "%s", why.text);
	cr_assert_null(capture_reader_open("/", &why));
	cr_assert_str_eq(why.text, "/: Is a directory");
	cr_assert_null(capture_reader_open("/dev/null", &why));
	cr_assert(strstr(why.text, "is empty"), "%s", why.text);
	write_whole(in_folder("a.pcap"),
	            (const uint8_t *)"this is no capture at all, but long enough", 42);
	cr_assert_null(capture_reader_open(in_folder("a.pcap"), &why));
	cr_assert(strstr(why.text, "neither pcap nor pcapng"), "%s", why.text);
}

Test(capture, a_file_is_buffered_unless_flush_each)
{
	uint8_t file[256];
	struct envelope_packet p = packet("frame", 5, 1, 0);

	for (int flush_each = 0; flush_each < 2; flush_each++) {
		struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, flush_each);

		cr_assert_eq(read_whole(in_folder("a.pcap"), file, sizeof file), FILE_HEADER,
		             "the header is there at once");
		must_write(f, &p);
		cr_assert_eq(read_whole(in_folder("a.pcap"), file, sizeof file),
		             flush_each ? FILE_HEADER + 21 : FILE_HEADER);
		cr_assert_eq(file_packets(f), (uint64_t)flush_each);
		cr_assert_eq(file_flush(f, &why), OUTPUT_OPEN);
		cr_assert_eq(read_whole(in_folder("a.pcap"), file, sizeof file), FILE_HEADER + 21);
		cr_assert_eq(file_packets(f), 1);
		must_close(f);
	}
}

static size_t count_whole_records(const uint8_t *file, size_t n)
{
	size_t at = FILE_HEADER, count = 0;

	cr_assert_geq(n, FILE_HEADER);
	for (; at < n; count++) {
		cr_assert_leq(at + RECORD_HEADER, n, "half a header at %zu", at);
		at += RECORD_HEADER + word(file + at + 8);
		cr_assert_leq(at, n, "half a record");
	}
	return count;
}

/* A disk that is full, wherever its last octet falls. */
Test(capture, a_full_disk_leaves_whole_records)
{
	static uint8_t file[4096];

	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t limit = FILE_HEADER; limit < FILE_HEADER + 3 * (RECORD_HEADER + 40); limit++) {
		for (int flush_each = 0; flush_each < 2; flush_each++) {
			struct file *f =
				must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, flush_each);
			uint8_t data[40] = {0};
			struct envelope_packet p = packet(data, sizeof data, 1, ENVELOPE_LINK_RAW);
			enum output_state result = OUTPUT_OPEN;
			const struct rlimit full = {limit, RLIM_INFINITY},
					    empty = {RLIM_INFINITY, RLIM_INFINITY};

			cr_assert(setrlimit(RLIMIT_FSIZE, &full) == 0);
			for (unsigned i = 0; i < 4 && result == OUTPUT_OPEN; i++)
				result = pcap_put_packet(f, &p, &why);
			if (result == OUTPUT_OPEN)
				result = file_flush(f, &why);
			setrlimit(RLIMIT_FSIZE, &empty);
			cr_assert(result == OUTPUT_FAILED && strstr(why.text, "too large"), "%d %s",
			          result, why.text);
			uint64_t written = file_packets(f);
			cr_assert_eq(file_close(f, &why), OUTPUT_FAILED);
			size_t n = read_whole(in_folder("a.pcap"), file, sizeof file);
			cr_assert_eq(count_whole_records(file, n), written, "limit %lu",
			             (unsigned long)limit);
			cr_assert_eq(written, (limit - FILE_HEADER) / (RECORD_HEADER + 40));
		}
	}
}

Test(capture, what_the_disk_takes_is_all_there)
{
	enum { RECORDS = 20000 };
	static uint8_t data[300];
	struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, false);
	struct envelope_packet got;

	for (unsigned i = 0; i < RECORDS; i++) {
		struct envelope_packet p = packet(data, i % sizeof data, i, 0);

		memset(data, (int)i, sizeof data);
		must_write(f, &p);
	}
	must_close(f);
	struct capture_reader *r = must_open(in_folder("a.pcap"));
	for (unsigned i = 0; i < RECORDS; i++) {
		cr_assert_eq(next(r, &got), 1);
		cr_assert(got.length == i % sizeof data &&
		          (got.length == 0 || got.data[got.length - 1] == (uint8_t)i));
	}
	cr_assert_eq(next(r, &got), 0);
	capture_reader_close(r);
}

/* Whoever copies the file while it grows has whole records, and so has whoever finds it after a
 * SIGKILL. */
Test(capture, a_growing_file_holds_whole_records_at_any_time)
{
	static uint8_t file[4 << 20], data[97];
	struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, false);
	off_t size = FILE_HEADER;
	unsigned flushes = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct envelope_packet p = packet(data, sizeof data, i, 0);
		struct stat status;

		must_write(f, &p);
		cr_assert(stat(in_folder("a.pcap"), &status) == 0);
		if (status.st_size == size)
			continue;
		size = status.st_size;
		flushes++;
		cr_assert_eq(count_whole_records(
				     file, read_whole(in_folder("a.pcap"), file, sizeof file)),
		             file_packets(f));
	}
	cr_assert_gt(flushes, 2);
	must_close(f);
}

Test(capture, a_packet_that_no_record_holds_is_refused_and_the_next_is_not)
{
	static uint8_t data[1 << 18];
	struct file *f = must_create(in_folder("a.pcap"), ENVELOPE_LINK_RAW, false);
	struct envelope_packet p = packet(data, sizeof data, 0, 0), small = packet(data, 1, 0, 0);

	cr_assert_eq(pcap_put_packet(f, &p, &why), OUTPUT_FAILED);
	cr_assert(strstr(why.text, "too long"));
	must_write(f, &small);
	must_close(f);
}

/* --- pipes --- */

static void redirect(int fd, int to)
{
	cr_assert(dup2(fd, to) == to);
	close(fd);
}

Test(capture, standard_input_and_output)
{
	int ends[2], saved = dup(STDOUT_FILENO);
	struct envelope_packet p = packet("frame", 5, 77, 0), got;

	cr_assert(pipe(ends) == 0);
	redirect(ends[0], STDIN_FILENO);
	redirect(ends[1], STDOUT_FILENO);
	struct file *f = must_create("-", ENVELOPE_LINK_IEEE802_15_4_TAP, false);
	struct capture_reader *r = must_open("-");
	must_write(f, &p);
	cr_assert_eq(next(r, &got), 1, "a pipe is flushed record by record");
	cr_assert(got.length == 5 && got.time_ns == 77 &&
	          got.link_type == ENVELOPE_LINK_IEEE802_15_4_TAP);
	must_close(f);
	redirect(saved, STDOUT_FILENO);
	cr_assert_eq(next(r, &got), 0);
	capture_reader_close(r);
}

static char *fifo(void)
{
	char *path = strdup(in_folder("fifo"));

	cr_assert(mkfifo(path, 0600) == 0);
	return path;
}

Test(capture, a_reader_that_goes_away_is_a_normal_end)
{
	char *path = fifo();
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	struct file *f = must_create(path, ENVELOPE_LINK_RAW, false);
	struct envelope_packet p = packet("frame", 5, 1, 0);
	struct pollfd gone = {file_fd(f), 0, 0};

	must_write(f, &p);
	cr_assert_eq(poll(&gone, 1, 0), 0);
	close(reader);
	cr_assert(poll(&gone, 1, 0) == 1 && gone.revents & POLLERR);
	cr_assert_eq(pcap_put_packet(f, &p, &why), OUTPUT_CLOSED);
	cr_assert_eq(file_packets(f), 1);
	cr_assert_eq(file_close(f, &why), OUTPUT_CLOSED);
	free(path);
}

static void *open_reader(void *path)
{
	return (void *)(intptr_t)open(path, O_RDONLY);
}

Test(capture, waits_for_the_reader_of_a_fifo)
{
	char *path = fifo();
	pthread_t thread;
	void *fd;

	cr_assert(pthread_create(&thread, NULL, open_reader, path) == 0);
	struct file *f = must_create(path, ENVELOPE_LINK_RAW, false);
	pthread_join(thread, &fd);
	must_close(f);
	close((int)(intptr_t)fd);
	free(path);
}

/* --- the stop --- */

/* Stops the tool when an octet comes through the pipe: the other side is about to wait. */
static void *stop_when_told(void *fd)
{
	char octet;

	if (read(*(int *)fd, &octet, 1) == 1)
		loop_stop(0);
	return NULL;
}

static pthread_t start_stopper(int tell[2])
{
	pthread_t thread;

	cr_assert(pipe(tell) == 0);
	cr_assert(pthread_create(&thread, NULL, stop_when_told, &tell[0]) == 0);
	return thread;
}

Test(capture, a_stop_ends_reading_an_idle_pipe)
{
	int tell[2];
	char *path = fifo();
	struct envelope_packet p = packet("frame", 5, 1, 0), got;

	loop_open(NULL);
	pthread_t stopper = start_stopper(tell);
	int keep = open(path, O_RDWR);
	struct file *f = must_create(path, ENVELOPE_LINK_RAW, false);
	struct capture_reader *r = must_open(path);
	must_write(f, &p);
	cr_assert_eq(next(r, &got), 1);
	cr_assert_eq(write(tell[1], "x", 1), 1);
	cr_assert_eq(next(r, &got), 0, "would wait for ever");
	pthread_join(stopper, NULL);
	capture_reader_close(r);
	must_close(f);
	close(keep);
	free(path);
}

Test(capture, a_stop_ends_waiting_for_a_header)
{
	int tell[2];
	char *path = fifo();

	loop_open(NULL);
	pthread_t stopper = start_stopper(tell);
	int keep = open(path, O_RDWR);
	cr_assert_eq(write(tell[1], "x", 1), 1);
	cr_assert_null(capture_reader_open(path, &why));
	cr_assert(loop_stopping());
	pthread_join(stopper, NULL);
	close(keep);
	free(path);
}

/* The main thread has no loop_run yet, and its signals are blocked. */
Test(capture, a_signal_ends_waiting_for_a_header)
{
	char *path = fifo();

	loop_open(NULL);
	int keep = open(path, O_RDWR);
	raise(SIGTERM);
	cr_assert_null(capture_reader_open(path, &why));
	cr_assert(loop_stopping());
	close(keep);
	free(path);
}

Test(capture, a_signal_ends_waiting_for_the_reader_of_a_fifo)
{
	char *path = fifo();

	loop_open(NULL);
	raise(SIGINT);
	cr_assert_null(create(path, ENVELOPE_LINK_RAW, false));
	cr_assert(loop_stopping());
	free(path);
}

Test(capture, a_stop_leaves_whole_records_in_a_full_pipe)
{
	static uint8_t data[700], got[1 << 18];
	int tell[2], result;
	size_t accepted = 0, n = 0;
	char *path = fifo();

	loop_open(NULL);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	struct file *f = must_create(path, ENVELOPE_LINK_RAW, false);
	struct envelope_packet p = packet(data, sizeof data, 1, 0);
	struct pollfd room = {file_fd(f), POLLOUT, 0};
	while (poll(&room, 1, 0) == 1) {
		must_write(f, &p);
		accepted++;
	}
	pthread_t stopper = start_stopper(tell);
	cr_assert_eq(write(tell[1], "x", 1), 1);
	result = pcap_put_packet(f, &p, &why);
	cr_assert_eq(result, OUTPUT_STOPPED);
	pthread_join(stopper, NULL);
	cr_assert_eq(file_packets(f), accepted);
	cr_assert_eq(file_close(f, &why), OUTPUT_STOPPED);
	for (ssize_t k; (k = read(reader, got + n, sizeof got - n)) > 0;)
		n += (size_t)k;
	cr_assert_eq(count_whole_records(got, n), accepted);
	close(reader);
	free(path);
}

/* A stop is no reason to lose what can be written. */
Test(capture, after_a_stop_a_pipe_with_room_still_takes_records)
{
	char *path = fifo();
	struct envelope_packet p = packet("frame", 5, 1, 0);

	loop_open(NULL);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	struct file *f = must_create(path, ENVELOPE_LINK_RAW, false);
	loop_stop(0);
	must_write(f, &p);
	must_close(f);
	close(reader);
	free(path);
}
