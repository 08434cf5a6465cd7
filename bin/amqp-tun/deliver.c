#include "deliver.h"

#include <errno.h>

#include "device.h"

void deliver_open(struct delivery *d, struct tunnel *t, struct counter *delivered,
                  struct counter *failed)
{
	d->tunnel = t;
	d->delivered = delivered;
	d->failed = failed;
	envelope_merger_init(&d->merger, d->merged, sizeof d->merged);
}

static int write_parts(struct delivery *d, const struct envelope_gso_packet *p, unsigned mtu)
{
	static const struct envelope_vnet none;
	const struct tun_interface *interface = &d->tunnel->interface;
	struct envelope_packet part;
	int outcome = cut_begin(&d->cut, p->octets ? &p->vnet : &none, &p->packet, mtu);

	while (outcome >= 0 && cut_next(&d->cut, &part))
		outcome =
			device_write(interface->device, interface->offload, part.data, part.length);
	return outcome;
}

/* Kernels differ in the kinds of super-packets that they know. */
static int write_super(struct delivery *d, const struct envelope_gso_packet *p)
{
	int outcome = -EINVAL;

	if (d->tunnel->interface.offload)
		outcome =
			device_write_super(d->tunnel->interface.device, p->octets, p->octet_count);
	return outcome == -EINVAL ? write_parts(d, p, 0) : outcome;
}

static void count(struct delivery *d, unsigned packets, int outcome)
{
	stats_add(outcome < 0 ? d->failed : d->delivered, packets);
}

static void write_packet(struct delivery *d, const struct envelope_gso_packet *p)
{
	const struct tun_interface *interface = &d->tunnel->interface;

	count(d, 1,
	      p->octets ? write_super(d, p)
	                : device_write(interface->device, interface->offload, p->packet.data,
	                               p->packet.length));
}

void deliver_flush(struct delivery *d)
{
	struct envelope_gso_packet p;
	unsigned packets = envelope_merger_finish(&d->merger, &p);

	if (packets)
		count(d, packets, write_super(d, &p));
}

void deliver_in_fragments(struct delivery *d, const struct envelope_gso_packet *p, unsigned mtu)
{
	deliver_flush(d);
	count(d, 1, write_parts(d, p, mtu));
}

void deliver(struct delivery *d, const struct envelope_gso_packet *p)
{
	bool real = !p->octets || (p->vnet.flags == 0 && p->vnet.gso_type == ENVELOPE_VNET_NONE);

	real = real && d->tunnel->interface.offload;
	if (real && envelope_merger_add(&d->merger, &p->packet))
		return;
	deliver_flush(d);
	if (!real || !envelope_merger_add(&d->merger, &p->packet))
		write_packet(d, p);
}
