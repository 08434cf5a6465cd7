#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "privileges.h"

#define BE_PRIVILEGED "run as root, or give it CAP_NET_ADMIN"
#define OF_CONTAINER  "in a container: --device " TUN_PATH " --cap-add NET_ADMIN"

#define OF_OWN_NETWORK                                                                             \
	"CAP_NET_ADMIN of this user namespace does not hold for this network, which is another "   \
	"one's: give it a network of its own, unshare -rn"

/* TUN_F_USO4, TUN_F_USO6 of Linux 6.2, which older headers lack */
enum { OFFLOAD_USO4 = 0x20, OFFLOAD_USO6 = 0x40 };

int tun_enter_namespace(const char *name, struct why *why)
{
	char path[300];

	snprintf(path, sizeof path, "/var/run/netns/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return why_set(why, "--netns '%.100s': %s%s", name, strerror(errno),
		               errno == ENOENT ? " (ip netns list shows those that exist)" : "");
	int outcome = setns(fd, CLONE_NEWNET);
	if (outcome < 0)
		why_set(why, "--netns '%.100s': %s%s", name, strerror(errno),
		        errno == EPERM ? " (entering it needs root, or CAP_SYS_ADMIN)" : "");
	close(fd);
	return outcome;
}

static const char *advice_on_open(int error)
{
	switch (error) {
	case EACCES:
		if (geteuid() != 0)
			return " (run as root, or: sudo chmod 666 " TUN_PATH ")";
		/* fall through */
	case EPERM:
		return " (devices are closed off here: " OF_CONTAINER
		       "; in a service: DeviceAllow=" TUN_PATH " rw)";
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return " (load the module: modprobe tun; " OF_CONTAINER ")";
	default:
		return "";
	}
}

int tun_open(struct why *why)
{
	int fd = open(TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return fd;
	return why_set(why, TUN_PATH ": %s%s", strerror(errno), advice_on_open(errno));
}

static int explain_attach(const char *wanted, int error, struct why *why)
{
	const char *name = wanted ? wanted : "tun";

	switch (error) {
	case EPERM:
		return why_set(why, TUN_PATH ": %s (%s)", strerror(error),
		               privileges_net_admin() ? OF_OWN_NETWORK : BE_PRIVILEGED);
	case ENOTTY:
		return why_set(why, TUN_PATH ": is another device, no TUN (" OF_CONTAINER ")");
	case EBUSY:
		return why_set(why,
		               "interface '%s': is in use by another process (choose another "
		               "--ifname)",
		               name);
	case EINVAL:
		return why_set(why,
		               "interface '%s': exists, and is no TUN interface of one queue "
		               "(choose another --ifname)",
		               name);
	default:
		return why_set(why, "interface '%s': %s", name, strerror(error));
	}
}

static bool has_vnet_header(int device)
{
	unsigned features;

	return ioctl(device, TUNGETFEATURES, &features) == 0 && features & IFF_VNET_HDR;
}

/* UDP apart: Linux knows it from 6.2 on. */
static void set_offload(int device, struct tun *attached)
{
	int little_endian = 1, size = sizeof(struct virtio_net_hdr);
	unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
		 udp = tcp | OFFLOAD_USO4 | OFFLOAD_USO6;

	if (ioctl(device, TUNSETVNETHDRSZ, &size) < 0 ||
	    ioctl(device, TUNSETVNETLE, &little_endian) < 0)
		return;
	attached->udp = ioctl(device, TUNSETOFFLOAD, udp) == 0;
	attached->offload = attached->udp || ioctl(device, TUNSETOFFLOAD, tcp) == 0;
}

void tun_end_offload(int device)
{
	ioctl(device, TUNSETOFFLOAD, 0);
}

static int attach(int device, const char *wanted, short flags, struct ifreq *request,
                  struct why *why)
{
	*request = (struct ifreq){.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags)};
	/* Without a %d the interface would be called "tun" itself. */
	snprintf(request->ifr_name, IFNAMSIZ, "%s", wanted ? wanted : "tun%d");
	return ioctl(device, TUNSETIFF, request) == 0 ? 0 : explain_attach(wanted, errno, why);
}

/* The same descriptor, attached to nothing. */
static int renew(int device, struct why *why)
{
	int fresh = tun_open(why);

	if (fresh < 0)
		return -1;
	dup3(fresh, device, O_CLOEXEC);
	close(fresh);
	return 0;
}

int tun_attach(int device, const char *wanted, bool offload, struct tun *attached, struct why *why)
{
	struct ifreq request;

	*attached = (struct tun){.offload = false};
	offload = offload && has_vnet_header(device);
	if (attach(device, wanted, offload ? IFF_VNET_HDR : 0, &request, why) < 0)
		return -1;
	memcpy(attached->name, request.ifr_name, IFNAMSIZ);
	attached->name[IFNAMSIZ - 1] = '\0';
	attached->persistent =
		ioctl(device, TUNGETIFF, &request) == 0 && request.ifr_flags & IFF_PERSIST;
	if (offload)
		set_offload(device, attached);
	/* Headers without super-packets, or in the wrong order of octets, are worse than none. */
	if (offload && !attached->offload)
		return renew(device, why) < 0 ? -1
		                              : tun_attach(device, wanted, false, attached, why);
	return 0;
}

int tun_open_news(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
	                                    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
	                                                 RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

int tun_open_counters(void)
{
	return open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
}
