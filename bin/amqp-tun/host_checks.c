#include "host_checks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/agent_checks.h"
#include "base/check.h"
#include "base/common_checks.h"

#define TUN_DEVICE "/dev/net/tun"

enum { TEXT_SIZE = 4096, PATH_SIZE = 300 };

static void read_text(const char *path, char text[TEXT_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_SIZE - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool is_container(void)
{
	char text[TEXT_SIZE];

	read_text("/proc/1/environ", text);
	return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
	       strncmp(text, "container=", 10) == 0;
}

/* --- the device --- */

static const char *mend_device(int error)
{
	if (error == EACCES && geteuid() != 0)
		return "sudo, or sudo chmod 666 " TUN_DEVICE
		       " (to open it alone gives nobody an interface)";
	if (is_container())
		return "start the container with --device " TUN_DEVICE " --cap-add NET_ADMIN";
	if (error == EPERM || error == EACCES)
		return "of a service: DeviceAllow=" TUN_DEVICE
		       " rw; of a container: --device " TUN_DEVICE " --cap-add NET_ADMIN";
	return "sudo modprobe tun (in a container: --device " TUN_DEVICE " --cap-add NET_ADMIN)";
}

static void look_at_device(const char *name, const void *context)
{
	int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC);

	(void)context;
	if (fd < 0) {
		check_wrong(name, mend_device(errno), TUN_DEVICE ": %s", strerror(errno));
		return;
	}
	unsigned features;
	if (ioctl(fd, TUNGETFEATURES, &features) < 0 && errno == ENOTTY)
		check_wrong(name, mend_device(ENOENT), TUN_DEVICE ": is another device, no TUN");
	else
		check_good(name, TUN_DEVICE ": may be opened");
	close(fd);
}

static void look_at_features(const char *name, const void *context)
{
	int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC);
	unsigned features = 0;
	struct utsname system;
	int major = 0, minor = 0;

	(void)context;
	if (fd < 0)
		return;
	if (ioctl(fd, TUNGETFEATURES, &features) < 0 || !(features & IFF_VNET_HDR))
		check_note(name, "a kernel with CONFIG_TUN of 2.6.27 or later",
		           "the kernel's TUN has no super-packets (IFF_VNET_HDR): gso is not used");
	else if (uname(&system) == 0 && sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
	         (major < 6 || (major == 6 && minor < 2)))
		check_note(name, "Linux 6.2 or later has them",
		           "Linux %s: super-packets of TCP, none of UDP (USO)", system.release);
	else
		check_good(name, "super-packets of TCP and UDP");
	close(fd);
}

/* --- what this process may do --- */

/* The kernel is asked, not /proc, which a container may be without. */
static bool has_capability(unsigned number)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

	return syscall(SYS_capget, &header, data) == 0 &&
	       data[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number);
}

/* A capability holds for what belongs to its own user namespace, or to one below it, which is all
 * that the kernel names the owner of. */
static bool is_of_own_network(void)
{
	int network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int owner = network < 0 ? -1 : ioctl(network, NS_GET_USERNS);
	bool refused = network >= 0 && owner < 0 && errno == EPERM;

	if (owner >= 0)
		close(owner);
	if (network >= 0)
		close(network);
	return !refused;
}

static bool is_own_interface(const struct settings *s)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "/sys/class/net/%s/tun_flags", s->ifname ? s->ifname : "");
	return s->ifname && !s->netns && access(path, F_OK) == 0;
}

static void look_at_capabilities(const char *name, const void *context)
{
	const struct settings *s = context;

	if (s->netns && !has_capability(CAP_SYS_ADMIN))
		check_wrong(name, "sudo, or AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_ADMIN",
		            "CAP_SYS_ADMIN is missing, which entering --netns %s needs", s->netns);
	if (has_capability(CAP_NET_ADMIN) && !s->netns && !is_of_own_network())
		check_wrong(name, "a network of its own: unshare -rn, or a container's",
		            "CAP_NET_ADMIN is that of a user namespace, and does not hold for this "
		            "network, which is another one's");
	else if (has_capability(CAP_NET_ADMIN))
		check_good(name, "CAP_NET_ADMIN is there");
	else if (is_own_interface(s))
		check_note(
			name, "CAP_NET_ADMIN, for addresses and routes",
			"without CAP_NET_ADMIN only a persistent interface of one's own is opened");
	else
		check_wrong(name,
		            is_container() ? "start the container with --cap-add NET_ADMIN"
		                           : "sudo, or sudo setcap cap_net_admin+ep \"$(command -v "
		                             "amqp-tun)\" (in a container: --cap-add NET_ADMIN)",
		            "CAP_NET_ADMIN is missing: no interface can be made");
}

