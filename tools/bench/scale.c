// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures how much more two vCPUs get done than one, where each has its own vdev.
 *
 *	scale FILE
 *
 * writes to FILE a JSON object with a row for each kind of work: how often a second it is
 * done by one vCPU, and by two of one VM. If nothing in the way of an access is shared,
 * the two do twice as much. It needs a machine of two CPUs that run at the same time,
 * hence not -icount; and a time that another process of the host may take, hence the
 * best of ROUNDS. What cannot be had even so, because the host is busy or the emulator
 * shares something, shows in the other rows: "compute" never leaves the guest, "cpuid"
 * leaves it for KVM and needs nothing of vdevfw.
 *
 * QEMU's emulated SVM loses a vCPU's registers about once a minute where two run at once,
 * with vdevs and without. So each measurement has a VM of its own, and what was lost
 * does not count.
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libvdevfw.h>

#include "../selftests/harness.h"
#include "../selftests/vm.h"

#define CPUS		2U
#define ROUNDS		12
#define SETTLE_US	50000
#define SLICE_US	250000

#define VDEV		0xfa000000	/* that of vCPU 0; the next one's is not in the same window */
#define STRIDE		0x10000

#define COUNTS		0x8000		/* a page for each vCPU: not one line for two */
#define STOP		0xc000

#define STRING(x)	#x
#define VALUE(x)	STRING(x)

/* What the harness of the tests, whose VM this is, wants. */
struct test *test_list;
bool test_failed;

/* EBX is the address of the vCPU's vdev, EBP that of its count. */
#define WORK(name, work)			\
	"code_" #name ":\n"			\
	"1:	" work "\n"			\
	"	incl	(%ebp)\n"		\
	"	cmpl	$0, " VALUE(STOP) "\n"	\
	"	je	1b\n"			\
	"	out	%al, $" VALUE(PORT_DONE) "\n" \
	"	jmp	1b\n"			\
	"code_" #name "_end:\n"

__asm__(".pushsection .rodata\n"
	".code32\n"
	WORK(compute, "mov $10000, %esi; 2: dec %esi; jnz 2b")
	WORK(cpuid, "push %ebx; cpuid; pop %ebx")
	WORK(vdev, "mov (%ebx), %eax")
	".code64\n"
	".popsection\n");

SNIPPET(compute);
SNIPPET(cpuid);
SNIPPET(vdev);

static int device;

/**
 * struct work - What vCPUs do all the time
 * @name: In the output
 * @code: The guest's program
 * @end: Its end
 * @best: By number of vCPUs less one: how often a second, in the best round
 */
static struct work {
	const char *name;
	const uint8_t *code, *end;
	double best[CPUS];
} works[] = {
	{ "compute", code_compute, code_compute_end, { 0 } },
	{ "cpuid", code_cpuid, code_cpuid_end, { 0 } },
	{ "vdev", code_vdev, code_vdev_end, { 0 } },
};

#define WORKS	(sizeof(works) / sizeof(works[0]))

static volatile uint32_t *ram_word(const struct vm *vm, uint32_t address)
{
	return (volatile uint32_t *)(vm->ram + address);
}

