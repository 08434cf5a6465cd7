/* bin/common/capture/pcapng: every block octet by octet, and whole blocks on a disk that is too
 * small. libpcap reads them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/loop.h"
#include "capture/pcapng.h"
#include "base/version.h"

static char folder[] = "/tmp/test_pcapng.XXXXXX", path[64];

static void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.pcapng", folder);
	loop_open(NULL);
}

static void remove_folder(void)
{
	unlink(path);
	cr_assert(rmdir(folder) == 0, "something else is left in %s", folder);
}

TestSuite(pcapng, .init = make_folder, .fini = remove_folder, .timeout = 60);

static uint8_t file[1 << 20];

static size_t read_file(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, file, sizeof file);

	cr_assert(fd >= 0 && n >= 0 && (size_t)n < sizeof file);
	close(fd);
	return (size_t)n;
}

static struct why why;

/* A pcapng file with its section header. */
static struct file *create(const char *name, bool flush_each)
{
	struct file *f = file_open(name, PATH_OVERWRITE | (flush_each ? FILE_FLUSH_EACH : 0), &why);

	cr_assert(!f || pcapng_put_section(f, &why) == OUTPUT_OPEN, "%s", why.text);
	return f;
}

static struct file *must_create(void)
{
	struct file *f = create(path, false);

	cr_assert(f, "%s", why.text);
	return f;
}

static bool put_interface(struct file *f, const char *name, uint16_t link_type)
{
	return pcapng_put_interface(f, name, link_type, &why) == OUTPUT_OPEN;
}

static bool put_packet(struct file *f, unsigned interface, const struct envelope_packet *p)
{
	return pcapng_put_packet(f, interface, p, &why) == OUTPUT_OPEN;
}

static bool close_it(struct file *f)
{
	return file_close(f, &why) == OUTPUT_OPEN;
}

static struct envelope_packet packet(const void *data, size_t length, int64_t time_ns)
{
	return (struct envelope_packet){data, length, time_ns, ENVELOPE_LINK_RAW};
}

static uint32_t word(size_t at)
{
	uint32_t value;

	memcpy(&value, file + at, sizeof value);
	return value;
}

/* The blocks of file[0..n) are whole; returns how many there are. */
static unsigned count_blocks(size_t n)
{
	unsigned count = 0;

	for (size_t at = 0; at < n; at += word(at + 4), count++) {
		cr_assert(at + 12 <= n && word(at + 4) >= 12 && word(at + 4) % 4 == 0);
		cr_assert(at + word(at + 4) <= n, "block %u is cut", count);
		cr_assert(word(at + word(at + 4) - 4) == word(at + 4), "block %u has two lengths",
		          count);
	}
	return count;
}

Test(pcapng, octet_by_octet)
{
	static const uint32_t expected[] = {
		/* section header: type, length, magic, version 1.0, unknown length; option 4,
	           "framebus 0.1.0" of 14, padded; end; length */
		0x0A0D0D0A,
		52,
		0x1A2B3C4D,
		1,
		0xffffffff,
		0xffffffff,
		4 | 14 << 16,
		0x6d617266,
		0x73756265,
		0x312e3020,
		0x0000302e,
		0,
		52,
		/* interface: type, length, link type, snapshot length; option 2, "abc", padded;
	           option 9, 9; end; length */
		1,
		40,
		101,
		262144,
		2 | 3 << 16,
		0x00636261,
		9 | 1 << 16,
		9,
		0,
		40,
		/* packet: type, length, interface, time high, time low, captured, original, 5
	           octets padded, length */
		6,
		40,
		0,
		0x00000001,
		0x00000002,
		5,
		5,
		0x04030201,
		0x00000005,
		40,
	};

	cr_assert(strcmp(FRAMEBUS_VERSION, "0.1.0") == 0, "the expected octets hold the version");
	struct file *f = must_create();
	struct envelope_packet p = packet("\1\2\3\4\5", 5, (INT64_C(1) << 32) + 2);
	cr_assert(put_interface(f, "abc", 101));
	cr_assert(put_packet(f, 0, &p));
	cr_assert(close_it(f));
	size_t n = read_file();
	for (size_t i = 0; i < n / 4 && i < sizeof expected / 4; i++)
		cr_assert(word(4 * i) == expected[i], "word %zu: %08x, not %08x", i, word(4 * i),
		          expected[i]);
	cr_assert(n == sizeof expected, "%zu octets", n);
}

