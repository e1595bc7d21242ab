// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration language: tokens to struct machine_config.
 *
 * There is one stream of tokens and no significant line end. A token is an
 * option; most options take the next token as their argument. `vdev` opens a
 * context: what follows is first looked up among the options of that vdev. The
 * first token that is not one of them closes the context and is looked up
 * among the machine's own options. Which options a vdev has, only its factory
 * knows; what they mean, only the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "layout.h"
#include "number.h"

struct parser {
	struct machine_config *config;
	const struct token *next;
	const struct token *end;
	const struct factories *factories;
	struct option_names inner; /* of the last vdev in config, while its context is open */
	struct failure *why;
};

struct machine_option {
	const char *name;
	const char *argument; /* what it looks like; NULL: none is taken */
	int (*parse)(struct parser *p, const struct token *option, const struct token *argument);
};

static int no_memory(struct parser *p)
{
	return fail(p->why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
}

/* Adds a zeroed element to @list, which doubles whenever its length is a power of two. */
static void *append(void *list, size_t *count, size_t size)
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

/* The next token as the argument of @option, or NULL: then there is none, and @p->why is set. */
static const struct token *take_argument(struct parser *p, const struct token *option,
					 const char *form)
{
	if (p->next < p->end)
		return p->next++;
	fail_at(p->why, option->place, "option '%s' takes an argument, %s, but the file ends here",
		option->text, form);
	return NULL;
}

static int given_twice(struct parser *p, const struct token *option, struct place first)
{
	return fail_at(p->why, option->place,
		       "option '%s' is repeated: line %u has it already, and it is allowed once",
		       option->text, first.line);
}

/* ---- system ---- */

static int parse_system(struct parser *p, const struct token *option, const struct token *argument)
{
	struct machine_config *config = p->config;

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

/* ---- ram ---- */

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static const struct ram_config *ram_at(const struct machine_config *config, uint64_t start,
				       uint64_t size)
{
	unsigned int i;

	for (i = 0; i < config->ram_count; i++)
		if (overlaps(start, size, config->ram[i].start, config->ram[i].size))
			return &config->ram[i];
	return NULL;
}

/* The lowest address at which @size bytes are free. */
static uint64_t first_fit(const struct machine_config *config, uint64_t size)
{
	const struct ram_config *taken;
	uint64_t start = 0;

	for (;;) {
		taken = ram_at(config, start, size);
		if (taken)
			start = taken->start + taken->size;
		else if (overlaps(start, size, CHIPS_START, CHIPS_END - CHIPS_START))
			start = CHIPS_END;
		else
			return start;
	}
}

static int check_ram(struct parser *p, const struct ram_config *ram)
{
	const struct ram_config *other;
	uint64_t start = ram->start, size = ram->size;

	if (!size || size % PAGE_BYTES || start % PAGE_BYTES)
		return fail_at(
			p->why, ram->place,
			"RAM of 0x%llx bytes at 0x%llx: both must be multiples of 4k, and the size not 0",
			(unsigned long long)size, (unsigned long long)start);
	if (start > PHYSICAL_END || size > PHYSICAL_END - start)
		return fail_at(
			p->why, ram->place,
			"RAM of 0x%llx bytes at 0x%llx ends beyond the highest physical address, 0x%llx",
			(unsigned long long)size, (unsigned long long)start, PHYSICAL_END - 1);
	if (overlaps(start, size, CHIPS_START, CHIPS_END - CHIPS_START))
		return fail_at(
			p->why, ram->place,
			"RAM at 0x%llx-0x%llx overlaps 0x%llx-0x%llx, where the interrupt controllers are",
			(unsigned long long)start, (unsigned long long)(start + size - 1),
			CHIPS_START, CHIPS_END - 1);
	other = ram_at(p->config, start, size);
	if (other)
		return fail_at(p->why, ram->place,
			       "RAM at 0x%llx-0x%llx overlaps 0x%llx-0x%llx, the RAM of line %u",
			       (unsigned long long)start, (unsigned long long)(start + size - 1),
			       (unsigned long long)other->start,
			       (unsigned long long)(other->start + other->size - 1),
			       other->place.line);
	return 0;
}

static int parse_ram(struct parser *p, const struct token *option, const struct token *argument)
{
	struct machine_config *config = p->config;
	struct ram_config ram = { .place = argument->place };
	const char *end = argument->text;
	bool good, has_address;
	int status;

	(void)option;
	if (config->ram_count == CONFIG_RAM_MAX)
		return fail_at(p->why, argument->place,
			       "too many pieces of RAM: at most %d are allowed", CONFIG_RAM_MAX);
	good = number_read(end, &end, &ram.size);
	has_address = good && *end == ',';
	if (has_address) {
		ram.start = ram.size;
		good = number_read(end + 1, &end, &ram.size);
	}
	if (!good || *end)
		return fail_at(p->why, argument->place,
			       "'%s' is not [ADDRESS,]SIZE: allowed are " NUMBER_FORM,
			       excerpt(argument->text));
	if (!has_address)
		ram.start = first_fit(config, ram.size);
	status = check_ram(p, &ram);
	if (status)
		return status;
	config->ram[config->ram_count++] = ram;
	return 0;
}

/* ---- cpu ---- */

static int parse_cpu(struct parser *p, const struct token *option, const struct token *argument)
{
	(void)argument;
	p->config->cpus++;
	p->config->cpu_place = option->place;
	return 0;
}

/* ---- load ---- */

static int parse_load(struct parser *p, const struct token *option, const struct token *argument)
{
	struct load_config *load = &p->config->load;
	const char *text = argument->text;
	const char *comma = strchr(text, ',');
	const char *end;

	if (load->path)
		return given_twice(p, option, load->place);
	*load = (struct load_config){ .path = text, .place = argument->place };
	/* A comma is allowed in a file's name, so a digit decides whether ADDRESS is there. */
	if (comma && text[0] >= '0' && text[0] <= '9') {
		if (!number_read(text, &end, &load->address) || end != comma)
			return fail_at(
				p->why, argument->place,
				"'%s' does not begin with an address: allowed are " NUMBER_FORM,
				excerpt(text));
		load->has_address = true;
		load->path = comma + 1;
	}
	if (!load->path[0])
		return fail_at(p->why, argument->place,
			       "'%s' names no file: [ADDRESS,]FILE is allowed", excerpt(text));
	return 0;
}

/* ---- vdev ---- */

static int parse_vdev(struct parser *p, const struct token *option, const struct token *argument)
{
	struct machine_config *config = p->config;
	struct vdev_config *vdevs, *vdev;

	if (strlen(argument->text) >= VDEVFW_FACTORY_SIZE)
		return fail_at(p->why, argument->place,
			       "no vdev is called '%s': at most %d bytes are allowed",
			       excerpt(argument->text), VDEVFW_FACTORY_SIZE - 1);
	vdevs = append(config->vdevs, &config->vdev_count, sizeof(*vdevs));
	if (!vdevs)
		return no_memory(p);
	config->vdevs = vdevs;
	vdev = &vdevs[config->vdev_count - 1];
	vdev->factory = argument->text;
	vdev->place = option->place;
	return p->factories->options(p->factories->context, vdev->factory, argument->place,
				     &p->inner, p->why);
}

static void close_vdev(struct parser *p)
{
	free(p->inner.names);
	p->inner = (struct option_names){ 0 };
}

static const char *name_after(const char *name)
{
	return name + strlen(name) + 1;
}

/* An option's name without the "0" that says that it takes no argument. */
static const char *bare_name(const char *listed)
{
	return listed + (listed[0] == '0');
}

/* The open vdev's option of that name, as its factory lists it, or NULL. */
static const char *find_vdev_option(const struct parser *p, const char *name)
{
	const char *end = p->inner.names + p->inner.size;
	const char *listed;

	for (listed = p->inner.names; listed < end; listed = name_after(listed))
		if (!strcmp(bare_name(listed), name))
			return listed;
	return NULL;
}

static int parse_vdev_option(struct parser *p, const struct token *token, bool takes_argument)
{
	struct machine_config *config = p->config;
	struct vdev_config *vdev = &config->vdevs[config->vdev_count - 1];
	struct option_config option = { .name = token->text, .place = token->place };
	struct option_config *options;
	const struct token *argument;

	if (takes_argument) {
		argument = take_argument(p, token, "as the vdev defines it");
		if (!argument)
			return VDEVFW_EXIT_CONFIG;
		option.argument = argument->text;
		option.place = argument->place;
	}
	options = append(vdev->options, &vdev->option_count, sizeof(*options));
	if (!options)
		return no_memory(p);
	vdev->options = options;
	options[vdev->option_count - 1] = option;
	return 0;
}

/* ---- the language ---- */

/* clang-format off */
static const struct machine_option machine_options[] = {
	{ "system", "NAME", parse_system },
	{ "ram", "[ADDRESS,]SIZE", parse_ram },
	{ "cpu", NULL, parse_cpu },
	{ "load", "[ADDRESS,]FILE", parse_load },
	{ "vdev", "NAME", parse_vdev },
};
/* clang-format on */

#define MACHINE_OPTIONS (sizeof(machine_options) / sizeof(machine_options[0]))

static const struct machine_option *find_machine_option(const char *name)
{
	size_t i;

	for (i = 0; i < MACHINE_OPTIONS; i++)
		if (!strcmp(machine_options[i].name, name))
			return &machine_options[i];
	return NULL;
}

/* Adds @name to the enumeration in @list, as far as it fits. */
static void enumerate(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? ", " : "", name);
}

static int unknown_option(struct parser *p, const struct token *option)
{
	const char *end = p->inner.names + p->inner.size;
	char outer[128] = "", inner[768] = "";
	const char *name;
	size_t i;

	for (i = 0; i < MACHINE_OPTIONS; i++)
		enumerate(outer, sizeof(outer), machine_options[i].name);
	if (!p->inner.size)
		return fail_at(p->why, option->place, "unknown option '%s': allowed here are %s",
			       excerpt(option->text), outer);
	for (name = p->inner.names; name < end; name = name_after(name))
		enumerate(inner, sizeof(inner), bare_name(name));
	return fail_at(p->why, option->place,
		       "unknown option '%s': vdev '%s' takes %s, and the machine %s",
		       excerpt(option->text), p->config->vdevs[p->config->vdev_count - 1].factory,
		       inner, outer);
}

static int parse_option(struct parser *p)
{
	const struct token *option = p->next++, *argument = NULL;
	const char *listed = find_vdev_option(p, option->text);
	const struct machine_option *outer;

	if (listed)
		return parse_vdev_option(p, option, listed[0] != '0');
	outer = find_machine_option(option->text);
	if (!outer)
		return unknown_option(p, option);
	close_vdev(p);
	if (outer->argument) {
		argument = take_argument(p, option, outer->argument);
		if (!argument)
			return VDEVFW_EXIT_CONFIG;
	}
	return outer->parse(p, option, argument);
}

/* What can be said only when everything has been read. */
static int check_complete(struct parser *p)
{
	struct machine_config *config = p->config;

	if (!config->ram_count)
		return fail_at(
			p->why, end_of_file(p),
			"option 'ram' is missing: a machine needs 'ram [ADDRESS,]SIZE' at least once");
	if (!config->load.path)
		return fail_at(
			p->why, end_of_file(p),
			"option 'load' is missing: a machine needs 'load [ADDRESS,]FILE' once");
	if (!config->cpus)
		config->cpus = 1;
	return 0;
}

int config_parse(struct machine_config *config, const char *text, size_t size, const char *file,
		 const struct factories *factories, struct failure *why)
{
	struct parser p = { .config = config, .factories = factories, .why = why };
	int status;

	*config = (struct machine_config){ 0 };
	status = tokens_read(&config->tokens, text, size, file, why);
	if (status)
		return status;
	p.next = config->tokens.list;
	p.end = p.next + config->tokens.count;
	while (!status && p.next < p.end)
		status = parse_option(&p);
	close_vdev(&p);
	return status ? status : check_complete(&p);
}

void config_free(struct machine_config *config)
{
	size_t i;

	for (i = 0; i < config->vdev_count; i++)
		free(config->vdevs[i].options);
	free(config->vdevs);
	tokens_free(&config->tokens);
	*config = (struct machine_config){ 0 };
}
