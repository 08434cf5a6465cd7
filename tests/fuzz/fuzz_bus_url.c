/* Any text as the URL of a broker, query and all: it is read, or refused with words; of a login
 * nothing is shown. */
#include <stdbool.h>

#include "bus/url.h"
#include "fuzz_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_node(const struct bus_node *n)
{
	require(*n->host && n->port >= 1 && n->port <= 65535);
	require(strlen(n->vhost) <= 255 && strlen(n->user) <= 255 && *n->vhost);
	require(!n->query.needs_tls || n->tls);
	require(strlen(n->query.passed_over) < sizeof n->query.passed_over);
	require(!strstr(n->query.passed_over, FUZZ_SECRET));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	if (fuzz_has_secret(octets, length))
		return 0;
	bool certificate = length && octets[0] & 1, password = length && octets[0] & 2;
	char *url = length ? fuzz_text(octets + 1, length - 1) : fuzz_text(octets, 0);
	struct bus_node node;
	struct why why = {0};
	int status = url_parse(&node, url, password ? "word" : NULL, certificate, &why);

	require(status == 0 ? !*why.text : *why.text != '\0');
	require(!strstr(node.shown, FUZZ_SECRET) && !strchr(node.shown, '?'));
	require(!strstr(why.text, FUZZ_SECRET));
	if (status == 0)
		check_node(&node);
	fuzz_release();
	return 0;
}
