/* frame_layout.h - which addressing fields a frame has, by its Frame Control field; private to
 * libframe. */
#ifndef FRAME_LAYOUT_H
#define FRAME_LAYOUT_H

#include <stdint.h>

/* Frame Control field, 7.2.2 */
#define FCF_TYPE                  0x0007
#define FCF_SECURITY              0x0008
#define FCF_PENDING               0x0010
#define FCF_ACK_REQUEST           0x0020
#define FCF_PAN_ID_COMPRESSION    0x0040
#define FCF_RESERVED              0x0080
#define FCF_SEQUENCE_SUPPRESSED   0x0100
#define FCF_IE_PRESENT            0x0200
#define FCF_DESTINATION_MODE(fcf) ((fcf) >> 10 & 3)
#define FCF_VERSION(fcf)          ((fcf) >> 12 & 3)
#define FCF_SOURCE_MODE(fcf)      ((fcf) >> 14 & 3)

/* Multipurpose Frame Control field, 7.3.5 */
#define MP_LONG                  0x0008
#define MP_DESTINATION_MODE(fcf) ((fcf) >> 4 & 3)
#define MP_SOURCE_MODE(fcf)      ((fcf) >> 6 & 3)
#define MP_PAN_ID_PRESENT        0x0100
#define MP_SECURITY              0x0200
#define MP_SEQUENCE_SUPPRESSED   0x0400
#define MP_PENDING               0x0800
#define MP_VERSION(fcf)          ((fcf) >> 12 & 3)
#define MP_ACK_REQUEST           0x4000
#define MP_IE_PRESENT            0x8000

/* Layout of the addressing fields: octets that they take, which PAN IDs are there, and
 * whether PAN ID Compression is set where versions 0 and 1 forbid it. */
#define LAYOUT_LENGTH          0x1f
#define LAYOUT_DESTINATION_PAN 0x20
#define LAYOUT_SOURCE_PAN      0x40
#define LAYOUT_FORBIDDEN       0x80

/* By version (0 or 1, 2), PAN ID Compression, destination mode and source mode. */
#pragma GCC visibility push(hidden) /* reached without the table of global offsets */
extern const uint8_t frame_layouts[2][2][4][4];
#pragma GCC visibility pop

static inline uint8_t frame_layout(unsigned version, unsigned compression,
                                   unsigned destination_mode, unsigned source_mode)
{
	return frame_layouts[version >= 2][compression][destination_mode][source_mode];
}

#endif
