/* Packet messages: on every input the scanner and jansson must agree, and all kernels with one
 * another. The first octet chooses the size of the caller's buffer. */
#include <stdlib.h>

#include "../../libenvelope/envelope_json.h"
#include "fuzz_envelope_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static void stop(const char *what)
{
	fprintf(stderr, "disagreement: %s\n", what);
	abort();
}

static bool same_fault(const struct envelope_fault *a, const struct envelope_fault *b)
{
	return a->error == b->error && a->offset == b->offset && strcmp(a->field, b->field) == 0;
}

static void kernels_agree(uint8_t *data, size_t size, const char *body, size_t length)
{
	const struct envelope_octets_kernel *kernel = envelope_octets_at(0);
	struct envelope_packet first = {.length = 0}, p = {.length = 0};
	static uint8_t octets[ENVELOPE_PACKET_MAX];
	struct envelope_fault fault0, fault;
	int outcome = envelope_json_parse_with(kernel, &first, data, size, body, length, &fault0);

	if (outcome == 0)
		memcpy(octets, data, first.length);
	for (unsigned i = 1; (kernel = envelope_octets_at(i)); i++) {
		if (envelope_json_parse_with(kernel, &p, data, size, body, length, &fault) !=
		            outcome ||
		    !same_fault(&fault, &fault0))
			stop("the kernels' outcomes");
		if (outcome == 0 && (p.length != first.length || p.time_ns != first.time_ns ||
		                     memcmp(p.data, octets, p.length) != 0))
			stop("the kernels' octets");
	}
}

static void details_agree(uint8_t *data, size_t size, const char *body, size_t length)
{
	struct envelope_json_details details;
	struct envelope_packet p = {.length = 0}, q = {.length = 0};
	struct envelope_fault fault0, fault;
	int outcome = envelope_json_parse(&p, data, size, body, length, &fault0);

	if (envelope_json_parse_details(&q, &details, data, size, body, length, &fault) !=
	            outcome ||
	    !same_fault(&fault, &fault0))
		stop("the outcome with details");
	if (q.length != p.length || q.time_ns != p.time_ns ||
	    !memchr(details.interface_name, '\0', sizeof(details.interface_name)))
		stop("the details");
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct oracle oracle;
	const char *body = (const char *)in + 1, *wrong;
	uint8_t *data;
	size_t size;

	if (n == 0)
		return 0;
	size = in[0] < 64 ? in[0] : 4096;
	data = malloc(size ? size : 1);
	wrong = oracle_disagrees(&oracle, data, size, body, n - 1);
	if (wrong)
		stop(wrong);
	kernels_agree(data, size, body, n - 1);
	details_agree(data, size, body, n - 1);
	free(data);
	return 0;
}
