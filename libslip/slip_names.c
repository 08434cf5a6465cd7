/* slip_names.c - errors in words, and the version. */
#include "slip.h"

const char *slip_strerror(int error)
{
	switch (error) {
	case SLIP_OK:
		return "no error";
	case SLIP_ESPACE:
		return "no space";
	}
	return "unknown error";
}

const char *slip_version(void)
{
	return SLIP_VERSION;
}
