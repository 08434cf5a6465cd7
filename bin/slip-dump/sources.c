#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/text.h"

static struct named {
	struct sink_source source;
	char *in_line, *in_json;
} sources[PROBES_MAX];

/* One character of well-formed UTF-8 beyond ASCII. Returns its octets. */
static size_t add_character(struct text *t, const char *c)
{
	unsigned char first = (unsigned char)*c;
	size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t point = first & (0x7fu >> length);

	for (size_t i = 1; i < length; i++)
		point = point << 6 | ((unsigned char)c[i] & 0x3f);
	if (point < 0x10000)
		text_add(t, "\\u%04x", (unsigned)point);
	else
		text_add(t, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((point - 0x10000) >> 10)),
		         (unsigned)(0xdc00 + ((point - 0x10000) & 0x3ff)));
	return length;
}

/* shown: as escape() makes it, of which JSON is to be ASCII. */
static void add_string(struct text *t, const char *shown)
{
	text_add(t, "\"");
	for (const char *c = shown; *c;) {
		if ((unsigned char)*c >= 0x80) {
			c += add_character(t, c);
			continue;
		}
		text_add(t, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
		c++;
	}
	text_add(t, "\"");
}

static int describe(struct named *n, const char *name)
{
	enum { MOST = 6 }; /* characters for one octet */
	size_t size = ESCAPE_GROWTH * strlen(name) + 1, json_size = MOST * size + 32;
	char *shown = malloc(size);

	n->in_line = malloc(size + 1);
	n->in_json = malloc(json_size);
	if (!shown || !n->in_line || !n->in_json) {
		free(shown);
		return -1;
	}
	escape(shown, size, name, strlen(name));
	struct text line = {n->in_line, size + 1, 0}, json = {n->in_json, json_size, 0};
	text_add(&line, "%s ", shown);
	text_add(&json, "\"probe\":");
	add_string(&json, shown);
	text_add(&json, ",");
	free(shown);
	return 0;
}

int sources_init(const struct settings *s)
{
	sources[0].source.name = s->file ? path_in_words(s->file, "standard input") : "";
	for (unsigned i = 0; i < s->probe_count; i++) {
		sources[i].source = (struct sink_source){.number = i, .name = s->probes[i].name};
		if (s->probe_count > 1 && describe(&sources[i], s->probes[i].name) < 0)
			return -1;
	}
	return 0;
}

const struct sink_source *sources_at(unsigned number)
{
	return &sources[number].source;
}

const struct sink_source *sources_of_probes(unsigned i)
{
	return i < PROBES_MAX && sources[i].in_line ? &sources[i].source : NULL;
}

const char *sources_in_line(unsigned number)
{
	return sources[number].in_line ? sources[number].in_line : "";
}

const char *sources_in_json(unsigned number)
{
	return sources[number].in_json ? sources[number].in_json : "";
}
