#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json_text.h"
#include "base/text.h"

static struct named {
	struct sink_source source;
	char *in_line, *in_json;
} sources[PROBES_MAX];

static int describe(struct named *n, const char *name)
{
	size_t size = ESCAPE_GROWTH * strlen(name) + 1, json_size = JSON_TEXT_GROWTH * size + 32;
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
	json_text_add(&json, shown, strlen(shown));
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
