/* A content header's payload as JSON: one object, in ASCII, within its room, whose quotation marks
 * and brackets close. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bus/content.h"
#include "bus/properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_shape(const char *json)
{
	bool in_text = false;
	int depth = 0;

	for (const char *c = json; *c; c++) {
		require(*c >= ' ' && *c < 0x7f);
		if (in_text && *c == '\\')
			require(*++c);
		else if (*c == '"')
			in_text = !in_text;
		else if (!in_text)
			depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
		require(depth > 0 || !c[1]);
	}
	require(!in_text && depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static char out[PROPERTIES_TEXT_MAX];
	uint8_t *octets = malloc(n + !n);

	if (n)
		memcpy(octets, in, n);
	struct content_header header;
	amqp_basic_properties_t p;
	if (content_read_header((amqp_bytes_t){n, octets}, &header, &p) != 1) {
		free(octets);
		return 0;
	}
	size_t length = properties_json(out, &p, header.headers);
	require(length < sizeof out && out[length] == '\0' && strlen(out) == length);
	check_shape(out);
	free(octets);
	return 0;
}
