/* sink.h - what every tool writes its packets through: readable lines, pcap or pcapng, into a file,
 * a rotation of files, a pipe or standard output. Never writes half a record. All state is in the
 * struct: a tool may have several, each with a format, a rotation and an end of its own.
 *
 *     sink_open(&sink, &config);                  // says why where it fails
 *     while (sink_put(&sink, packets, n, about) == OUTPUT_OPEN)
 *             wait for the next packets, sink_timeout_ms() at the most, then sink_idle(&sink);
 *     sink_close(&sink);
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/words.h"
#include "capture/file.h"
#include "capture/names.h"
#include "capture/room.h"
#include "capture/rotation.h"
#include "packet/packet.h"

enum sink_format { SINK_LINES, SINK_JSON, SINK_PCAP, SINK_PCAPNG };

static inline bool sink_format_has_lines(enum sink_format format)
{
	return format == SINK_LINES || format == SINK_JSON;
}

enum { SINK_LINE_MAX = 2048, SINK_JSON_MAX = (48 << 10) + 1, SINK_SOURCES_MAX = 256 };
enum { SINK_BLOCK_MAX = 48 << 10 };

/* Where packets of one link type come from: an interface of a pcapng file. */
struct sink_source {
	unsigned number; /* below SINK_SOURCES_MAX, its own */
	const char *name;
};

/* What becomes of packets while a FIFO has no reader. */
enum sink_reopen {
	SINK_REOPEN_NO,   /* a reader that goes away is the end */
	SINK_REOPEN_DROP, /* they are counted, until the next reader comes */
	SINK_REOPEN_WAIT, /* sink_put waits for the next reader */
};

struct sink_config {
	const char *path; /* or its pattern for strftime(3); "-": standard output */
	enum sink_format format;
	uint16_t link_type; /* of a pcap file; 0: the first packet's, the header waits for it */
	bool flush_each;    /* every packet; pipes and lines: always, unless */
	/* Lines and what goes into a pipe that nobody else will read are gathered: the caller says
	 * sink_rest before it waits. A terminal has each line at once. */
	bool gather;
	bool durable;            /* and on the disk within a second or so */
	bool write_behind;       /* regular files, by a thread: for who reads as fast as it can */
	bool overwrite;          /* files that are there; else free names are taken (names.h) */
	enum sink_reopen reopen; /* for a FIFO */
	/* A FIFO is opened as soon as it has a reader, which is not waited for: what comes before
	 * is counted as no_reader. */
	bool no_wait;
	struct rotation rotation; /* octets, packets, seconds, files */
	struct room *room;        /* a full disk is waited for (room.h); NULL: it is a failure */
	/* Writes the packet's line without its end into out[0..size), returns its length. What is
	 * in it from outside is escaped behind it (escape.h): a line of JSON is ASCII. */
	size_t (*line)(char *out, size_t size, const struct envelope_packet *p, const void *about);
	/* NULL, or what follows a readable line: lines that begin with a blank and end in a newline
	 * each, at the most SINK_BLOCK_MAX octets. They are escaped like the line. */
	size_t (*block)(char *out, size_t size, const struct envelope_packet *p, const void *about);
	int colour; /* enum colour_choice (colour.h): of readable lines */
	/* pcapng: the packet's source, which outlives the sink. NULL: there are too many. */
	const struct sink_source *(*source)(const struct envelope_packet *p, const void *about);
	/* NULL, or the sources of link_type that each pcapng file describes at its beginning,
	 * though nothing may come of them: the i-th, NULL behind the last. */
	const struct sink_source *(*known)(unsigned i);
};

