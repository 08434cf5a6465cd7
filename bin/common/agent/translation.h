/* translation.h - what was to be published as pcap under a key of our own, as JSON under the old
 * key: for brokers that refuse ours. */
#ifndef TRANSLATION_H
#define TRANSLATION_H

#include <stdbool.h>

#include "bus/publisher.h"
#include "envelope.h"

struct translation {
	enum envelope_api api; /* of what it becomes */
	/* private */
	struct envelope_pcap_reader reader; /* of the message whose parts are asked for */
	bool has_ended;
	char key[ENVELOPE_KEY_MAX + 1];
	char *json;
	size_t json_size;
};

/* publisher_config.translate; translation: struct translation, whose api is set. */
int translation_part(void *translation, const struct bus_publication *whole, unsigned number,
                     struct bus_publication *part);

#endif
