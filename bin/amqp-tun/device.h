/* device.h - the TUN device: opened and attached by the keeper, read and written by the process
 * that speaks to the broker. Never blocks, never makes an interface that outlives its descriptor.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WHY_SIZE = 200 }; /* of the words that say why something failed */

/* Makes this process's later sockets and interfaces live in the namespace /var/run/netns/NAME. 0,
 * or -1 with why. */
int device_enter_namespace(const char *name, char why[WHY_SIZE]);
/* A descriptor of /dev/net/tun in the namespace of this process, or -1 with why. */
int device_open(char why[WHY_SIZE]);

struct device {
	char name[IFNAMSIZ];
	bool offload;    /* it reads and writes a virtio_net_hdr before each packet, and reads
	                    super-packets */
	bool udp;        /* ... of UDP too */
	bool persistent; /* it was there, and will stay */
};
/* Makes the interface, or takes one that the user owns; with offload if that is wanted and the
 * kernel has it. 0, or -1 with why. */
int device_attach(int device, const char *wanted, bool offload, struct device *attached,
                  char why[WHY_SIZE]);
/* A persistent interface without offload again, as whoever opens it next expects. */
void device_end_offload(int device);

/* Octets of the next virtio_net_hdr (zeros from a device without offload) and packet, 0: none
 * waits, -1: the interface is gone. */
ssize_t device_read(int device, bool offload, uint8_t *out, size_t size);
/* Gives a packet to the interface: 0 or a negative errno (-EIO: it is down, -EBADFD: it is gone).
 */
int device_write(int device, bool offload, const uint8_t *packet, size_t length);
/* Gives it virtio_net_hdr and packet; with offload only. -EINVAL: the kernel does not know this
 * kind of super-packet. */
int device_write_super(int device, const uint8_t *octets, size_t count);

/* A descriptor of the interfaces' counters, of the namespace of this process; -1: there is none. It
 * serves from anywhere. */
int device_counters_open(void);
/* Packets that the interface's full queue dropped before they were read. */
uint64_t device_dropped(int counters, const char *name);

#endif
