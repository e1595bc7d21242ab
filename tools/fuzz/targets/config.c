// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the launcher's configuration language: vdevctl/{lexer,config,parse_*,number,failure}.c.
 *
 * The input is the text of a configuration; the factories are three of our own.
 */
#include <stdlib.h>
#include <string.h>

#include <config.h>
#include <layout.h>

#include "oracle.h"
#include "targets/failure.h"

#define NAMES(text) text, sizeof(text) - 1

/* What VDEVFW_FACTORY_INFO would say. */
static const struct factory {
	const char *name;
	const char *options; /* each with its NUL */
	size_t size;
} known[] = {
	{ "trace", NAMES("loc\0name\0" "0emit-logger\0emit-trace\0" "0pass-reads\0") },
	{ "shmem", NAMES("loc\0name\0create\0allow\0ram\0" "2pair\0" "0cpu\0") },
	{ "mute", NAMES("") },
};

static const struct factory *find_factory(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}

static int give_options(void *context, const char *name, struct place at,
			struct option_names *out, struct failure *why)
{
	const struct factory *factory = find_factory(name);

	(void)context;
	if (!factory)
		return fail_at(why, at, "no vdev is called '%s'", name);
	out->names = exact_copy(factory->options, factory->size);
	out->size = factory->size;
	return 0;
}

static void expect_apart(uint64_t start, uint64_t size, uint64_t other, uint64_t other_size)
{
	expect(start + size <= other || other + other_size <= start,
	       "0x%llx-0x%llx and 0x%llx-0x%llx overlap", (unsigned long long)start,
	       (unsigned long long)(start + size), (unsigned long long)other,
	       (unsigned long long)(other + other_size));
}

static void expect_memory(const struct machine_config *config)
{
	const struct piece_config *piece = config->pieces;
	bool has_ram = false;
	unsigned int i, j;

	expect(config->piece_count <= CONFIG_PIECES_MAX, "%u pieces of memory", config->piece_count);
	for (i = 0; i < config->piece_count; i++) {
		has_ram |= !piece[i].is_rom;
		expect(piece[i].size && piece[i].size % PAGE_BYTES == 0 &&
		       piece[i].start % PAGE_BYTES == 0, "memory is not made of pages");
		expect(piece[i].start < PHYSICAL_END && piece[i].size <= PHYSICAL_END - piece[i].start,
		       "memory beyond the end");
		expect_apart(piece[i].start, piece[i].size, CHIPS_START, CHIPS_END - CHIPS_START);
		for (j = 0; j < i; j++)
			expect_apart(piece[i].start, piece[i].size, piece[j].start, piece[j].size);
	}
	expect(has_ram, "no RAM");
}

/* The entry of @factory's list for the option @name: with its prefix. */
static const char *find_listed(const struct factory *factory, const char *name)
{
	const char *listed = factory->options;

	while (listed < factory->options + factory->size) {
		if (!strcmp(listed, name) || (*listed < 'a' && !strcmp(listed + 1, name)))
			return listed;
		listed += strlen(listed) + 1;
	}
	return NULL;
}

static void expect_vdev(const struct vdev_config *vdev)
{
	const struct factory *factory = find_factory(vdev->factory);
	const char *listed;
	size_t i;

	expect(factory, "nobody knows vdev '%s'", vdev->factory);
	for (i = 0; i < vdev->option_count; i++) {
		listed = find_listed(factory, vdev->options[i].name);
		expect(listed, "vdev '%s' has no option '%s'", vdev->factory, vdev->options[i].name);
		expect(!vdev->options[i].argument == (*listed == '0') &&
		       !vdev->options[i].second == (*listed != '2'), "option '%s' has '%s' and '%s'",
		       listed, vdev->options[i].argument, vdev->options[i].second);
	}
}

static void expect_machine(const struct machine_config *config)
{
	size_t i;

	expect_memory(config);
	expect(config->cpu_count && config->cpus, "no vCPU");
	expect(config->load.file.path && config->load.file.path[0], "nothing to load");
	expect(!config->name || strlen(config->name) < VDEVFW_NAME_SIZE, "the name is too long");
	for (i = 0; i < config->setting_count; i++)
		expect(config->settings[i].vdevs_before <= config->vdev_count, "a setting behind all");
	for (i = 0; i < config->vdev_count; i++)
		expect_vdev(&config->vdevs[i]);
}

void try_input(const uint8_t *data, size_t size)
{
	const struct factories factories = { .options = give_options };
	char *text = exact_copy(data, size);
	struct failure why = { "" };
	struct machine_config config;
	int status;

	status = config_parse(&config, text, size, FUZZ_FILE, &factories, &why);
	expect(!status || status == VDEVFW_EXIT_CONFIG, "status %d: %s", status, why.text);
	if (status)
		expect_sentence(&why, text, size);
	else
		expect_machine(&config);
	config_free(&config);
	free(text);
}
