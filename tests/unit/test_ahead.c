/* A file that is read by a thread of its own: the same octets, piece by piece, then the end. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/ahead.h"

static uint8_t octet_at(size_t at)
{
	return (uint8_t)(at * 2654435761u >> 11);
}

static int file_of(size_t length)
{
	FILE *file = tmpfile();

	cr_assert(file);
	for (size_t at = 0; at < length; at++)
		putc(octet_at(at), file);
	rewind(file);
	int fd = dup(fileno(file));
	fclose(file);
	return fd;
}

/* How many octets came; each as it was. */
static size_t read_all(struct ahead *a)
{
	const uint8_t *octets;
	size_t at = 0;
	ssize_t n;

	while ((n = ahead_read(a, &octets)) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			cr_assert_eq(octets[i], octet_at(at), "octet %zu", at);
	cr_assert_eq(n, 0);
	return at;
}

Test(ahead, files_of_all_lengths)
{
	const size_t lengths[] = {0, 1, 4095, 131071, 131072, 131073, 1000003};

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		int fd = file_of(lengths[i]);
		struct ahead *a = ahead_new(fd);

		cr_assert(a);
		cr_assert_eq(read_all(a), lengths[i]);
		const uint8_t *octets;
		cr_assert_eq(ahead_read(a, &octets), 0, "the end stays the end");
		ahead_free(a);
		close(fd);
	}
}

Test(ahead, goes_on_from_where_the_file_stands)
{
	int fd = file_of(1000);
	const uint8_t *octets;

	cr_assert_eq(lseek(fd, 990, SEEK_SET), 990);
	struct ahead *a = ahead_new(fd);
	cr_assert_eq(ahead_read(a, &octets), 10);
	cr_assert_eq(octets[9], octet_at(999));
	ahead_free(a);
	close(fd);
}

Test(ahead, is_left_in_the_middle)
{
	int fd = file_of(1000003);
	const uint8_t *octets;

	for (unsigned pieces = 0; pieces < 4; pieces++) {
		cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
		struct ahead *a = ahead_new(fd);
		for (unsigned i = 0; i < pieces; i++)
			cr_assert_gt(ahead_read(a, &octets), 0);
		ahead_free(a);
	}
	close(fd);
}

Test(ahead, a_failure_is_told)
{
	int fd = file_of(10), for_writing = open("/dev/null", O_WRONLY);
	const uint8_t *octets;

	struct ahead *a = ahead_new(fd);
	cr_assert_eq(ahead_read(a, &octets), 10);
	ahead_free(a);
	close(fd);
	cr_assert_null(ahead_new(for_writing), "no regular file");
	close(for_writing);

	char path[] = "/tmp/ahead-XXXXXX";
	fd = mkstemp(path);
	int only_written = open(path, O_WRONLY);
	a = ahead_new(only_written);
	cr_assert(a);
	cr_assert_lt(ahead_read(a, &octets), 0);
	cr_assert_eq(errno, EBADF);
	cr_assert_lt(ahead_read(a, &octets), 0, "it stays one");
	ahead_free(a);
	close(only_written);
	close(fd);
	unlink(path);
}
