#include "capture/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/options.h"
#include "base/wait_fd.h"

enum { BUFFER_SIZE = 128 << 10, SECOND = 1000000000 /* nanoseconds */ };

/* What pcap calls LINKTYPE in files and DLT in memory differs for one type of ours. */
static uint16_t from_dlt(int dlt)
{
	return dlt == DLT_RAW ? ENVELOPE_LINK_RAW : (uint16_t)dlt;
}

struct capture_reader {
	int fd;
	const char *name; /* in messages */
	bool stopped;
	int error; /* errno of the read that failed */
	uint64_t octets, records, cut;
	pcap_t *pcap;
	char buffer[BUFFER_SIZE];
};

static ssize_t read_some(void *cookie, char *out, size_t size)
{
	struct capture_reader *r = cookie;
	ssize_t n;

	do {
		if (loop_stopping() || wait_fd(r->fd, POLLIN, -1) == WAIT_STOPPED) {
			r->stopped = true;
			return 0;
		}
		n = read(r->fd, out, size);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		r->error = errno;
	else
		r->octets += (uint64_t)n;
	return n;
}

static int close_input(void *cookie)
{
	const struct capture_reader *r = cookie;

	return close(r->fd);
}

static pcap_t *open_pcap(struct capture_reader *r, char error[PCAP_ERRBUF_SIZE])
{
	FILE *file = fopencookie(r, "r",
	                         (cookie_io_functions_t){.read = read_some, .close = close_input});

	if (!file) {
		snprintf(error, PCAP_ERRBUF_SIZE, "%s", strerror(errno));
		close(r->fd);
		return NULL;
	}
	setvbuf(file, r->buffer, _IOFBF, BUFFER_SIZE);
	pcap_t *pcap =
		pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!pcap)
		fclose(file);
	return pcap;
}

/* libpcap's own words speak of dump files and header bytes. */
static const char *why_not_open(const struct capture_reader *r, const char *error)
{
	if (r->stopped)
		return "stopped";
	if (r->error)
		return strerror(r->error);
	if (r->octets == 0)
		return "is empty, not even a capture's header";
	if (strncmp(error, "truncated", strlen("truncated")) == 0)
		return "ends inside a capture's header";
	return strcmp(error, "unknown file format") == 0 ? "is neither pcap nor pcapng" : error;
}

/* O_NONBLOCK: open(2) of a FIFO would wait for its writer; a stop does not end that. */
static int open_path(const char *path, const char *name, struct why *why)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
	                                : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return why_errno(why, name);
	if (!isatty(fd))
		return fd;
	close(fd);
	return why_set(why, "%s: is a terminal: give it a capture", name);
}

struct capture_reader *capture_reader_open(const char *path, struct why *why)
{
	const char *name = path_in_words(path, "standard input");
	char error[PCAP_ERRBUF_SIZE];
	int fd = open_path(path, name, why);

	if (fd < 0)
		return NULL;
	struct capture_reader *r = calloc(1, sizeof *r);
	if (!r) {
		why_errno(why, name);
		close(fd);
		return NULL;
	}
	r->fd = fd;
	r->name = name;
	r->pcap = open_pcap(r, error);
	if (r->pcap)
		return r;
	why_set(why, "%s: %s", name, why_not_open(r, error));
	free(r);
	return NULL;
}

uint16_t capture_reader_link_type(const struct capture_reader *r)
{
	return from_dlt(pcap_datalink(r->pcap));
}

static int stop_at_damage(const struct capture_reader *r, struct why *why)
{
	return why_set(why, "%s: record %llu: %s", r->name, (unsigned long long)r->records + 1,
	               r->error ? strerror(r->error) : pcap_geterr(r->pcap));
}

/* libpcap reads the seconds with a sign; the format has none, and goes on to 2106. */
static int64_t time_of(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec < 0 ? (int64_t)header->ts.tv_sec + (INT64_C(1) << 32)
	                                        : (int64_t)header->ts.tv_sec;

	return seconds * SECOND + header->ts.tv_usec;
}

int capture_reader_next(struct capture_reader *r, struct envelope_packet *p, struct why *why)
{
	struct pcap_pkthdr *header;
	const u_char *data;

	for (;;) {
		int result = pcap_next_ex(r->pcap, &header, &data);

		if (r->stopped || result == PCAP_ERROR_BREAK)
			return 0;
		if (result != 1)
			return stop_at_damage(r, why);
		r->records++;
		if (header->caplen == header->len)
			break;
		r->cut++;
	}
	*p = (struct envelope_packet){
		.data = data,
		.length = header->caplen,
		.time_ns = time_of(header),
		.link_type = capture_reader_link_type(r),
	};
	return 1;
}

uint64_t capture_reader_cut(const struct capture_reader *r)
{
	return r->cut;
}

int capture_reader_fd(const struct capture_reader *r)
{
	return r->fd;
}

void capture_reader_close(struct capture_reader *r)
{
	pcap_close(r->pcap);
	free(r);
}
