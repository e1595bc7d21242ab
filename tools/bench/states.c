// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures stops: from the request to VDEVFW_EVENT_STOPPED, while two vCPUs do nothing but write to a
 * vdev; whether any of many rounds loses an access, or carries it out twice; and a stop with 1,000
 * vdevs.
 *
 *	states FILE
 *
 * writes a JSON object to FILE. It needs kvm, vdevfw, vdev-null and vdev-bench-states. On a machine of one
 * CPU that QEMU emulates with -icount shift=0, ns are instructions.
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <libvdevfw.h>

#include "../selftests/harness.h"
#include "../selftests/vm.h"

#define CPUS	2U
#define ROUNDS	1000U	/* that are measured */
#define MANY	10000U	/* in all */
#define VDEVS	1000U
#define VDEV	0xfa000000
#define STRIDE	0x1000

/* What the harness of the tests, whose VM this is, wants. */
struct test *test_list;
bool test_failed;

/* EBX is the address of the vCPU's vdev. */
__asm__(".pushsection .rodata\n"
	".code32\n"
	"code_sequence:\n"
	"1:	inc	%eax\n"
	"	mov	%eax, (%ebx)\n"
	"	jmp	1b\n"
	"code_sequence_end:\n"
	".code64\n"
	".popsection\n");
SNIPPET(sequence);

/* Protects all that follows, and wakes up whoever waits for it to change. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int parked;
static bool park, stop;

static int device, guest;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* ---- vCPUs ---- */

/* Returns false if there is nothing to do any more. */
static bool stay_out_while_parked(struct vcpu *vcpu)
{
	bool goes_on;

	pthread_mutex_lock(&lock);
	if (park && !stop) {
		parked++;
		pthread_cond_broadcast(&changed);
		while (park && !stop)
			pthread_cond_wait(&changed, &lock);
		parked--;
	}
	vcpu->run->immediate_exit = park;
	goes_on = !stop;
	pthread_mutex_unlock(&lock);
	return goes_on;
}

/* What has met a closed gate is carried out when the guest runs. */
static void replay(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	uint64_t value = 0;
	struct vdevfw_error error;
	int ret;

	memcpy(&value, run->mmio.data, run->mmio.len);
	do {
		if (!stay_out_while_parked(vcpu))
			return;
		ret = vdevfw_guest_write(guest, 0, run->mmio.phys_addr, run->mmio.len, value,
					 &error);
	} while (ret == -EAGAIN);
	if (ret)
		errx(1, "an access: %s", error.text);
}

static void *run_cpu(void *arg)
{
	struct vcpu *vcpu = arg;
	int reason;

	while (stay_out_while_parked(vcpu)) {
		reason = vcpu_run(vcpu);
		if (reason == KVM_EXIT_MMIO)
			replay(vcpu);
		else if (reason != -EINTR)
			errx(1, "vCPU %u left KVM with %d", vcpu->id, reason);
	}
	return NULL;
}

static void kick(int signal)
{
	(void)signal;
}

