// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a machine cannot do: the option `unsupported`, which says what happens then,
 * and the parts of the language that cannot be had on KVM, which are never ignored.
 */
#include <string.h>

#include "parser.h"

/* ---- unsupported ---- */

static const char *const kinds[UNSUPPORTED_KINDS] = {
	[UNSUPPORTED_INSTRUCTION] = "instruction",
	[UNSUPPORTED_REFERENCE] = "reference",
	[UNSUPPORTED_REGISTER] = "register",
};

static const char *const actions[UNSUPPORTED_ACTIONS] = {
	[UNSUPPORTED_ABORT] = "abort",
	[UNSUPPORTED_FAIL] = "fail",
	[UNSUPPORTED_IGNORE] = "ignore",
};

void set_unsupported_defaults(struct machine_config *config)
{
	config->unsupported[UNSUPPORTED_INSTRUCTION].action = UNSUPPORTED_ABORT;
	config->unsupported[UNSUPPORTED_REFERENCE].action = UNSUPPORTED_IGNORE;
	config->unsupported[UNSUPPORTED_REGISTER].action = UNSUPPORTED_FAIL;
}

static unsigned int find_word(const char *const *words, unsigned int count, const char *text)
{
	unsigned int i = 0;

	while (i < count && strcmp(words[i], text))
		i++;
	return i;
}

int parse_unsupported(struct parser *p, const struct token *option)
{
	const struct token *kind = &option[1], *action = &option[2];
	unsigned int kind_found = find_word(kinds, UNSUPPORTED_KINDS, kind->text);
	unsigned int action_found = find_word(actions, UNSUPPORTED_ACTIONS, action->text);
	struct unsupported_config *unsupported = &p->config->unsupported[kind_found];

	if (kind_found == UNSUPPORTED_KINDS)
		return fail_at(
			p->why, kind->place,
			"'%s' behind 'unsupported': allowed are instruction, reference, register",
			excerpt(kind->text));
	if (action_found == UNSUPPORTED_ACTIONS)
		return fail_at(p->why, action->place,
			       "'%s' behind 'unsupported %s': allowed are abort, fail, ignore",
			       excerpt(action->text), kind->text);
	if (unsupported->place.line)
		return given_twice(p, kind, unsupported->place);
	*unsupported = (struct unsupported_config){ action_found, action->place };
	return 0;
}

/* ---- refused ---- */

static const struct refusal {
	const char *words; /* the option, and what of its words counts */
	const char *reason;
} refusals[] = {
	{ "pass", "no device of the host can be passed through" },
	{ "acpi", "there are no ACPI tables, so the guest has to know its machine" },
	{ "fdt", "there is no device tree, so the guest has to know its machine" },
	{ "debug", "there is no debugger's stub; 'dump FILE' keeps the machine's last state" },
	{ "smmu", "no device of the host has access to the guest's memory" },
	{ "reserve", "no place of the guest's is set aside; 'ram ADDRESS,SIZE' chooses places" },
	{ "unsupported instruction ignore", "KVM does not tell how long the instruction is" },
	{ "unsupported reference fail", "KVM cannot deliver a bus error for an access" },
};

/* The last of @words if they are those from @option on, otherwise NULL. */
static const struct token *match(const struct parser *p, const struct token *option,
				 const char *words)
{
	size_t len;

	for (; option < p->end; option++, words += len + 1) {
		len = strcspn(words, " ");
		if (strlen(option->text) != len || memcmp(option->text, words, len))
			return NULL;
		if (!words[len])
			return option;
	}
	return NULL;
}

int check_refused(struct parser *p, const struct token *option)
{
	const struct token *last;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		last = match(p, option, refusals[i].words);
		if (last)
			return fail_at(p->why, last->place, "'%s' is not possible: %s",
				       refusals[i].words, refusals[i].reason);
	}
	return 0;
}
