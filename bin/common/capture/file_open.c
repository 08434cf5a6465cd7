#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/events.h"
#include "base/options.h"
#include "capture/file.h"
#include "capture/file_state.h"
#include "capture/path.h"

static const char *name_of(const char *path)
{
	return path_in_words(path, "standard output");
}

int file_refuse_terminal(const char *path, struct why *why)
{
	return why_set(why,
	               "%s: is a terminal: send the capture to a file or a program (| tshark -r -)",
	               name_of(path));
}

static bool flush_each(const struct file *f, unsigned flags)
{
	if (flags & FILE_FLUSH_EACH)
		return true;
	return !f->regular && (!(flags & FILE_GATHER) || isatty(f->fd));
}

struct file *file_open(const char *path, unsigned flags, struct why *why)
{
	struct file *f;
	struct stat status;
	int fd = path_open(path, flags);

	if (fd < 0) {
		int error = errno; /* whoever calls decides by it */

		why_set(why, "%s: %s", name_of(path), path_open_words(error));
		errno = error;
		return NULL;
	}
	if (!(flags & FILE_TEXT) && isatty(fd)) {
		file_refuse_terminal(path, why);
		close(fd);
		errno = ENOTTY;
		return NULL;
	}
	f = calloc(1, sizeof *f);
	struct records *now = calloc(1, sizeof *now);
	if (!f || !now) {
		why_errno(why, name_of(path));
		close(fd);
		free(now);
		free(f);
		return NULL;
	}
	f->fd = fd;
	f->now = now;
	f->name = name_of(path);
	f->regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	f->is_watched = f->regular && status.st_nlink > 0;
	f->flush_each = flush_each(f, flags);
	f->may_write_behind = f->regular && flags & FILE_WRITE_BEHIND;
	f->is_text = flags & FILE_TEXT;
	if (!f->is_text)
		events_say("file_begun", "file", f->name, NULL);
	return f;
}
