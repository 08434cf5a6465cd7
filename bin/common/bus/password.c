#include "bus/password.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outside.h"

enum { LINE_MAX_OCTETS = 65536 };

struct password_file {
	const char *path;
	bool is_read_once; /* a pipe, a terminal: there is no second time */
	pthread_mutex_t lock;
	char *last;
	struct why warned;
};

void password_warn_of_readers(const char *option, const char *path, const struct stat *status)
{
	if (S_ISREG(status->st_mode) && status->st_mode & S_IROTH)
		log_warning("%s %s: everybody on this machine can read it (chmod 600)", option,
		            path);
}

static bool is_loopback(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
}

bool password_warn_of_network(const char *option, const char *shown, const char *host,
                              const char *encrypted)
{
	if (is_loopback(host))
		return false;
	log_warning("%s %s: the password goes through the network as it is, for everybody on the "
	            "way to read (%s: encrypted)",
	            option, shown, encrypted);
	return true;
}

/* --- one reading --- */

static int check_line(const char *line, size_t length, struct why *why)
{
	if (!length)
		return why_set(why, "its first line is empty");
	if (length >= LINE_MAX_OCTETS)
		return why_set(why, "its first line is over %d octets", LINE_MAX_OCTETS - 1);
	if (memchr(line, 0, length))
		return why_set(why, "there is a NUL in its first line");
	return 0;
}

/* The first line; NULL with why. */
static char *read_line(int fd, const char *path, struct why *why)
{
	bool told = false;
	char *line = malloc(LINE_MAX_OCTETS + 1);
	size_t length = 0;
	ssize_t n = 1;

	if (!line) {
		why_set(why, "out of memory");
		return NULL;
	}
	while (n > 0 && length < LINE_MAX_OCTETS && !memchr(line, '\n', length)) {
		outside_await(fd, path, "", &told);
		n = read(fd, line + length, LINE_MAX_OCTETS - length);
		length += n > 0 ? (size_t)n : 0;
	}
	const char *end = memchr(line, '\n', length);
	length = end ? (size_t)(end - line) : length;
	if (length && line[length - 1] == '\r')
		length--;
	explicit_bzero(line + length, LINE_MAX_OCTETS + 1 - length);
	if (n < 0 ? why_set(why, "%s", strerror(errno)) : check_line(line, length, why)) {
		password_free(line);
		return NULL;
	}
	return line;
}

/* --- the file --- */

static void look_at(struct password_file *file, int fd)
{
	struct stat about;

	if (fstat(fd, &about) < 0)
		return;
	file->is_read_once = !S_ISREG(about.st_mode);
	password_warn_of_readers("--password-file", file->path, &about);
}

struct password_file *password_open(const char *path, struct why *why)
{
	struct password_file *file = calloc(1, sizeof *file);
	/* open(2) of a FIFO would wait for its writer, and say nothing. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (!file || fd < 0) {
		why_set(why, "--password-file %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(file);
		return NULL;
	}
	file->path = path;
	pthread_mutex_init(&file->lock, NULL);
	look_at(file, fd);
	file->last = read_line(fd, file->path, why);
	close(fd);
	if (file->last && outside_note_file(path, why) == 0)
		return file;
	why_set(why, "--password-file %s: %s", path, why->text);
	free(file);
	return NULL;
}

static char *read_again(const struct password_file *file, struct why *why)
{
	int fd = outside_open(file->path, why);

	if (fd < 0)
		return NULL;
	char *line = read_line(fd, file->path, why);
	close(fd);
	return line;
}

static void warn(struct password_file *file, const struct why *why)
{
	if (strcmp(file->warned.text, why->text) != 0)
		log_warning("--password-file %s: cannot be read again: %s; the password that it "
		            "had last stays in use",
		            file->path, why->text);
	file->warned = *why;
}

char *password_read(struct password_file *file)
{
	struct why why = {0};

	pthread_mutex_lock(&file->lock);
	char *line = file->is_read_once ? NULL : read_again(file, &why);
	if (line) {
		password_free(file->last);
		file->last = line;
	}
	if (*why.text)
		warn(file, &why);
	else
		file->warned = why;
	char *copy = strdup(file->last);
	pthread_mutex_unlock(&file->lock);
	return copy;
}

void password_forget(struct password_file *file)
{
	explicit_bzero(file->last, strlen(file->last));
}

void password_free(char *password)
{
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
}

int password_check(const char *user, const char *password, struct why *why)
{
	size_t octets = strlen(user) + strlen(password);

	if (octets <= PASSWORD_LOGIN_MAX)
		return 0;
	return why_set(why,
	               "user name and password are %zu octets long: AMQP has room for %d (ask for "
	               "a shorter token)",
	               octets, PASSWORD_LOGIN_MAX);
}