static void park_all(struct vm *vm, pthread_t *threads)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	park = true;
	for (i = 0; i < CPUS; i++) {
		vm->vcpu[i].run->immediate_exit = 1;
		pthread_kill(threads[i], SIGUSR1);
	}
	while (parked < CPUS)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void let_go(bool for_good)
{
	pthread_mutex_lock(&lock);
	park = false;
	stop = for_good;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* ---- the guest ---- */

static void check(int ret, const struct vdevfw_error *error)
{
	if (ret)
		errx(1, "%s", error->text);
}

static void make_guest(struct vm *vm, const char *vdev, unsigned int vdevs, unsigned int stride,
		       bool acknowledges)
{
	static const char acknowledge[] = "acknowledge=60000";
	struct vdevfw_error error;
	char options[64];
	uint64_t id;
	unsigned int i;
	int size;

	check(vdevfw_guest_create(device, "states", vm->fd, &guest, &id, &error), &error);
	if (acknowledges)
		check(vdevfw_guest_set(guest, acknowledge, sizeof(acknowledge), &error), &error);
	for (i = 0; i < vdevs; i++) {
		size = snprintf(options, sizeof(options), "loc=mem:0x%x", VDEV + i * stride) + 1;
		check(vdevfw_vdev_add(guest, vdev, options, size, &id, &error), &error);
	}
	check(vdevfw_guest_configure(guest, &error), &error);
	check(vdevfw_guest_start(guest, &error), &error);
}

/* The next event of a type. */
static struct vdevfw_event wait_event(uint32_t type)
{
	struct vdevfw_event event;
	int got;

	do {
		got = vdevfw_event_read(guest, &event);
		if (got <= 0)
			errx(1, "no event %u: %d", type, got);
	} while (event.type != type);
	return event;
}

static void ask_stop(void)
{
	struct vdevfw_error error;

	check(vdevfw_guest_ask(guest, VDEVFW_ASK_STOP, VDEVFW_STATE_PAUSED, 0, &error), &error);
}

static uint64_t stop_and_start(struct vm *vm, pthread_t *threads)
{
	struct vdevfw_event event;
	struct vdevfw_error error;
	uint64_t begin = now(), took;

	ask_stop();
	event = wait_event(VDEVFW_EVENT_STOP_REQUEST);
	park_all(vm, threads);
	check(vdevfw_guest_ack(guest, event.number, &error), &error);
	event = wait_event(VDEVFW_EVENT_STOPPED);
	took = now() - begin;
	if (event.flags || event.result)
		errx(1, "a stop with flags 0x%x, result %d", event.flags, event.result);
	check(vdevfw_guest_start(guest, &error), &error);
	let_go(false);
	return took;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Adds up what the vdevs report, and checks that each has been written what its vCPU says. */
static unsigned int count_wrong(struct vm *vm)
{
	unsigned int wrong, last, all = 0, i;
	struct vdevfw_error error;
	char status[4096], *report = status;
	uint32_t used;

	check(vdevfw_guest_status(guest, 0, status, sizeof(status), &used, &error), &error);
	for (i = 0; i < CPUS; i++) {
		report = strstr(report, "last ");
		if (!report || sscanf(report++, "last %u wrong %u", &last, &wrong) != 2)
			errx(1, "the vdevs report something else: %s", status);
		/* The last one may have been stopped before it was carried out. */
		all += wrong + (vcpu_regs(&vm->vcpu[i]).rax - last > 1);
	}
	return all;
}

static void measure_rounds(void)
{
	static uint64_t took[ROUNDS];
	pthread_t threads[CPUS];
	struct vm vm;
	unsigned int i;

	vm_create(&vm, CPUS);
	make_guest(&vm, "bench-states", CPUS, STRIDE, true);
	for (i = 0; i < CPUS; i++) {
		vcpu_load(&vm.vcpu[i], sequence, (struct kvm_regs){ .rbx = VDEV + i * STRIDE });
		if (pthread_create(&threads[i], NULL, run_cpu, &vm.vcpu[i]))
			errx(1, "cannot start a thread");
	}
	for (i = 0; i < ROUNDS; i++)
		took[i] = stop_and_start(&vm, threads);
	for (; i < MANY; i++)
		stop_and_start(&vm, threads);
	park_all(&vm, threads);
	let_go(true);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	qsort(took, ROUNDS, sizeof(took[0]), by_value);
	printf("\"rounds\": %u, \"median\": %llu, \"most\": %llu, \"many\": %u, \"wrong\": %u, ", ROUNDS,
	       (unsigned long long)took[ROUNDS / 2], (unsigned long long)took[ROUNDS - 1], MANY,
	       count_wrong(&vm));
	close(guest);
	vm_destroy(&vm);
}

static void measure_many_vdevs(void)
{
	uint64_t begin;
	struct vm vm;

	vm_create(&vm, 1);
	/* They touch: one window. */
	make_guest(&vm, "trace", VDEVS, 4, false);
	begin = now();
	ask_stop();
	wait_event(VDEVFW_EVENT_STOPPED);
	printf("\"vdevs\": %u, \"stop\": %llu", VDEVS, (unsigned long long)(now() - begin));
	close(guest);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = kick };

	if (argc != 2)
		errx(2, "usage: states FILE");
	if (!freopen(argv[1], "w", stdout))
		err(1, "%s", argv[1]);
	sigaction(SIGUSR1, &action, NULL);
	device = vdevfw_open();
	if (device < 0)
		err(1, VDEVFW_DEVICE);
	printf("{");
	measure_rounds();
	measure_many_vdevs();
	printf("}\n");
	return fclose(stdout) ? 1 : 0;
}
