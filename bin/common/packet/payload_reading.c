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
