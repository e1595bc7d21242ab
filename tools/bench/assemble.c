// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures how long a machine of many vdevs takes to assemble, and what memory a vdev
 * takes.
 *
 *	assemble FILE
 *
 * writes to FILE a JSON object. As for bench, an instruction takes 1 ns where QEMU
 * emulates with -icount shift=0; elsewhere the figures are nanoseconds.
 *
 * The vdevs are of the test factory, whose instances are as large as those of a real
 * device, and touch each other, since KVM's bus has room for 1000 devices of all kinds.
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

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static long long slab_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long long kib = -1;
	char line[128];

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "Slab: %lld", &kib);
	if (file)
		fclose(file);
	return kib;
}

static int make_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	if (kvm < 0)
		err(1, "/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0 || ioctl(vm, KVM_CREATE_VCPU, 0) < 0)
		err(1, "a VM");
	close(kvm);
	return vm;
}

static void add_one(int guest, unsigned int i)
{
	struct vdevfw_error error;
	char options[512];
	uint64_t id;
	int len;

	len = snprintf(options, sizeof(options),
		       "loc=mem:0x%x%cname=device-%u%clog=error,warn slog%csched=0%cintr=ioapic:%u%c"
		       "length=8%cnumber=%u%csize=64k%cbool=yes%ctext=unit-%u%c",
		       FIRST + i * BYTES, 0, i, 0, 0, 0, i % 24, 0, 0, i, 0, 0, 0, i, 0);
	if (vdevfw_vdev_add(guest, "test", options, len, &id, &error))
		errx(1, "vdev %u: %s", i, error.text);
}

int main(int argc, char **argv)
{
	int device = vdevfw_open(), vm = make_vm(), guest;
	struct vdevfw_error error;
	long long before, kib;
	int64_t start, added, configured;
	unsigned int i;
	uint64_t id;

	if (argc != 2)
		errx(2, "usage: assemble FILE");
	if (!freopen(argv[1], "w", stdout))
		err(1, "%s", argv[1]);
	if (device < 0)
		errx(1, "%s: %s", VDEVFW_DEVICE, strerror(-device));
	if (vdevfw_guest_create(device, "assemble", vm, &guest, &id, &error))
		errx(1, "%s", error.text);

	before = slab_kib();
	start = now();
	for (i = 0; i < VDEVS; i++)
		add_one(guest, i);
	added = now();
	if (vdevfw_guest_configure(guest, &error))
		errx(1, "%s", error.text);
	configured = now();
	kib = slab_kib() - before;

	printf("{\"vdevs\": %u, \"options\": %u, \"add\": %lld, \"configure\": %lld, \"bytes\": %lld}\n",
	       VDEVS, OPTIONS, (long long)(added - start), (long long)(configured - added),
	       kib * 1024 / VDEVS);
	if (fclose(stdout))
		err(1, "cannot write the result");
	return 0;
}
