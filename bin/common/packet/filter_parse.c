#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "packet/filter.h"
#include "packet/filter_internal.h"

/* --- words --- */

struct parser {
	struct filter *f;
	const char *word; /* the one that is looked at; "" of length 0: the end */
	size_t length;
	unsigned depth;
	struct why *why;
};

enum { NO_NODE = FILTER_NODES };

static bool is_single(char c)
{
	return c == '(' || c == ')' || c == '!';
}

static bool is_sign(char c)
{
	return is_single(c) || c == '&' || c == '|';
}

static bool joins(char c)
{
	return c == '=' || c == ',';
}

static size_t count_blanks(const char *at)
{
	size_t n = 0;

	while (isspace((unsigned char)at[n]))
		n++;
	return n;
}

/* Blanks beside what joins a test's parts do not end it. */
static size_t word_length(const char *at)
{
	size_t n = 0;

	if (is_single(*at))
		return 1;
	if ((at[0] == '&' || at[0] == '|') && at[1] == at[0])
		return 2;
	while (at[n] && !is_sign(at[n])) {
		size_t blanks = count_blanks(at + n);
		char next = at[n + blanks];

		if (blanks && (!n || !next || is_sign(next) || (!joins(at[n - 1]) && !joins(next))))
			break;
		n += blanks ? blanks : 1;
	}
	return n ? n : *at != '\0';
}

static void next_word(struct parser *p)
{
	const char *at = p->word + p->length;

	p->word = at + count_blanks(at);
	p->length = word_length(p->word);
}

static bool word_is(const struct parser *p, const char *word, const char *sign)
{
	return (strlen(word) == p->length && strncasecmp(p->word, word, p->length) == 0) ||
	       (strlen(sign) == p->length && strncmp(p->word, sign, p->length) == 0);
}

/* --- nodes --- */

static unsigned add_node(struct parser *p, struct filter_node node)
{
	if (p->f->node_count == FILTER_NODES) {
		why_set(p->why, "the filter has more than %d tests and operators", FILTER_NODES);
		return NO_NODE;
	}
	p->f->nodes[p->f->node_count] = node;
	return p->f->node_count++;
}

static unsigned refuse(struct parser *p, const char *expected)
{
	if (p->length)
		why_set(p->why, "'%.*s' stands where %s is expected",
		        p->length > 40 ? 40 : (int)p->length, p->word, expected);
	else
		why_set(p->why, "ends where %s is expected", expected);
	return NO_NODE;
}

static unsigned refuse_field(struct parser *p, size_t length)
{
	char names[256], meant[80];

	filter_field_names(names, sizeof names);
	filter_field_meant(meant, sizeof meant, p->word, length);
	why_set(p->why, "no test is called '%.*s'; there are: %s%s", length > 40 ? 40 : (int)length,
	        p->word, names, meant);
	return NO_NODE;
}

/* Without blanks at either end. */
static size_t trim(const char **at, const char *end)
{
	while (*at < end && isspace((unsigned char)**at))
		(*at)++;
	while (*at < end && isspace((unsigned char)end[-1]))
		end--;
	return (size_t)(end - *at);
}

/* The values of a test, separated by commas: how many, or -1. */
static int read_values(struct parser *p, unsigned field, const char *at, const char *end)
{
	int count = 0;

	for (;;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t length = trim(&at, comma ? comma : end);

		if (p->f->value_count == FILTER_VALUES)
			return why_set(p->why, "the filter has more than %d values", FILTER_VALUES);
		if (filter_value_read(&p->f->values[p->f->value_count], field, at, length, p->why) <
		    0)
			return -1;
		p->f->value_count++;
		count++;
		if (!comma)
			return count;
		at = comma + 1;
	}
}

static unsigned parse_test(struct parser *p)
{
	const char *equals = memchr(p->word, '=', p->length);
	const char *name = p->word;
	size_t name_length = equals ? trim(&name, equals) : p->length;
	unsigned field = filter_field_named(p->word, name_length);
	unsigned first = p->f->value_count;
	int count = 0;

	if (field == FILTER_FIELDS)
		return refuse_field(p, name_length);
	if (!equals != (field >= FIELD_SECURED)) {
		why_set(p->why, equals ? "%s takes no value" : "%s wants a value: %s=...",
		        filter_field_name(field), filter_field_name(field));
		return NO_NODE;
	}
	if (equals)
		count = read_values(p, field, equals + 1, p->word + p->length);
	if (count < 0)
		return NO_NODE;
	next_word(p);
	return add_node(p, (struct filter_node){FILTER_TEST, (uint8_t)field, (uint16_t)first,
	                                        (uint16_t)count});
}

static unsigned parse_expression(struct parser *p);

static unsigned parse_group(struct parser *p)
{
	unsigned inner;

	if (++p->depth > FILTER_DEPTH) {
		why_set(p->why, "more than %d parentheses and nots within each other",
		        FILTER_DEPTH);
		return NO_NODE;
	}
	next_word(p);
	inner = parse_expression(p);
	p->depth--;
	if (inner == NO_NODE)
		return NO_NODE;
	if (!word_is(p, ")", ")"))
		return refuse(p, "'and', 'or' or ')'");
	next_word(p);
	return inner;
}

static unsigned parse_factor(struct parser *p)
{
	bool negated = false;
	unsigned inner;

	while (word_is(p, "not", "!")) {
		negated = !negated;
		next_word(p);
	}
	if (p->length == 0 || word_is(p, "and", "&&") || word_is(p, "or", "||") ||
	    word_is(p, ")", ")"))
		return refuse(p, "a test");
	inner = word_is(p, "(", "(") ? parse_group(p) : parse_test(p);
	if (inner == NO_NODE || !negated)
		return inner;
	return add_node(p, (struct filter_node){FILTER_NOT, 0, (uint16_t)inner, 0});
}

/* What binds more tightly, joined by one operator; left to right. */
static unsigned parse_joined(struct parser *p, unsigned (*part)(struct parser *), const char *word,
                             const char *sign, enum filter_operation operation)
{
	unsigned left = part(p);

	while (left != NO_NODE && word_is(p, word, sign)) {
		next_word(p);
		unsigned right = part(p);
		if (right == NO_NODE)
			return NO_NODE;
		left = add_node(p, (struct filter_node){(uint8_t)operation, 0, (uint16_t)left,
		                                        (uint16_t)right});
	}
	return left;
}

static unsigned parse_term(struct parser *p)
{
	return parse_joined(p, parse_factor, "and", "&&", FILTER_AND);
}

static unsigned parse_expression(struct parser *p)
{
	return parse_joined(p, parse_term, "or", "||", FILTER_OR);
}

struct filter *filter_new(const char *expression, struct why *why)
{
	struct parser p = {.f = calloc(1, sizeof(struct filter)), .word = expression, .why = why};

	if (!p.f) {
		why_set(why, "out of memory");
		return NULL;
	}
	next_word(&p);
	p.f->root = parse_expression(&p);
	if (p.f->root != NO_NODE && p.length)
		p.f->root = refuse(&p, "'and' or 'or'");
	if (p.f->root == NO_NODE) {
		filter_free(p.f);
		return NULL;
	}
	return p.f;
}

void filter_free(struct filter *f)
{
	free(f);
}
