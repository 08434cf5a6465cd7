/* path_checks.h - --check of files that a tool will write or read. Makes and opens none. */
#ifndef PATH_CHECKS_H
#define PATH_CHECKS_H

/* A file that will be made, or written to: its folder. "-" and NULL are let pass. */
void check_output_path(const char *name, const char *path);
void check_folder_path(const char *name, const char *path);
void check_input_path(const char *name, const char *path);

#endif
