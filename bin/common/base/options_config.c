/* Files of options: the words are those of the command line, an option a line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/options_internal.h"
#include "base/outside.h"
#include "base/secret.h"

enum { CONFIG_OCTETS_MAX = 1 << 20, SHOWN_SIZE = 300 };

/* What is read points into the files' octets, for good. */
static const char *paths[OPTION_LIST_MAX];
static char *texts[OPTION_LIST_MAX];
static unsigned path_count;

/* A line, until all files are read: what they give together decides which lines count. */
struct setting {
	struct option_entry *entry;
	char *value; /* NULL: the key stands alone */
	const char *path;
	unsigned file, line;
};
static struct setting *settings;
static size_t setting_count;

struct place {
	struct option_entries *all;
	unsigned file; /* from 1 on */
	unsigned line;
	const char *path;
	bool has_secret;
};

void options_config_forget(void)
{
	path_count = 0;
}

int option_note_config(void *target, const char *value, struct why *why)
{
	(void)target;
	if (!*value)
		return why_set(why, "is empty");
	if (path_count == OPTION_LIST_MAX)
		return why_set(why, "is given too many times (at the most %d)", OPTION_LIST_MAX);
	value = option_find_credential(value, why);
	if (!value)
		return -1;
	paths[path_count++] = value;
	return 0;
}

const char *options_config_path(unsigned number)
{
	return number < path_count ? paths[number] : NULL;
}

/* --- the file --- */

static const char *kind_in_words(mode_t mode)
{
	return S_ISDIR(mode)                    ? "a folder"
	       : S_ISFIFO(mode)                 ? "a FIFO"
	       : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
	                                        : "a socket";
}

static int look_at(const char *path, struct stat *about, struct why *why)
{
	if (stat(path, about) < 0)
		return why_set(why, "%s (--config names a file)", strerror(errno));
	if (!S_ISREG(about->st_mode))
		return why_set(why, "is %s: --config names a file", kind_in_words(about->st_mode));
	return 0;
}

/* The octet that is none of a text's, or NULL; reason: what it is. */
static const char *find_no_text(const char *text, size_t length, const char **reason)
{
	const char *nul = memchr(text, '\0', length);
	size_t well_formed = json_text_well_formed(text, length);

	*reason = nul ? "holds a NUL: it is no text in UTF-8"
	              : "is no text in UTF-8 (an octet beyond ASCII: in double quotes, as \\xHH)";
	return nul ? nul : well_formed < length ? text + well_formed : NULL;
}

/* NULL with why: what is no text, or not there. */
static char *read_text(const char *path, struct why *why)
{
	size_t length;
	char *text = outside_read(path, CONFIG_OCTETS_MAX, &length, why);
	const char *reason, *wrong = text ? find_no_text(text, length, &reason) : NULL;
	unsigned line = 1;

	if (!wrong)
		return text;
	for (const char *c = text; c < wrong; c++)
		line += *c == '\n';
	why_set(why, "line %u %s", line, reason);
	outside_free(text, length);
	return NULL;
}

static void warn_of_readers(const struct place *p, const struct stat *about)
{
	if (p->has_secret && about->st_mode & S_IROTH)
		log_warning("--config %s: holds a password, and everybody on this machine can read "
		            "it (chmod o-r)",
		            p->path);
}

/* --- its lines --- */

struct option_entry *options_find(struct option_entries *all, const char *name)
{
	for (unsigned i = 0; i < all->count; i++)
		if (strcmp(all->entry[i].spec.name, name) == 0)
			return &all->entry[i];
	return NULL;
}

