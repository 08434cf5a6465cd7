/* bin/common/probe's serial on pseudo-terminals: the line's settings, the words of each refusal,
 * locks, hang-up. */
#include <asm/termbits.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/serial.h"

struct pair {
	int master;
	char name[64];
};

static struct pair open_pair(void)
{
	struct pair p = {.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};

	cr_assert(p.master >= 0 && grantpt(p.master) == 0 && unlockpt(p.master) == 0);
	cr_assert(ptsname_r(p.master, p.name, sizeof p.name) == 0);
	return p;
}

static struct serial *must_open(const char *path, unsigned baud, unsigned flags)
{
	struct why why = {"nothing said"};
	struct serial *s = serial_open(path, baud, flags, &why);

	cr_assert(s, "%s: %s", path, why.text);
	return s;
}

static void expect_refusal(const char *path, const char *words)
{
	struct why why = {"nothing said"};

	cr_assert_null(serial_open(path, 115200, 0, &why));
	cr_assert(strstr(why.text, words), "%s: '%s' does not say '%s'", path, why.text, words);
}

static bool is_ready(int fd, short events)
{
	struct pollfd p = {fd, events, 0};

	return poll(&p, 1, 15000) == 1;
}

/* So many, in however many pieces they come. */
static void read_all(const struct pair *p, struct serial *s, uint8_t *out, size_t n)
{
	for (size_t done = 0; done < n;) {
		cr_assert(is_ready(s ? serial_fd(s) : p->master, POLLIN));
		ssize_t got = s ? serial_read(s, out + done, n - done)
		                : read(p->master, out + done, n - done);
		cr_assert_geq(got, 0);
		done += (size_t)got;
	}
}

static const uint8_t every_special[] = {0x00, 0x03, 0x04, '\r', '\n', 0x11, 0x13,
                                        0x1a, 0x7f, 0x80, 0xc0, 0xdb, 0xff, 0xff};

Test(serial, octets_pass_unchanged_both_ways, .timeout = 20)
{
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0);
	uint8_t got[64];

	cr_assert_eq(serial_read(s, got, sizeof got), 0, "nothing there yet is not the end");
	cr_assert_eq(write(p.master, every_special, sizeof every_special),
	             (ssize_t)sizeof every_special);
	read_all(&p, s, got, sizeof every_special);
	cr_assert_arr_eq(got, every_special, sizeof every_special);
	cr_assert_eq(serial_write(s, every_special, sizeof every_special),
	             (ssize_t)sizeof every_special);
	read_all(&p, NULL, got, sizeof every_special);
	cr_assert_arr_eq(got, every_special, sizeof every_special);
	serial_close(s);
	close(p.master);
}

static struct termios2 settings_of(const struct serial *s)
{
	struct termios2 t;

	cr_assert(ioctl(serial_fd(s), TCGETS2, &t) == 0);
	return t;
}

Test(serial, any_baud_rate_is_set)
{
	static const unsigned rates[] = {50,     9600,   115200,  123456,
	                                 250000, 460800, 3000000, 12000000};
	struct pair p = open_pair();

	for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct serial *s = must_open(p.name, rates[i], 0);
		struct termios2 t = settings_of(s);

		cr_assert(t.c_ospeed == rates[i] && t.c_ispeed == rates[i], "%u: %u %u", rates[i],
		          t.c_ospeed, t.c_ispeed);
		serial_close(s);
	}
	close(p.master);
}

Test(serial, line_is_8n1_without_flow_control_and_does_not_hang_up)
{
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0);
	struct termios2 t = settings_of(s);

	cr_assert((t.c_cflag & CSIZE) == CS8 && !(t.c_cflag & (PARENB | CSTOPB | CRTSCTS | HUPCL)));
	cr_assert(t.c_cflag & CLOCAL && t.c_cflag & CREAD);
	cr_assert(!(t.c_iflag & (IXON | IXOFF | ICRNL | INLCR | ISTRIP | PARMRK)) && !t.c_lflag &&
	          !t.c_oflag);
	serial_close(s);
	s = must_open(p.name, 115200, SERIAL_HANGUP);
	t = settings_of(s);
	cr_assert(t.c_cflag & HUPCL);
	serial_close(s);
	close(p.master);
}

Test(serial, descriptor_is_not_inherited_and_never_blocks)
{
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0);

	cr_assert(fcntl(serial_fd(s), F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(serial_fd(s), F_GETFL) & O_NONBLOCK);
	serial_close(s);
	close(p.master);
}

Test(serial, full_output_is_no_error, .timeout = 20)
{
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0);
	uint8_t octets[4096] = {0};
	size_t total = 0;
	ssize_t n;

	while ((n = serial_write(s, octets, sizeof octets)) > 0)
		total += (size_t)n;
	cr_assert_eq(n, 0);
	cr_assert_gt(total, 0);
	while (total) {
		uint8_t drained[4096];
		ssize_t got = read(p.master, drained, sizeof drained);

		cr_assert_gt(got, 0);
		total -= (size_t)got;
	}
	cr_assert(is_ready(serial_fd(s), POLLOUT));
	cr_assert_eq(serial_write(s, octets, 1), 1);
	serial_close(s);
	close(p.master);
}

