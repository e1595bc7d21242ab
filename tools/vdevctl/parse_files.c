// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options that name files: `load`, `initrd` and `dump`.
 */
#include <string.h>

#include "number.h"
#include "parser.h"

int parse_load(struct parser *p, const struct token *option)
{
	struct load_config *load = &p->config->load;
	const struct token *argument = &option[1];
	const char *text = argument->text;
	const char *comma = strchr(text, ',');
	const char *end;

	if (load->file.path)
		return given_twice(p, option, load->file.place);
	load->file = (struct file_config){ text, argument->place };
	/* A comma is allowed in a file's name, so a digit decides whether ADDRESS is there. */
	if (comma && text[0] >= '0' && text[0] <= '9') {
		if (!number_read(text, &end, &load->address) || end != comma)
			return fail_at(
				p->why, argument->place,
				"'%s' does not begin with an address: allowed are " NUMBER_FORM,
				excerpt(text));
		load->has_address = true;
		load->file.path = comma + 1;
	}
	if (!load->file.path[0])
		return fail_at(p->why, argument->place,
			       "'%s' names no file: [ADDRESS,]FILE is allowed", excerpt(text));
	return 0;
}

static int set_file(struct parser *p, struct file_config *file, const struct token *option,
		    const struct token *path)
{
	if (file->path)
		return given_twice(p, option, file->place);
	*file = (struct file_config){ path->text, path->place };
	return 0;
}

int parse_initrd(struct parser *p, const struct token *option)
{
	if (strcmp(option[1].text, "load"))
		return fail_at(p->why, option[1].place,
			       "'%s' behind 'initrd': allowed is 'initrd load FILE'",
			       excerpt(option[1].text));
	return set_file(p, &p->config->initrd, option, &option[2]);
}

int parse_dump(struct parser *p, const struct token *option)
{
	return set_file(p, &p->config->dump, option, &option[1]);
}
