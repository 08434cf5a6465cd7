#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

static void gain_nothing_by_exec(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die(EXIT_RUNNING, "no_new_privs: %s", strerror(errno));
}

static void keep(bool wanted, unsigned capability)
{
	if (wanted)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
}

void privileges_keep(bool namespace_to_enter, bool another_user)
{
	bool net_admin, sys_admin, signals;

	capng_get_caps_process();
	net_admin = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);
	sys_admin = namespace_to_enter && capng_have_capability(CAPNG_PERMITTED, CAP_SYS_ADMIN);
	signals = another_user && capng_have_capability(CAPNG_PERMITTED, CAP_KILL);
	capng_clear(CAPNG_SELECT_ALL);
	keep(net_admin, CAP_NET_ADMIN);
	keep(sys_admin, CAP_SYS_ADMIN);
	keep(signals, CAP_KILL);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		die(EXIT_RUNNING, "capabilities: they cannot be given up");
	gain_nothing_by_exec();
}

static void become(const struct identity *i)
{
	if (!i->name)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(i->group, i->group, i->group) < 0 ||
	    setresuid(i->user, i->user, i->user) < 0)
		die(EXIT_RUNNING, "--user '%s': %s (only root can be somebody else)", i->name,
		    strerror(errno));
	log_info("this process runs as %s (%u:%u)", i->name, i->user, i->group);
}

void privileges_give_up(const struct identity *i)
{
	bool may_bound;

	capng_get_caps_process();
	may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		log_info("the capability bounding set stays as it is");
	become(i);
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