Test(pcapng, every_length_is_read_by_libpcap)
{
	static uint8_t octets[300];
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7);
	struct file *f = must_create();
	cr_assert(put_interface(f, "", 101));
	for (size_t length = 0; length <= sizeof octets; length++) {
		struct envelope_packet p =
			packet(octets, length, 1700000000123456789 + (int64_t)length);
		cr_assert(put_packet(f, 0, &p));
	}
	cr_assert(file_flush(f, &why) == OUTPUT_OPEN && file_packets(f) == sizeof octets + 1);
	cr_assert(close_it(f));
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	cr_assert(pcap, "%s", error);
	for (size_t length = 0; length <= sizeof octets; length++) {
		cr_assert(pcap_next_ex(pcap, &header, &data) == 1, "%zu: %s", length,
		          pcap_geterr(pcap));
		cr_assert(header->caplen == length && header->len == length &&
		          memcmp(data, octets, length) == 0);
		cr_assert(header->ts.tv_sec == 1700000000 &&
		          (size_t)header->ts.tv_usec == 123456789 + length);
	}
	cr_assert(pcap_next_ex(pcap, &header, &data) == PCAP_ERROR_BREAK);
	pcap_close(pcap);
}

Test(pcapng, long_names_are_cut_and_interfaces_are_numbered)
{
	char name[300];
	struct file *f = must_create();

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (unsigned i = 0; i < 5; i++)
		cr_assert(put_interface(f, name, 230));
	cr_assert(close_it(f));
	size_t n = read_file();
	cr_assert(count_blocks(n) == 6);
	cr_assert(word(52 + 16) == (2 | 255u << 16), "a name of 255 octets");
}

/* Agents choose their names, and tshark and Wireshark show them. */
Test(pcapng, names_are_escaped)
{
	struct file *f = must_create();

	cr_assert(put_interface(f,
	                        "a\xe2\x80\xae"
	                        "b\xc2\x9b",
	                        230));
	cr_assert(close_it(f));
	read_file();
	cr_assert(word(52 + 16) == (2 | 14u << 16), "%x", word(52 + 16));
	cr_assert(memcmp(file + 52 + 20, "a\\u202eb\\u009b", 14) == 0);
}

Test(pcapng, what_no_block_holds_is_refused_and_the_next_is_not)
{
	static uint8_t large[70000];
	struct file *f = must_create();
	struct envelope_packet good = packet(large, 65535, 1), bad = packet(large, sizeof large, 1),
			       early = packet(large, 1, -5);

	cr_assert(put_interface(f, "a", 101));
	cr_assert(put_packet(f, 0, &good));
	cr_assert(pcapng_put_packet(f, 0, &bad, &why) == OUTPUT_FAILED &&
	          strstr(why.text, "too long"));
	cr_assert(put_packet(f, 0, &early));
	cr_assert(close_it(f));
	cr_assert(count_blocks(read_file()) == 4);
}

static void limit_files(rlim_t octets)
{
	struct rlimit limit = {octets, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* Every place at which a disk may be full, for a writer that flushes each block and for one that
 * does not. */
Test(pcapng, a_full_disk_leaves_whole_blocks)
{
	static uint8_t octets[50];

	for (rlim_t size = 52; size < 52 + 40 + 84 * 4; size++) {
		for (int each = 0; each < 2; each++) {

			limit_files(RLIM_INFINITY);
			struct file *f = create(path, each);
			cr_assert(f, "%s", why.text);
			limit_files(size);
			struct envelope_packet p = packet(octets, sizeof octets, 1);
			enum output_state result = pcapng_put_interface(f, "a", 101, &why);
			for (unsigned i = 0; i < 8 && result == OUTPUT_OPEN; i++)
				result = pcapng_put_packet(f, 0, &p, &why);
			uint64_t packets = file_packets(f);
			enum output_state closed = file_close(f, &why);
			cr_assert(closed == OUTPUT_FAILED &&
			                  strstr(why.text, "a.pcapng: File too large"),
			          "%lu: %d %s", (unsigned long)size, closed, why.text);
			limit_files(RLIM_INFINITY);
			size_t n = read_file();
			unsigned blocks = count_blocks(n);
			cr_assert(n <= size && n + 84 > size, "%zu octets of %lu", n,
			          (unsigned long)size);
			cr_assert(!each || packets == (blocks > 2 ? blocks - 2 : 0),
			          "%u blocks, %lu packets", blocks, (unsigned long)packets);
		}
	}
}

Test(pcapng, refusals_say_why)
{

	cr_assert(!create("/nonexistent/a.pcapng", false) &&
	          strcmp(why.text, "/nonexistent/a.pcapng: No such file or directory") == 0);
	cr_assert(!create(folder, false) && strstr(why.text, ": Is a directory"));
}

Test(pcapng, a_reader_that_goes_away_is_a_normal_end)
{
	int ends[2], saved = dup(STDOUT_FILENO);

	cr_assert(pipe(ends) == 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
	struct file *f = create("-", false);
	dup2(saved, STDOUT_FILENO);
	close(ends[1]);
	cr_assert(f, "%s", why.text);
	cr_assert(read(ends[0], file, sizeof file) == 52 && count_blocks(52) == 1,
	          "the section header comes at once");
	close(ends[0]);
	cr_assert(pcapng_put_interface(f, "a", 101, &why) == OUTPUT_CLOSED);
	cr_assert(file_close(f, &why) == OUTPUT_CLOSED);
}
