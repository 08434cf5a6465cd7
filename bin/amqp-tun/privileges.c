#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "log.h"

static void gain_nothing_by_exec(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die(EXIT_RUNNING, "no_new_privs: %s", strerror(errno));
}

void privileges_keep(bool namespace_to_enter)
{
	bool net_admin, sys_admin;

	capng_get_caps_process();
	net_admin = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);
	sys_admin = namespace_to_enter && capng_have_capability(CAPNG_PERMITTED, CAP_SYS_ADMIN);
	capng_clear(CAPNG_SELECT_ALL);
	if (net_admin)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN);
	if (sys_admin)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_ADMIN);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		die(EXIT_RUNNING, "capabilities: they cannot be given up");
	gain_nothing_by_exec();
}

void privileges_give_up(void)
{
	bool may_bound;

	capng_get_caps_process();
	may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		log_info("the capability bounding set stays as it is");
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		die(EXIT_RUNNING, "capabilities: they cannot be given up");
	gain_nothing_by_exec();
	log_info("this process has no capabilities");
}

bool privileges_net_admin(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
}
