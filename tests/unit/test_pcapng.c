/* bin/common/pcapng: every block octet by octet, and whole blocks on a disk that is too small.
 * libpcap is the witness.
 */
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

static struct pcapng_writer *must_create(void)
{
	const char *why = "nothing said";
	struct pcapng_writer *w = pcapng_create(path, false, &why);

	cr_assert(w, "%s", why);
	return w;
}

static struct packet packet(const void *data, size_t length, int64_t time_ns)
{
	return (struct packet){data, length, time_ns, LINK_RAW};
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
	const char *why = "";
	unsigned number = 99;

	cr_assert(strcmp(FRAMEBUS_VERSION, "0.1.0") == 0, "the expected octets hold the version");
	struct pcapng_writer *w = must_create();
	struct packet p = packet("\1\2\3\4\5", 5, (INT64_C(1) << 32) + 2);
	cr_assert(pcapng_interface(w, "abc", 101, &number, &why) == 0 && number == 0);
	cr_assert(pcapng_write(w, number, &p, &why) == 0);
	cr_assert(pcapng_close(w, &why) == 0);
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
	const char *why = "";
	unsigned number;

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7);
	struct pcapng_writer *w = must_create();
	cr_assert(pcapng_interface(w, "", 101, &number, &why) == 0);
	for (size_t length = 0; length <= sizeof octets; length++) {
		struct packet p = packet(octets, length, 1700000000123456789 + (int64_t)length);
		cr_assert(pcapng_write(w, number, &p, &why) == 0);
	}
	cr_assert(pcapng_flush(w, &why) == 0 && pcapng_packets(w) == sizeof octets + 1);
	cr_assert(pcapng_close(w, &why) == 0);
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
	const char *why = "";
	unsigned number;
	struct pcapng_writer *w = must_create();

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (unsigned i = 0; i < 5; i++)
		cr_assert(pcapng_interface(w, name, 230, &number, &why) == 0 && number == i);
	cr_assert(pcapng_close(w, &why) == 0);
	size_t n = read_file();
	cr_assert(count_blocks(n) == 6);
	cr_assert(word(52 + 16) == (2 | 255u << 16), "a name of 255 octets");
}

Test(pcapng, what_no_block_holds_is_refused_and_the_next_is_not)
{
	static uint8_t large[70000];
	const char *why = "nothing said";
	unsigned number;
	struct pcapng_writer *w = must_create();
	struct packet good = packet(large, 65535, 1), bad = packet(large, sizeof large, 1),
		      early = packet(large, 1, -5);

	cr_assert(pcapng_interface(w, "a", 101, &number, &why) == 0);
	cr_assert(pcapng_write(w, number, &good, &why) == 0);
	cr_assert(pcapng_write(w, number, &bad, &why) == -1 && strstr(why, "too long"));
	cr_assert(pcapng_write(w, number, &early, &why) == 0);
	cr_assert(pcapng_close(w, &why) == 0);
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
			const char *why = "nothing said";
			unsigned number;

			limit_files(RLIM_INFINITY);
			struct pcapng_writer *w = pcapng_create(path, each, &why);
			cr_assert(w, "%s", why);
			limit_files(size);
			struct packet p = packet(octets, sizeof octets, 1);
			int result = pcapng_interface(w, "a", 101, &number, &why);
			for (unsigned i = 0; i < 8 && result == 0; i++)
				result = pcapng_write(w, number, &p, &why);
			uint64_t packets = pcapng_packets(w);
			int closed = pcapng_close(w, &why);
			cr_assert(closed == -1 && strcmp(why, "File too large") == 0, "%lu: %d %s",
			          (unsigned long)size, closed, why);
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
	const char *why = "nothing said";

	cr_assert(!pcapng_create("/nonexistent/a.pcapng", false, &why) &&
	          strcmp(why, "No such file or directory") == 0);
	cr_assert(!pcapng_create(folder, false, &why) && strcmp(why, "Is a directory") == 0);
}

Test(pcapng, a_reader_that_goes_away_is_a_normal_end)
{
	int ends[2], saved = dup(STDOUT_FILENO);
	const char *why = "";
	unsigned number;

	cr_assert(pipe(ends) == 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
	struct pcapng_writer *w = pcapng_create("-", false, &why);
	dup2(saved, STDOUT_FILENO);
	close(ends[1]);
	cr_assert(w, "%s", why);
	cr_assert(read(ends[0], file, sizeof file) == 52 && count_blocks(52) == 1,
	          "the section header comes at once");
	close(ends[0]);
	cr_assert(pcapng_interface(w, "a", 101, &number, &why) == CAPTURE_CLOSED);
	cr_assert(pcapng_close(w, &why) == CAPTURE_CLOSED);
}
