// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of config.c, with two factories that no kernel knows.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "file.h"
#include "ktap.h"

#define TEXT(text)	text, sizeof(text) - 1
#define GOOD_END	" ram 1m load x"
#define MACHINE		"system, ram, rom, cpu, load, initrd, vdev, unsupported, logger, " \
			"safety, window, action, set, dump"

/* What FACTORY_INFO would say. */
static const struct {
	const char *name;
	const char *options;
	size_t size;
} known[] = {
	{ "trace", TEXT("loc\0name\0" "0emit-logger\0emit-trace\0" "0pass-reads\0") },
	{ "shmem", TEXT("loc\0name\0create\0allow\0ram\0" "2log\0") },
	{ "mute", TEXT("") },
	{ "wdt-ib700", TEXT("loc\0name\0action\0") },
	{ "wdt-sp805", TEXT("loc\0intr\0name\0action\0frequency\0") },
};

static int fake_options(void *context, const char *factory, struct place at,
			struct option_names *out, struct failure *why)
{
	unsigned int *asked = context;
	unsigned int i;

	(*asked)++;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, factory))
			continue;
		/* Exactly so long, so that ASan sees the end. */
		out->size = known[i].size;
		out->names = memcpy(malloc(known[i].size + 1), known[i].options, known[i].size);
		return 0;
	}
	return fail_at(why, at, "no vdev is called '%s'", factory);
}

/* ---- what is right ---- */

static void describe_option(const struct option_config *option, FILE *to)
{
	fprintf(to, "%s%s%.64s%s%s@%u:%u", option->name, option->argument ? "=" : "",
		option->argument ? option->argument : "", option->second ? "+" : "",
		option->second ? option->second : "", option->place.line, option->place.column);
}

static void describe_setting(const struct setting_config *setting, FILE *to)
{
	fprintf(to, " %zu:", setting->vdevs_before);
	describe_option(&setting->option, to);
}

static void describe_vdev(const struct vdev_config *vdev, FILE *to)
{
	const struct option_config *option, *end = vdev->options + vdev->option_count;

	fprintf(to, " %s@%u:%u(", vdev->factory, vdev->place.line, vdev->place.column);
	for (option = vdev->options; option < end; option++) {
		fputs(option == vdev->options ? "" : " ", to);
		describe_option(option, to);
	}
	fprintf(to, ")");
}

static void describe_cpu(const struct cpu_config *cpu, FILE *to)
{
	unsigned int i;

	if (cpu->priority)
		fprintf(to, " sched=%u", cpu->priority);
	for (i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cpu->runmask))
			fprintf(to, " cpu%u", i);
}

/* Writes the configuration down in one canonical line. */
static void describe(const struct machine_config *config, char *result, size_t room)
{
	FILE *to = fmemopen(result, room, "w");
	size_t i;

	fprintf(to, "%s cpus=%zu", config->name ? config->name : "-", config->cpu_count);
	for (i = 0; i < config->cpu_count; i++)
		describe_cpu(&config->cpus[i], to);
	for (i = 0; i < config->piece_count; i++)
		fprintf(to, " %s=0x%llx+0x%llx", config->pieces[i].is_rom ? "rom" : "ram",
			(unsigned long long)config->pieces[i].start,
			(unsigned long long)config->pieces[i].size);
	fprintf(to, " load=");
	if (config->load.has_address)
		fprintf(to, "0x%llx,", (unsigned long long)config->load.address);
	fprintf(to, "%s", config->load.file.path);
	if (config->initrd.path)
		fprintf(to, " initrd=%s", config->initrd.path);
	if (config->dump.path)
		fprintf(to, " dump=%s", config->dump.path);
	for (i = 0; i < UNSUPPORTED_KINDS; i++)
		if (config->unsupported[i].place.line)
			fprintf(to, " unsupported%zu=%u", i, config->unsupported[i].action);
	for (i = 0; i < VARIABLES; i++)
		if (config->variables[i].seconds)
			fprintf(to, " set%zu=%llu", i,
				(unsigned long long)config->variables[i].seconds);
	for (i = 0; i < config->setting_count; i++)
		describe_setting(&config->settings[i], to);
	for (i = 0; i < config->vdev_count; i++)
		describe_vdev(&config->vdevs[i], to);
	fclose(to);
}

