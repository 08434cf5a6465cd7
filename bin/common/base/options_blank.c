#include <string.h>

#include "base/options_internal.h"
#include "base/secret.h"

bool options_is_called(const struct option_spec *spec, const char *word)
{
	size_t length = strlen(spec->name);

	return word[0] == '-' && word[1] == '-' && strncmp(word + 2, spec->name, length) == 0 &&
	       (word[2 + length] == '=' || word[2 + length] == '\0');
}

static bool is_known(const struct option_entries *all, const char *word)
{
	for (unsigned i = 0; i < all->count; i++)
		if (options_is_called(&all->entry[i].spec, word))
			return true;
	return false;
}

static void blank_all(char *word)
{
	memset(word, 'x', strlen(word));
}

void options_blank_unknown(const struct option_entries *all, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		size_t length = strcspn(argv[i], "=");

		if (strncmp(argv[i], "--", 2) != 0 || is_known(all, argv[i]))
			continue;
		/* The dashes stay: with them it is no value of the word before. */
		secret_blank_word(argv[i] + strlen("--"));
		if (argv[i][length] != '=' && i + 1 < argc && argv[i + 1][0] != '-' &&
		    secret_is_name(argv[i], length))
			blank_all(argv[++i]);
	}
}

void options_blank_rest(int count, char **words)
{
	for (int i = 0; i < count; i++)
		secret_blank_word(words[i]);
}
