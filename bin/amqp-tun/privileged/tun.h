/* tun.h - the TUN device, opened and attached by the keeper; device.h reads and writes it. Never
 * makes an interface that outlives its descriptor. */
#ifndef TUN_H
#define TUN_H

#include <net/if.h>
#include <stdbool.h>

#include "base/words.h"

#define TUN_PATH "/dev/net/tun"

/* Makes this process's later sockets and interfaces live in the namespace /var/run/netns/NAME. 0,
 * or -1 with why. */
int tun_enter_namespace(const char *name, struct why *why);
/* A descriptor of the device in the namespace of this process, or -1 with why. */
int tun_open(struct why *why);

struct tun {
	char name[IFNAMSIZ];
	bool offload;    /* it reads and writes a virtio_net_hdr before each packet, and reads
	                    super-packets */
	bool udp;        /* ... of UDP too */
	bool persistent; /* it was there, and will stay */
};
/* Makes the interface, or attaches to one that the user owns; with offload if that is wanted and
 * the kernel has it. 0, or -1 with why. */
int tun_attach(int device, const char *wanted, bool offload, struct tun *attached, struct why *why);
/* A persistent interface without offload again, as whoever opens it next expects. */
void tun_end_offload(int device);

/* A descriptor of the kernel's news of addresses and links (rtnetlink), in the namespace of this
 * process; -1: there is none. Whoever has no privileges can change nothing through it. It serves
 * from anywhere. */
int tun_open_news(void);

/* A descriptor of the interfaces' counters, of the namespace of this process; -1: there is none. It
 * serves from anywhere. */
int tun_open_counters(void);

#endif
