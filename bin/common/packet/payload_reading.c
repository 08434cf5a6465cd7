#include "packet/payload_reading.h"

bool reading_fault(struct reading *r, const char *fault, const char *clause)
{
	if (r->partial || r->p->clause)
		return false;
	r->p->fault = fault;
	r->p->clause = clause;
	r->p->fault_at = r->at;
	return false;
}

const uint8_t *reading_next(struct reading *r, size_t n, const char *clause)
{
	const uint8_t *p = r->octets + r->at;

	if (r->end - r->at < n) {
		reading_fault(r, "ends inside a field", clause);
		return NULL;
	}
	r->at += n;
	return p;
}
