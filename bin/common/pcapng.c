#include "pcapng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

enum { SECTION_HEADER = 0x0A0D0D0A, INTERFACE_DESCRIPTION = 1, ENHANCED_PACKET = 6 };
enum { OPTION_END = 0, IF_NAME = 2, SHB_USERAPPL = 4, IF_TSRESOL = 9 };
enum {
	NAME_MAX_OCTETS = 255,
	PACKET_MAX = 65535 + 64,
	BLOCK_MAX = PACKET_MAX + 64,
	SNAPSHOT_LENGTH = 262144,
	NANOSECONDS = 9
};

#define BYTE_ORDER_MAGIC 0x1A2B3C4Du

struct pcapng_writer {
	struct capture_writer *file;
	unsigned interfaces;
	size_t size; /* of the block that is being made */
	uint8_t block[BLOCK_MAX];
};

static void put(struct pcapng_writer *w, const void *octets, size_t n)
{
	if (n)
		memcpy(w->block + w->size, octets, n);
	w->size += n;
}

static void put16(struct pcapng_writer *w, uint16_t value)
{
	put(w, &value, sizeof value);
}

static void put32(struct pcapng_writer *w, uint32_t value)
{
	put(w, &value, sizeof value);
}

static void put_padded(struct pcapng_writer *w, const void *octets, size_t n)
{
	static const uint8_t zeros[4];

	put(w, octets, n);
	put(w, zeros, -n & 3);
}

static void put_option(struct pcapng_writer *w, uint16_t code, const void *value, size_t n)
{
	put16(w, code);
	put16(w, (uint16_t)n);
	put_padded(w, value, n);
}

static void begin(struct pcapng_writer *w, uint32_t type)
{
	w->size = 0;
	put32(w, type);
	put32(w, 0);
}

/* The length stands at both ends of a block. */
static int end(struct pcapng_writer *w, const char **why)
{
	uint32_t size = (uint32_t)w->size + 4;

	memcpy(w->block + 4, &size, sizeof size);
	put32(w, size);
	return capture_write_block(w->file, w->block, w->size, why);
}

static int write_section_header(struct pcapng_writer *w, const char **why)
{
	static const char application[] = "framebus " FRAMEBUS_VERSION;
	static const uint64_t unknown_length = UINT64_MAX;

	begin(w, SECTION_HEADER);
	put32(w, BYTE_ORDER_MAGIC);
	put16(w, 1);
	put16(w, 0);
	put(w, &unknown_length, sizeof unknown_length);
	put_option(w, SHB_USERAPPL, application, sizeof application - 1);
	put_option(w, OPTION_END, NULL, 0);
	int result = end(w, why);
	return result ? result : capture_flush(w->file, why);
}

struct pcapng_writer *pcapng_create(const char *path, bool flush_each, const char **why)
{
	struct pcapng_writer *w = calloc(1, sizeof *w);
	const char *closing;

	if (!w) {
		*why = strerror(ENOMEM);
		return NULL;
	}
	w->file = capture_create_blocks(path, flush_each, why);
	if (w->file && write_section_header(w, why) >= 0)
		return w;
	if (w->file)
		capture_close(w->file, &closing);
	free(w);
	return NULL;
}

int pcapng_interface(struct pcapng_writer *w, const char *name, uint16_t link_type,
                     unsigned *number, const char **why)
{
	static const uint8_t resolution = NANOSECONDS;

	begin(w, INTERFACE_DESCRIPTION);
	put16(w, link_type);
	put16(w, 0);
	put32(w, SNAPSHOT_LENGTH);
	put_option(w, IF_NAME, name, strnlen(name, NAME_MAX_OCTETS));
	put_option(w, IF_TSRESOL, &resolution, 1);
	put_option(w, OPTION_END, NULL, 0);
	*number = w->interfaces++;
	return end(w, why);
}

int pcapng_write(struct pcapng_writer *w, unsigned interface, const struct envelope_packet *p,
                 const char **why)
{
	uint64_t time = p->time_ns > 0 ? (uint64_t)p->time_ns : 0;

	if (p->length > PACKET_MAX) {
		*why = "a packet is too long for a capture";
		return -1;
	}
	begin(w, ENHANCED_PACKET);
	put32(w, interface);
	put32(w, (uint32_t)(time >> 32));
	put32(w, (uint32_t)time);
	put32(w, (uint32_t)p->length);
	put32(w, (uint32_t)p->length);
	put_padded(w, p->data, p->length);
	return end(w, why);
}

int pcapng_flush(struct pcapng_writer *w, const char **why)
{
	return capture_flush(w->file, why);
}

int pcapng_close(struct pcapng_writer *w, const char **why)
{
	int result = capture_close(w->file, why);

	free(w);
	return result;
}

uint64_t pcapng_packets(const struct pcapng_writer *w)
{
	uint64_t blocks = capture_records(w->file), described = 1 + w->interfaces;

	return blocks > described ? blocks - described : 0;
}

int pcapng_fd(const struct pcapng_writer *w)
{
	return capture_writer_fd(w->file);
}
