/* bin/common/capture/sink: several outputs side by side, and how each of them ends. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"
#include "capture/reader.h"
#include "capture/sink.h"

enum { PCAP_HEADER = 24, RECORD_HEADER = 16 };

static char folder[] = "/tmp/test_sink.XXXXXX";

static void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	loop_open(NULL);
}

static const char *in_folder(const char *name)
{
	static char paths[8][320];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

/* Calls each for every name in the folder; returns how many there are. */
static unsigned for_all_files(void (*each)(const char *path))
{
	DIR *d = opendir(folder);
	unsigned count = 0;

	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.') {
			each(in_folder(e->d_name));
			count++;
		}
	closedir(d);
	return count;
}

static void remove_file(const char *path)
{
	unlink(path);
}

static void remove_folder(void)
{
	for_all_files(remove_file);
	rmdir(folder);
}

TestSuite(sink, .init = make_folder, .fini = remove_folder, .timeout = 60);

static size_t make_line(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	return (size_t)snprintf(out, size, "%s %zu", (const char *)about, p->length);
}

static const struct sink_source sources[] = {{0, "left"}, {1, "right"}};

static const struct sink_source *find_source(const struct envelope_packet *p, const void *about)
{
	(void)p;
	for (unsigned i = 0; i < 2; i++)
		if (strcmp(sources[i].name, about) == 0)
			return &sources[i];
	return NULL;
}

static struct sink_config config(const char *path, enum sink_format format)
{
	return (struct sink_config){
		.path = path, .format = format, .line = make_line, .source = find_source};
}

static const uint8_t data[100];

static struct envelope_packet packet(size_t length, uint16_t link_type)
{
	return (struct envelope_packet){
		.data = data, .length = length, .time_ns = 1, .link_type = link_type};
}

static void must_open(struct sink *s, const struct sink_config *c)
{
	cr_assert_eq(sink_open(s, c), OUTPUT_OPEN, "%s", s->why.text);
}

