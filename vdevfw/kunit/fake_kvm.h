/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake of the seam to KVM: VMs that are nothing but two buses, some memory, and ranges that
 * are taken.
 *
 * It holds its callers to the contract of kvm.h, does what KVM does to the
 * devices, and can be told to fail. VMs are the file descriptors 0 to
 * FAKE_KVM_VMS - 1.
 */
#ifndef _VDEVFW_FAKE_KVM_H
#define _VDEVFW_FAKE_KVM_H

#include "../kvm/kvm.h"

#define FAKE_KVM_VMS	4
#define FAKE_KVM_SLOTS	4	/* of memory, for each VM */
#define FAKE_KVM_LINES	24
#define FAKE_KVM_VCPUS	2

/**
 * struct fake_kvm - What the fake was asked, and what it is to answer
 * @attach_error: vdevfw_vm_attach() fails with it, unless 0
 * @publish_error: vdevfw_vm_publish() fails with it, unless 0
 * @publish_culprit: and names this one
 * @publishing: Called at the beginning of vdevfw_vm_publish(), unless NULL
 * @publishing_context: For @publishing
 * @abandons: vdevfw_vm_retract() has no memory: the devices stay on the bus
 * @retracted: Called at the end of vdevfw_vm_retract(), unless NULL
 * @retracted_context: For @retracted
 * @address_bits: What vdevfw_vm_address_bits() returns
 * @irq_lines: What vdevfw_vm_irq_lines() returns
 * @charge_error: vdevfw_vm_charge() fails with it, unless 0
 * @irq_error: vdevfw_vm_irq_open() fails with it, unless 0
 * @unrouted: vdevfw_vm_irq_set() finds no route for this line, unless 0
 * @msi_addr: Of the last MSI
 * @msi_data: Of the last MSI
 * @msis: How many there were
 * @memory_error: vdevfw_vm_memory_begin() fails with it, unless 0
 * @pin_limit: How many pages can be pinned in all
 * @pinned: How many are
 * @hidden: What vdevfw_vm_find_hidden() finds, or NULL
 * @leaving: What vdevfw_vcpu_is_leaving() returns
 * @attached: How many VMs are held now
 * @charged: Calls of vdevfw_vm_charge() that succeeded
 * @publishes: Calls of vdevfw_vm_publish() that succeeded
 * @retracts: Calls of vdevfw_vm_retract()
 * @drains: Calls of vdevfw_vm_drain()
 * @deferred: What vdevfw_vm_defer() has put off and has not come yet: it comes with a drain,
 *	a retraction, or when the VM is detached, and not while an access is inside
 * @leaves: Calls of vdevfw_vcpu_leave()
 * @vcpu_thread: Who is a vCPU within an access, or NULL
 * @nmis: Calls of vdevfw_vm_inject_nmi()
 * @breaches: How often a caller broke the contract
 */
struct fake_kvm {
	int attach_error;
	int publish_error;
	u64 publish_culprit;
	void (*publishing)(void *context);
	void *publishing_context;
	bool abandons;
	void (*retracted)(void *context);
	void *retracted_context;
	unsigned int address_bits;
	unsigned int irq_lines;
	int charge_error;
	int irq_error;
	unsigned int unrouted;
	u64 msi_addr;
	u32 msi_data;
	atomic_t msis;
	int memory_error;
	unsigned int pin_limit;
	unsigned int pinned;
	const char *hidden;
	bool leaving;
	unsigned int attached;
	unsigned int charged;
	unsigned int publishes;
	unsigned int retracts;
	unsigned int drains;
	atomic_t deferred;
	atomic_t leaves;
	struct task_struct *vcpu_thread;
	atomic_t nmis;
	unsigned int breaches;
};

extern struct fake_kvm fake_kvm;

/* Make empty VMs. */
int fake_kvm_init(void);

/* Destroy all VMs, with what is left on their buses. */
void fake_kvm_exit(void);

/* An access as KVM makes it. -EOPNOTSUPP: it goes to user space. */
int fake_kvm_read(int fd, enum vdevfw_bus bus, u64 addr, int len, void *value);
int fake_kvm_write(int fd, enum vdevfw_bus bus, u64 addr, int len, const void *value);

/* The same of a vCPU, by its index. */
int fake_kvm_vcpu_read(int fd, unsigned int vcpu, enum vdevfw_bus bus, u64 addr, int len,
		       void *value);
int fake_kvm_vcpu_write(int fd, unsigned int vcpu, enum vdevfw_bus bus, u64 addr, int len,
			const void *value);

/* How many devices are on a bus, and the @i-th of them. */
unsigned int fake_kvm_devices(int fd, enum vdevfw_bus bus);
const struct vdevfw_bus_device *fake_kvm_device(int fd, enum vdevfw_bus bus, unsigned int i);

/* The VM gets a memory slot, or a device that is no window. */
void fake_kvm_add_memory(int fd, u64 start, u64 length, bool readonly);
void fake_kvm_add_device(int fd, enum vdevfw_bus bus, u64 start, u64 length);

/* It loses all of these. */
void fake_kvm_clear_taken(int fd);
/* Gives a VM pages of memory, which are zero; *@memory is what the guest has at @gpa. */
void fake_kvm_add_pages(int fd, u64 gpa, unsigned int pages, bool readonly, u8 **memory);

/* The slot at @gpa gets other pages, or goes away; those that are pinned stay in existence. */
void fake_kvm_replace_memory(int fd, u64 gpa);
void fake_kvm_remove_memory(int fd, u64 gpa);

/* Whether the page at @gpa is dirty in the log; it is clean then. */
bool fake_kvm_take_dirty(int fd, u64 gpa);

/* Whether a line is up; and how often it has gone up. */
bool fake_kvm_line(int fd, unsigned int gsi);
unsigned int fake_kvm_raised(int fd, unsigned int gsi);

/* The guest has handled an interrupt of a line. */
void fake_kvm_ack(int fd, unsigned int gsi);

/* The VM's process ends. */
void fake_kvm_owner_dies(int fd);

/* KVM has no memory for a smaller bus and destroys it, as kvm_io_bus_unregister_dev() does. */
void fake_kvm_loses_bus(int fd, enum vdevfw_bus bus);

#endif
