/* nss_daemon.c - a module of the name service as those of daemons are: asks a local socket, and
 * knows nothing without it. */
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct gaih_addrtuple;

static enum nss_status ask(int *error, int *host_error)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	dprintf(2, "nss_daemon %d: %s\n", getpid(), fd < 0 ? strerror(errno) : "asked");
	if (fd >= 0)
		close(fd);
	*error = ECONNREFUSED;
	*host_error = NO_RECOVERY;
	return NSS_STATUS_UNAVAIL;
}

enum nss_status _nss_fbdaemon_gethostbyname4_r(const char *name, struct gaih_addrtuple **found,
                                               char *buffer, size_t size, int *error,
                                               int *host_error, int *ttl)
{
	(void)name, (void)found, (void)buffer, (void)size, (void)ttl;
	return ask(error, host_error);
}

enum nss_status _nss_fbdaemon_gethostbyname2_r(const char *name, int family, struct hostent *host,
                                               char *buffer, size_t size, int *error,
                                               int *host_error)
{
	(void)name, (void)family, (void)host, (void)buffer, (void)size;
	return ask(error, host_error);
}
