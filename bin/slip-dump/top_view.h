/* top_view.h - what --top shows: rates since the picture before, the order of the sources. Pure: no
 * clock, no terminal. */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/air.h"

struct top_source {
	struct air_source source;
	double rate; /* frames a second */
};

struct top_view {
	/* now */
	struct top_source sources[AIR_SOURCES_MAX];
	unsigned count;
	struct air_channel channels[AIR_CHANNELS];
	double load[AIR_CHANNELS]; /* share of the time that was on the air: 0 to 1, or more where
	                              several probes hear one channel */
	unsigned heard[AIR_CHANNELS], heard_count; /* places of those on which something was */
	double rate;                               /* of all frames */
	uint64_t frames, bad_fcs;                  /* of all channels */
	int64_t now_ns;
	/* before */
	struct air_channel channels_before[AIR_CHANNELS];
	struct air_source before[AIR_SOURCES_MAX];
	unsigned before_count;
	int64_t before_ns;
};

/* Takes what is known now. now_ns: of the same clock as the frames; steady_ns: of one that is never
 * set, for the rates. */
void top_view_take(struct top_view *v, const struct air *a, int64_t now_ns, int64_t steady_ns);

/* The keys that sort: a address, f frames, r rate, m missing, d duplicates, b bad FCS, s signal, l
 * last heard. */
#define TOP_VIEW_ORDERS "afrmdbsl"
void top_view_sort(struct top_view *v, int key, bool reversed);

#endif