/* More than the kernel holds for the reader at a time, and the beginning of a frame. */
Test(serial, what_came_before_is_dropped_and_what_comes_after_is_kept, .timeout = 20)
{
	static const uint8_t old[1000] = "old";
	size_t written = 0;
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0); /* makes the line raw */
	uint8_t got[64];

	fcntl(p.master, F_SETFL, O_NONBLOCK);
	while (written < 64000 && write(p.master, old, sizeof old) == (ssize_t)sizeof old)
		written += sizeof old;
	cr_assert_gt(written, 8192);
	cr_assert(is_ready(serial_fd(s), POLLIN));
	serial_empty(s);
	cr_assert_eq(serial_read(s, got, sizeof got), 0);
	cr_assert_eq(write(p.master, every_special, sizeof every_special),
	             (ssize_t)sizeof every_special);
	read_all(&p, s, got, sizeof every_special);
	cr_assert_arr_eq(got, every_special, sizeof every_special);
	serial_close(s);
	close(p.master);
}

Test(serial, unplugged_port_is_told_from_a_quiet_one, .timeout = 20)
{
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0);
	uint8_t octet = 0;

	close(p.master);
	cr_assert(is_ready(serial_fd(s), POLLIN), "poll shows the hang-up");
	cr_assert_eq(serial_read(s, &octet, 1), -1);
	cr_assert_eq(serial_write(s, &octet, 1), -1);
	serial_close(s);
}

Test(serial, port_is_ours_until_it_is_closed)
{
	struct pair p = open_pair();
	struct serial *s = must_open(p.name, 115200, 0);

	expect_refusal(p.name, "in use");
	serial_close(s);
	s = must_open(p.name, 115200, 0);
	serial_close(s);
	close(p.master);
}

/* The words name the other process, and what it set stays as it is. */
Test(serial, refusal_names_who_has_the_port, .timeout = 20)
{
	struct pair p = open_pair();
	int opened[2], done[2];
	char words[64], octet;
	struct why why = {"nothing said"};

	cr_assert(pipe(opened) == 0 && pipe(done) == 0);
	pid_t child = fork();
	cr_assert(child >= 0);
	if (child == 0) {
		struct serial *s = serial_open(p.name, 460800, 0, &why);

		if (!s || write(opened[1], "x", 1) != 1 || read(done[0], &octet, 1) != 1)
			_exit(1);
		struct termios2 t;
		_exit(ioctl(serial_fd(s), TCGETS2, &t) == 0 && t.c_ospeed == 460800 ? 0 : 2);
	}
	cr_assert_eq(read(opened[0], &octet, 1), 1);
	snprintf(words, sizeof words, "process %d", (int)child);
	/* Root passes TIOCEXCL and meets the lock; others meet TIOCEXCL. */
	expect_refusal(p.name, words);
	cr_assert_eq(write(done[1], "x", 1), 1);
	int status;
	cr_assert(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	                  WEXITSTATUS(status) == 0,
	          "status %x", status);
	close(p.master);
}

Test(serial, links_are_followed)
{
	struct pair p = open_pair();
	char link[] = "/tmp/test_serial.XXXXXX", path[64];
	struct serial *s;

	cr_assert(mkdtemp(link));
	snprintf(path, sizeof path, "%s/by-id", link);
	cr_assert(symlink(p.name, path) == 0);
	s = must_open(path, 115200, 0);
	expect_refusal(p.name, "in use");
	serial_close(s);
	unlink(path);
	expect_refusal(path, "no such port");
	rmdir(link);
	close(p.master);
}

Test(serial, refusals_say_why)
{
	expect_refusal("/dev/no-such-port", "no such port");
	expect_refusal("/dev/null/x", "no such port");
	expect_refusal("/dev/null", "not a terminal");
	expect_refusal("/etc/passwd", "not a terminal but a file (slip-dump -r");
	expect_refusal("/", "not a terminal but a folder (--list");
}

Test(serial, reason_outlives_the_next_refusal)
{
	struct why first, second;

	cr_assert_null(serial_open("/dev/null", 115200, 0, &first));
	cr_assert_null(serial_open("/dev/no-such-port", 115200, 0, &second));
	cr_assert_str_eq(first.text, "not a terminal");
	cr_assert(strstr(second.text, "no such port"));
	cr_assert_null(serial_open("/dev/null", 115200, 0, NULL), "whose words nobody wants");
}

Test(serial, permission_is_named)
{
	struct pair p = open_pair();

	cr_assert(chmod(p.name, 0) == 0);
	if (geteuid() == 0)
		cr_assert(seteuid(65534) == 0);
	expect_refusal(p.name, "dialout");
	if (getuid() == 0)
		cr_assert(seteuid(0) == 0);
	close(p.master);
}

static void count_one(void *count, const struct serial_info *info)
{
	cr_assert(strncmp(info->path, "/dev/", 5) == 0);
	++*(unsigned *)count;
}

/* What is plugged in here is not known; each port comes once. */
Test(serial, list_names_each_port_once)
{
	unsigned first = 0, second = 0;

	serial_list(count_one, &first);
	serial_list(count_one, &second);
	cr_assert_eq(first, second);
}
