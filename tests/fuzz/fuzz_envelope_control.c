/* Control messages under every key: what is read is written, and read again as the same. The first
 * octet chooses the key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static const char *const keys[] = {
	"testingtool.component.ready",
	"testingtool.component.shutdown",
	"testingtool.terminate",
	"toAgent.n.ip.tun.start",
	"fromAgent.n.ip.tun.started",
	"toAgent.n.802154.serial.start",
	"fromAgent.n.802154.serial.started",
	"routing.lossy.link.start",
	"control.session",
	"control.tun.toAgent.n",
	"control.tun.fromAgent.n",
	"control.serial.fromAgent.n",
	"fromAgent.n.ip.tun.packet.raw",
};

static void control_round_trip(const struct envelope_control *c, const struct envelope_key *key)
{
	static struct envelope_control back;
	char out[ENVELOPE_CONTROL_BUILD_MAX];
	long length = envelope_control_build(out, sizeof(out), c, key->api);

	if (length < 0)
		abort();
	if (c->kind == ENVELOPE_LOSSY_LINK_START && c->packets_to_drop > INT64_MAX)
		return; /* jansson reads no such number, only its text */
	if (envelope_control_parse(&back, key, out, (size_t)length, NULL) < 0 ||
	    memcmp(&back, c, sizeof(back)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct envelope_control c;
	struct envelope_fault fault;
	struct envelope_key key;
	const char *text;
	int outcome;

	if (n == 0)
		return 0;
	text = keys[in[0] % (sizeof(keys) / sizeof(keys[0]))];
	if (envelope_key_parse(&key, text, strlen(text)) < 0)
		abort();
	outcome = envelope_control_parse(&c, &key, (const char *)in + 1, n - 1, &fault);
	if (outcome > 0 || fault.error != outcome || fault.offset > n - 1 || !fault.field)
		abort();
	if (outcome == 0)
		control_round_trip(&c, &key);
	return 0;
}