static uint64_t count_all(const struct vm *vm, unsigned int cpus)
{
	uint64_t sum = 0;

	while (cpus--)
		sum += *ram_word(vm, COUNTS + cpus * 0x1000);
	return sum;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

/* A vCPU's thread, on a CPU of its own. Its value is NULL if the emulator has lost the vCPU. */
static void *run_cpu(void *arg)
{
	struct vcpu *vcpu = arg;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(vcpu->id, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "CPU %u", vcpu->id);
	switch (vcpu_run(vcpu)) {
	case KVM_EXIT_SHUTDOWN:
	case KVM_EXIT_INTERNAL_ERROR:
		return NULL;
	}
	if (!vcpu_done(vcpu))
		errx(1, "vCPU %u left KVM with reason %u", vcpu->id, vcpu->run->exit_reason);
	return vcpu;
}

static void start_cpu(struct vm *vm, unsigned int id, const struct work *work, pthread_t *thread)
{
	struct kvm_regs regs = { .rbx = VDEV + id * STRIDE, .rbp = COUNTS + id * 0x1000 };

	vcpu_load_code(&vm->vcpu[id], work->code, work->end - work->code, regs);
	if (pthread_create(thread, NULL, run_cpu, &vm->vcpu[id]))
		errx(1, "cannot start a thread");
}

/* How often a second @cpus vCPUs together do @work. 0 if one of them was lost. */
static double run_cpus(struct vm *vm, const struct work *work, unsigned int cpus)
{
	pthread_t thread[CPUS];
	bool lost = false;
	unsigned int i;
	uint64_t count;
	double start;
	void *value;

	for (i = 0; i < cpus; i++)
		start_cpu(vm, i, work, &thread[i]);
	usleep(SETTLE_US);
	start = now();
	count = count_all(vm, cpus);
	usleep(SLICE_US);
	count = count_all(vm, cpus) - count;
	start = now() - start;
	*ram_word(vm, STOP) = 1;
	for (i = 0; i < cpus; i++) {
		pthread_join(thread[i], &value);
		lost |= !value;
	}
	return lost ? 0 : count / start;
}

static void add_vdevs(int guest)
{
	struct vdevfw_error error;
	char options[64];
	unsigned int i;
	uint64_t id;
	int size;

	for (i = 0; i < CPUS; i++) {
		size = snprintf(options, sizeof(options), "loc=mem:0x%x", VDEV + i * STRIDE) + 1;
		if (vdevfw_vdev_add(guest, "trace", options, size, &id, &error))
			errx(1, "vdev trace: %s", error.text);
	}
}

static int start_guest(int vm)
{
	struct vdevfw_error error;
	int guest;
	uint64_t id;

	if (vdevfw_guest_create(device, "scale", vm, &guest, &id, &error))
		errx(1, "%s", error.text);
	add_vdevs(guest);
	if (vdevfw_guest_configure(guest, &error) || vdevfw_guest_start(guest, &error))
		errx(1, "%s", error.text);
	return guest;
}

static double measure(const struct work *work, unsigned int cpus)
{
	struct vm vm;
	double rate;
	int guest;

	vm_create(&vm, CPUS);
	guest = start_guest(vm.fd);
	rate = run_cpus(&vm, work, cpus);
	close(guest);
	vm_destroy(&vm);
	return rate;
}

/* One after the other: what slows the host down for a while, slows all of them down. */
static void measure_all(void)
{
	unsigned int round, i, cpus;
	double rate;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < WORKS; i++) {
			for (cpus = 1; cpus <= CPUS; cpus++) {
				rate = measure(&works[i], cpus);
				if (rate > works[i].best[cpus - 1])
					works[i].best[cpus - 1] = rate;
			}
		}
	}
}

static void print_works(void)
{
	unsigned int i;

	printf("{\"rows\": [");
	for (i = 0; i < WORKS; i++)
		printf("%s\n\t{\"name\": \"%s\", \"one\": %.0f, \"two\": %.0f}", i ? "," : "",
		       works[i].name, works[i].best[0], works[i].best[1]);
	printf("\n]}\n");
}

/* There is one CPU when the machine's first VM comes and when the last one goes: hold_vm.c says why. */
static void set_second_cpu(const char *online)
{
	FILE *file = fopen("/sys/devices/system/cpu/cpu1/online", "w");

	if (!file || fputs(online, file) < 0 || fclose(file))
		err(1, "the second CPU");
}

int main(int argc, char **argv)
{
	struct vm held;

	if (argc != 2)
		errx(2, "usage: scale FILE");
	device = vdevfw_open();
	if (device < 0)
		errx(1, "%s: %s", VDEVFW_DEVICE, strerror(-device));
	vm_create(&held, 1);
	set_second_cpu("1");
	measure_all();
	set_second_cpu("0");
	vm_destroy(&held);
	if (!freopen(argv[1], "w", stdout))
		err(1, "%s", argv[1]);
	print_works();
	if (fclose(stdout))
		err(1, "cannot write the result");
	return 0;
}
