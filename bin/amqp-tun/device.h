/* device.h - the TUN device, read and written by the process that speaks to the broker. Never
 * blocks, never opens anything: the keeper gives the descriptors. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Octets of the next virtio_net_hdr (zeros from a device without offload) and packet, 0: none
 * waits, -1: the interface is gone. */
ssize_t device_read(int device, bool offload, uint8_t *out, size_t size);
/* Gives a packet to the interface: 0 or a negative errno (-EIO: it is down, -EBADFD: it is
 * gone). */
int device_write(int device, bool offload, const uint8_t *packet, size_t length);
/* Gives it virtio_net_hdr and packet; with offload only. -EINVAL: the kernel does not know this
 * kind of super-packet. */
int device_write_super(int device, const uint8_t *octets, size_t count);

/* Packets that the interface's full queue dropped before they were read; counters: the keeper's
 * descriptor of all interfaces' counters. */
uint64_t device_dropped(int counters, int device, const char *name);

#endif
