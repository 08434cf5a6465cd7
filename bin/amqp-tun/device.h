/* device.h - the TUN device: opened and attached by the keeper, read and written by the process that speaks to the
 * broker. Never blocks, never makes an interface that outlives its descriptor. */
#ifndef DEVICE_H
#define DEVICE_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WHY_SIZE = 200 }; /* of the words that say why something failed */

/* Makes this process's later sockets and interfaces live in the namespace /var/run/netns/NAME. 0, or -1 with why. */
int device_enter_namespace(const char *name, char why[WHY_SIZE]);
/* A descriptor of /dev/net/tun in the namespace of this process, or -1 with why. */
int device_open(char why[WHY_SIZE]);
/* Makes the interface (or takes one that the user owns) and writes its name. 0, or -1 with why. */
int device_attach(int device, const char *wanted, char name[IFNAMSIZ], char why[WHY_SIZE]);

enum { DEVICE_PACKET_MAX = 65535 };

/* Octets of the next packet that the interface was given, 0: none waits, -1: the interface is gone. */
ssize_t device_read(int device, uint8_t *out, size_t size);
/* Gives a packet to the interface: 0 or a negative errno (-EIO: it is down, -EBADFD: it is gone). */
int device_write(int device, const uint8_t *packet, size_t length);

/* A descriptor of the interfaces' counters, of the namespace of this process; -1: there is none. It serves from
 * anywhere. */
int device_counters_open(void);
/* Packets that the interface's full queue dropped before they were read. */
uint64_t device_dropped(int counters, const char *name);

#endif
