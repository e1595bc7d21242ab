// SPDX-License-Identifier: GPL-2.0-only
/*
 * "Not one more instruction" of run-states.rst, with real vCPUs: who asks from within an access for
 * what stops the machine executes nothing before that. The test is the launcher, and keeps to what
 * a launcher has to do.
 */
#include "machine.h"

#define ASKER	0xfb000000	/* each write asks */
#define COUNTER	0xfb001000	/* another vdev */
#define PORT	0x300
#define STORED	0x9000		/* RAM that the instruction after the write changes */
#define VALUE	0x5a

#define SETTINGS	MACHINE_ACKNOWLEDGE "\0action=shutdown pause\0action=panic pause\0action=watchdog pause"

static uint32_t stored(struct guest *guest)
{
	return *(volatile uint32_t *)(guest->vm.ram + STORED);
}

/* A guest whose vdevs ask for @what, in memory and at a port. */
static void make(struct guest *guest, unsigned int cpus, const char *what)
{
	char options[64];

	guest_make(guest, cpus);
	GUEST_SET_OK(guest, SETTINGS);
	snprintf(options, sizeof(options), "loc=mem:0xfb000000 count ask=%s", what);
	guest_add_ok(guest, "test", options);
	snprintf(options, sizeof(options), "loc=io:0x300 count ask=%s", what);
	guest_add_ok(guest, "test", options);
	guest_add_ok(guest, "test", "loc=mem:0xfb001000 count");
	guest_configure_ok(guest);
	guest_start_ok(guest);
}

static void load_writer(struct vcpu *vcpu, bool port)
{
	struct kvm_regs regs = { .rax = VALUE, .rbx = ASKER, .rdx = PORT, .rdi = STORED };

	if (port)
		vcpu_load(vcpu, out1_store, regs);
	else
		vcpu_load(vcpu, write4_store, regs);
}

/* ---- one vCPU, one instruction ---- */

static const struct {
	const char *what;
	enum vdevfw_state state;
} asks[] = {
	{ "stop", VDEVFW_STATE_IO_ERROR },
	{ "shutdown", VDEVFW_STATE_SHUTDOWN },
	{ "suspend", VDEVFW_STATE_SUSPENDED },
	{ "panic", VDEVFW_STATE_GUEST_PANICKED },
	{ "watchdog", VDEVFW_STATE_WATCHDOG },
};

/* Nobody is in KVM_RUN: whatever is asked for is answered at once. */
static void answer(struct guest *guest)
{
	struct vdevfw_guest_info info = guest_info(guest->fd);
	struct vdevfw_error error;

	if (info.out_stop)
		vdevfw_guest_ack(guest->fd, info.out_stop, &error);
}

static bool is_settled_in(struct guest *guest, enum vdevfw_state state)
{
	struct vdevfw_guest_info info;

	answer(guest);
	info = guest_info(guest->fd);
	return info.out_state == state && !info.out_pending && !info.out_transition;
}

static void go_on(struct guest *guest, enum vdevfw_state state)
{
	struct vdevfw_error error = { 0 };
	int err;

	if (state == VDEVFW_STATE_SUSPENDED)
		err = vdevfw_guest_ask(guest->fd, VDEVFW_ASK_WAKEUP, 0, VDEVFW_ASK_WAIT, &error);
	else if (state == VDEVFW_STATE_SHUTDOWN)
		err = vdevfw_guest_stop_in(guest->fd, VDEVFW_STATE_PAUSED, VDEVFW_STOP_FORCE,
					   &(struct vdevfw_guest_stop){ 0 }, &error) ?:
		      vdevfw_guest_start(guest->fd, &error);
	else
		err = vdevfw_guest_start(guest->fd, &error);
	CHECK_ERR(err, 0, "%.200s", error.text);
}

static void ask_once(const char *what, enum vdevfw_state state, bool port)
{
	struct guest guest;
	struct vcpu *vcpu = guest.vm.vcpu;

	make(&guest, 1, what);
	load_writer(vcpu, port);
	CHECK_ERR(vcpu_run(vcpu), -EINTR, "%s, %s", what, port ? "port" : "memory");
	CHECK_EQ(stored(&guest), 0);
	CHECK_EQ(vdev_writes(&guest, port ? 2 : 1), 1);
	CHECK(WAIT_FOR(is_settled_in(&guest, state)));
	CHECK_EQ(stored(&guest), 0);
	go_on(&guest, state);
	CHECK_EQ(vcpu_run(vcpu), KVM_EXIT_IO);
	CHECK(vcpu_done(vcpu));
	CHECK_EQ(stored(&guest), VALUE);
	CHECK_EQ(vdev_writes(&guest, port ? 2 : 1), 1);
	guest_end(&guest);
}

TEST(ask, "a vCPU that asks within its access leaves KVM_RUN before its next instruction, which comes later")
{
	unsigned int i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		ask_once(asks[i].what, asks[i].state, false);
		ask_once(asks[i].what, asks[i].state, true);
	}
}

static void reset_once(bool port)
{
	struct guest guest;
	uint64_t value;

	make(&guest, 1, "reset");
	load_writer(guest.vm.vcpu, port);
	CHECK_ERR(vcpu_run(guest.vm.vcpu), -EINTR, "%s", port ? "port" : "memory");
	CHECK_EQ(vdev_writes(&guest, port ? 2 : 1), 1);
	CHECK(WAIT_FOR(is_settled_in(&guest, VDEVFW_STATE_RUNNING)));
	CHECK_EQ(guest_info(guest.fd).out_generation, 1);
	/* It is reset: it executes something else. */
	CHECK(vcpu_read(guest.vm.vcpu, COUNTER, 4, &value));
	CHECK_EQ(stored(&guest), 0);
	guest_end(&guest);
}

