/* bin/common/capture/sink: what is gathered before it is written, and what is written by a thread
 * of its own. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"
#include "capture/sink.h"

enum { PCAP_HEADER = 24, RECORD_HEADER = 16 };

static char path[] = "/tmp/test_sink_gather.XXXXXX";

static void begin(void)
{
	loop_open(NULL);
	close(mkstemp(path));
}

static void end(void)
{
	unlink(path);
}

TestSuite(sink_gather, .init = begin, .fini = end, .timeout = 60);

static size_t make_line(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	(void)about;
	return (size_t)snprintf(out, size, "%zu", p->length);
}

static const uint8_t data[60000];

static void put(struct sink *s, size_t length)
{
	struct envelope_packet p = {data, length, 1, ENVELOPE_LINK_IEEE802_15_4_NOFCS};

	sink_put(s, &p, 1, NULL);
}

/* fd becomes what the sink writes to. */
static void open_onto(struct sink *s, int fd, enum sink_format format, bool gather, bool flush_each)
{
	const struct sink_config c = {
		.path = "-",
		.format = format,
		.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS,
		.gather = gather,
		.flush_each = flush_each,
		.line = make_line,
	};

	cr_assert(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	cr_assert_eq(sink_open(s, &c), OUTPUT_OPEN);
}

static ssize_t read_now(int fd, char *out, size_t size)
{
	return poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0) == 1 ? read(fd, out, size) : 0;
}

static size_t read_all_now(int fd)
{
	char octets[4096];
	size_t all = 0;
	ssize_t n;

	while ((n = read_now(fd, octets, sizeof octets)) > 0)
		all += (size_t)n;
	return all;
}

/* What a pipe's reader sees after three packets, then when the caller rests. */
static void see_three(enum sink_format format, bool gather, bool flush_each, size_t seen[2])
{
	struct sink s;
	int fds[2];

	cr_assert(pipe(fds) == 0);
	open_onto(&s, fds[1], format, gather, flush_each);
	read_all_now(fds[0]);
	for (unsigned i = 0; i < 3; i++)
		put(&s, 10);
	seen[0] = read_all_now(fds[0]);
	cr_assert_eq(sink_rest(&s), OUTPUT_OPEN);
	seen[1] = read_all_now(fds[0]);
	cr_assert_eq(sink_written(&s), 3);
	sink_close(&s);
	close(fds[0]);
	close(fds[1]);
}

Test(sink_gather, a_pipe_is_written_when_the_caller_rests)
{
	static const struct {
		enum sink_format format;
		size_t octets;
	} cases[] = {
		{SINK_LINES, 3 * 3}, {SINK_JSON, 3 * 3}, {SINK_PCAP, 3 * (RECORD_HEADER + 10)}};
	size_t seen[2];

	for (unsigned i = 0; i < 3; i++) {
		see_three(cases[i].format, true, false, seen);
		cr_assert(seen[0] == 0 && seen[1] == cases[i].octets);
		see_three(cases[i].format, true, true, seen);
		cr_assert(seen[0] == cases[i].octets && seen[1] == 0, "-U");
		see_three(cases[i].format, false, false, seen);
		cr_assert(seen[0] == cases[i].octets && seen[1] == 0, "who does not rest");
	}
}

Test(sink_gather, a_terminal_has_each_line_at_once)
{
	struct sink s;
	int terminal, other;
	char line[16];

	cr_assert(openpty(&terminal, &other, NULL, NULL, NULL) == 0);
	open_onto(&s, other, SINK_LINES, true, false);
	put(&s, 10);
	cr_assert(poll(&(struct pollfd){terminal, POLLIN, 0}, 1, 10000) == 1);
	cr_assert(read_now(terminal, line, sizeof line) == 4 && memcmp(line, "10\r\n", 4) == 0);
	sink_close(&s);
}

/* What a pipe in packet mode gives to one read(2) is what one write(2) has put there. */
Test(sink_gather, a_write_to_a_pipe_holds_whole_records)
{
	static const size_t lengths[] = {0, 10, 100, 4000, PIPE_BUF - RECORD_HEADER, 77};
	struct sink s;
	int fds[2];
	char octets[PIPE_BUF];
	ssize_t n;

	cr_assert(pipe2(fds, O_DIRECT) == 0);
	fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	open_onto(&s, fds[1], SINK_PCAP, true, false);
	cr_assert_eq(read_now(fds[0], octets, sizeof octets), PCAP_HEADER);
	for (unsigned i = 0; i < 60; i++)
		put(&s, lengths[i % 6]);
	sink_rest(&s);
	unsigned records = 0, writes = 0;
	for (; (n = read_now(fds[0], octets, sizeof octets)) > 0; writes++)
		for (ssize_t at = 0; at < n; records++) {
			uint32_t length;

			memcpy(&length, octets + at + 8, sizeof length);
			cr_assert_eq(length, lengths[records % 6]);
			at += RECORD_HEADER + (ssize_t)length;
			cr_assert(at <= n, "a record is cut");
		}
	cr_assert(records == 60 && writes < 40, "%u records in %u writes", records, writes);
	sink_close(&s);
}

/* --- written behind --- */

static enum output_state write_behind(struct sink *s, unsigned packets)
{
	const struct sink_config c = {
		.path = path,
		.format = SINK_PCAP,
		.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS,
		.overwrite = true,
		.write_behind = true,
	};

	cr_assert_eq(sink_open(s, &c), OUTPUT_OPEN, "%s", s->why.text);
	for (unsigned i = 0; i < packets; i++)
		put(s, i % 1000);
	return sink_close(s);
}

static size_t size_of_records(unsigned n)
{
	size_t size = PCAP_HEADER;

	for (unsigned i = 0; i < n; i++)
		size += RECORD_HEADER + i % 1000;
	return size;
}

Test(sink_gather, a_file_that_is_written_behind_holds_all_in_its_order)
{
	struct sink s;
	unsigned i = 0;
	uint32_t header[4];

	cr_assert_eq(write_behind(&s, 5000), OUTPUT_COMPLETE);
	cr_assert(sink_written(&s) == 5000 && s.accepted == 5000);
	FILE *f = fopen(path, "r");
	fseek(f, PCAP_HEADER, SEEK_SET);
	for (; fread(header, sizeof header, 1, f) == 1; i++) {
		cr_assert(header[2] == i % 1000 && header[3] == i % 1000);
		fseek(f, header[2], SEEK_CUR);
	}
	cr_assert((size_t)ftell(f) == size_of_records(5000) && i == 5000);
	fclose(f);
}

/* Wherever the write that fails is: the first that is behind, one in between, the last. */
Test(sink_gather, a_file_that_is_written_behind_is_cut_where_the_disk_is_full)
{
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t limit = 100000; limit < 2600000; limit += 100000) {
		struct sink s;
		struct stat status;
		const struct rlimit least = {limit, RLIM_INFINITY},
				    none = {RLIM_INFINITY, RLIM_INFINITY};

		setrlimit(RLIMIT_FSIZE, &least);
		enum output_state state = write_behind(&s, 5000);
		setrlimit(RLIMIT_FSIZE, &none);
		bool fits = size_of_records(5000) <= limit;
		cr_assert_eq(state, fits ? OUTPUT_COMPLETE : OUTPUT_FAILED);
		cr_assert(fits || strstr(s.why.text, "File too large"), "%s", s.why.text);
		cr_assert(stat(path, &status) == 0);
		cr_assert_eq((size_t)status.st_size, size_of_records((unsigned)sink_written(&s)));
		cr_assert(sink_written(&s) <= s.accepted);
	}
}
