#include "base/secret.h"

#include <stdio.h>
#include <string.h>

struct secret_span secret_in_url(const char *url)
{
	const char *scheme = strstr(url, "://"), *at = strrchr(url, '@');
	const char *start = scheme ? scheme + 3 : url;

	if (at && (!scheme || at < scheme))
		return (struct secret_span){0, (size_t)(at - url)};
	if (!at && *start == '[')
		start += strcspn(start, "]");
	const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : strchr(start, ':');
	if (!colon)
		return (struct secret_span){0};
	const char *end = at ? at : colon + strlen(colon);
	const char *after_port = colon + 1 + strspn(colon + 1, "0123456789");
	if (!at && (*after_port == '/' || *after_port == '\0'))
		return (struct secret_span){0};
	return (struct secret_span){(size_t)(colon + 1 - url), (size_t)(end - url)};
}

void secret_blank(char *url)
{
	struct secret_span password = secret_in_url(url);

	for (size_t i = password.from; i < password.to; i++)
		url[i] = 'x';
	char *query = strchr(url, '?');
	if (query)
		memset(query + 1, 'x', strlen(query + 1));
}

void secret_show(char *out, size_t size, const char *word)
{
	const char *scheme = strstr(word, "://"), *at = strchr(word, '@');
	struct secret_span password = secret_in_url(word);
	int kept = scheme ? (int)(scheme + 3 - word) : 0;

	if (scheme && (at || password.to > password.from || strchr(scheme, '?')))
		snprintf(out, size, "%.*s...", at && at < scheme ? 0 : kept, word);
	else if (!scheme && at && memchr(word, ':', (size_t)(at - word)))
		snprintf(out, size, "...");
	else
		snprintf(out, size, "%s", word);
}

void secret_hide_login(char *line)
{
	char *scheme = strstr(line, "://"), *at = strrchr(line, '@');

	if (!scheme || !at || at < scheme + 3)
		return;
	char *login = scheme + 3;
	size_t kept = (size_t)(at - login) < 3 ? (size_t)(at - login) : 3;
	memset(login, '.', kept);
	memmove(login + kept, at, strlen(at) + 1);
}
