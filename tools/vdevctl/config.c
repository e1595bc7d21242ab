// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration language: tokens to struct machine_config.
 *
 * There is one stream of tokens and no significant line end. A token is an
 * option; most options take the next one or two tokens as their words. `vdev`
 * and `cpu` open a context: what follows is first looked up among the options of
 * that vdev or cpu. The first token that is not one of them closes the context
 * and is looked up among the machine's own options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "parser.h"

#define HELP_COLUMN 42

int no_memory(struct parser *p)
{
	return fail(p->why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
}

void *append(void *list, size_t *count, size_t size)
{
	size_t room = *count ? *count * 2 : 1;

	if (!(*count & (*count - 1)))
		list = realloc(list, room * size);
	if (list)
		memset((char *)list + (*count)++ * size, 0, size);
	return list;
}

static struct place end_of_file(const struct parser *p)
{
	return p->config->tokens.end;
}

int take_words(struct parser *p, const struct token *option, unsigned int words,
	       const char *arguments)
{
	if (p->end - p->next < words)
		return fail_at(p->why, option->place,
			       "option '%s' takes %s, %s, but the file ends here", option->text,
			       words == 1 ? "an argument" : "two words", arguments);
	p->next += words;
	return 0;
}

int given_twice(struct parser *p, const struct token *option, struct place first)
{
	return fail_at(p->why, option->place,
		       "option '%s' is repeated: line %u has it already, and it is allowed once",
		       option->text, first.line);
}

int parse_number(struct parser *p, const struct token *word, uint64_t min, uint64_t max,
		 uint64_t *value)
{
	const char *end;

	if (number_read(word->text, &end, value) && !*end && *value >= min && *value <= max)
		return 0;
	return fail_at(p->why, word->place, "'%s' is not a number from %llu to %llu",
		       excerpt(word->text), (unsigned long long)min, (unsigned long long)max);
}

bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* ---- system ---- */

static int parse_system(struct parser *p, const struct token *option)
{
	struct machine_config *config = p->config;
	const struct token *argument = &option[1];

	if (config->name)
		return given_twice(p, option, config->name_place);
	if (strlen(argument->text) >= VDEVFW_NAME_SIZE)
		return fail_at(p->why, argument->place,
			       "the name '%s' is too long: at most %d bytes are allowed",
			       excerpt(argument->text), VDEVFW_NAME_SIZE - 1);
	config->name = argument->text;
	config->name_place = argument->place;
	return 0;
}

/* ---- the language ---- */

/* clang-format off */
static const struct option_form machine_options[] = {
	{ "system", 1, "NAME", "its name", parse_system },
	{ "ram", 1, "[ADDRESS,]SIZE", "memory, e.g. 16m; repeatable", parse_ram },
	{ "rom", 1, "ADDRESS,SIZE", "memory that it only reads; repeatable", parse_rom },
	{ "cpu", 0, "", "a vCPU; then sched PRIORITY, runmask N[,N]...; repeatable", parse_cpu },
	{ "load", 1, "[ADDRESS,]FILE", "what it runs: ELF, or flat, by default at 1m", parse_load },
	{ "initrd", 2, "load FILE", "a file in its memory; the first vCPU knows where", parse_initrd },
	{ "vdev", 1, "NAME", "a virtual device; then its options; repeatable", parse_vdev },
	{ "unsupported", 2, "instruction|reference|register abort|fail|ignore",
	  "what becomes of what it cannot do", parse_unsupported },
	{ "logger", 2, "FILTER[,FILTER]... DESTINATION", "where vdevs' messages go; repeatable",
	  parse_logger },
	{ "safety", 1, "none|warn|required", "what becomes of vdevs not for safety", parse_safety },
	{ "window", 1, "mem:ADDRESS,LENGTH|io:PORT,LENGTH",
	  "where vdevs may move as it runs; repeatable", parse_window },
	{ "action", 2, "reboot|shutdown|panic|watchdog WHAT",
	  "what becomes of it then; repeatable", parse_action },
	{ "set", 2, "time-limit|button-grace SECONDS", "how long it may run, or take to shut down",
	  parse_set },
	{ "dump", 1, "FILE", "where memory and registers go at a bad end", parse_dump },
	{ 0 },
};
/* clang-format on */

static const struct option_form *find_option(const struct option_form *form, const char *name)
{
	for (; form && form->name; form++)
		if (!strcmp(form->name, name))
			return form;
	return NULL;
}

static int parse_words(struct parser *p, const struct token *option, const struct option_form *form)
{
	int status = take_words(p, option, form->words, form->arguments);

	return status ? status : form->parse(p, option);
}

static void close_context(struct parser *p)
{
	p->inner = NULL;
	free(p->vdev_options.names);
	p->vdev_options = (struct option_names){ 0 };
}

/* Adds @name to the enumeration in @list, as far as it fits. */
static void enumerate(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? ", " : "", name);
}

