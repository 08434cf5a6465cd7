/* Any octets as a capture, pcap or pcapng, through all that amqp-play does with it: read, taken out
 * of ZEP, stripped. The first octet says what the frames of link type 195 end in. Every packet lies
 * in memory that can be read, and the file comes to an end. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/loop.h"
#include "capture/reader.h"
#include "packet/strip.h"
#include "packet/zep.h"

enum { PACKETS_MAX = 1 << 16, KEEP_TAP = 0x80 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The reader's buffers are large, and a mapping each takes longer than all the rest: there is one
 * reader at a time. Linked with --wrap. */
enum { LARGE = 100000, LARGE_MAX = 4 << 20, LARGE_BLOCKS = 2 };
static _Alignas(64) uint8_t large[LARGE_BLOCKS][LARGE_MAX];
static bool is_used[LARGE_BLOCKS];
void *__real_calloc(size_t count, size_t size);
void __real_free(void *block);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *block);

void *__wrap_calloc(size_t count, size_t size)
{
	if (count * size < LARGE || count * size > LARGE_MAX)
		return __real_calloc(count, size);
	for (unsigned i = 0; i < LARGE_BLOCKS; i++)
		if (!is_used[i]) {
			is_used[i] = true;
			return memset(large[i], 0, count * size);
		}
	abort();
}

void __wrap_free(void *block)
{
	for (unsigned i = 0; i < LARGE_BLOCKS; i++)
		if (block == large[i]) {
			is_used[i] = false;
			return;
		}
	__real_free(block);
}

static unsigned sum; /* of all octets, so that each is read */

static void touch(const struct envelope_packet *p)
{
	for (size_t i = 0; i < p->length; i++)
		sum += p->data[i];
}

/* As feed.c: of a packet of this link type. */
static void handle(struct strip_capture *c, struct envelope_packet *p, size_t missing)
{
	const enum strip_fcs asked = c->fcs;
	const struct envelope_packet before = *p;
	struct zep_radio radio;
	enum zep_result zep = zep_unwrap(p, &radio);

	require(zep == ZEP_FCS || zep == ZEP_TI ||
	        (p->data == before.data && p->length == before.length));
	if (zep == ZEP_DAMAGED || !strip_knows(p->link_type))
		return;
	c->fcs = zep == ZEP_TI ? STRIP_FCS_TI : asked;
	enum strip_result result = strip_captured(c, p, missing);
	c->fcs = asked;
	require(result < STRIP_RESULTS);
	require(p->length <= before.length &&
	        (!p->length ||
	         (p->data >= before.data && p->data + p->length <= before.data + before.length)));
	touch(p);
}

static void read_all(struct capture_reader *r, struct strip_capture *c)
{
	struct envelope_packet p;
	struct why why = {0};
	unsigned count = 0;
	int result;

	while ((result = capture_reader_next(r, &p, &why)) == 1) {
		require(++count < PACKETS_MAX);
		touch(&p);
		handle(c, &p, capture_reader_missing(r));
	}
	require(result == 0 ? !*why.text : *why.text != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static int fd = -1;
	static char path[32];
	struct strip_capture c = {0};
	struct why why = {0};

	if (fd < 0) {
		require(loop_open(NULL) == 0 && (fd = memfd_create("capture", MFD_CLOEXEC)) >= 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	if (length == 0)
		return 0;
	c.keep_tap = octets[0] & KEEP_TAP;
	c.fcs = (enum strip_fcs)((octets[0] & ~KEEP_TAP) % (STRIP_FCS_TI + 1));
	require(ftruncate(fd, 0) == 0 &&
	        pwrite(fd, octets + 1, length - 1, 0) == (ssize_t)length - 1);
	struct capture_reader *r = capture_reader_open(path, &why);
	require(r ? !*why.text : *why.text != '\0');
	if (!r)
		return 0;
	read_all(r, &c);
	capture_reader_close(r);
	return 0;
}
