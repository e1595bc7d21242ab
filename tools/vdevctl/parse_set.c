// SPDX-License-Identifier: GPL-2.0-only
/*
 * The option `set`: variables of the launcher.
 */
#include <string.h>

#include "parser.h"

static const char *const names[VARIABLES] = {
	[VARIABLE_TIME_LIMIT] = "time-limit",
	[VARIABLE_BUTTON_GRACE] = "button-grace",
};

int parse_set(struct parser *p, const struct token *option)
{
	const struct token *name = &option[1], *value = &option[2];
	struct variable_config *variable = p->config->variables;
	unsigned int i = 0;

	while (i < VARIABLES && strcmp(names[i], name->text))
		i++;
	if (i == VARIABLES)
		return fail_at(p->why, name->place,
			       "there is no variable '%s': allowed are time-limit, button-grace",
			       excerpt(name->text));
	if (variable[i].place.line)
		return given_twice(p, name, variable[i].place);
	variable[i].place = value->place;
	return parse_number(p, value, 1, UINT32_MAX, &variable[i].seconds);
}
