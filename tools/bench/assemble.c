// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures how long a machine of many vdevs takes to assemble, and what memory a guest,
 * a vdev and a region take.
 *
 *	assemble FILE
 *
 * writes to FILE a JSON object. As for bench, an instruction takes 1 ns where QEMU
 * emulates with -icount shift=0; elsewhere the figures are nanoseconds.
 *
 * A machine as people make it has vdevs of the test factory, whose instances are as large
 * as those of a real device, with options. How the time grows shows in machines of more
 * and more vdevs with a page each, whose factory does next to nothing. All vdevs touch
 * each other, since KVM's bus has room for 1000 devices of all kinds.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <libvdevfw.h>

#define VDEVS	1000U
#define OPTIONS	10U
#define FIRST	0xc0000000U
#define BYTES	8U
#define PAGE	0x1000U
#define GUESTS	64
#define ROUNDS	3

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

/* What has been used up to one moment, or between two. */
struct cost {
	int64_t time;
	long long bytes;
};

/* What the two steps of a machine's assembly took. */
struct machine_cost {
	struct cost add;
	struct cost configure;
};

static int device;

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Objects, and what is so large, or is a thread's stack, that vmalloc() has it. */
static long long kernel_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long long kib, sum = 0;
	char line[128];

	if (!file)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Slab: %lld", &kib) == 1 ||
		    sscanf(line, "VmallocUsed: %lld", &kib) == 1)
			sum += kib * 1024;
	}
	fclose(file);
	return sum;
}

static int make_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu;

	if (kvm < 0)
		err(1, "/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0)
		err(1, "a VM");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		err(1, "a vCPU");
	close(vcpu);
	close(kvm);
	return vm;
}

static int make_guest(int vm)
{
	struct vdevfw_error error;
	uint64_t id;
	int guest;

	if (vdevfw_guest_create(device, "assemble", vm, &guest, &id, &error))
		errx(1, "%s", error.text);
	return guest;
}

static void add(int guest, const char *factory, char *options, size_t len)
{
	struct vdevfw_error error;
	uint64_t id;

	if (vdevfw_vdev_add(guest, factory, options, len, &id, &error))
		errx(1, "vdev %s: %s", options, error.text);
}

static void add_with_options(int guest, unsigned int i)
{
	char options[512];
	int len;

	len = snprintf(options, sizeof(options),
		       "loc=mem:0x%x%cname=device-%u%clog=error,warn slog%csched=0%cintr=ioapic:%u%c"
		       "length=8%cnumber=%u%csize=64k%cbool=yes%ctext=unit-%u%c",
		       FIRST + i * BYTES, 0, i, 0, 0, 0, i % 24, 0, 0, i, 0, 0, 0, i, 0);
	add(guest, "test", options, len);
}

static void add_page(int guest, unsigned int i)
{
	char options[64];
	int len;

	len = snprintf(options, sizeof(options), "length=0x%x%cloc=mem:0x%x", PAGE, 0,
		       FIRST + i * PAGE);
	add(guest, "bench-checked", options, len + 1);
}

static struct cost used(void)
{
	struct cost cost = { .bytes = kernel_bytes() };

	cost.time = now();
	return cost;
}

static struct cost since(const struct cost *then)
{
	struct cost cost = { .time = now() - then->time };

	cost.bytes = kernel_bytes() - then->bytes;
	return cost;
}

static struct machine_cost assemble(unsigned int vdevs, void (*add_one)(int guest, unsigned int i))
{
	int vm = make_vm(), guest = make_guest(vm);
	struct vdevfw_error error;
	struct machine_cost cost;
	struct cost start;
	unsigned int i;

	start = used();
	for (i = 0; i < vdevs; i++)
		add_one(guest, i);
	cost.add = since(&start);
	start = used();
	if (vdevfw_guest_configure(guest, &error))
		errx(1, "%s", error.text);
	cost.configure = since(&start);
	close(guest);
	close(vm);
	return cost;
}

/*
 * Of some rounds, the shortest times, and the memory of the last: what else the kernel
 * does makes a time longer, never shorter; and it is done with what only the first took.
 */
static struct machine_cost least(unsigned int vdevs, void (*add_one)(int guest, unsigned int i))
{
	struct machine_cost least = assemble(vdevs, add_one), cost;
	unsigned int i;

	for (i = 1; i < ROUNDS; i++) {
		cost = assemble(vdevs, add_one);
		if (cost.add.time > least.add.time)
			cost.add.time = least.add.time;
		if (cost.configure.time > least.configure.time)
			cost.configure.time = least.configure.time;
		least = cost;
	}
	return least;
}

static void print_machine(unsigned int vdevs, const struct machine_cost *cost)
{
	printf("{\"vdevs\": %u, \"add\": %lld, \"configure\": %lld, \"add-bytes\": %lld, \"configure-bytes\": %lld}",
	       vdevs, (long long)cost->add.time, (long long)cost->configure.time,
	       cost->add.bytes, cost->configure.bytes);
}

static void measure_pages(void)
{
	static const unsigned int numbers[] = { 100, 1000, 10000 };
	const char *separator = "";
	struct machine_cost cost;
	unsigned int i;

	for (i = 0; i < LENGTH(numbers); i++) {
		cost = least(numbers[i], add_page);
		printf("%s\n\t", separator);
		print_machine(numbers[i], &cost);
		separator = ",";
	}
}

/* Memory comes in pages, each for many objects of one size: one guest alone would show little of it. */
static long long measure_guest(void)
{
	int vm[GUESTS], guest[GUESTS], i;
	struct cost start, cost;

	for (i = 0; i < GUESTS; i++)
		vm[i] = make_vm();
	start = used();
	for (i = 0; i < GUESTS; i++)
		guest[i] = make_guest(vm[i]);
	cost = since(&start);
	for (i = 0; i < GUESTS; i++) {
		close(guest[i]);
		close(vm[i]);
	}
	return cost.bytes / GUESTS;
}

int main(int argc, char **argv)
{
	struct machine_cost cost;

	if (argc != 2)
		errx(2, "usage: assemble FILE");
	if (!freopen(argv[1], "w", stdout))
		err(1, "%s", argv[1]);
	device = vdevfw_open();
	if (device < 0)
		errx(1, "%s: %s", VDEVFW_DEVICE, strerror(-device));

	printf("{\"guest-bytes\": %lld,\n\"options\": %u, \"machine\": ", measure_guest(), OPTIONS);
	cost = assemble(VDEVS, add_with_options);
	print_machine(VDEVS, &cost);
	printf(",\n\"pages\": [");
	measure_pages();
	printf("\n]}\n");
	if (fclose(stdout))
		err(1, "cannot write the result");
	return 0;
}