TEST(ask_reset, "... or, after a reset, never")
{
	reset_once(false);
	reset_once(true);
}

TEST(ask_end, "the same where the end comes of it: action panic exit, shutdown poweroff, watchdog poweroff")
{
	static const char *const ends[] = { "panic", "shutdown", "watchdog" };
	struct guest guest;
	unsigned int i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		make(&guest, 1, ends[i]);
		GUEST_SET_OK(&guest, "action=panic exit\0action=shutdown poweroff\0action=watchdog poweroff");
		load_writer(guest.vm.vcpu, false);
		CHECK_ERR(vcpu_run(guest.vm.vcpu), -EINTR, "%s", ends[i]);
		CHECK(WAIT_FOR(guest_info(guest.fd).out_terminated));
		CHECK_EQ(stored(&guest), 0);
		guest_end(&guest);
	}
}

TEST(ask_in_vain, "who asks for what stops nothing leaves, but goes on: action watchdog none")
{
	struct guest guest;

	make(&guest, 1, "watchdog");
	GUEST_SET_OK(&guest, "action=watchdog none");
	load_writer(guest.vm.vcpu, false);
	CHECK_EQ(vcpu_run(guest.vm.vcpu), KVM_EXIT_IO);
	CHECK(vcpu_done(guest.vm.vcpu));
	CHECK_EQ(stored(&guest), VALUE);
	guest_end(&guest);
}

/* ---- a machine with two vCPUs ---- */

static unsigned int rounds(void)
{
	return is_debug_kernel() ? 40 : 300;
}

/* One vCPU asks and counts how often it got further; the other one accesses another vdev. */
static void load_both(struct guest *guest)
{
	vcpu_load(&guest->vm.vcpu[0], write4_count, ((struct kvm_regs){ .rbx = ASKER, .rdi = STORED }));
	vcpu_load(&guest->vm.vcpu[1], write_and_read, ((struct kvm_regs){ .rbx = COUNTER }));
}

/* The other vCPU reads back all that it writes, and nothing of it comes twice. */
static void check_other(struct machine *machine)
{
	struct vcpu *vcpu = machine->cpus[1].vcpu;
	unsigned long counted = vcpu_regs(vcpu).rcx, arrived = vdev_writes(machine->guest, 3);

	note("the other vCPU: %lu accesses, of which %u had to wait", counted, machine->late);
	CHECK(counted > 0);
	CHECK(arrived == counted || arrived + 1 == counted);
}

TEST(stop_and_go, "two vCPUs, one asks for a stop again and again: each time it stands at once; no access is lost")
{
	struct machine machine;
	struct guest guest;
	unsigned int i;

	make(&guest, 2, "stop");
	load_both(&guest);
	machine_begin(&machine, &guest);
	for (i = 0; i < rounds() && !test_failed; i++) {
		struct vdevfw_event event = machine_wait(&machine, VDEVFW_EVENT_STOPPED);

		CHECK_EQ(event.value, VDEVFW_STATE_IO_ERROR);
		CHECK_EQ(event.flags, 0);
		CHECK_EQ(stored(&guest), i);
		CHECK_EQ(vdev_writes(&guest, 1), i + 1);
		guest_start_ok(&guest);
		machine_release(&machine);
	}
	machine_wait(&machine, VDEVFW_EVENT_STOPPED);
	machine_end(&machine);
	check_other(&machine);
	guest_end(&guest);
}

TEST(sleep_and_wake, "... for sleep")
{
	struct vdevfw_error error = { 0 };
	struct machine machine;
	struct guest guest;
	unsigned int i;

	make(&guest, 2, "suspend");
	load_both(&guest);
	machine_begin(&machine, &guest);
	for (i = 0; i < rounds() && !test_failed; i++) {
		machine_wait(&machine, VDEVFW_EVENT_SUSPENDED);
		CHECK_EQ(stored(&guest), i);
		CHECK_EQ(vdev_writes(&guest, 1), i + 1);
		CHECK_ERR(vdevfw_guest_ask(guest.fd, VDEVFW_ASK_WAKEUP, i, 0, &error), 0, "%.200s", error.text);
		CHECK_EQ(machine_wait(&machine, VDEVFW_EVENT_WAKEUP).value, i);
		machine_release(&machine);
	}
	machine_wait(&machine, VDEVFW_EVENT_SUSPENDED);
	machine_end(&machine);
	check_other(&machine);
	guest_end(&guest);
}

TEST(reset_and_go, "... for a reset: what came after the write is never executed")
{
	struct machine machine;
	struct guest guest;
	unsigned int i;

	make(&guest, 2, "reset");
	load_both(&guest);
	machine_begin(&machine, &guest);
	for (i = 0; i < rounds() / 4 && !test_failed; i++) {
		struct vdevfw_event event = machine_wait(&machine, VDEVFW_EVENT_RESET);

		CHECK_EQ(event.value, VDEVFW_CAUSE_GUEST_RESET);
		CHECK_EQ(event.detail, VDEVFW_STATE_RUNNING);
		CHECK_EQ(event.number, i + 1);
		CHECK_EQ(stored(&guest), 0);
		CHECK_EQ(vdev_writes(&guest, 1), i + 1);
		machine_forget_access(&machine.cpus[0]);
		machine_forget_access(&machine.cpus[1]);
		load_both(&guest);
		machine_release(&machine);
	}
	machine_end(&machine);
	note("%u accesses had to wait", machine.late);
	CHECK_EQ(stored(&guest), 0);
	guest_end(&guest);
}

TEST_MAIN