static void look_at_namespace(const char *name, const void *context)
{
	const struct settings *s = context;
	char path[PATH_SIZE], remedy[PATH_SIZE];

	if (!s->netns)
		return;
	snprintf(path, sizeof path, "/var/run/netns/%s", s->netns);
	snprintf(remedy, sizeof remedy, "sudo ip netns add %s", s->netns);
	if (access(path, F_OK) < 0)
		check_wrong(name, remedy, "%s: %s", path, strerror(errno));
	else
		check_good(name, "%s is there", path);
}

/* --- the interface --- */

/* Somebody has it open: only then it has a carrier. */
static bool is_served(const char *interface)
{
	char path[PATH_SIZE], text[TEXT_SIZE];

	snprintf(path, sizeof path, "/sys/class/net/%s/carrier", interface);
	read_text(path, text);
	return text[0] == '1';
}

static void look_at_name(const char *name, const void *context)
{
	const struct settings *s = context;
	char remedy[PATH_SIZE];

	if (!s->ifname || s->netns)
		return;
	snprintf(remedy, sizeof remedy, "another --ifname, or sudo ip link delete %s", s->ifname);
	if (!if_nametoindex(s->ifname))
		check_good(name, "%s: the name is free", s->ifname);
	else if (is_own_interface(s) && is_served(s->ifname))
		check_wrong(name, "another --ifname, or end what has it: sudo fuser -v " TUN_DEVICE,
		            "%s: is a TUN interface that another process has open", s->ifname);
	else if (is_own_interface(s))
		check_good(name, "%s: is a TUN interface, which will be used", s->ifname);
	else
		check_wrong(name, remedy, "%s: there is another interface of that name", s->ifname);
}

static void look_at_mtu(const char *name, const void *context)
{
	const struct settings *s = context;

	if (s->mtu > s->bus.max_message && s->bus.max_message)
		check_wrong(name, "a larger --max-message, or a smaller --mtu",
		            "MTU %u: such a packet is longer than a message may be", s->mtu);
	else
		check_good(name, "%u", s->mtu);
}

static bool kernel_has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 || errno != EAFNOSUPPORT;

	if (fd >= 0)
		close(fd);
	return has;
}

static void look_at_ipv6(const char *name, const void *context)
{
	const struct settings *s = context;
	char text[TEXT_SIZE];

	if (s->wanted.ipv6.family == AF_UNSPEC || s->netns)
		return;
	read_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", text);
	if (!kernel_has_ipv6())
		check_wrong(name, "boot without ipv6.disable=1, or give --ipv4 alone",
		            "this kernel has no IPv6");
	else if (!text[0])
		check_wrong(name, "mount -t proc proc /proc, or give --ipv4 alone",
		            "whether IPv6 is switched on cannot be told: there is no "
		            "/proc/sys/net/ipv6");
	else if (text[0] == '1')
		check_wrong(name, "sudo sysctl net.ipv6.conf.default.disable_ipv6=0",
		            "IPv6 is off for new interfaces");
	else
		check_good(name, "is on");
}

/* --- what locks the process in that speaks to the broker --- */

static void look_at_locks(const char *name, const void *context)
{
	enum { VERSION_ASKED_FOR = 1 };
	unsigned action = SECCOMP_RET_ERRNO;
	long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_ASKED_FOR);
	int landlock_error = errno;

	(void)context;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		check_wrong(
			name, "a kernel with CONFIG_SECCOMP_FILTER",
			"the kernel cannot filter system calls, without which nothing is started");
	else
		check_good(name, "system calls can be filtered (seccomp)");
	if (landlock < 0)
		check_note(name, "a kernel with Landlock (5.13), and lsm=…,landlock at boot",
		           "files are not closed off: Landlock: %s", strerror(landlock_error));
	else
		check_good(name, "files can be closed off (Landlock %ld)", landlock);
}

static const struct check checks[] = {{"tun", look_at_device},
                                      {"offload", look_at_features},
                                      {"capabilities", look_at_capabilities},
                                      {"netns", look_at_namespace},
                                      {"interface", look_at_name},
                                      {"mtu", look_at_mtu},
                                      {"ipv6", look_at_ipv6},
                                      {"kernel", look_at_locks},
                                      {.name = NULL}};

int host_check(const struct settings *s)
{
	check_run(common_checks, NULL);
	check_run(checks, s);
	agent_check(&(struct agent_check){.bus = &s->bus,
	                                  .agent = {.name = s->name,
	                                            .api = (enum envelope_api)s->bus.api,
	                                            .packet = ENVELOPE_TUN_PACKET,
	                                            .start = ENVELOPE_TUN_START,
	                                            .started = ENVELOPE_TUN_STARTED,
	                                            .peers = s->peers,
	                                            .peer_count = s->peer_count},
	                                  .own_keys = s->peer_count});
	return check_end();
}
