// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells how late a vdev is told that its timer has gone off, and how much a series of its periods
 * has drifted.
 *
 *	timer FILE
 *
 * writes a JSON object to FILE. It needs kvm, vdevfw and vdev-bench-timer. On a machine of one CPU
 * that QEMU emulates with -icount shift=0, ns are instructions.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <libvdevfw.h>

#define STATUS_SIZE	4096
#define TRIES		1000

static int make_guest(void)
{
	static const char options[] = "loc=0xfa000000";
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	int device = vdevfw_open(), guest;
	struct vdevfw_error error;
	uint64_t id;

	if (vm < 0 || device < 0)
		err(1, "a VM, or " VDEVFW_DEVICE);
	if (vdevfw_guest_create(device, "timer", vm, &guest, &id, &error) ||
	    vdevfw_vdev_add(guest, "bench-timer", options, sizeof(options), &id, &error) ||
	    vdevfw_guest_configure(guest, &error) || vdevfw_guest_start(guest, &error))
		errx(1, "%s", error.text);
	return guest;
}

/* What the vdev reports once all periods are over. */
static const char *wait_report(int guest, char *status)
{
	const struct timespec nap = { .tv_nsec = 100000000 };
	struct vdevfw_error error;
	const char *report = NULL;
	uint32_t used;
	int i;

	for (i = 0; !report && i < TRIES; i++) {
		nanosleep(&nap, NULL);
		if (vdevfw_guest_status(guest, 0, status, STATUS_SIZE, &used, &error))
			errx(1, "%s", error.text);
		report = strstr(status, "periods ");
	}
	if (!report)
		errx(1, "the timer does not come to an end");
	return report;
}

int main(int argc, char **argv)
{
	unsigned int periods, least, median, most99, most;
	char status[STATUS_SIZE];
	long long drift;

	if (argc != 2)
		errx(2, "usage: timer FILE");
	if (!freopen(argv[1], "w", stdout))
		err(1, "%s", argv[1]);
	if (sscanf(wait_report(make_guest(), status),
		   "periods %u drift %lld least %u median %u most-of-99 %u most %u", &periods, &drift,
		   &least, &median, &most99, &most) != 6)
		errx(1, "the vdev reports something else: %s", status);
	printf("{\"periods\": %u, \"drift\": %lld, \"least\": %u, \"median\": %u, \"most-of-99\": %u, "
	       "\"most\": %u}\n", periods, drift, least, median, most99, most);
	return fclose(stdout) ? 1 : 0;
}
