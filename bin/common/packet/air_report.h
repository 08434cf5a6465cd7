/* air_report.h - what is known of the air, as a part of the statistics: for people a table of the
 * busiest sources, in JSON all of them. Nothing is reported until there is a source.
 *
 *     ,"air":[{"address":"0x0001","pan":"0xabcd","frames":12,"missing":1,"duplicates":0,
 *              "bad_fcs":0,"rssi":-71,"lqi":200,"first_heard":1764097200.123456789,
 *              "last_heard":1764097260.123456789}],"air.given_way":0,"air.unknown_bad_fcs":0
 *
 * The busiest come first. pan, rssi and lqi are left out where they are not known. */
#ifndef AIR_REPORT_H
#define AIR_REPORT_H

#include "base/text.h"
#include "packet/air.h"

enum {
	AIR_REPORT_ROWS = 20,
	AIR_REPORT_SIZE = AIR_SOURCES_MAX * 320 + 256, /* of either form, at the longest */
};

/* The forms as struct stats_part has them; title, name: "air"; now: when they are read, nanoseconds
 * since the epoch. */
void air_report_text(const struct air *a, const char *title, struct text *t, int64_t now);
void air_report_json(const struct air *a, const char *name, struct text *t);

/* Of the number-th (1, 2, ...) of several probes, of this name: its table has the name in it, and
 * in JSON all is called "air_1" in the place of "air". 0: there is one, or it is that of all. Both
 * live as long as the process. Before threads start. */
void air_report(struct air *a, unsigned number, const char *probe);

#endif
