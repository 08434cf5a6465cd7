#include "probe/port_checks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probe/port.h"

enum { REMEDY_SIZE = 600 };

static bool is_tcp(const struct port_options *o)
{
	return strncmp(o->path, "tcp:", 4) == 0;
}

/* --- there, and allowed --- */

static const char *own_name(void)
{
	const struct passwd *user = getpwuid(geteuid());

	return user ? user->pw_name : "USER";
}

static bool is_listed(const struct group *group, const char *user)
{
	for (char *const *member = group->gr_mem; *member; member++)
		if (strcmp(*member, user) == 0)
			return true;
	return false;
}

/* group: NULL: it has no name. */
static void mend_closed(char remedy[REMEDY_SIZE], const char *path, const struct stat *about,
                        const struct group *group)
{
	bool is_of_group = about->st_gid != 0 && (about->st_mode & S_IRGRP) &&
	                   (about->st_mode & S_IWGRP) && group;

	if (!is_of_group)
		snprintf(remedy, REMEDY_SIZE,
		         "sudo chgrp dialout '%s' && sudo chmod 660 '%s' (for good: a udev rule "
		         "with "
		         "GROUP=\"dialout\", MODE=\"0660\"), and sudo usermod -aG dialout %s",
		         path, path, own_name());
	else if (is_listed(group, own_name()))
		snprintf(remedy, REMEDY_SIZE,
		         "log in anew (or newgrp %s): %s is in that group since", group->gr_name,
		         own_name());
	else
		snprintf(remedy, REMEDY_SIZE, "sudo usermod -aG %s %s, and log in anew",
		         group->gr_name, own_name());
}

static void say_closed(const char *name, const char *path, const struct stat *about)
{
	const struct group *group = getgrgid(about->st_gid);
	char remedy[REMEDY_SIZE];

	mend_closed(remedy, path, about, group);
	check_wrong(name, remedy, "%s: Permission denied: it is group %s's (mode %04o); this is %s",
	            path, group ? group->gr_name : "?", about->st_mode & 07777, own_name());
}

static void say_missing(const char *name, const struct port_options *o, int error)
{
	static const char remedy[] = "plug the probe in, and look which ports there are: slip-dump "
				     "--list (in a container: docker run --device PORT)";

	if (o->wait && error == ENOENT)
		check_note(name, remedy, "%s: %s: is waited for", o->path, strerror(error));
	else
		check_wrong(name, remedy, "%s: %s", o->path, strerror(error));
}

static void look_at_path(const char *name, const void *context)
{
	const struct port_options *o = context;
	struct stat about;

	if (is_tcp(o))
		return;
	if (stat(o->path, &about) < 0)
		say_missing(name, o, errno);
	else if (!S_ISCHR(about.st_mode))
		check_wrong(name, "a file or pipe is read by slip-dump -r; ports: slip-dump --list",
		            "%s: is no serial port", o->path);
	else if (access(o->path, R_OK | W_OK) < 0)
		say_closed(name, o->path, &about);
	else
		check_good(name, "%s: is there, and may be opened", o->path);
}

static bool may_be_opened(const struct port_options *o)
{
	struct stat about;

	return is_tcp(o) || (stat(o->path, &about) == 0 && S_ISCHR(about.st_mode) &&
	                     access(o->path, R_OK | W_OK) == 0);
}

static void look_at_use(const char *name, const void *context)
{
	const struct port_options *o = context;
	unsigned baud = o->baud ? (unsigned)o->baud : PORT_BAUD_STANDARD;
	char remedy[REMEDY_SIZE];
	struct why why = {""};

	if (!may_be_opened(o))
		return;
	struct serial *serial = serial_open(o->path, baud, 0, &why);
	if (serial) {
		check_good(name, "%s: opened at %u baud, and closed again", o->path, baud);
		serial_close(serial);
		return;
	}
	snprintf(remedy, sizeof remedy,
	         is_tcp(o) ? "look whether anything serves that port there"
	         : strstr(why.text, "terminal") || strstr(why.text, "no device")
	                 ? "name a serial port: slip-dump --list"
	                 : "fuser -v '%s'",
	         o->path);
	check_wrong(name, remedy, "%s: %s", o->path, why.text);
}

/* --- ModemManager, which speaks to every new port as to a modem --- */

static bool runs(const char *program)
{
	char path[300], name[64];
	DIR *all = opendir("/proc");
	bool found = false;

	for (const struct dirent *d; all && !found && (d = readdir(all));) {
		if (strspn(d->d_name, "0123456789") != strlen(d->d_name))
			continue;
		snprintf(path, sizeof path, "/proc/%s/comm", d->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof name - 1);
		if (fd >= 0)
			close(fd);
		name[n > 0 ? n - 1 : 0] = '\0';
		found = strcmp(name, program) == 0;
	}
	if (all)
		closedir(all);
	return found;
}

/* What udev has noted of the device. */
static bool is_left_alone(const char *port)
{
	char path[64], text[4096];
	struct stat about;

	if (stat(port, &about) < 0)
		return false;
	snprintf(path, sizeof path, "/run/udev/data/c%u:%u", major(about.st_rdev),
	         minor(about.st_rdev));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "E:ID_MM_DEVICE_IGNORE=1") || strstr(text, "E:ID_MM_PORT_IGNORE=1");
}

static void look_at_modem_manager(const char *name, const void *context)
{
	const struct port_options *o = context;

	if (is_tcp(o))
		return;
	if (!runs("ModemManager"))
		check_good(name, "does not run here");
	else if (is_left_alone(o->path))
		check_good(name, "runs, and leaves %s alone", o->path);
	else
		check_wrong(
			name,
			"sudo systemctl disable --now ModemManager, or a udev rule with "
			"ENV{ID_MM_DEVICE_IGNORE}=\"1\"",
			"ModemManager runs, and writes to %s as to a modem when it is plugged in",
			o->path);
}

const struct check port_checks[] = {{"port", look_at_path},
                                    {"port", look_at_use},
                                    {"modemmanager", look_at_modem_manager},
                                    {.name = NULL}};
