/* frame_layout.c - 7.2.2.6: versions 0 and 1 have a rule, version 2 has Table 7-2. */
#include "frame_layout.h"

#define LAYOUT(destination, source, destination_pan, source_pan)                                   \
	((destination) + (source) + ((destination_pan) ? 2 + LAYOUT_DESTINATION_PAN : 0) +         \
	 ((source_pan) ? 2 + LAYOUT_SOURCE_PAN : 0))
#define LAYOUT_BAD(destination, source, destination_pan, source_pan)                               \
	(LAYOUT_FORBIDDEN | LAYOUT(destination, source, destination_pan, source_pan))

/* A row for each destination mode, in it a column for each source mode: none, reserved, short,
 * extended. A reserved address mode counts as no address. */
const uint8_t frame_layouts[2][2][4][4] = {
	{{
		 {LAYOUT(0, 0, 0, 0), LAYOUT(0, 0, 0, 0), LAYOUT(0, 2, 0, 1), LAYOUT(0, 8, 0, 1)},
		 {LAYOUT(0, 0, 0, 0), LAYOUT(0, 0, 0, 0), LAYOUT(0, 2, 0, 1), LAYOUT(0, 8, 0, 1)},
		 {LAYOUT(2, 0, 1, 0), LAYOUT(2, 0, 1, 0), LAYOUT(2, 2, 1, 1), LAYOUT(2, 8, 1, 1)},
		 {LAYOUT(8, 0, 1, 0), LAYOUT(8, 0, 1, 0), LAYOUT(8, 2, 1, 1), LAYOUT(8, 8, 1, 1)},
	 },
         {
		 {LAYOUT_BAD(0, 0, 0, 0), LAYOUT_BAD(0, 0, 0, 0), LAYOUT_BAD(0, 2, 0, 1),
                  LAYOUT_BAD(0, 8, 0, 1)},
		 {LAYOUT_BAD(0, 0, 0, 0), LAYOUT_BAD(0, 0, 0, 0), LAYOUT_BAD(0, 2, 0, 1),
                  LAYOUT_BAD(0, 8, 0, 1)},
		 {LAYOUT_BAD(2, 0, 1, 0), LAYOUT_BAD(2, 0, 1, 0), LAYOUT(2, 2, 1, 0),
                  LAYOUT(2, 8, 1, 0)},
		 {LAYOUT_BAD(8, 0, 1, 0), LAYOUT_BAD(8, 0, 1, 0), LAYOUT(8, 2, 1, 0),
                  LAYOUT(8, 8, 1, 0)},
	 }},
	{{
		 {LAYOUT(0, 0, 0, 0), LAYOUT(0, 0, 0, 0), LAYOUT(0, 2, 0, 1), LAYOUT(0, 8, 0, 1)},
		 {LAYOUT(0, 0, 0, 0), LAYOUT(0, 0, 0, 0), LAYOUT(0, 2, 0, 1), LAYOUT(0, 8, 0, 1)},
		 {LAYOUT(2, 0, 1, 0), LAYOUT(2, 0, 1, 0), LAYOUT(2, 2, 1, 1), LAYOUT(2, 8, 1, 1)},
		 {LAYOUT(8, 0, 1, 0), LAYOUT(8, 0, 1, 0), LAYOUT(8, 2, 1, 1), LAYOUT(8, 8, 1, 0)},
	 },
         {
		 {LAYOUT(0, 0, 1, 0), LAYOUT(0, 0, 1, 0), LAYOUT(0, 2, 0, 0), LAYOUT(0, 8, 0, 0)},
		 {LAYOUT(0, 0, 1, 0), LAYOUT(0, 0, 1, 0), LAYOUT(0, 2, 0, 0), LAYOUT(0, 8, 0, 0)},
		 {LAYOUT(2, 0, 0, 0), LAYOUT(2, 0, 0, 0), LAYOUT(2, 2, 1, 0), LAYOUT(2, 8, 1, 0)},
		 {LAYOUT(8, 0, 0, 0), LAYOUT(8, 0, 0, 0), LAYOUT(8, 2, 1, 0), LAYOUT(8, 8, 0, 0)},
	 }},
};
