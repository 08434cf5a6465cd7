/* Any octets as a frame without FCS, to what lines and JSON say of it and of what is in it: nothing
 * is read behind its end, nothing but printable ASCII comes out, what is cut is the beginning of
 * the whole, and JSON is whole at every size. */
#include <stdlib.h>
#include <string.h>

#include "packet/json_lines.h"
#include "packet/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

static void require_printable(const char *text, size_t n)
{
	REQUIRE(strlen(text) == n);
	for (size_t i = 0; i < n; i++)
		REQUIRE(text[i] >= ' ' && text[i] <= '~');
}

static void check_line(const struct envelope_packet *p)
{
	char whole[READABLE_MAX], cut[READABLE_MAX];
	size_t n = readable_frame(whole, sizeof whole, p), size = n / 2 + 1;

	require_printable(whole, n);
	REQUIRE(readable_frame(cut, size, p) == size - 1);
	REQUIRE(strlen(cut) == size - 1 && memcmp(whole, cut, size - 1) == 0);
}

static void check_json(const struct envelope_packet *p)
{
	static char json[JSON_LINE_MAX];
	size_t n = json_frame(json, sizeof json, p);

	require_printable(json, n);
	REQUIRE(json[0] == '{' && json[n - 1] == '}');
	n = json_frame(json, 256 + n / 2, p);
	require_printable(json, n);
	REQUIRE(json[0] == '{' && json[n - 1] == '}');
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	uint8_t *octets = malloc(n + !n);
	struct envelope_packet p = {octets, n, 0, ENVELOPE_LINK_IEEE802_15_4_NOFCS};

	REQUIRE(octets);
	if (n)
		memcpy(octets, in, n);
	check_line(&p);
	check_json(&p);
	free(octets);
	return 0;
}
