// SPDX-License-Identifier: GPL-2.0-only
/* A launcher as small as it can be. */
#include <poll.h>

#include "machine.h"

void guest_set_ok(struct guest *guest, const char *settings, size_t len)
{
	struct vdevfw_error error = { 0 };

	if (!vdevfw_guest_set(guest->fd, settings, len, &error))
		return;
	FAIL("set: %s", error.text);
	_exit(TEST_FAIL);
}

unsigned long vdev_writes(struct guest *guest, uint64_t vdev)
{
	struct vdevfw_error error = { 0 };
	unsigned long count = 0;
	char text[4096];
	const char *at;
	uint32_t len;

	NEED(vdevfw_guest_status(guest->fd, vdev, text, sizeof(text), &len, &error) == 0);
	at = strstr(text, ", writes ");
	NEED(at && sscanf(at, ", writes %lu", &count) == 1);
	return count;
}

/* ---- a vCPU's thread ---- */

/* It only interrupts KVM_RUN. */
static void kicked(int signal)
{
	(void)signal;
}

static bool may_run(const struct machine *machine)
{
	struct vdevfw_guest_info info = guest_info(machine->guest->fd);

	return info.out_state == VDEVFW_STATE_RUNNING && !info.out_pending && !info.out_transition &&
	       !info.out_stop && !info.out_terminated;
}

static bool enter(struct machine_cpu *cpu)
{
	struct machine *machine = cpu->machine;

	pthread_mutex_lock(&machine->lock);
	cpu->inside = !machine->held && may_run(machine);
	if (cpu->inside)
		cpu->vcpu->run->immediate_exit = 0;
	pthread_mutex_unlock(&machine->lock);
	return cpu->inside;
}

static bool leave(struct machine_cpu *cpu)
{
	struct machine *machine = cpu->machine;
	bool ends;

	pthread_mutex_lock(&machine->lock);
	cpu->inside = false;
	ends = machine->ends;
	pthread_mutex_unlock(&machine->lock);
	return !ends;
}

/* What has left KVM_RUN because the gates were closed. */
static int make_access(struct machine_cpu *cpu)
{
	struct kvm_run *run = cpu->vcpu->run;
	bool is_mmio = run->exit_reason == KVM_EXIT_MMIO;
	uint32_t access = is_mmio ? 0 : VDEVFW_ACCESS_IO;
	uint32_t len = is_mmio ? run->mmio.len : run->io.size;
	uint64_t addr = is_mmio ? run->mmio.phys_addr : run->io.port, value = 0;
	void *data = is_mmio ? (void *)run->mmio.data : (uint8_t *)run + run->io.data_offset;
	int err;

	if (is_mmio ? run->mmio.is_write : run->io.direction == KVM_EXIT_IO_OUT)
		access |= VDEVFW_ACCESS_WRITE;
	memcpy(&value, data, len);
	err = guest_access(cpu->machine->guest, access, addr, len, &value);
	if (!err && !(access & VDEVFW_ACCESS_WRITE))
		memcpy(data, &value, len);
	return err;
}

/* False: the access must wait a little longer. */
static bool catch_up(struct machine_cpu *cpu)
{
	int err;

	if (!cpu->waits)
		return true;
	err = make_access(cpu);
	if (err && err != -EAGAIN)
		FAIL("vCPU %u: an access that waited: %s", cpu->vcpu->id, strerror(-err));
	cpu->waits = err == -EAGAIN;
	return !cpu->waits;
}

/* False: it has come to an end. */
static bool handle_exit(struct machine_cpu *cpu, int reason)
{
	if (reason == -EINTR)
		return true;
	if (reason == KVM_EXIT_IO && cpu->vcpu->run->io.port == PORT_DONE)
		return false;
	if ((reason == KVM_EXIT_IO && cpu->vcpu->run->io.port != PORT_WRONG) || reason == KVM_EXIT_MMIO) {
		cpu->waits = true;
		__atomic_add_fetch(&cpu->machine->late, 1, __ATOMIC_RELAXED);
		return true;
	}
	FAIL("vCPU %u: KVM_RUN gives %d at rip 0x%llx", cpu->vcpu->id, reason, vcpu_regs(cpu->vcpu).rip);
	return false;
}

static void *run_cpu(void *data)
{
	struct machine_cpu *cpu = data;
	bool goes_on = true;

	while (goes_on) {
		if (!enter(cpu))
			sleep_ms(1);
		else if (catch_up(cpu))
			goes_on = handle_exit(cpu, vcpu_run(cpu->vcpu));
		goes_on &= leave(cpu);
	}
	return NULL;
}

/* ---- all of them ---- */

void machine_begin(struct machine *machine, struct guest *guest)
{
	struct sigaction action = { .sa_handler = kicked };
	unsigned int i;

	*machine = (struct machine){ .guest = guest, .lock = PTHREAD_MUTEX_INITIALIZER };
	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < guest->vm.cpus; i++) {
		machine->cpus[i].machine = machine;
		machine->cpus[i].vcpu = &guest->vm.vcpu[i];
	}
	for (i = 0; i < guest->vm.cpus; i++)
		NEED(pthread_create(&machine->cpus[i].thread, NULL, run_cpu, &machine->cpus[i]) == 0);
}

static bool is_inside(struct machine_cpu *cpu)
{
	bool inside;

	pthread_mutex_lock(&cpu->machine->lock);
	inside = cpu->inside;
	if (inside) {
		cpu->vcpu->run->immediate_exit = 1;
		pthread_kill(cpu->thread, SIGUSR1);
	}
	pthread_mutex_unlock(&cpu->machine->lock);
	return inside;
}

void machine_hold(struct machine *machine)
{
	unsigned int i;

	pthread_mutex_lock(&machine->lock);
	machine->held = true;
	pthread_mutex_unlock(&machine->lock);
	for (i = 0; i < machine->guest->vm.cpus; i++)
		NEED(WAIT_FOR(!is_inside(&machine->cpus[i])));
}

void machine_release(struct machine *machine)
{
	pthread_mutex_lock(&machine->lock);
	machine->held = false;
	pthread_mutex_unlock(&machine->lock);
}

void machine_forget_access(struct machine_cpu *cpu)
{
	cpu->waits = false;
	/* KVM would go on with it otherwise. */
	cpu->vcpu->run->immediate_exit = 1;
	vcpu_run(cpu->vcpu);
}

struct vdevfw_event machine_wait(struct machine *machine, enum vdevfw_event_type type)
{
	struct pollfd file = { .fd = machine->guest->fd, .events = POLLIN };
	struct vdevfw_event event = { 0 };
	struct vdevfw_error error = { 0 };

	do {
		NEED(poll(&file, 1, 20000) == 1);
		NEED(vdevfw_event_read(machine->guest->fd, &event) == 1);
		if (event.type != VDEVFW_EVENT_STOP_REQUEST)
			continue;
		machine_hold(machine);
		CHECK_ERR(vdevfw_guest_ack(machine->guest->fd, event.number, &error), 0, "%.200s", error.text);
	} while (event.type != type);
	return event;
}

void machine_end(struct machine *machine)
{
	unsigned int i;

	pthread_mutex_lock(&machine->lock);
	machine->ends = true;
	pthread_mutex_unlock(&machine->lock);
	for (i = 0; i < machine->guest->vm.cpus; i++) {
		WAIT_FOR(!is_inside(&machine->cpus[i]));
		pthread_join(machine->cpus[i].thread, NULL);
	}
}
