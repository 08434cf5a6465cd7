#include "packet/payload_reading.h"

bool reading_fault_in(struct reading *r, const uint8_t *octet, const char *fault,
                      const char *clause)
{
	if (r->partial || r->p->clause)
		return false;
	r->p->fault = fault;
	r->p->clause = clause;
	r->p->fault_at = (size_t)(octet - r->octets);
	return false;
}

bool reading_fault(struct reading *r, const char *fault, const char *clause)
{
	return reading_fault_in(r, r->octets + r->at, fault, clause);
}
