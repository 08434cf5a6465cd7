#include "capture/pcapng.h"

#include <string.h>

#include "base/escape.h"
#include "base/limit.h"
#include "base/version.h"
#include "capture/octets.h"

enum { SECTION_HEADER = 0x0A0D0D0A, INTERFACE_DESCRIPTION = 1, ENHANCED_PACKET = 6 };
enum { OPTION_END = 0, IF_NAME = 2, SHB_USERAPPL = 4, IF_TSRESOL = 9 };
enum { NAME_MAX_OCTETS = 255, DESCRIPTION_MAX = NAME_MAX_OCTETS + 64 };
enum { PACKET_HEADER = 28, SNAPSHOT_LENGTH = 262144, NANOSECONDS = 9 };

#define BYTE_ORDER_MAGIC 0x1A2B3C4Du

static uint8_t *put_option(uint8_t *at, uint16_t code, const void *value, size_t n)
{
	at = put16(at, code);
	at = put16(at, (uint16_t)n);
	return put_padded(at, value, n);
}

/* Room for the length, which put_description fills in. */
static uint8_t *begin(uint8_t *block, uint32_t type)
{
	return put32(put32(block, type), 0);
}

/* The length stands at both ends of a block. */
static enum output_state put_description(struct file *f, uint8_t *block, uint8_t *end,
                                         struct why *why)
{
	uint32_t length = (uint32_t)(end - block) + 4;

	put32(block + 4, length);
	put32(end, length);
	return file_add(f, false, &(struct iovec){block, length}, 1, why);
}

enum output_state pcapng_put_section(struct file *f, struct why *why)
{
	static const char application[] = "framebus " FRAMEBUS_VERSION;
	uint8_t block[DESCRIPTION_MAX], *at = begin(block, SECTION_HEADER);

	at = put32(at, BYTE_ORDER_MAGIC);
	at = put16(at, 1); /* version 1.0 */
	at = put16(at, 0);
	at = put32(at, UINT32_MAX); /* the section's length is not known */
	at = put32(at, UINT32_MAX);
	at = put_option(at, SHB_USERAPPL, application, sizeof application - 1);
	at = put_option(at, OPTION_END, NULL, 0);
	enum output_state state = put_description(f, block, at, why);
	return state == OUTPUT_OPEN ? file_flush(f, why) : state;
}

enum output_state pcapng_put_interface(struct file *f, const char *name, uint16_t link_type,
                                       struct why *why)
{
	static const uint8_t resolution = NANOSECONDS;
	uint8_t block[DESCRIPTION_MAX], *at = begin(block, INTERFACE_DESCRIPTION);
	char shown[NAME_MAX_OCTETS + 1];
	size_t length = escape(shown, sizeof shown, name, strlen(name));

	at = put16(at, link_type);
	at = put16(at, 0);
	at = put32(at, SNAPSHOT_LENGTH);
	at = put_option(at, IF_NAME, shown, length);
	at = put_option(at, IF_TSRESOL, &resolution, 1);
	at = put_option(at, OPTION_END, NULL, 0);
	return put_description(f, block, at, why);
}

enum output_state pcapng_put_packet(struct file *f, unsigned interface,
                                    const struct envelope_packet *p, struct why *why)
{
	uint64_t time = p->time_ns > 0 ? (uint64_t)p->time_ns : 0;

	if (p->time_ns < 0)
		limited_warning("%s: times before 1970 do not fit in a pcapng file: they are "
		                "written as 0",
		                file_name(f));
	size_t padding = -p->length & 3;
	uint32_t length = (uint32_t)(PACKET_HEADER + p->length + padding + 4);
	uint8_t header[PACKET_HEADER], end[3 + 4] = {0};
	uint8_t *at = put32(put32(header, ENHANCED_PACKET), length);

	at = put32(at, interface);
	at = put32(at, (uint32_t)(time >> 32));
	at = put32(at, (uint32_t)time);
	at = put32(at, (uint32_t)p->length);
	put32(at, (uint32_t)p->length);
	put32(end + padding, length);
	const struct iovec parts[] = {
		{header, sizeof header}, {(void *)p->data, p->length}, {end, padding + 4}};
	return file_add(f, true, parts, 3, why);
}
