#include "capture/openable.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/options.h"
#include "capture/folders.h"
#include "capture/path.h"

/* As names_open() makes it. False: it makes none, which is said then. */
static bool find_first(char out[PATH_MAX], const struct writes_options *writes, const char *path)
{
	struct rotation r = writes_rotation(writes, path);
	char base[PATH_MAX];

	rotation_begin(&r, rotation_now());
	if (!rotation_base(&r, path, base, sizeof base))
		return false;
	enum path_kind kind = path_kind(base);
	bool has_next = kind == PATH_IS_NONE || kind == PATH_IS_REGULAR;
	return has_next ? rotation_number(&r, base, r.number, out, PATH_MAX)
	                : snprintf(out, PATH_MAX, "%s", base) < PATH_MAX;
}

static bool is_terminal(const char *path)
{
	int own = path_descriptor(path);

	if (own >= 0)
		return isatty(own);
	if (path_kind(path) != PATH_IS_DEVICE)
		return false;
	int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	bool is = fd >= 0 && isatty(fd);
	if (fd >= 0)
		close(fd);
	return is;
}

static int check_one(const struct writes_options *writes, const struct write_choice *choice,
                     bool overwrite, struct why *why)
{
	char path[PATH_MAX];

	if (!find_first(path, writes, choice->path))
		return 0;
	struct rotation r = writes_rotation(writes, choice->path);
	folders_find_first(&r, choice->path, path);
	int error = path_try(path, overwrite ? PATH_OVERWRITE : 0);
	if (error)
		return why_set(why, "%s: %s (no output is begun)",
		               path_in_words(path, "standard output"), path_open_words(error));
	if (!sink_format_has_lines(choice->format) && is_terminal(path))
		return file_refuse_terminal(path, why);
	return 0;
}

int openable_check(const struct writes_options *writes, const struct write_choice *choices,
                   unsigned count, bool overwrite, struct why *why)
{
	for (unsigned i = 0; count > 1 && i < count; i++)
		if (check_one(writes, &choices[i], overwrite, why) < 0)
			return -1;
	return 0;
}
