#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "wait_fd.h"

enum {
	BUFFER_SIZE = 128 << 10,
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	SNAPSHOT_LENGTH = 262144, /* the most that Wireshark reads */
	FIFO_RETRY_MS = 50,
	HALF_RECORD_MS = 300,
	SECOND = 1000000000, /* nanoseconds */
	BLOCKS = -1,         /* in place of a link type: pcapng, whose blocks the caller makes */
};

/* What pcap calls LINKTYPE in files and DLT in memory differs for one type of ours. */
static int to_dlt(uint16_t link_type)
{
	return link_type == ENVELOPE_LINK_RAW ? DLT_RAW : link_type;
}

static uint16_t from_dlt(int dlt)
{
	return dlt == DLT_RAW ? ENVELOPE_LINK_RAW : (uint16_t)dlt;
}

static bool is_standard(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* --- writing --- */

struct capture_writer {
	int fd;
	bool regular, flush_each, header_written;
	int error;        /* errno of what ended it; ECANCELED: the stop */
	uint64_t octets;  /* accepted */
	uint64_t records; /* accepted */
	uint64_t octets_written, records_written;
	pcap_t *pcap; /* NULL: of blocks, which say their own length */
	pcap_dumper_t *dumper;
	FILE *file;
	char buffer[BUFFER_SIZE]; /* ours: glibc would choose a size of its own */
};

static size_t record_size(const struct capture_writer *w, const char *record)
{
	uint32_t length;

	memcpy(&length, record + (w->pcap ? 8 : 4), sizeof length);
	return w->pcap ? RECORD_HEADER + length : length;
}

/* octets[0..n) have been written, less than a whole buffer. Cuts the file after the last whole
 * record. */
static void cut_to_whole_records(struct capture_writer *w, const char *octets, size_t n)
{
	bool has_header = w->header_written || !w->pcap;
	size_t whole = has_header || n < FILE_HEADER ? 0 : FILE_HEADER;

	while ((has_header || whole) && whole + RECORD_HEADER <= n &&
	       whole + record_size(w, octets + whole) <= n) {
		whole += record_size(w, octets + whole);
		w->records_written++;
	}
	w->octets_written += whole;
	if (w->regular && ftruncate(w->fd, (off_t)w->octets_written) < 0)
		w->error = errno;
}

/* A stop ends the wait before a record at once, within one after a while: whoever reads still may.
 */
static bool has_room(const struct capture_writer *w, bool begun)
{
	struct pollfd pipe = {w->fd, POLLOUT, 0};

	return wait_fd(w->fd, POLLOUT, -1) == WAIT_READY ||
	       (begun && poll(&pipe, 1, HALF_RECORD_MS) == 1);
}

static size_t write_all(struct capture_writer *w, const char *octets, size_t n)
{
	size_t done = 0;

	while (done < n) {
		if (!w->regular && !has_room(w, done > 0)) {
			w->error = ECANCELED;
			return done;
		}
		/* A pipe that says POLLOUT takes PIPE_BUF octets without blocking. */
		size_t piece = !w->regular && n - done > PIPE_BUF ? PIPE_BUF : n - done;
		ssize_t written = write(w->fd, octets + done, piece);
		if (written < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (written < 0) {
			w->error = errno;
			return done;
		}
		done += (size_t)written;
	}
	return done;
}

/* stdio hands over its whole buffer, which begins and ends between two records. */
static ssize_t write_buffer(void *cookie, const char *octets, size_t n)
{
	struct capture_writer *w = cookie;

	if (w->error)
		return 0;
	size_t done = write_all(w, octets, n);
	if (done < n) {
		cut_to_whole_records(w, octets, done);
		return 0;
	}
	w->header_written = true;
	w->octets_written += n;
	w->records_written = w->records;
	return (ssize_t)n;
}

static int close_file(void *cookie)
{
	struct capture_writer *w = cookie;

	if (close(w->fd) == 0)
		return 0;
	if (!w->error)
		w->error = errno;
	return -1;
}

static int outcome(const struct capture_writer *w, const char **why)
{
	switch (w->error) {
	case 0:
		return 0;
	case EPIPE:
		return CAPTURE_CLOSED;
	case ECANCELED:
		return CAPTURE_STOPPED;
	default:
		*why = strerror(w->error);
		return -1;
	}
}

/* open(2) for writing waits for the FIFO's reader, deaf to a stop. */
static int open_fifo(const char *path)
{
	for (;;) {
		int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			fcntl(fd, F_SETFL, 0);
		if (fd >= 0 || errno != ENXIO)
			return fd;
		if (wait_fd(-1, 0, FIFO_RETRY_MS) == WAIT_STOPPED) {
			errno = ECANCELED;
			return -1;
		}
	}
}

static int open_for_writing(const char *path)
{
	struct stat status;

	if (is_standard(path))
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	if (stat(path, &status) == 0 && S_ISFIFO(status.st_mode))
		return open_fifo(path);
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

static bool add_dumper(struct capture_writer *w, uint16_t link_type)
{
	w->pcap = pcap_open_dead_with_tstamp_precision(to_dlt(link_type), SNAPSHOT_LENGTH,
	                                               PCAP_TSTAMP_PRECISION_NANO);
	if (w->pcap)
		w->dumper = pcap_dump_fopen(w->pcap, w->file);
	w->octets = FILE_HEADER;
	return w->dumper;
}

static struct capture_writer *new_writer(int fd, int link_type, bool flush_each)
{
	struct capture_writer *w = calloc(1, sizeof *w);
	struct stat status;

	if (!w)
		return NULL;
	w->fd = fd;
	w->regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	w->flush_each = flush_each || !w->regular;
	w->file = fopencookie(w, "w",
	                      (cookie_io_functions_t){.write = write_buffer, .close = close_file});
	if (w->file && setvbuf(w->file, w->buffer, _IOFBF, BUFFER_SIZE) == 0 &&
	    (link_type == BLOCKS || add_dumper(w, (uint16_t)link_type)))
		return w;
	if (w->file)
		fclose(w->file);
	if (w->pcap)
		pcap_close(w->pcap);
	free(w);
	return NULL;
}

static struct capture_writer *create(const char *path, int link_type, bool flush_each,
                                     const char **why)
{
	int fd = open_for_writing(path);

	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	if (isatty(fd)) {
		*why = "is a terminal: send the capture to a file or a program (| tshark -r -)";
		close(fd);
		return NULL;
	}
	struct capture_writer *w = new_writer(fd, link_type, flush_each);
	if (!w) {
		*why = strerror(ENOMEM);
		return NULL;
	}
	fflush(w->file);
	if (outcome(w, why) >= 0)
		return w; /* a reader that has gone already is told by capture_write */
	const char *closing;
	capture_close(w, &closing);
	return NULL;
}

struct capture_writer *capture_create(const char *path, uint16_t link_type, bool flush_each,
                                      const char **why)
{
	return create(path, link_type, flush_each, why);
}

struct capture_writer *capture_create_blocks(const char *path, bool flush_each, const char **why)
{
	return create(path, BLOCKS, flush_each, why);
}

int capture_flush(struct capture_writer *w, const char **why)
{
	fflush(w->file);
	return outcome(w, why);
}

/* The buffer holds whole records only. 0: size octets fit now. */
static int make_room(struct capture_writer *w, size_t size, const char **why)
{
	if (size > BUFFER_SIZE) {
		*why = "a packet is too long for a capture";
		return -1;
	}
	if (__fpending(w->file) + size > BUFFER_SIZE)
		fflush(w->file);
	return outcome(w, why);
}

static int note_record(struct capture_writer *w, size_t size, const char **why)
{
	w->octets += size;
	w->records++;
	return w->flush_each ? capture_flush(w, why) : 0;
}

int capture_write(struct capture_writer *w, const struct envelope_packet *p, const char **why)
{
	bool fits = p->time_ns >= 0 && p->time_ns / SECOND <= UINT32_MAX;
	int64_t time_ns = fits ? p->time_ns : 0;
	struct pcap_pkthdr header = {
		.ts = {.tv_sec = time_ns / SECOND, .tv_usec = time_ns % SECOND},
		.caplen = (bpf_u_int32)p->length,
		.len = (bpf_u_int32)p->length,
	};
	int result = make_room(w, RECORD_HEADER + p->length, why);

	if (result != 0)
		return result;
	pcap_dump((u_char *)w->dumper, &header, p->data);
	return note_record(w, RECORD_HEADER + p->length, why);
}

int capture_write_block(struct capture_writer *w, const uint8_t *block, size_t size,
                        const char **why)
{
	int result = make_room(w, size, why);

	if (result != 0)
		return result;
	fwrite(block, 1, size, w->file);
	return note_record(w, size, why);
}

int capture_close(struct capture_writer *w, const char **why)
{
	if (w->pcap) {
		pcap_dump_close(w->dumper);
		pcap_close(w->pcap);
	} else {
		fclose(w->file);
	}
	int result = outcome(w, why);
	free(w);
	return result;
}

uint64_t capture_octets(const struct capture_writer *w)
{
	return w->octets;
}

uint64_t capture_records(const struct capture_writer *w)
{
	return w->records_written;
}

int capture_writer_fd(const struct capture_writer *w)
{
	return w->fd;
}

/* --- reading --- */

struct capture_reader {
	int fd;
	bool stopped;
	int error; /* errno of the read that failed */
	uint64_t octets, records, cut;
	pcap_t *pcap;
	char why[PCAP_ERRBUF_SIZE + 64];
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

struct capture_reader *capture_open(const char *path, const char **why)
{
	static char error[PCAP_ERRBUF_SIZE];
	struct capture_reader *r = calloc(1, sizeof *r);

	if (!r) {
		*why = strerror(ENOMEM);
		return NULL;
	}
	/* O_NONBLOCK: open(2) of a FIFO would wait for its writer, deaf to a stop. */
	r->fd = is_standard(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
	                          : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0) {
		*why = strerror(errno);
		free(r);
		return NULL;
	}
	if (isatty(r->fd)) {
		*why = "is a terminal: give it a capture";
		close(r->fd);
		free(r);
		return NULL;
	}
	r->pcap = open_pcap(r, error);
	if (!r->pcap) {
		*why = why_not_open(r, error);
		free(r);
		return NULL;
	}
	return r;
}

uint16_t capture_link_type(const struct capture_reader *r)
{
	return from_dlt(pcap_datalink(r->pcap));
}

static int stop_at_damage(struct capture_reader *r, const char **why)
{
	snprintf(r->why, sizeof r->why, "record %llu: %s", (unsigned long long)r->records + 1,
	         pcap_geterr(r->pcap));
	*why = r->why;
	return -1;
}

/* libpcap reads the seconds with a sign; the format has none, and goes on to 2106. */
static int64_t time_of(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec < 0 ? (int64_t)header->ts.tv_sec + (INT64_C(1) << 32)
	                                        : (int64_t)header->ts.tv_sec;

	return seconds * SECOND + header->ts.tv_usec;
}

int capture_read(struct capture_reader *r, struct envelope_packet *p, const char **why)
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
		.link_type = capture_link_type(r),
	};
	return 1;
}

uint64_t capture_cut(const struct capture_reader *r)
{
	return r->cut;
}

int capture_fd(const struct capture_reader *r)
{
	return r->fd;
}

void capture_close_reader(struct capture_reader *r)
{
	pcap_close(r->pcap);
	free(r);
}