static void must_put(struct sink *s, size_t length, const char *about)
{
	struct envelope_packet p = packet(length, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

	cr_assert_eq(sink_put(s, &p, 1, about), OUTPUT_OPEN, "%s", s->why.text);
}

static off_t size_of(const char *name)
{
	struct stat status;

	return stat(in_folder(name), &status) == 0 ? status.st_size : -1;
}

static unsigned packets_in(const char *name)
{
	struct why why;
	struct envelope_packet p;
	unsigned count = 0;
	struct capture_reader *r = capture_reader_open(in_folder(name), &why);

	cr_assert(r, "%s", why.text);
	int result;
	while ((result = capture_reader_next(r, &p, &why)) == 1)
		count++;
	cr_assert_eq(result, 0, "%s", why.text);
	capture_reader_close(r);
	return count;
}

Test(sink, several_side_by_side_are_independent)
{
	static struct sink sinks[4];
	struct sink_config lines = config(in_folder("lines"), SINK_LINES),
			   ring = config(in_folder("ring"), SINK_PCAP),
			   row = config(in_folder("row"), SINK_PCAPNG),
			   plain = config(in_folder("plain"), SINK_PCAP);

	ring.link_type = plain.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	ring.rotation = (struct rotation){.octets = 1000, .files = 3};
	row.rotation = (struct rotation){.octets = 2000};
	must_open(&sinks[0], &lines);
	must_open(&sinks[1], &ring);
	must_open(&sinks[2], &row);
	must_open(&sinks[3], &plain);
	for (unsigned i = 0; i < 100; i++)
		for (unsigned k = 0; k < 4; k++)
			must_put(&sinks[k], i, i % 2 ? "right" : "left");
	for (unsigned k = 0; k < 4; k++) {
		cr_assert_eq(sink_close(&sinks[k]), OUTPUT_COMPLETE);
		cr_assert(sinks[k].accepted == 100 && sink_written(&sinks[k]) == 100);
	}
	cr_assert_eq(packets_in("plain"), 100);
	cr_assert(sinks[3].files == 1 && sinks[1].files > 3 && sinks[2].files > 2);
	cr_assert_eq(size_of("ring.3"), -1);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(size_of((const char *[]){"ring.0", "ring.1", "ring.2"}[i]) > PCAP_HEADER);
	cr_assert_eq(size_of("plain"), PCAP_HEADER + 100 * RECORD_HEADER + 99 * 100 / 2);
	cr_assert_eq(size_of("lines"), 50 * 5 + 50 * 6 + 10 * 2 + 90 * 3);
}

static unsigned packets_in_row;

static void count_packets(const char *path)
{
	packets_in_row += packets_in(strrchr(path, '/') + 1);
}

/* A file of a rotation is read alone. */
Test(sink, lines_are_escaped_whoever_writes_them)
{
	struct sink s;
	const struct sink_config c = config(in_folder("lines"), SINK_LINES);
	char line[64] = "";

	must_open(&s, &c);
	must_put(&s, 5, "a\nb\xc2\x9b\xe2\x80\xae\xff");
	sink_close(&s);
	FILE *f = fopen(in_folder("lines"), "r");
	cr_assert(f && fgets(line, sizeof line, f));
	cr_assert_str_eq(line, "a\\x0ab\\u009b\\u202e\\xff 5\n");
	fclose(f);
}

static size_t fill_line(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	(void)p;
	(void)about;
	memset(out, 'a', size);
	out[size - 2] = '}';
	out[size - 1] = '\0';
	return size - 1;
}

/* JSON would lose its end. */
Test(sink, a_line_that_fills_its_room_is_written_whole)
{
	struct sink s;
	struct sink_config c = config(in_folder("full"), SINK_LINES);
	char line[2 * SINK_LINE_MAX] = "";

	c.line = fill_line;
	must_open(&s, &c);
	must_put(&s, 5, "");
	sink_close(&s);
	FILE *f = fopen(in_folder("full"), "r");
	cr_assert(f && fgets(line, sizeof line, f));
	cr_assert_str_eq(line + strlen(line) - 2, "}\n");
	fclose(f);
}

Test(sink, every_pcapng_file_describes_its_own_interfaces)
{
	struct sink sink;
	struct sink_config c = config(in_folder("row"), SINK_PCAPNG);

	c.rotation.octets = 500;
	must_open(&sink, &c);
	for (unsigned i = 0; i < 100; i++)
		must_put(&sink, i, i < 50 ? "left" : i % 3 ? "right" : "left");
	cr_assert_eq(sink_close(&sink), OUTPUT_COMPLETE);
	cr_assert_eq(for_all_files(count_packets), sink.files);
	cr_assert(sink.files > 10 && packets_in_row == 100, "%lu files, %u packets",
	          (unsigned long)sink.files, packets_in_row);
}

Test(sink, more_sources_than_there_is_room_for_end_it_and_it_says_so)
{
	struct sink sink;
	struct sink_config c = config(in_folder("a.pcapng"), SINK_PCAPNG);
	struct envelope_packet p = packet(5, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

	must_open(&sink, &c);
	cr_assert_eq(sink_put(&sink, &p, 1, "unknown"), OUTPUT_FAILED);
	cr_assert(strstr(sink.why.text, "a.pcapng: more sources"), "%s", sink.why.text);
	cr_assert_eq(sink_put(&sink, &p, 1, "left"), OUTPUT_FAILED, "it stays");
	cr_assert_eq(sink_close(&sink), OUTPUT_FAILED);
}

Test(sink, a_pcap_file_waits_for_its_link_type)
{
	struct sink sink;
	struct sink_config c = config(in_folder("a.pcap"), SINK_PCAP);
	struct envelope_packet frame = packet(5, ENVELOPE_LINK_IEEE802_15_4_NOFCS),
			       ip = packet(5, ENVELOPE_LINK_RAW);

	must_open(&sink, &c);
	cr_assert(sink.files == 0 && size_of("a.pcap") == 0, "nobody else takes its name");
	cr_assert_eq(sink_put(&sink, &frame, 1, NULL), OUTPUT_OPEN);
	cr_assert_eq(sink_put(&sink, &ip, 1, NULL), OUTPUT_OPEN);
	cr_assert(sink.accepted == 1 && sink.other_link_type == 1 && sink.files == 1);
	cr_assert_eq(sink_close(&sink), OUTPUT_COMPLETE);
	cr_assert_eq(packets_in("a.pcap"), 1);
	must_open(&sink, &c);
	cr_assert_eq(sink_close(&sink), OUTPUT_COMPLETE);
	cr_assert_eq(size_of("a.1.pcap"), PCAP_HEADER, "nothing heard is a capture, too");
}

Test(sink, what_is_synced_has_left_the_buffer)
{
	struct sink sink;
	struct sink_config c = config(in_folder("a.pcap"), SINK_PCAP);

	c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	must_open(&sink, &c);
	must_put(&sink, 10, NULL);
	cr_assert(sink_written(&sink) == 0);
	cr_assert_eq(sink_sync(&sink), OUTPUT_OPEN);
	cr_assert(sink_written(&sink) == 1 && packets_in("a.pcap") == 1);
	sink_close(&sink);
	c = config("/dev/null", SINK_LINES);
	must_open(&sink, &c);
	must_put(&sink, 10, "left");
	cr_assert_eq(sink_sync(&sink), OUTPUT_OPEN, "no file: flushed only");
	sink_close(&sink);
}

/* --- failures --- */

static void limit_files(rlim_t octets)
{
	struct rlimit limit = {octets, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void expect_reason(const struct sink *s, const char *wanted)
{
	cr_assert_eq(s->state, OUTPUT_FAILED);
	cr_assert_str_eq(s->why.text, wanted);
}

/* Wherever the write is that meets the full disk: at a put, at a flush, at the end. */
Test(sink, a_full_disk_is_named_with_its_reason_in_every_format)
{
	static const char *const names[] = {"lines", "json", "a.pcap", "a.pcapng"};
	char wanted[400];
	struct sink sink;

	for (int format = SINK_LINES; format <= SINK_PCAPNG; format++)
		for (int end = 0; end < 3; end++) {
			struct sink_config c =
				config(in_folder(names[format]), (enum sink_format)format);
			struct envelope_packet p = packet(90, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

			c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
			c.flush_each = end == 0;
			c.overwrite = true;
			must_open(&sink, &c);
			limit_files(200);
			for (unsigned i = 0; i < 50; i++)
				sink_put(&sink, &p, 1, "left");
			if (end == 1)
				sink_flush(&sink);
			sink_close(&sink);
			limit_files(RLIM_INFINITY);
			snprintf(wanted, sizeof wanted, "%s: File too large", c.path);
			expect_reason(&sink, wanted);
			cr_assert(size_of(names[format]) <= 200);
			cr_assert(sink_written(&sink) < 50 && sink.accepted >= sink_written(&sink));
		}
}

Test(sink, dev_full_is_named_with_its_reason_in_every_format)
{
	for (int format = SINK_LINES; format <= SINK_PCAPNG; format++) {
		struct sink sink;
		struct sink_config c = config("/dev/full", (enum sink_format)format);
		struct envelope_packet p = packet(90, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

		sink_open(&sink, &c);
		sink_put(&sink, &p, 1, "left");
		sink_close(&sink);
		expect_reason(&sink, "/dev/full: No space left on device");
	}
}

Test(sink, what_cannot_be_opened_is_named_with_its_reason)
{
	for (int format = SINK_LINES; format <= SINK_PCAPNG; format++) {
		struct sink sink;
		struct sink_config c = config("/no/such/file", (enum sink_format)format);

		cr_assert_eq(sink_open(&sink, &c), OUTPUT_FAILED);
		expect_reason(&sink, "/no/such/file: No such file or directory");
		c.path = "";
		c.rotation.seconds = 1;
		c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
		cr_assert_eq(sink_open(&sink, &c), OUTPUT_FAILED);
		expect_reason(&sink, "'': makes a name that is empty or too long");
	}
}

/* The rest is written when the end has been reached already. */
Test(sink, a_disk_that_is_full_at_the_end_is_a_failure)
{
	struct sink sink;
	struct sink_config c = config(in_folder("a.pcap"), SINK_PCAP);

	c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	struct envelope_packet p = packet(90, c.link_type);
	c.rotation = (struct rotation){.seconds = 1, .files = 1};
	must_open(&sink, &c);
	/* On a machine that is busy the second may be over before the packet comes. */
	while (sink_put(&sink, &p, 1, NULL) != OUTPUT_OPEN) {
		sink_close(&sink);
		must_open(&sink, &c);
	}
	while (sink_idle(&sink) == OUTPUT_OPEN)
		poll(NULL, 0, 10);
	cr_assert_eq(sink.state, OUTPUT_COMPLETE);
	limit_files(30);
	cr_assert_eq(sink_close(&sink), OUTPUT_FAILED);
	limit_files(RLIM_INFINITY);
	cr_assert(strstr(sink.why.text, "File too large") && sink_written(&sink) == 0);
}

/* Standard output may be a file that others have written to before. */
Test(sink, a_full_disk_takes_nothing_from_what_was_there)
{
	struct sink sink;
	struct sink_config c = config("-", SINK_PCAP);
	int saved = dup(STDOUT_FILENO);
	int fd = open(in_folder("a"), O_WRONLY | O_CREAT, 0600);

	cr_assert(fd >= 0 && write(fd, data, 100) == 100 && dup2(fd, STDOUT_FILENO) >= 0);
	c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	must_open(&sink, &c);
	must_put(&sink, 10, NULL);
	must_put(&sink, 90, NULL);
	limit_files(200);
	sink_close(&sink);
	limit_files(RLIM_INFINITY);
	dup2(saved, STDOUT_FILENO);
	close(fd);
	cr_assert_eq(size_of("a"), 100 + PCAP_HEADER + RECORD_HEADER + 10);
	expect_reason(&sink, "standard output: File too large");
}

/* --- ends that are none --- */

Test(sink, a_reader_that_goes_away_closes_it)
{
	for (int format = SINK_LINES; format <= SINK_PCAPNG; format++) {
		struct sink sink;
		struct sink_config c = config(in_folder("fifo"), (enum sink_format)format);
		struct envelope_packet p = packet(90, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

		cr_assert(mkfifo(c.path, 0600) == 0);
		int reader = open(c.path, O_RDONLY | O_NONBLOCK);
		c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
		must_open(&sink, &c);
		must_put(&sink, 90, "left");
		cr_assert_eq(sink_written(&sink), 1, "a pipe is written at once");
		close(reader);
		cr_assert_eq(sink_put(&sink, &p, 1, "left"), OUTPUT_CLOSED);
		cr_assert(sink.accepted == 1 && sink_written(&sink) == 1);
		cr_assert_eq(sink_close(&sink), OUTPUT_CLOSED);
		unlink(c.path);
	}
}

/* Also while no reader is there: it is no packet that one would have been given. */
Test(sink, a_packet_of_another_link_type_waits_for_no_reader)
{
	for (int reopen = SINK_REOPEN_DROP; reopen <= SINK_REOPEN_WAIT; reopen++) {
		struct sink sink;
		struct sink_config c = config(in_folder("fifo"), SINK_PCAP);
		struct envelope_packet frame = packet(90, ENVELOPE_LINK_IEEE802_15_4_NOFCS),
				       ip = packet(90, ENVELOPE_LINK_RAW);

		cr_assert(mkfifo(c.path, 0600) == 0);
		int reader = open(c.path, O_RDONLY | O_NONBLOCK);
		c.reopen = (enum sink_reopen)reopen;
		must_open(&sink, &c);
		cr_assert_eq(sink_put(&sink, &frame, 1, NULL), OUTPUT_OPEN);
		close(reader);
		cr_assert_eq(sink_reader_left(&sink), OUTPUT_OPEN);
		cr_assert_eq(sink_put(&sink, &ip, 1, NULL), OUTPUT_OPEN);
		cr_assert(sink.other_link_type == 1 && sink.no_reader == 0, "counted once: %d, %d",
		          (int)sink.other_link_type, (int)sink.no_reader);
		sink_close(&sink);
		unlink(c.path);
	}
}

Test(sink, the_stop_ends_the_wait_for_a_reader)
{
	struct sink sink;
	struct sink_config c = config(in_folder("fifo"), SINK_PCAPNG);

	cr_assert(mkfifo(c.path, 0600) == 0);
	loop_stop(0);
	cr_assert_eq(sink_open(&sink, &c), OUTPUT_STOPPED);
	cr_assert_eq(sink_close(&sink), OUTPUT_STOPPED);
}

Test(sink, a_file_is_flushed_a_second_later)
{
	struct sink sink;
	struct sink_config c = config(in_folder("a.pcap"), SINK_PCAP);

	c.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	must_open(&sink, &c);
	cr_assert_eq(sink_timeout_ms(&sink), -1);
	must_put(&sink, 10, NULL);
	cr_assert(sink_timeout_ms(&sink) > 0 && sink_written(&sink) == 0 && sink.accepted == 1);
	poll(NULL, 0, 1100);
	cr_assert_eq(sink_idle(&sink), OUTPUT_OPEN);
	cr_assert_eq(sink_written(&sink), 1);
	cr_assert_eq(sink_timeout_ms(&sink), -1);
	sink_close(&sink);
}
