// SPDX-License-Identifier: GPL-2.0-only
/*
 * The option `action`: what becomes of a machine that is to be reset, shuts down, is lost, or
 * does not feed its watchdog.
 */
#include <string.h>

#include "parser.h"

static const struct when {
	const char *name;
	const char *allowed; /* with ", " between them */
} whens[ACTION_WHENS] = {
	[ACTION_REBOOT] = { "reboot", "reset, shutdown" },
	[ACTION_SHUTDOWN] = { "shutdown", "poweroff, pause" },
	[ACTION_PANIC] = { "panic", "none, pause, shutdown, exit" },
	[ACTION_WATCHDOG] = { "watchdog",
			      "reset, shutdown, poweroff, pause, debug, none, inject-nmi" },
};

static bool is_listed(const char *list, const char *word)
{
	size_t len;

	for (;; list += len + strlen(", ")) {
		len = strcspn(list, ",");
		if (len == strlen(word) && !memcmp(list, word, len))
			return true;
		if (!list[len])
			return false;
	}
}

int parse_action(struct parser *p, const struct token *option)
{
	const struct token *name = &option[1], *what = &option[2];
	struct place *given = p->config->actions;
	unsigned int i = 0;

	while (i < ACTION_WHENS && strcmp(whens[i].name, name->text))
		i++;
	if (i == ACTION_WHENS)
		return fail_at(
			p->why, name->place,
			"'%s' behind 'action': allowed are reboot, shutdown, panic, watchdog",
			excerpt(name->text));
	if (!is_listed(whens[i].allowed, what->text))
		return fail_at(p->why, what->place, "'%s' behind 'action %s': allowed are %s",
			       excerpt(what->text), name->text, whens[i].allowed);
	if (given[i].line)
		return given_twice(p, name, given[i]);
	given[i] = what->place;
	return add_setting(p, option, 2);
}