struct sink {
	/* for the caller to read */
	enum output_state state;  /* stays once it is not OUTPUT_OPEN, unless the rest fails */
	struct why why;           /* of OUTPUT_FAILED; has been printed */
	uint64_t accepted;        /* packets: in a file, or in its buffer */
	uint64_t other_link_type; /* packets left out of a pcap file, which has one */
	uint64_t files;           /* captures begun: each reader of a FIFO is given one */
	uint64_t no_reader;       /* packets that came while a FIFO had none */
	/* its own */
	struct sink_config config;
	struct file *file;
	struct names names;
	bool coloured;
	bool away;         /* the FIFO has no reader */
	const char *cause; /* what has ended it, where that was no end of its own; static */
	bool told_away;
	bool begun; /* the file has its header */
	bool rotates;
	char path[PATH_MAX];                    /* of the file that is open */
	uint16_t link_type;                     /* of the pcap file */
	unsigned interfaces;                    /* described in the pcapng file so far */
	int16_t interface_of[SINK_SOURCES_MAX]; /* -1: not described in it */
	uint64_t written_before;                /* packets in files that are closed */
	uint64_t in_file;                       /* packets accepted for the file that is open */
	int64_t unflushed_since;                /* monotonic ns; 0: nothing waits */
	int64_t unsynced_since;                 /* the same, where config.durable */
	unsigned puts;                          /* since the clock was read */
};

/* path_can_wait() of its first name. */
bool sink_can_wait(const struct sink_config *config);
/* Opens the output, also where a pcap file's header waits for its link type. The config is
 * copied, what it points to must outlive the sink, which stays where it is until sink_close.
 * OUTPUT_STOPPED: the stop came first. */
enum output_state sink_open(struct sink *s, const struct sink_config *config);

/* packets[0..n), in their order; about: handed to line and source. Of those behind the end of the
 * sink none is accepted: s->accepted grows by those that are. */
enum output_state sink_put(struct sink *s, const struct envelope_packet *packets, size_t n,
                           const void *about);
/* Everything that was accepted is in the file, as far as the system is concerned. */
enum output_state sink_flush(struct sink *s);
/* gather: there is no packet to be put at once. Writes what somebody may be waiting for. */
enum output_state sink_rest(struct sink *s);
/* As sink_flush, and it outlives a loss of power; where the sink has failed, what was written
 * before does. Of a pipe or a terminal nobody can say that. 0, or -1: OUTPUT_FAILED from now on. */
int sink_sync(struct sink *s);

/* How long to wait for the next packet before sink_idle; -1: as long as it takes. What waits in the
 * buffer of a file is flushed within a second or two. */
int sink_timeout_ms(const struct sink *s);
enum output_state sink_idle(struct sink *s);

/* For poll: POLLERR where nobody reads any more, which is then said with sink_reader_left; -1:
 * there is nothing to wait for. */
static inline int sink_fd(const struct sink *s)
{
	return s->file ? file_fd(s->file) : -1;
}
/* OUTPUT_CLOSED, or OUTPUT_OPEN where it waits for the next reader. */
enum output_state sink_reader_left(struct sink *s);

/* Flushes and closes. A capture without packets is a capture, with a header. */
enum output_state sink_close(struct sink *s);

/* Behind sink_close: what is said in the last line of the packets that this section of the
 * statistics, which outlives the tool, has as left_over: not "had ended", but the disk that was
 * full, or the reader that had gone. */
void sink_say_cause(const struct sink *s, const char *section);

/* Packets in files. */
uint64_t sink_written(const struct sink *s);

/* --- between sink.c, sink_due.c, sink_lines.c and sink_pcapng.c --- */

enum { SINK_FLUSH_AFTER_MS = 1000 };
/* What has become of the file becomes the sink's state, which is returned. */
enum output_state sink_note(struct sink *s, enum output_state state);
/* Writes what has been in the buffer, or not on the disk, for long enough. */
enum output_state sink_write_due(struct sink *s);
/* sink_pcapng.c: the beginning of a file, and a packet, with its interface if that is new. */
enum output_state sink_begin_pcapng(struct sink *s);
enum output_state sink_put_pcapng(struct sink *s, const struct envelope_packet *p,
                                  const void *about);
/* sink_lines.c: the same of lines and JSON. */
enum output_state sink_begin_lines(struct sink *s);
enum output_state sink_put_line(struct sink *s, const struct envelope_packet *p, const void *about);
enum output_state sink_put_json(struct sink *s, const struct envelope_packet *p, const void *about);

#endif