static int refuse_key(const struct place *p, const char *key, struct why *why)
{
	size_t dashes = strspn(key, "-");

	for (unsigned i = 0; i < p->all->count; i++)
		if (key[0] && !key[1] && p->all->entry[i].spec.letter == key[0])
			return why_set(why, "%s: letters stand on command lines alone; write %s",
			               key, p->all->entry[i].spec.name);
	if (!dashes && key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-_")])
		return why_set(why, "no option's name: a line is NAME = VALUE, or # and a comment");
	if (dashes && options_find(p->all, key + dashes))
		return why_set(why, "%s: options stand here without dashes: %s", key, key + dashes);
	return options_refuse_word(p->all, key, why);
}

static int check(const struct option_entry *entry, const struct place *p, const char *value,
                 struct why *why)
{
	const struct option_spec *spec = &entry->spec;

	if (option_is_of_command_line(spec))
		return why_set(why, "--%s: is for the command line, not for a file", spec->name);
	if (value && !option_takes_value(spec))
		return why_set(why,
		               "--%s: takes no argument (%s alone; without the line it is off)",
		               spec->name, spec->name);
	if (!value && option_takes_value(spec) && !spec->may_stand_alone)
		return why_set(why, "--%s: needs an argument (%s = VALUE)", spec->name, spec->name);
	if (entry->given && entry->file == p->file && !spec->many && option_takes_value(spec))
		return why_set(why, "--%s: is given twice", spec->name);
	return 0;
}

static bool has_secret(const struct option_spec *spec, const char *value)
{
	struct secret_span span = {0};

	if (value && spec->kind == KIND_URL)
		span = secret_in_url(value);
	return spec->kind == KIND_SECRET || span.to > span.from;
}

/* What is beaten is not read. */
static int note_option(struct place *p, const struct config_line *line, struct why *why)
{
	struct option_entry *entry = options_find(p->all, line->key);

	if (!entry)
		return refuse_key(p, line->key, why);
	if (check(entry, p, line->value, why) < 0)
		return -1;
	p->has_secret |= has_secret(&entry->spec, line->value);
	/* Beaten by the command line, or by a file that was named later. */
	if (entry->given && entry->file != p->file)
		return 0;
	struct setting *more = realloc(settings, (setting_count + 1) * sizeof *settings);
	if (!more)
		return why_set(why, "out of memory");
	settings = more;
	settings[setting_count++] = (struct setting){entry, line->value, p->path, p->file, p->line};
	entry->given = true;
	entry->file = p->file;
	return 0;
}

static int read_setting(const struct setting *s, struct why *why)
{
	const struct option_entry *entry = s->entry;
	char from[SHOWN_SIZE];

	if (option_read(&entry->spec, entry->into, s->value, why) < 0)
		return options_refuse_value(&entry->spec, s->value, why);
	snprintf(from, sizeof from, "%s:%u", s->path, s->line);
	options_note_origin(entry, s->value, from);
	if (s->value)
		option_blank(&entry->spec, s->value);
	return 0;
}

static int refuse_line(const char *path, unsigned line, struct why *why)
{
	struct why reason = *why;

	return why_set(why, "%s:%u: %s", path, line, reason.text);
}

static int note_lines(struct place *p, char *text, struct why *why)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct config_line line;

	if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
		text += strlen(byte_order_mark);
	for (char *words; (words = strsep(&text, "\n"));) {
		p->line++;
		int found = config_read_line(words, &line, why);
		if (found > 0)
			found = note_option(p, &line, why);
		if (found < 0)
			return refuse_line(p->path, p->line, why);
	}
	return 0;
}

static int read_file(struct option_entries *all, unsigned index, struct why *why)
{
	struct place p = {.all = all, .file = index + 1, .path = paths[index]};
	struct stat about;

	if (look_at(p.path, &about, why) < 0 || !(texts[index] = read_text(p.path, why))) {
		struct why reason = *why;

		return why_set(why, "--config %s: %s", p.path, reason.text);
	}
	int status = note_lines(&p, texts[index], why);
	warn_of_readers(&p, &about);
	return status;
}

/* In the order of their lines; none is read that something stronger has put aside. */
static int read_settings(struct why *why)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *s = &settings[i];
		bool counts = s->entry->given && s->entry->file == s->file;

		if (counts && read_setting(s, why) < 0)
			return refuse_line(s->path, s->line, why);
	}
	return 0;
}

int options_read_configs(struct option_entries *all, struct why *why)
{
	int status = 0;

	for (unsigned i = path_count; status == 0 && i-- > 0;)
		status = read_file(all, i, why);
	if (status == 0) {
		options_pass_over_weaker(all);
		status = read_settings(why);
	} else {
		/* In which form to say it stands before it. */
		struct why unsaid;

		read_settings(&unsaid);
	}
	free(settings);
	settings = NULL;
	setting_count = 0;
	return status;
}
