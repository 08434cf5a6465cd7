#include "bus/spool_checks.h"

#include <string.h>

#include "base/check.h"
#include "base/path_checks.h"
#include "bus/spool_files.h"

static const char *mend(const char *why)
{
	if (strstr(why, "symbolic link"))
		return "name the folder that readlink -f shows (in a service: spool .)";
	if (strstr(why, "others may write"))
		return "chmod go-w, of that folder";
	return "name a folder of your own, or one that is not there yet";
}

void spool_check(const char *directory)
{
	struct why why;

	if (!directory)
		return;
	switch (spool_files_look(directory, &why)) {
	case SPOOL_FILES_NONE:
		check_output_path("spool", directory);
		break;
	case SPOOL_FILES_THERE:
		check_folder_path("spool", directory);
		break;
	default:
		check_wrong("spool", mend(why.text), "%s", why.text);
	}
}
