#include "capture/capture_checks.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/path_checks.h"
#include "capture/folders.h"
#include "capture/reader.h"

enum { REMEDY_SIZE = 2 * PATH_MAX, PACKETS_LOOKED_AT = 1000 };

/* --- what is written --- */

/* A pattern's first name; the path as it is where it makes none. */
static const char *first_name(char out[PATH_MAX], const struct rotation *r, const char *path)
{
	struct rotation now = *r;

	now.start = time(NULL);
	if (!rotation_base(&now, path, out, PATH_MAX))
		return path;
	folders_find_first(r, path, out);
	return out;
}

void capture_check_outputs(const struct writes_options *writes, const struct capture_output *output)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < writes->files.count; i++) {
		struct rotation r = writes_rotation(writes, writes->files.item[i]);
		const char *first = first_name(path, &r, writes->files.item[i]);

		if (output->overwrite)
			check_overwritten_path("output", first);
		else
			check_output_path("output", first);
	}
}

/* --- what is read --- */

struct found {
	uint64_t packets, taken;
	uint16_t link_type; /* of the first one */
	uint16_t other;     /* the first of those that are not taken */
	bool is_all;
};

/* 0, or -1 with why: it is damaged. */
static int look_inside(struct found *f, struct capture_reader *r, bool (*takes)(uint16_t link_type),
                       struct why *why)
{
	struct envelope_packet p;
	int result = 1;

	while (f->packets < PACKETS_LOOKED_AT && (result = capture_reader_next(r, &p, why)) == 1) {
		if (f->packets++ == 0)
			f->link_type = p.link_type;
		if (takes(p.link_type))
			f->taken++;
		else
			f->other = p.link_type;
	}
	f->is_all = result == 0;
	return result < 0 ? -1 : 0;
}

static void say_found(const char *name, const char *path, const struct found *f, const char *form,
                      const char *taken)
{
	char remedy[REMEDY_SIZE];

	snprintf(remedy, sizeof remedy, "name a capture of %s", taken);
	if (!f->packets)
		check_note(name, remedy, "%s: is a %s capture without a packet", path, form);
	else if (!f->taken)
		check_wrong(name, remedy,
		            "%s: is a %s capture of link type %u, of which nothing is read", path,
		            form, f->other);
	else if (f->taken < f->packets)
		check_note(name, remedy,
		           "%s: is a %s capture; packets of link type %u are left out", path, form,
		           f->other);
	else
		check_good(name, "%s: is a %s capture of link type %u: %llu packet%s, whole%s",
		           path, form, f->link_type, (unsigned long long)f->packets,
		           f->packets == 1 ? "" : "s",
		           f->is_all ? "" : "; what follows was not looked at");
}

const char *capture_check_remedy(const struct why *why)
{
	return strstr(why->text, "compressed")
	               ? "unpack it; what comes out of that may be piped to -r -"
	               : NULL;
}

void capture_check_input(const char *name, const char *path, bool (*takes)(uint16_t link_type),
                         const char *taken)
{
	char remedy[REMEDY_SIZE];
	struct found f = {0};
	struct why why;
	struct capture_reader *r = capture_reader_open(path, &why);

	if (!r) {
		const char *mend = capture_check_remedy(&why);

		snprintf(remedy, sizeof remedy,
		         "name a capture, pcap or pcapng: file '%.1000s' says what this is", path);
		check_wrong(name, mend ? mend : remedy, "%s", why.text);
		return;
	}
	if (look_inside(&f, r, takes, &why) < 0)
		check_wrong(name, "leave out what is damaged: editcap FILE WHOLE.pcapng", "%s",
		            why.text);
	else
		say_found(name, path, &f, capture_reader_link_type(r) ? "pcap" : "pcapng", taken);
	capture_reader_close(r);
}
