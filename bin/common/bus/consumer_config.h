/* consumer_config.h - what a consumer is told when it is made. */
#ifndef CONSUMER_CONFIG_H
#define CONSUMER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "bus/queue.h"
#include "bus/settings.h"

/* Copied; what it points to must outlive the tool's threads. Zero is a default for all but the
 * first four. */
struct consumer_config {
	const struct bus_settings *settings;
	const char *direction; /* "downlink": also the statistics' section */
	const struct bus_queue *queues;
	unsigned queue_count; /* 1 to BUS_QUEUES_MAX; kept and shared ones never together, and
	                       * shared ones first */
	const char
		*agent; /* for the connection's name on the broker: "amqp-tun agent_1 downlink" */
	/* Larger bodies are discarded and counted; 0: 1 MiB. --max-message beats it. */
	size_t max_message;
	bool shows_properties; /* bus_message.properties */
	/* What may wait in our socket's buffer; 0: the kernel's 4 MB and more. */
	size_t socket_octets;
};

#endif
