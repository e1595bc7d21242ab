// SPDX-License-Identifier: GPL-2.0-only
/*
 * The option `cpu`, and what follows in its context: how the vCPU's thread is scheduled.
 */
#include "number.h"
#include "parser.h"

static struct cpu_config *open_cpu(const struct parser *p)
{
	return &p->config->cpus[p->config->cpu_count - 1];
}

static int parse_sched(struct parser *p, const struct token *option)
{
	struct cpu_config *cpu = open_cpu(p);
	uint64_t priority;
	int status;

	if (cpu->priority)
		return given_twice(p, option, cpu->priority_place);
	status = parse_number(p, &option[1], 1, 99, &priority);
	cpu->priority = priority;
	cpu->priority_place = option[1].place;
	return status;
}

/* Reads "N[,N]..." into @set. */
static bool read_set(const char *text, cpu_set_t *set)
{
	uint64_t number;

	for (;;) {
		if (!number_read(text, &text, &number) || number >= CPU_SETSIZE)
			return false;
		CPU_SET(number, set);
		if (*text != ',')
			return !*text;
		text++;
	}
}

static int parse_runmask(struct parser *p, const struct token *option)
{
	struct cpu_config *cpu = open_cpu(p);

	if (cpu->runmask_place.line)
		return given_twice(p, option, cpu->runmask_place);
	if (!read_set(option[1].text, &cpu->runmask))
		return fail_at(p->why, option[1].place,
			       "'%s' is not N[,N]...: allowed are numbers of host CPUs, 0 to %d",
			       excerpt(option[1].text), CPU_SETSIZE - 1);
	cpu->runmask_place = option[1].place;
	return 0;
}

static const struct option_form cpu_options[] = {
	{ "sched", 1, "PRIORITY", NULL, parse_sched },
	{ "runmask", 1, "N[,N]...", NULL, parse_runmask },
	{ 0 },
};

struct cpu_config *add_cpu(struct parser *p)
{
	struct machine_config *config = p->config;
	struct cpu_config *cpus = append(config->cpus, &config->cpu_count, sizeof(*cpus));

	if (!cpus)
		return NULL;
	config->cpus = cpus;
	return &cpus[config->cpu_count - 1];
}

int parse_cpu(struct parser *p, const struct token *option)
{
	struct cpu_config *cpu = add_cpu(p);

	if (!cpu)
		return no_memory(p);
	cpu->place = option->place;
	p->inner = cpu_options;
	return 0;
}
