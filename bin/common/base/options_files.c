/* options_files.c - the files that options name to be read, a file of options among them: no other
 * option may have them written to. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/options_internal.h"

struct read_file {
	dev_t device;
	ino_t inode;
	const char *option;
};

static struct read_file *files;
static unsigned file_count;

static void note(const char *option, const char *path)
{
	struct stat about;

	if (!path || strcmp(path, "-") == 0 || stat(path, &about) < 0)
		return;
	struct read_file *more = realloc(files, (file_count + 1) * sizeof *files);
	if (!more)
		return;
	files = more;
	files[file_count++] = (struct read_file){about.st_dev, about.st_ino, option};
}

void options_note_files(const struct option_entries *all)
{
	file_count = 0;
	for (unsigned i = 0; i < all->count; i++) {
		const struct option_spec *spec = &all->entry[i].spec;
		const void *target = (const char *)all->entry[i].into + spec->target;

		if (spec->kind != KIND_FILE || spec->is_no_file_to_read)
			continue;
		if (!spec->many)
			note(spec->name, *(const char *const *)target);
		for (size_t k = 0; spec->many && k < ((const struct option_strings *)target)->count;
		     k++)
			note(spec->name, ((const struct option_strings *)target)->item[k]);
	}
	for (unsigned i = 0; options_config_path(i); i++)
		note("config", options_config_path(i));
}

const char *option_that_reads(const struct stat *about)
{
	for (unsigned i = 0; i < file_count; i++)
		if (files[i].device == about->st_dev && files[i].inode == about->st_ino)
			return files[i].option;
	return NULL;
}
