#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/options_internal.h"
#include "base/outside.h"
#include "base/service.h"

int option_read_descriptor(void *target, const char *value, struct why *why)
{
	int fd = descriptor_read(value, why);

	if (fd < 0)
		return -1;
	*(int *)target = fd;
	return 0;
}

/* Of an option that names files: the first of them that is this descriptor, or NULL. */
static const char *find_named(const struct option_entry *entry, int fd)
{
	const void *target = (const char *)entry->into + entry->spec.target;
	const struct option_strings *list = target;
	const char *const *one = entry->spec.many ? list->item : target;
	size_t count = entry->spec.many ? list->count : 1;

	for (size_t i = 0; i < count; i++)
		if (one[i] && outside_named_descriptor(one[i]) == fd)
			return one[i];
	return NULL;
}

static int check_own(const struct option_entries *all, const char *option, int fd, struct why *why)
{
	const char *path;

	for (unsigned i = 0; fd >= 0 && i < all->count; i++) {
		const struct option_entry *entry = &all->entry[i];

		if (entry->given && entry->spec.kind == KIND_FILE && (path = find_named(entry, fd)))
			return why_set(why,
			               "--%s '%d': is the file %s of --%s: give it one of its own",
			               option, fd, path, entry->spec.name);
	}
	return 0;
}

/* Of --events: -1 where it is a file, or what is refused when it is opened. */
static int events_descriptor(void)
{
	const char *value = common_options.events;

	return value && descriptor_is_number(value) ? descriptor_read(value, NULL) : -1;
}

int options_check_ready(const struct option_entries *all, struct why *why)
{
	int fd = common_options.ready_fd, events = events_descriptor();

	if (fd >= 0 && fd == events)
		return why_set(why,
		               "--ready-fd '%d': is that of --events, where 'ready' is an event: "
		               "leave one out",
		               fd);
	return check_own(all, "ready-fd", fd, why) < 0 ? -1 : check_own(all, "events", events, why);
}

void report_ready(void)
{
	int fd = common_options.ready_fd;

	service_ready();
	if (fd < 0)
		return;
	common_options.ready_fd = -1;
	if (write(fd, "ready\n", 6) != 6)
		log_warning("--ready-fd %d: %s", fd, strerror(errno));
	close(fd);
}
