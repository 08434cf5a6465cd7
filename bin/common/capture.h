/* capture.h - capture files: the only file that includes libpcap. pcap is the stream between the tools, "-" is stdin or stdout.
 * Never writes half a record; a reader that goes away (EPIPE) is a normal end, told apart from a failure. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

struct capture_writer;
struct capture_reader;

/* Writes the pcap header at once (nanosecond magic). flush_each: every record is flushed (pipes: always). NULL: *why says it. */
struct capture_writer *capture_create(const char *path, uint16_t link_type, bool flush_each, const char **why);
/* 0; CAPTURE_CLOSED: nobody reads any more; -1: *why (disk full...). */
enum { CAPTURE_CLOSED = 1 };
int capture_write(struct capture_writer *w, const struct packet *p, const char **why);
int capture_flush(struct capture_writer *w, const char **why);
int capture_close(struct capture_writer *w, const char **why);

/* Reads pcap, and pcapng as libpcap does. link type as in the file. */
struct capture_reader *capture_open(const char *path, const char **why);
uint16_t capture_link_type(const struct capture_reader *r);
/* 1: a packet (data valid until the next call); 0: the end; -1: damaged or truncated here, *why. Blocks on a pipe: a stop signal is
 * seen by whoever polls capture_fd first. */
int capture_read(struct capture_reader *r, struct packet *p, const char **why);
int capture_fd(const struct capture_reader *r);
void capture_close_reader(struct capture_reader *r);

#endif
