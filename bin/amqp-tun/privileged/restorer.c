#include "restorer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privileges.h"
#include "tun.h"
#include "undo.h"

enum { KEEPERS_END_FD = STDERR_FILENO + 1, DEVICE_FD, FIRST_OTHER_FD };

static pid_t restorer;
static int keepers_end = -1; /* closed when the keeper ends, however it does */

/* Descriptors that it held besides would stay open with it. */
static void keep_only(int ended, int *device)
{
	int kept = *device < 0 ? -1 : fcntl(*device, F_DUPFD, FIRST_OTHER_FD);

	dup2(ended, KEEPERS_END_FD);
	if (kept >= 0)
		dup2(kept, DEVICE_FD);
	*device = kept < 0 ? -1 : DEVICE_FD;
	close_range(kept < 0 ? DEVICE_FD : FIRST_OTHER_FD, ~0u, 0);
}

static _Noreturn void restore(int ended, int device)
{
	char octet;

	/* Whoever kills the others as a group leaves this one. */
	setsid();
	keep_only(ended, &device);
	privileges_keep(&(struct privileges){.namespaces = false}, NULL);
	while (read(KEEPERS_END_FD, &octet, 1) < 0 && errno == EINTR)
		;
	if (device >= 0)
		tun_end_offload(device);
	undo_all();
	_exit(0);
}

int restorer_start(int device)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	restorer = fork();
	if (restorer == 0)
		restore(ends[0], device);
	error = restorer < 0 ? -errno : 0;
	close(ends[0]);
	if (restorer > 0)
		keepers_end = ends[1];
	else
		close(ends[1]);
	return error;
}

void restorer_end(void)
{
	if (keepers_end < 0)
		return;
	kill(restorer, SIGKILL);
	waitpid(restorer, NULL, 0);
	close(keepers_end);
	keepers_end = -1;
}
