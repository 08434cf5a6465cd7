/* --dump-config: what is in force and where it comes from, in the form that --config reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/options_internal.h"
#include "base/outside.h"
#include "base/secret.h"
#include "base/version.h"

enum { LINE_SIZE = 8192, FROM_SIZE = 320 };

struct origin {
	const char *name, *value; /* NULL: the option stands alone */
	char from[FROM_SIZE];
	bool is_cut; /* a secret was left out */
};

static struct origin *origins;
static unsigned origin_count;
static bool is_asked_for;

void options_note_origins(int argc, char **argv)
{
	is_asked_for = false;
	origin_count = 0;
	for (int i = 1; i < argc; i++)
		is_asked_for |= strcmp(argv[i], "--dump-config") == 0;
}

/* --- secrets --- */

/* "amqp://user@host/": what is left of it is a URL all the same. */
static bool cut_out_login(char *url)
{
	struct secret_span span = secret_in_url(url);

	if (span.to <= span.from)
		return false;
	char *from = url + span.from, *to = url + span.to;
	if (from > url && from[-1] == ':' && *to)
		from--;
	else if (*to == '@')
		to++;
	memmove(from, to, strlen(to) + 1);
	return true;
}

static const char *cut_out_secrets(const struct option_spec *spec, const char *value, bool *is_cut)
{
	size_t size = strlen(value) + 1;
	char *shown = spec->kind == KIND_SECRET ? strdup("...") : malloc(2 * size);

	*is_cut = spec->kind == KIND_SECRET;
	if (!shown || *is_cut)
		return shown;
	memcpy(shown, value, size);
	if (spec->kind != KIND_URL && !strstr(value, "://"))
		return shown;
	*is_cut = cut_out_login(shown);
	/* What a query calls a password. */
	char *query = strchr(shown, '?');
	char *before = query ? strdup(query) : NULL;
	if (before) {
		secret_hide(query, 2 * size - (size_t)(query - shown));
		*is_cut |= strcmp(before, query) != 0;
		outside_free(before, strlen(before));
	}
	return shown;
}

/* --- noting --- */

/* Of what is given twice the last one is in force. */
static struct origin *find_room(const struct option_spec *spec)
{
	bool adds_up = spec->many || !option_takes_value(spec);

	for (unsigned i = 0; !adds_up && i < origin_count; i++)
		if (strcmp(origins[i].name, spec->name) == 0)
			return &origins[i];
	struct origin *more = realloc(origins, (origin_count + 1) * sizeof *origins);
	if (more)
		origins = more;
	return more ? &origins[origin_count++] : NULL;
}

void options_note_origin(const struct option_entry *entry, const char *value, const char *from)
{
	struct origin *o = is_asked_for ? find_room(&entry->spec) : NULL;

	if (!o)
		return;
	*o = (struct origin){.name = entry->spec.name};
	snprintf(o->from, sizeof o->from, "%s", from);
	/* What everybody can read in --help is no secret. */
	if (value && strcmp(from, OPTION_FROM_DEFAULT) != 0)
		o->value = cut_out_secrets(&entry->spec, value, &o->is_cut);
	else
		o->value = value ? strdup(value) : NULL;
}

/* --- printing --- */

static bool is_plain(const char *value, const char *shown)
{
	size_t length = strlen(value);

	return length && !strchr(" \t\"'=", value[0]) && !strchr(" \t", value[length - 1]) &&
	       strcmp(value, shown) == 0;
}

static void print_value(const char *value)
{
	char shown[LINE_SIZE];

	escape(shown, sizeof shown, value, strlen(value));
	if (is_plain(value, shown)) {
		fputs(value, stdout);
		return;
	}
	putchar('"');
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* idle: why it does nothing, or NULL. As a setting it would be refused. */
static void print_origin(const struct origin *o, const char *idle)
{
	char from[ESCAPE_GROWTH * FROM_SIZE];

	escape(from, sizeof from, o->from, strlen(o->from));
	printf("# %s%s%s%s\n%s%s", from, o->is_cut ? "; its secret is left out" : "",
	       idle ? "; " : "", idle ? idle : "", idle ? "# " : "", o->name);
	if (o->value) {
		fputs(" = ", stdout);
		print_value(o->value);
	}
	putchar('\n');
}

static void print_entry(const struct option_entries *all, const struct option_entry *entry)
{
	const struct option_spec *spec = &entry->spec;
	struct why why;
	bool is_idle = !entry->given && option_check_fit(all, entry, &why) < 0;
	bool is_found = false;

	for (unsigned i = 0; i < origin_count; i++)
		if (strcmp(origins[i].name, spec->name) == 0) {
			print_origin(&origins[i], is_idle ? why.text : NULL);
			is_found = true;
		}
	if (!is_found && spec->help && spec->otherwise)
		printf("# %s: %s\n", spec->name, spec->otherwise);
}

void options_print_config(const struct option_entries *all)
{
	printf("# %s %s\n", log_name(), FRAMEBUS_VERSION);
	for (int section = 0; section < OPTION_SECTIONS; section++)
		for (unsigned i = 0; i < all->count; i++)
			if ((int)all->entry[i].spec.section == section &&
			    !option_is_of_command_line(&all->entry[i].spec))
				print_entry(all, &all->entry[i]);
}
