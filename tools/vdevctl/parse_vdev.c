// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only the kernel understands: the option `vdev` with what follows in its
 * context, and the settings for all vdevs, `logger`, `safety` and `window`. Which
 * options a vdev has, its factory knows.
 */
#include <string.h>

#include "parser.h"

int parse_vdev(struct parser *p, const struct token *option)
{
	struct machine_config *config = p->config;
	const struct token *name = &option[1];
	struct vdev_config *vdevs, *vdev;

	if (strlen(name->text) >= VDEVFW_FACTORY_SIZE)
		return fail_at(p->why, name->place,
			       "no vdev is called '%s': at most %d bytes are allowed",
			       excerpt(name->text), VDEVFW_FACTORY_SIZE - 1);
	vdevs = append(config->vdevs, &config->vdev_count, sizeof(*vdevs));
	if (!vdevs)
		return no_memory(p);
	config->vdevs = vdevs;
	vdev = &vdevs[config->vdev_count - 1];
	vdev->factory = name->text;
	vdev->place = option->place;
	return p->factories->options(p->factories->context, vdev->factory, name->place,
				     &p->vdev_options, p->why);
}

unsigned int option_words(const char *listed)
{
	switch (listed[0]) {
	case '0':
		return 0;
	case '2':
		return 2;
	default:
		return 1;
	}
}

const char *option_name(const char *listed)
{
	return listed + (option_words(listed) != 1 || !option_allowed(listed));
}

/* One that is not is known, so that the kernel can say why it refuses it. */
bool option_allowed(const char *listed)
{
	return listed[0] != '!';
}

const char *option_after(const char *listed)
{
	return listed + strlen(listed) + 1;
}

const char *find_vdev_option(const struct parser *p, const char *name)
{
	const char *end = p->vdev_options.names + p->vdev_options.size;
	const char *listed;

	for (listed = p->vdev_options.names; listed < end; listed = option_after(listed))
		if (!strcmp(option_name(listed), name))
			return listed;
	return NULL;
}

/* What @option and its words say. Its place is that of what follows its name, if anything does. */
static struct option_config option_from(const struct token *option, unsigned int words)
{
	return (struct option_config){
		.name = option->text,
		.argument = words > 0 ? option[1].text : NULL,
		.second = words > 1 ? option[2].text : NULL,
		.place = option[words > 0].place,
	};
}

int parse_vdev_option(struct parser *p, const struct token *option, const char *listed)
{
	struct machine_config *config = p->config;
	struct vdev_config *vdev = &config->vdevs[config->vdev_count - 1];
	unsigned int words = option_words(listed);
	struct option_config *options;
	int status = take_words(p, option, words, "as the vdev defines it");

	if (status)
		return status;
	options = append(vdev->options, &vdev->option_count, sizeof(*options));
	if (!options)
		return no_memory(p);
	vdev->options = options;
	options[vdev->option_count - 1] = option_from(option, words);
	return 0;
}

/* ---- settings ---- */

int add_setting(struct parser *p, const struct token *option, unsigned int words)
{
	struct machine_config *config = p->config;
	struct setting_config *settings;

	settings = append(config->settings, &config->setting_count, sizeof(*settings));
	if (!settings)
		return no_memory(p);
	config->settings = settings;
	settings[config->setting_count - 1] = (struct setting_config){
		.option = option_from(option, words),
		.vdevs_before = config->vdev_count,
	};
	return 0;
}

int parse_logger(struct parser *p, const struct token *option)
{
	return add_setting(p, option, 2);
}

int parse_safety(struct parser *p, const struct token *option)
{
	return add_setting(p, option, 1);
}

int parse_window(struct parser *p, const struct token *option)
{
	return add_setting(p, option, 1);
}