static const struct {
	const char *name;
	const char *text;
	size_t size;
	const char *expected;
} cases[] = {
	{ "smallest", TEXT("ram 16m load x"), "- cpus=1 ram=0x0+0x1000000 load=x" },
	{ "everything", TEXT("system a ram 16m cpu cpu load x\nvdev trace loc 0xfa000000 "
	  "emit-logger emit-trace 12"), "a cpus=2 ram=0x0+0x1000000 load=x "
	  "trace@2:1(loc=0xfa000000@2:16 emit-logger@2:27 emit-trace=12@2:50)" },
	{ "lines do not matter", TEXT("vdev\n\ntrace\nloc\n1\nemit-logger\nload\nx\nram\n4k\n"),
	  "- cpus=1 ram=0x0+0x1000 load=x trace@1:1(loc=1@5:1 emit-logger@6:1)" },
	{ "comments", TEXT("ram # size\n4k#x\n#\nload x # cpu"), "- cpus=1 ram=0x0+0x1000 load=x" },
	{ "an outer option closes the vdev", TEXT("vdev trace loc 1 cpu ram 4k load x"),
	  "- cpus=1 ram=0x0+0x1000 load=x trace@1:1(loc=1@1:16)" },
	{ "a vdev closes the vdev", TEXT("vdev trace vdev trace loc 2" GOOD_END),
	  "- cpus=1 ram=0x0+0x100000 load=x trace@1:1() trace@1:12(loc=2@1:27)" },
	{ "the inner option comes first", TEXT("ram 4k vdev shmem ram 8k create a,1 load x"),
	  "- cpus=1 ram=0x0+0x1000 load=x shmem@1:8(ram=8k@1:23 create=a,1@1:33)" },
	{ "an option may be repeated", TEXT("ram 4k load x vdev shmem allow a allow b"),
	  "- cpus=1 ram=0x0+0x1000 load=x shmem@1:15(allow=a@1:32 allow=b@1:40)" },
	{ "an argument may look like an option", TEXT("vdev trace loc emit-logger" GOOD_END),
	  "- cpus=1 ram=0x0+0x100000 load=x trace@1:1(loc=emit-logger@1:16)" },
	{ "a vdev without options", TEXT("vdev mute ram 4k load x"),
	  "- cpus=1 ram=0x0+0x1000 load=x mute@1:1()" },
	{ "RAM with address", TEXT("ram 1m,4k ram 0x0,4096 load x"),
	  "- cpus=1 ram=0x100000+0x1000 ram=0x0+0x1000 load=x" },
	{ "RAM where it fits", TEXT("ram 4k,4k ram 8k ram 4k load x"),
	  "- cpus=1 ram=0x1000+0x1000 ram=0x2000+0x2000 ram=0x0+0x1000 load=x" },
	{ "RAM above the chips", TEXT("ram 1g ram 4g ram 1g load x"), "- cpus=1 ram=0x0+0x40000000 "
	  "ram=0x100000000+0x100000000 ram=0x40000000+0x40000000 load=x" },
	{ "RAM up to the chips", TEXT("ram 0xfec00000 load x"),
	  "- cpus=1 ram=0x0+0xfec00000 load=x" },
	{ "RAM up to the end", TEXT("ram 0xffffffffff000,4k load x"),
	  "- cpus=1 ram=0xffffffffff000+0x1000 load=x" },
	{ "image with address", TEXT("ram 4k load 0x200,a,b"),
	  "- cpus=1 ram=0x0+0x1000 load=0x200,a,b" },
	{ "image with a comma", TEXT("ram 4k load ./1,a"), "- cpus=1 ram=0x0+0x1000 load=./1,a" },
	{ "ROM", TEXT("ram 4k rom 1m,4k load x"),
	  "- cpus=1 ram=0x0+0x1000 rom=0x100000+0x1000 load=x" },
	{ "RAM where ROM leaves room", TEXT("rom 0,4k ram 4k load x"),
	  "- cpus=1 rom=0x0+0x1000 ram=0x1000+0x1000 load=x" },
	{ "an option of two words", TEXT("ram 4k load x vdev shmem log a,b c allow d"),
	  "- cpus=1 ram=0x0+0x1000 load=x shmem@1:15(log=a,b+c@1:30 allow=d@1:42)" },
	{ "cpu with options", TEXT("ram 4k cpu sched 99 runmask 0,0x10,1023 cpu load x cpu sched 1"),
	  "- cpus=3 sched=99 cpu0 cpu16 cpu1023 sched=1 ram=0x0+0x1000 load=x" },
	{ "initrd", TEXT("ram 4k initrd load y,1 load x"),
	  "- cpus=1 ram=0x0+0x1000 load=x initrd=y,1" },
	{ "unsupported", TEXT("ram 4k load x unsupported register ignore unsupported instruction "
	  "fail unsupported reference abort"),
	  "- cpus=1 ram=0x0+0x1000 load=x unsupported0=1 unsupported1=0 unsupported2=2" },
	{ "windows", TEXT("ram 4k load x window mem:1,4k vdev trace window io:0x10,2"),
	  "- cpus=1 ram=0x0+0x1000 load=x 0:window=mem:1,4k@1:22 1:window=io:0x10,2@1:49 "
	  "trace@1:31()" },
	{ "settings", TEXT("ram 4k load x logger a,b c safety d vdev mute safety e vdev mute logger "
	  "f g"), "- cpus=1 ram=0x0+0x1000 load=x 0:logger=a,b+c@1:22 0:safety=d@1:35 "
	  "1:safety=e@1:54 2:logger=f+g@1:73 mute@1:37() mute@1:56()" },
	{ "actions", TEXT("ram 4k load x action panic exit vdev mute action watchdog inject-nmi "
	  "vdev wdt-ib700 action machine"), "- cpus=1 ram=0x0+0x1000 load=x 0:action=panic+exit@1:22 "
	  "1:action=watchdog+inject-nmi@1:50 mute@1:33() wdt-ib700@1:70(action=machine@1:92)" },
	{ "variables", TEXT("ram 4k load x set button-grace 1 set time-limit 4294967295"),
	  "- cpus=1 ram=0x0+0x1000 load=x set0=4294967295 set1=1" },
	{ "dump", TEXT("ram 4k load x dump a,b"), "- cpus=1 ram=0x0+0x1000 load=x dump=a,b" },
	{ "longest name", TEXT("system 123456789012345678901234567890123456789012345678901234567"
	  "890123 ram 4k load x"), "12345678901234567890123456789012345678901234567890123456789012"
	  "3 cpus=1 ram=0x0+0x1000 load=x" },

	/* ---- what is wrong ---- */

	{ "empty", TEXT(""), "t:1:1: option 'ram' is missing: a machine needs 'ram "
	  "[ADDRESS,]SIZE' at least once" },
	{ "only a comment", TEXT("# nothing\n"), "t:2:1: option 'ram' is missing: a machine needs "
	  "'ram [ADDRESS,]SIZE' at least once" },
	{ "no image", TEXT("ram 4k"), "t:1:7: option 'load' is missing: a machine needs 'load "
	  "[ADDRESS,]FILE' once" },
	{ "no RAM", TEXT("load x\n"), "t:2:1: option 'ram' is missing: a machine needs 'ram "
	  "[ADDRESS,]SIZE' at least once" },
	{ "unknown option", TEXT("ram 4k\n rum 1,2"), "t:2:2: unknown option 'rum': allowed here "
	  "are " MACHINE },
	{ "unknown option of a vdev", TEXT("vdev trace loc 1 intr a:1"), "t:1:18: unknown option "
	  "'intr': vdev 'trace' takes loc, name, emit-logger, emit-trace, pass-reads, and the machine " MACHINE },
	{ "option of a closed vdev", TEXT("vdev trace ram 4k loc 1"), "t:1:19: unknown option "
	  "'loc': allowed here are " MACHINE },
	{ "option of a vdev without options", TEXT("vdev mute loc 1"), "t:1:11: unknown option "
	  "'loc': allowed here are " MACHINE },
	{ "option of another vdev", TEXT("vdev trace create a,1"), "t:1:12: unknown option "
	  "'create': vdev 'trace' takes loc, name, emit-logger, emit-trace, pass-reads, and the machine "
	  "" MACHINE },
	{ "an option with its 0", TEXT("vdev trace 0emit-logger"), "t:1:12: unknown option "
	  "'0emit-logger': vdev 'trace' takes loc, name, emit-logger, emit-trace, pass-reads, and the machine "
	  "" MACHINE },
	{ "upper case", TEXT("RAM 4k"), "t:1:1: unknown option 'RAM': allowed here are " MACHINE },
	{ "argument for cpu", TEXT("cpu 2"), "t:1:5: unknown option '2': cpu takes sched, runmask, "
	  "and the machine " MACHINE },
	{ "sched without cpu", TEXT("sched 1"), "t:1:1: unknown option 'sched': allowed here are "
	  MACHINE },
	{ "sched behind another option", TEXT("cpu ram 4k sched 1"), "t:1:12: unknown option "
	  "'sched': allowed here are " MACHINE },
	{ "sched without priority", TEXT("cpu sched"), "t:1:5: option 'sched' takes an argument, "
	  "PRIORITY, but the file ends here" },
	{ "sched 0", TEXT("cpu sched 0"), "t:1:11: '0' is not a number from 1 to 99" },
	{ "sched 100", TEXT("cpu sched 100"), "t:1:11: '100' is not a number from 1 to 99" },
	{ "sched twice", TEXT("cpu sched 1\nsched 1"), "t:2:1: option 'sched' is repeated: line 1 "
	  "has it already, and it is allowed once" },
	{ "malformed runmask", TEXT("cpu runmask 1,,2"), "t:1:13: '1,,2' is not N[,N]...: allowed "
	  "are numbers of host CPUs, 0 to 1023" },
	{ "runmask too large", TEXT("cpu runmask 1024"), "t:1:13: '1024' is not N[,N]...: allowed "
	  "are numbers of host CPUs, 0 to 1023" },
	{ "runmask twice", TEXT("cpu runmask 1\nrunmask 1"), "t:2:1: option 'runmask' is repeated: "
	  "line 1 has it already, and it is allowed once" },
	{ "argument for an option without", TEXT("vdev trace emit-logger 1"), "t:1:24: unknown "
	  "option '1': vdev 'trace' takes loc, name, emit-logger, emit-trace, pass-reads, and the machine "
	  "" MACHINE },
	{ "form NAME=ARGUMENT", TEXT("vdev trace loc=1"), "t:1:12: unknown option 'loc=1': vdev "
	  "'trace' takes loc, name, emit-logger, emit-trace, pass-reads, and the machine " MACHINE },
	{ "unknown vdev", TEXT("cpu\nvdev tracer loc 1"), "t:2:6: no vdev is called 'tracer'" },
	{ "vdev without name", TEXT("ram 4k vdev"), "t:1:8: option 'vdev' takes an argument, NAME, "
	  "but the file ends here" },
	{ "vdev's name too long", TEXT("vdev 12345678901234567890123456789012"), "t:1:6: no vdev "
	  "is called '12345678901234567890123456789012': at most 31 bytes are allowed" },
	{ "vdev's option without argument", TEXT("vdev trace\n loc\n"), "t:2:2: option 'loc' takes "
	  "an argument, as the vdev defines it, but the file ends here" },
	{ "vdev's option without its second word", TEXT("vdev shmem log a"), "t:1:12: option 'log' "
	  "takes two words, as the vdev defines it, but the file ends here" },
	{ "only ROM", TEXT("rom 0,4k load x"), "t:1:16: option 'ram' is missing: a machine needs "
	  "'ram [ADDRESS,]SIZE' at least once" },
	{ "rom without address", TEXT("rom 4k"), "t:1:5: '4k' is not ADDRESS,SIZE: allowed are "
	  "decimal or 0x hexadecimal digits, and k, m or g behind them" },
	{ "rom on ram", TEXT("ram 4k rom 0,4k"), "t:1:12: ROM at 0x0-0xfff overlaps 0x0-0xfff, the "
	  "RAM of line 1" },
	{ "ram on rom", TEXT("rom 0,4k ram 0,4k"), "t:1:14: RAM at 0x0-0xfff overlaps 0x0-0xfff, "
	  "the ROM of line 1" },
	{ "misaligned rom", TEXT("rom 1,4k"), "t:1:5: ROM of 0x1000 bytes at 0x1: both must be "
	  "multiples of 4k, and the size not 0" },
	{ "initrd without words", TEXT("initrd"), "t:1:1: option 'initrd' takes two words, load "
	  "FILE, but the file ends here" },
	{ "initrd without file", TEXT("initrd load"), "t:1:1: option 'initrd' takes two words, load "
	  "FILE, but the file ends here" },
	{ "initrd without load", TEXT("initrd x y"), "t:1:8: 'x' behind 'initrd': allowed is "
	  "'initrd load FILE'" },
	{ "initrd twice", TEXT("initrd load x\ninitrd load y"), "t:2:1: option 'initrd' is "
	  "repeated: line 1 has it already, and it is allowed once" },
	{ "unsupported without words", TEXT("unsupported reference"), "t:1:1: option 'unsupported' "
	  "takes two words, instruction|reference|register abort|fail|ignore, but the file ends "
	  "here" },
	{ "unsupported what", TEXT("unsupported pass fail"), "t:1:13: 'pass' behind 'unsupported': "
	  "allowed are instruction, reference, register" },
	{ "unsupported how", TEXT("unsupported register\nstop"), "t:2:1: 'stop' behind "
	  "'unsupported register': allowed are abort, fail, ignore" },
	{ "unsupported twice", TEXT("unsupported register fail\nunsupported register abort"),
	  "t:2:13: option 'register' is repeated: line 1 has it already, and it is allowed once" },
	{ "a bus error", TEXT("unsupported reference\n fail"), "t:2:2: 'unsupported reference "
	  "fail' is not possible: KVM cannot deliver a bus error for an access" },
	{ "skipping an instruction", TEXT("unsupported instruction ignore"), "t:1:25: 'unsupported "
	  "instruction ignore' is not possible: KVM does not tell how long the instruction is" },
	{ "an option that is not possible", TEXT("ram 4k pass loc 1,2,rw"), "t:1:8: 'pass' is not "
	  "possible: no device of the host can be passed through" },
	{ "one behind a vdev", TEXT("vdev trace loc 1 fdt"), "t:1:18: 'fdt' is not possible: there "
	  "is no device tree, so the guest has to know its machine" },
	{ "logger without destination", TEXT("logger a"), "t:1:1: option 'logger' takes two words, "
	  "FILTER[,FILTER]... DESTINATION, but the file ends here" },
	{ "safety without word", TEXT("safety"), "t:1:1: option 'safety' takes an argument, "
	  "none|warn|required, but the file ends here" },
	{ "window without words", TEXT("window"), "t:1:1: option 'window' takes an argument, "
	  "mem:ADDRESS,LENGTH|io:PORT,LENGTH, but the file ends here" },
	{ "set without value", TEXT("set time-limit"), "t:1:1: option 'set' takes two words, "
	  "time-limit|button-grace SECONDS, but the file ends here" },
	{ "unknown variable", TEXT("set time 1"), "t:1:5: there is no variable 'time': allowed are "
	  "time-limit, button-grace" },
	{ "variable twice", TEXT("set time-limit 1\nset time-limit 1"), "t:2:5: option "
	  "'time-limit' is repeated: line 1 has it already, and it is allowed once" },
	{ "action of nothing", TEXT("action sleep none"), "t:1:8: 'sleep' behind 'action': allowed are "
	  "reboot, shutdown, panic, watchdog" },
	{ "action of another", TEXT("action reboot poweroff"), "t:1:15: 'poweroff' behind "
	  "'action reboot': allowed are reset, shutdown" },
	{ "half of an action", TEXT("action watchdog power"), "t:1:17: 'power' behind "
	  "'action watchdog': allowed are reset, shutdown, poweroff, pause, debug, none, inject-nmi" },
	{ "action with a comma", TEXT("action panic none,"), "t:1:14: 'none,' behind "
	  "'action panic': allowed are none, pause, shutdown, exit" },
	{ "action without word", TEXT("action panic"), "t:1:1: option 'action' takes two words, "
	  "reboot|shutdown|panic|watchdog WHAT, but the file ends here" },
	{ "action twice", TEXT("action panic none\naction panic none"), "t:2:8: option 'panic' is "
	  "repeated: line 1 has it already, and it is allowed once" },
	{ "no time", TEXT("set time-limit 0"), "t:1:16: '0' is not a number from 1 to 4294967295" },
	{ "too much time", TEXT("set button-grace 4g"), "t:1:18: '4g' is not a number from 1 to "
	  "4294967295" },
	{ "dump without file", TEXT("dump"), "t:1:1: option 'dump' takes an argument, FILE, but the "
	  "file ends here" },
	{ "dump twice", TEXT("dump a\ndump b"), "t:2:1: option 'dump' is repeated: line 1 has it "
	  "already, and it is allowed once" },
	{ "system without name", TEXT("system"), "t:1:1: option 'system' takes an argument, NAME, "
	  "but the file ends here" },
	{ "system twice", TEXT("system a\nsystem b"), "t:2:1: option 'system' is repeated: line 1 "
	  "has it already, and it is allowed once" },
	{ "system's name too long", TEXT("system 1234567890123456789012345678901234567890123456789"
	  "012345678901234"), "t:1:8: the name '123456789012345678901234567890123456789012345678901"
	  "2345678901234' is too long: at most 63 bytes are allowed" },
	{ "load without file", TEXT("load"), "t:1:1: option 'load' takes an argument, "
	  "[ADDRESS,]FILE, but the file ends here" },
	{ "load twice", TEXT("load a load b"), "t:1:8: option 'load' is repeated: line 1 has it "
	  "already, and it is allowed once" },
	{ "load with only an address", TEXT("load 1m,"), "t:1:6: '1m,' names no file: "
	  "[ADDRESS,]FILE is allowed" },
	{ "load with a bad address", TEXT("load 1x,y"), "t:1:6: '1x,y' does not begin with an "
	  "address: allowed are decimal or 0x hexadecimal digits, and k, m or g behind them" },
	{ "load with too large an address", TEXT("load 0x10000000000000000,y"), "t:1:6: "
	  "'0x10000000000000000,y' does not begin with an address: allowed are decimal or 0x "
	  "hexadecimal digits, and k, m or g behind them" },
	{ "ram without size", TEXT("ram"), "t:1:1: option 'ram' takes an argument, "
	  "[ADDRESS,]SIZE, but the file ends here" },
	{ "ram followed by an option", TEXT("ram cpu"), "t:1:5: 'cpu' is not [ADDRESS,]SIZE: "
	  "allowed are decimal or 0x hexadecimal digits, and k, m or g behind them" },
	{ "ram in another unit", TEXT("ram 16mb"), "t:1:5: '16mb' is not [ADDRESS,]SIZE: allowed "
	  "are decimal or 0x hexadecimal digits, and k, m or g behind them" },
	{ "negative ram", TEXT("ram -4k"), "t:1:5: '-4k' is not [ADDRESS,]SIZE: allowed are "
	  "decimal or 0x hexadecimal digits, and k, m or g behind them" },
	{ "ram with only an address", TEXT("ram 4k,"), "t:1:5: '4k,' is not [ADDRESS,]SIZE: "
	  "allowed are decimal or 0x hexadecimal digits, and k, m or g behind them" },
	{ "ram with three numbers", TEXT("ram 0,4k,4k"), "t:1:5: '0,4k,4k' is not "
	  "[ADDRESS,]SIZE: allowed are decimal or 0x hexadecimal digits, and k, m or g behind "
	  "them" },
	{ "ram of more than 64 bits", TEXT("ram 18446744073709551616"), "t:1:5: "
	  "'18446744073709551616' is not [ADDRESS,]SIZE: allowed are decimal or 0x hexadecimal "
	  "digits, and k, m or g behind them" },
	{ "ram of more than 64 bits by suffix", TEXT("ram 17179869184g"), "t:1:5: '17179869184g' "
	  "is not [ADDRESS,]SIZE: allowed are decimal or 0x hexadecimal digits, and k, m or g "
	  "behind them" },
	{ "no ram", TEXT("ram 0"), "t:1:5: RAM of 0x0 bytes at 0x0: both must be multiples of 4k, "
	  "and the size not 0" },
	{ "half a page", TEXT("ram 2k"), "t:1:5: RAM of 0x800 bytes at 0x0: both must be multiples "
	  "of 4k, and the size not 0" },
	{ "misaligned ram", TEXT("ram 1,4k"), "t:1:5: RAM of 0x1000 bytes at 0x1: both must be "
	  "multiples of 4k, and the size not 0" },
	{ "ram too high", TEXT("ram 0x10000000000000,4k"), "t:1:5: RAM of 0x1000 bytes at "
	  "0x10000000000000 ends beyond the highest physical address, 0xfffffffffffff" },
	{ "ram wraps", TEXT("ram 0xfffffffffffff000,8k"), "t:1:5: RAM of 0x2000 bytes at "
	  "0xfffffffffffff000 ends beyond the highest physical address, 0xfffffffffffff" },
	{ "ram too large", TEXT("ram 0xfffffffffffff000"), "t:1:5: RAM of 0xfffffffffffff000 bytes "
	  "at 0x100000000 ends beyond the highest physical address, 0xfffffffffffff" },
	{ "ram on the chips", TEXT("ram 0xfee00000,4k"), "t:1:5: RAM at 0xfee00000-0xfee00fff "
	  "overlaps 0xfec00000-0xffffffff, where the interrupt controllers are" },
	{ "ram across the chips", TEXT("ram 1g,4g"), "t:1:5: RAM at 0x40000000-0x13fffffff "
	  "overlaps 0xfec00000-0xffffffff, where the interrupt controllers are" },
	{ "ram on ram", TEXT("ram 1m\nram 0xff000,4k"), "t:2:5: RAM at 0xff000-0xfffff overlaps "
	  "0x0-0xfffff, the RAM of line 1" },
	{ "ram round ram", TEXT("ram 1m,1m\ncpu\nram 0,4m"), "t:3:5: RAM at 0x0-0x3fffff overlaps "
	  "0x100000-0x1fffff, the RAM of line 1" },
	{ "a long word is shown in part", TEXT("ram 1m "
	  "0123456789012345678901234567890123456789012345678901234567890123456789"),
	  "t:1:8: unknown option '012345678901234567890123456789012345678901234567890123456789012"
	  "3...': allowed here are " MACHINE },
	{ "and cut between characters", TEXT("ram 1m "
	  "012345678901234567890123456789012345678901234567890123456789012\xc3\xa4\xc3\xa4xx"),
	  "t:1:8: unknown option '012345678901234567890123456789012345678901234567890123456789012"
	  "...': allowed here are " MACHINE },
	{ "binary", TEXT("ram 4k\0load x"), "t:1:7: byte 0x00 is not text: a configuration is "
	  "UTF-8 text without control characters" },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

/* What @text says, canonically, or what is wrong with it. */
static int parse(const char *text, size_t size, const char *file, char *result, size_t room)
{
	char *exact = memcpy(malloc(size ? size : 1), text, size);
	unsigned int asked = 0;
	const struct factories factories = { fake_options, &asked };
	struct machine_config config;
	struct failure why = { "" };
	int status;

	status = config_parse(&config, exact, size, file, &factories, &why);
	/* The text may go before the configuration does. */
	free(exact);
	if (status)
		snprintf(result, room, "%s", why.text);
	else
		describe(&config, result, room);
	config_free(&config);
	return status;
}

static void test_table(void)
{
	char result[4096];
	unsigned int i;

	for (i = 0; i < CASES; i++) {
		parse(cases[i].text, cases[i].size, "t", result, sizeof(result));
		ktap_case(!strcmp(result, cases[i].expected), cases[i].name, "%s", result);
	}
}

static void test_many_rams(void)
{
	char text[8 * (CONFIG_PIECES_MAX + 1) + 1] = "", result[4096];
	unsigned int i;

	for (i = 0; i <= CONFIG_PIECES_MAX; i++)
		strcat(text, "ram 4k\n");
	parse(text, strlen(text), "t", result, sizeof(result));
	ktap_case(!strcmp(result, "t:65:5: too many pieces of memory: at most 64 are allowed"),
		  "too many pieces of memory", "%s", result);
}

static void test_long_argument(void)
{
	static const char start[] = GOOD_END " vdev trace loc ";
	size_t size = strlen(start) + TOKEN_MAX + 1;
	char *text = malloc(size), result[256];
	int status;

	memset(text, 'x', size);
	memcpy(text, start, strlen(start));
	status = parse(text, size - 1, "t", result, sizeof(result));
	ktap_case(!status, "an argument of 64 KiB is the kernel's business", "%s", result);
	parse(text, size, "t", result, sizeof(result));
	ktap_case(!strcmp(result, "t:1:31: a word of 65537 bytes: at most 65536 are allowed"),
		  "a longer one is not", "%s", result);
	free(text);
}

/* Spoils good configurations in every byte and at every length: no crash, no leak. */
static void test_mutations(void)
{
	static const char good[] = "system a ram 16m rom 32m,4k cpu sched 1 runmask 0,1 "
				   "load 0x100,x # c\ninitrd load y logger a b safety c "
				   "unsupported register abort set time-limit 9 dump z "
				   "vdev trace loc 1 emit-logger vdev shmem log a b ram 4k";
	static const char bytes[] = " \n#0k,\xc3\0";
	char text[sizeof(good)], result[4096];
	size_t size = sizeof(good) - 1, i, j;

	for (i = 0; i <= size; i++)
		parse(good, i, "t", result, sizeof(result));
	for (i = 0; i < size; i++) {
		for (j = 0; j < sizeof(bytes); j++) {
			memcpy(text, good, sizeof(good));
			text[i] = bytes[j];
			parse(text, size, "t", result, sizeof(result));
		}
	}
	ktap_case(true, "spoiled bytes and lengths", "%s", "");
}

static void test_examples(int count, char **paths)
{
	struct file file;
	char result[4096];
	int err;

	while (count--) {
		err = file_read(*paths, 1 << 20, &file);
		if (err)
			snprintf(result, sizeof(result), "%s", strerror(-err));
		else
			err = parse(file.data, file.size, *paths, result, sizeof(result));
		ktap_case(!err, *paths++, "%s", result);
		free(file.data);
	}
}

/* The arguments are configurations that have to be right. */
int main(int argc, char **argv)
{
	ktap_begin(CASES + 4 + argc - 1);
	test_table();
	test_many_rams();
	test_long_argument();
	test_mutations();
	test_examples(argc - 1, argv + 1);
	return ktap_end();
}