static void enumerate_forms(char *list, size_t size, const struct option_form *form)
{
	for (; form && form->name; form++)
		enumerate(list, size, form->name);
}

static int unknown_option(struct parser *p, const struct token *option)
{
	const struct option_names *names = &p->vdev_options;
	char outer[256] = "", inner[768] = "", owner[VDEVFW_FACTORY_SIZE + 8] = "cpu";
	const char *listed;

	enumerate_forms(outer, sizeof(outer), machine_options);
	enumerate_forms(inner, sizeof(inner), p->inner);
	for (listed = names->names; listed < names->names + names->size;
	     listed = option_after(listed))
		if (option_allowed(listed))
			enumerate(inner, sizeof(inner), option_name(listed));
	if (!inner[0])
		return fail_at(p->why, option->place, "unknown option '%s': allowed here are %s",
			       excerpt(option->text), outer);
	if (names->size)
		snprintf(owner, sizeof(owner), "vdev '%s'",
			 p->config->vdevs[p->config->vdev_count - 1].factory);
	return fail_at(p->why, option->place,
		       "unknown option '%s': %s takes %s, and the machine %s",
		       excerpt(option->text), owner, inner, outer);
}

static int parse_option(struct parser *p)
{
	const struct token *option = p->next++;
	const char *listed = find_vdev_option(p, option->text);
	const struct option_form *form;
	int status;

	if (listed)
		return parse_vdev_option(p, option, listed);
	form = find_option(p->inner, option->text);
	if (form)
		return parse_words(p, option, form);
	status = check_refused(p, option);
	if (status)
		return status;
	form = find_option(machine_options, option->text);
	if (!form)
		return unknown_option(p, option);
	close_context(p);
	return parse_words(p, option, form);
}

/* What can be said only when everything has been read. */
static int check_complete(struct parser *p)
{
	struct machine_config *config = p->config;

	if (!config->has_ram)
		return fail_at(
			p->why, end_of_file(p),
			"option 'ram' is missing: a machine needs 'ram [ADDRESS,]SIZE' at least once");
	if (!config->load.file.path)
		return fail_at(
			p->why, end_of_file(p),
			"option 'load' is missing: a machine needs 'load [ADDRESS,]FILE' once");
	if (!config->cpu_count && !add_cpu(p))
		return no_memory(p);
	return 0;
}

int config_parse(struct machine_config *config, const char *text, size_t size, const char *file,
		 const struct factories *factories, struct failure *why)
{
	struct parser p = { .config = config, .factories = factories, .why = why };
	int status;

	*config = (struct machine_config){ 0 };
	set_unsupported_defaults(config);
	status = tokens_read(&config->tokens, text, size, file, why);
	if (status)
		return status;
	p.next = config->tokens.list;
	p.end = p.next + config->tokens.count;
	while (!status && p.next < p.end)
		status = parse_option(&p);
	close_context(&p);
	return status ? status : check_complete(&p);
}

void config_free(struct machine_config *config)
{
	size_t i;

	for (i = 0; i < config->vdev_count; i++)
		free(config->vdevs[i].options);
	free(config->vdevs);
	free(config->settings);
	free(config->cpus);
	tokens_free(&config->tokens);
	*config = (struct machine_config){ 0 };
}

void config_help(FILE *to)
{
	const struct option_form *form;
	int width;

	for (form = machine_options; form->name; form++) {
		width = fprintf(to, "  %s %s", form->name, form->arguments);
		if (width >= HELP_COLUMN)
			width = fprintf(to, "\n") - 1;
		fprintf(to, "%*s%s\n", HELP_COLUMN - width, "", form->purpose);
	}
}
