/* capture.h - capture files: the only file that includes libpcap. pcap is the stream between the
 * tools, "-" is stdin or stdout. Never writes half a record; a reader that goes away (EPIPE) is a
 * normal end, told apart from a failure. Whatever would block (an idle or a full pipe, a FIFO that
 * nobody has opened) ends when the tool is to stop. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

struct capture_writer;
struct capture_reader;

/* *why is valid until the next call with the same reader or writer, or until the next
 * capture_create or capture_open. */

/* Writes the pcap header at once (nanosecond magic). flush_each: every record is flushed (all but
 * regular files: always). NULL: *why says it, or loop_stopping(): the stop came first. */
struct capture_writer *capture_create(const char *path, uint16_t link_type, bool flush_each,
                                      const char **why);
/* 0, or what ends the capture. What has been accepted before is written, except what a failing disk
 * has no room for: the file is then cut after its last whole record. */
enum {
	CAPTURE_CLOSED = 1, /* nobody reads any more */
	CAPTURE_STOPPED =
		2, /* the stop came while nobody was reading: this record was not written */
		   /* -1: *why (disk full...) */
};
/* A time that pcap cannot hold (before 1970, after 2106) is written as 0. */
int capture_write(struct capture_writer *w, const struct envelope_packet *p, const char **why);
/* The same for a file of blocks, each of which says its length in its octets 4 to 7 (pcapng.h makes
 * them): no header is written, and each block counts as a record. */
struct capture_writer *capture_create_blocks(const char *path, bool flush_each, const char **why);
int capture_write_block(struct capture_writer *w, const uint8_t *block, size_t size,
                        const char **why);
int capture_flush(struct capture_writer *w, const char **why);
/* Flushes, closes and frees. */
int capture_close(struct capture_writer *w, const char **why);
uint64_t capture_octets(const struct capture_writer *w); /* of the file so far, header included */
uint64_t
capture_records(const struct capture_writer *w); /* that have left the buffer for the file */
int capture_writer_fd(
	const struct capture_writer *w); /* for poll: POLLERR where nobody reads any more */

/* Reads pcap, and pcapng as libpcap does. Waits for the header. NULL: *why says it, or
 * loop_stopping(): the stop came first. */
struct capture_reader *capture_open(const char *path, const char **why);
uint16_t capture_link_type(const struct capture_reader *r); /* as in the file */
/* 1: a packet (data valid until the next call); 0: the end, or the stop; -1: damaged or truncated
 * here, *why says where; what came before is good. Waits for a packet or for the stop: poll nothing
 * before it (its buffer may hold packets that poll does not see). */
int capture_read(struct capture_reader *r, struct envelope_packet *p, const char **why);
/* Packets passed over because a snapshot length had cut them: what is left of them is no packet. */
uint64_t capture_cut(const struct capture_reader *r);
int capture_fd(const struct capture_reader *r);
void capture_close_reader(struct capture_reader *r);

#endif
