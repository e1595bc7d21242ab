/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vdev is made of: its factory, its instances, and how the framework
 * drives them. Start here to write one; Documentation/writing-a-vdev.rst walks
 * through an example.
 *
 * The names follow the published QNX hypervisor vdev API, 7.x. The differences:
 * errors are negative errnos, and there is no process to end, so a vdev that
 * cannot go on returns an error.
 */
#ifndef _VDEVFW_VDEV_CORE_H
#define _VDEVFW_VDEV_CORE_H

#include <linux/module.h>
#include <linux/spinlock.h>

#include <vdevfw/abi.h>
#include <vdevfw/types.h>

struct guest_timer_data;
struct vdev_pic_functions;
struct vdev_register_table;
struct vdev_thread;

/**
 * DOC: Phases
 *
 * A vdev goes through four phases. What each function of this folder allows stands
 * in its description as "Phase:", and is checked: a call in another phase returns
 * -EPERM, or does nothing where nothing can be returned. The first such call of each
 * function is reported, as a message with QL_INTERNAL, and all are counted in the
 * vdev's status. Functions that are not given a vdev, those of an access, of a thread
 * and of a guest, are reported to the kernel log.
 *
 *  - startup, options: OPTIONS_START and the options
 *  - startup, assembly: from OPTIONS_END on
 *  - running: from GUEST_CONFIGURED on
 *  - ending: TERMINATE
 *
 * In the startup phases a vdev is called by one thread only, and needs no lock.
 */

/**
 * enum vdev_ctrl - Why the framework calls &vdev_factory.control
 * @VDEV_CTRL_OPTIONS_START: A new instance. Preset v_block, v_intr and the state that
 *	options may override. The last chance to have nothing to undo: after a
 *	failure of this one, and only then, TERMINATE does not come.
 * @VDEV_CTRL_OPTIONS_END: All options of this instance have come; the machine
 *	is not complete. Check for the options that are required.
 * @VDEV_CTRL_GUEST_CONFIGURED: The whole machine is complete: the running stage
 *	begins. From here on the vdev's own threads run, and after GUEST_STARTING
 *	accesses come, from several vCPUs at once.
 * @VDEV_CTRL_BOOTUP: Another name of this one
 * @VDEV_CTRL_TERMINATE: The end. Comes exactly once, whatever went before. No
 *	access is inside the vdev any more, and none will come. End threads, let
 *	go of everything.
 * @VDEV_CTRL_STATUS: Somebody asks how the vdev is: tell with qvm_report(). From
 *	the end of VDEVFW_VDEV_ADD on, at any time; also on the thread of a process that
 *	reads from debugfs.
 * @VDEV_CTRL_GEN_ACPI: Add to the guest's ACPI tables. After ASSIGN and GEN_FDT.
 * @VDEV_CTRL_GEN_FDT: Add a node to the guest's device tree. After ASSIGN; the
 *	argument is an integer: the offset of the node under which it belongs. There is
 *	no tree yet: it is 0.
 * @VDEV_CTRL_BUTTON: The power button is pressed. A vdev that has called
 *	guest_button_register() asks the guest to shut down. After GUEST_STARTING.
 * @VDEV_CTRL_ASSIGN: All options of all vdevs have come. Choose what the user
 *	left open: v_block.location, for a vdev that has no VFF_VDEV_* flag, and v_intr.
 * @VDEV_CTRL_PCI_BARS: Does not come: a vdev on PCI is refused, as there is no PCI yet
 * @VDEV_CTRL_GUEST_STARTING: The guest's first vCPU may run from now on
 * @VDEV_CTRL_RESET_ENTER: The machine is being reset: no access is inside, the guest's clock
 *	stands. Begin nothing any more; do not signal other vdevs yet. Its answer is ignored, as of
 *	all three.
 * @VDEV_CTRL_RESET_HOLD: All vdevs have entered. Be as after GUEST_CONFIGURED. Timers are
 *	cancelled, interrupt lines lowered, and &vdev_factory.registers as their table has them
 *	already.
 * @VDEV_CTRL_RESET_EXIT: All vdevs are as new. Start what starts by itself.
 * @VDEV_CTRL_DRAIN: The guest has stopped: end what is under way, such as a write to a disk. 0:
 *	there is nothing. -EINPROGRESS: vdev_drained() tells when it is over; the stop waits for
 *	that, but not for ever. Do not wait in here.
 * @VDEV_CTRL_SAVE: The guest is being saved, and has stopped: put what only the vdev knows with
 *	vdev_save_put(), see <vdevfw/save.h>. &vdev_factory.registers, timers, and which interrupts
 *	are raised the framework saves, after this code. 0: that is all. -EOPNOTSUPP: the vdev
 *	cannot be saved, and hence the guest cannot either: for a vdev with state that it does not
 *	put.
 * @VDEV_CTRL_RESTORE: Be as at SAVE: get with vdev_save_get() all that was put. Registers, timers
 *	and interrupts are already as they were; so is the guest's clock, and stands. The guest may
 *	have run before, and was reset then, or it is new: GUEST_STARTING comes later. It is the
 *	user's file: check what it says. After a refusal, all vdevs are reset.
 * @VDEV_CTRL_FIRST_OPTIDX: Plus i: option i of &vdev_factory.option_list, with
 *	its argument, or NULL if it takes none. Once per occurrence, in the order
 *	of the configuration.
 *
 * All come in process context, on the thread of the command, and GUEST_STARTING, RESET_..., DRAIN,
 * SAVE, RESTORE and TERMINATE (unless ADD itself has failed) on the guest's own worker, with the
 * guest's mutex held: they may sleep, and must not wait for an access, a thread of another vdev or
 * user space.
 * Vdevs are called in the order of the configuration, for TERMINATE in reverse order, as for
 * RESET_HOLD and RESET_EXIT. OPTIONS_START to OPTIONS_END come for one vdev after the other, each
 * other code for all vdevs before the next one.
 *
 * What a vdev does not know it answers with 0. Any other answer is an errno, and a
 * refusal: the user gets a message with vdev, code and error. Up to GUEST_STARTING it
 * ends the assembly: of the vdev being added, or, from ASSIGN on, of the whole machine;
 * every vdev that OPTIONS_START has come to and not refused gets TERMINATE. From STATUS,
 * BUTTON, SAVE and RESTORE it fails the command only, and from TERMINATE it is ignored. It is
 * negative, as everywhere in the kernel; a positive one, as in the published API, is
 * taken as well.
 */
enum vdev_ctrl {
	VDEV_CTRL_OPTIONS_START = 0,
	VDEV_CTRL_OPTIONS_END = 1,
	VDEV_CTRL_GUEST_CONFIGURED = 2,
	VDEV_CTRL_BOOTUP = VDEV_CTRL_GUEST_CONFIGURED,
	VDEV_CTRL_TERMINATE = 3,
	VDEV_CTRL_STATUS = 4,
	VDEV_CTRL_GEN_ACPI = 5,
	VDEV_CTRL_GEN_FDT = 6,
	VDEV_CTRL_BUTTON = 7,
	VDEV_CTRL_ASSIGN = 8,
	VDEV_CTRL_PCI_BARS = 9,
	VDEV_CTRL_GUEST_STARTING = 10,
	VDEV_CTRL_RESET_ENTER = 11,
	VDEV_CTRL_RESET_HOLD = 12,
	VDEV_CTRL_RESET_EXIT = 13,
	VDEV_CTRL_DRAIN = 14,
	VDEV_CTRL_SAVE = 15,
	VDEV_CTRL_RESTORE = 16,
	VDEV_CTRL_FIRST_OPTIDX = 0x100,
};

/**
 * enum vdev_factory_flags - What a factory's instances are
 * @VFF_NONE: nothing special
 * @VFF_RESERVED: refused
 * @VFF_INTR_NO: the ``intr`` option is refused
 * @VFF_INTR_REQ: it is required, unless the vdev presets v_intr
 * @VFF_INTR_NONPCI: as VFF_INTR_REQ, unless the instance is a PCI device; none is yet
 * @VFF_LOC_NO: the ``loc`` option is refused
 * @VFF_VDEV_MEM: may be at a guest-physical address, ``loc mem:…``
 * @VFF_VDEV_X86_IO: may be at an I/O port, ``loc io:…``
 * @VFF_VDEV_PCI: may be a PCI device
 * @VFF_VDEV_LOC_TYPES: mask of these three
 * @VFF_MUTEX: the vdev uses v_mtx
 * @VFF_MUTEX_RECURSIVE: refused: a spinlock cannot be recursive
 * @VFF_RC: refused
 * @VFF_MANUAL_REGION: the vdev makes its regions itself, with gasp_region_set(); otherwise
 *	the framework makes one from v_block, after ASSIGN
 *
 * At most one of the three INTR flags may be set.
 */
enum vdev_factory_flags {
	VFF_NONE = 0x0000,
	VFF_RESERVED = 0x0001,
	VFF_INTR_NO = 0x0002,
	VFF_INTR_REQ = 0x0004,
	VFF_INTR_NONPCI = 0x0008,
	VFF_LOC_NO = 0x0010,
	VFF_VDEV_MEM = 0x0020,
	VFF_VDEV_X86_IO = 0x0040,
	VFF_VDEV_PCI = 0x0080,
	VFF_VDEV_LOC_TYPES = 0x00e0,
	VFF_MUTEX = 0x0100,
	VFF_MUTEX_RECURSIVE = 0x0200,
	VFF_RC = 0x0400,
	VFF_MANUAL_REGION = 0x0800,
};

/**
 * enum vdev_ref_status - How an access ended
 * @VRS_NORMAL: done
 * @VRS_NO_ADVANCE: done. KVM has no way to run the same instruction again; as
 *	VRS_NORMAL.
 * @VRS_ABORT: abandon the access: a read gives all ones, a write is dropped
 * @VRS_BUS_ERROR: the guest should get a bus error. x86 has none for MMIO and
 *	ports; as VRS_ABORT.
 * @VRS_CONTINUE: not for accesses; as VRS_ABORT
 * @VRS_TERMINATE: end the machine, with VDEVFW_EXIT_VDEV unless guest_terminate() has
 *	said otherwise. The vCPU leaves KVM_RUN before its next instruction.
 * @VRS_UNSUPPORTED: the vdev serves nothing there: as an access of a size that is not in
 *	&vdev_factory.acc_sizes. Not in the published API.
 * @VRS_ERRNO: plus a positive errno: the vdev failed; as VRS_TERMINATE
 */
enum vdev_ref_status {
	VRS_NORMAL = 0,
	VRS_NO_ADVANCE,
	VRS_ABORT,
	VRS_BUS_ERROR,
	VRS_CONTINUE,
	VRS_TERMINATE,
	VRS_UNSUPPORTED = 0x80,
	VRS_ERRNO = 0x100,
};

#if defined(VARIANT_safety) || defined(WANT_SAFETY)
#define __VDEV_SAFETY_SELECTED	VDEV_SAFETY_YES
#else
#define __VDEV_SAFETY_SELECTED	VDEV_SAFETY_NO
#endif

/**
 * enum vdev_safety - Whether a vdev is fit for a safety-related machine
 * @VDEV_SAFETY_NO: it is not
 * @VDEV_SAFETY_YES: it is
 * @VDEV_SAFETY_SELECTED: it is if it was compiled with VARIANT_safety or
 *	WANT_SAFETY defined
 */
enum vdev_safety {
	VDEV_SAFETY_NO = 0x55555555,
	VDEV_SAFETY_YES = 0xaaaaaaaa,
	VDEV_SAFETY_SELECTED = __VDEV_SAFETY_SELECTED,
};

/**
 * enum qvm_sched_priority - Priorities that the kernel gives to threads of a module
 * @QVM_SCHED_NORMAL: as any other thread
 * @QVM_SCHED_FIFO_LOW: SCHED_FIFO, above all normal threads
 * @QVM_SCHED_FIFO: SCHED_FIFO, among the threads of interrupts
 */
enum qvm_sched_priority {
	QVM_SCHED_NORMAL = 0,
	QVM_SCHED_FIFO_LOW = 1,
	QVM_SCHED_FIFO = 50,
};

/**
 * struct qvm_sched_info - How a vdev's threads are scheduled
 * @priority: &enum qvm_sched_priority, of the ``sched`` option
 */
struct qvm_sched_info {
	int priority;
};

/** QVM_OPTION_NO_ARG_PREFIX - begins the name of an option without argument */
#define QVM_OPTION_NO_ARG_PREFIX	"0"

/**
 * struct vdev_factory - What the vdevs of one name have in common
 * @next: set by the framework
 * @control: Lifecycle and options; see &enum vdev_ctrl. Required.
 * @vread: The guest reads: give it the value with guest_cpu_write() to @oopnd.
 *	NULL: reads are unsupported, and give all ones.
 * @vwrite: The guest writes: take the value with guest_cpu_read() from @oopnd.
 *	NULL: writes are unsupported, and dropped.
 * @pulse: A pulse has come, see <vdevfw/pulse.h>: its answer is an errno, which is reported
 * @timer: A timer has gone off, see <vdevfw/timer.h>: @data is what guest_timer_create() was given,
 *	@tdp the period that is over, gcp NULL
 * @pic: The vdev is an interrupt controller, see <vdevfw/intr.h>
 * @registers: Its registers, see <vdevfw/registers.h>, which need VFF_MUTEX: then vread and vwrite
 *	are NULL, and acc_sizes may be 0, for the widths that its registers have
 * @option_list: Names of its own options, with a NULL at the end; entry i comes
 *	as VDEV_CTRL_FIRST_OPTIDX + i. NULL for none.
 * @name: 1 to 31 of ``a-z0-9-``. Normally NULL: that of the module without
 *	``vdev-``.
 * @factory_flags: Set of &enum vdev_factory_flags
 * @acc_sizes: Set of the access sizes it serves: bit n for n bytes; 1, 2, 4, 8.
 *	Others are treated as if the handler were NULL.
 * @extra_space: Bytes of state of each instance, zeroed, at v_device
 * @safety: &enum vdev_safety
 * @owner: set by the framework
 * @own_name: set by the framework: where @name points if it was NULL
 *
 * @vread and @vwrite get in @vopnd where the guest accesses (QST_MEMORY or
 * QST_X86_IO, the address itself, not an offset; the access' length), and in
 * @oopnd where the value comes from or goes to. They are called on the thread of
 * the vCPU that waits for them, in process context, in an SRCU read section of
 * KVM's: they may take spinlocks, and must not wait for anything that waits for
 * accesses: a stop, a removal, user space. They run on several vCPUs at once.
 */
struct vdev_factory {
	struct vdev_factory *next;
	int (*control)(vdev_t *vdp, unsigned int ctrl, const char *arg);
	enum vdev_ref_status (*vread)(vdev_t *vdp, unsigned int cookie,
				      const struct qvm_state_block *vopnd,
				      const struct qvm_state_block *oopnd,
				      struct guest_cpu *gcp);
	enum vdev_ref_status (*vwrite)(vdev_t *vdp, unsigned int cookie,
				       const struct qvm_state_block *vopnd,
				       const struct qvm_state_block *oopnd,
				       struct guest_cpu *gcp);
	int (*pulse)(vdev_t *vdp, s8 code);
	void (*timer)(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
		      struct guest_cpu *gcp);
	const struct vdev_pic_functions *pic;
	const struct vdev_register_table *registers;
	const char *const *option_list;
	const char *name;
	unsigned int factory_flags;
	unsigned int acc_sizes;
	unsigned int extra_space;
	unsigned int safety;
	struct module *owner;
	char own_name[32];
};

/**
 * struct vdev_s - One instance of a vdev
 * @v_device: Its own state, &vdev_factory.extra_space bytes
 * @v_factory: Its factory
 * @v_gsp: Its guest
 * @v_block: Where it is. The vdev may preset location, type and length in
 *	OPTIONS_START, location in ASSIGN; it does not change afterwards. With
 *	&vdev_factory.registers, the length is already where the last one ends.
 * @v_intr: The interrupt it uses, of the ``intr`` option, unless pic is NULL. The vdev
 *	may preset it in OPTIONS_START and choose it in ASSIGN, with qvm_parse_intr().
 * @v_sched: How its threads are scheduled
 * @v_mtx: The vdev's own lock, for its state in the running stage. The framework takes it
 *	for &vdev_factory.registers only, as spin_lock() does. Comes before every lock of the
 *	framework and of KVM.
 */
struct vdev_s {
	void *v_device;
	const struct vdev_factory *v_factory;
	struct guest_system *v_gsp;
	struct qvm_state_block v_block;
	struct guest_intr v_intr;
	struct qvm_sched_info v_sched;
	spinlock_t v_mtx;	/* protects what the vdev uses it for */
};

int __vdev_register_factory(struct vdev_factory *factory, unsigned int abi_version,
			    struct module *owner);

/**
 * vdev_register_factory() - Make a factory known
 * @factory: Static. It belongs to the framework until vdev_unregister_factory().
 * @abi_version: QVM_VDEV_ABI
 *
 * Context: Process context, from the module's init function, as its last step:
 *	instances may be made at once. May sleep.
 * Return: 0. -ENOEXEC: @abi_version is not that of the framework. -EINVAL: a
 *	field of @factory is not as described at &struct vdev_factory; the kernel
 *	log says which. -EEXIST: the name is taken.
 */
#define vdev_register_factory(factory, abi_version) \
	__vdev_register_factory(factory, abi_version, THIS_MODULE)

/**
 * vdev_unregister_factory() - Take back what vdev_register_factory() did
 * @factory: A factory that is registered and has no instance
 *
 * Context: Process context, from the module's exit function. An instance pins
 *	the module, so there is none by then. May sleep.
 */
void vdev_unregister_factory(struct vdev_factory *factory);

/**
 * module_vdev_factory() - All of the init and exit of a module with one factory
 * @__factory: The factory
 */
#define module_vdev_factory(__factory)						\
static int __init __factory##_init(void)					\
{										\
	return vdev_register_factory(&(__factory), QVM_VDEV_ABI);		\
}										\
module_init(__factory##_init);							\
static void __exit __factory##_exit(void)					\
{										\
	vdev_unregister_factory(&(__factory));					\
}										\
module_exit(__factory##_exit)

/**
 * vdev_ctrl_name() - What a control code is called, for a message
 * @ctrl: &enum vdev_ctrl
 *
 * Phase: any. Context: Any.
 * Return: Its name without VDEV_CTRL_; "an option" from VDEV_CTRL_FIRST_OPTIDX on, and
 *	"an unknown code" for what is none.
 */
const char *vdev_ctrl_name(unsigned int ctrl);

/**
 * vdev_string() - Describe a vdev for a message
 * @buf: For the text, such as ``trace "counter" mem:0xfa000000``; may be NULL if
 *	@count is 0
 * @count: Bytes in @buf
 * @vdp: A vdev
 *
 * Phase: running, ending. Context: Any but NMI.
 * Return: As snprintf(): the length of the whole text without its NUL. -EPERM: wrong
 *	phase.
 */
int vdev_string(char *buf, size_t count, const vdev_t *vdp);

/**
 * vdev_path() - Where the host finds a vdev that has a name
 * @buf: For the path of a file in debugfs from which one reads the vdev's status, such
 *	as ``/sys/kernel/debug/vdevfw/3-demo/vdevs/counter``; may be NULL if @count is 0
 * @count: Bytes in @buf
 * @vdp: A vdev
 *
 * Phase: running, ending. Context: Any but NMI.
 * Return: As snprintf(): the length of the whole path without its NUL. -ENOENT: the
 *	user gave no name. -EPERM: wrong phase.
 */
int vdev_path(char *buf, size_t count, const vdev_t *vdp);

/**
 * typedef vdev_thread_create_func_t - What a vdev's thread runs
 * @arg: As given to vdev_thread_create()
 *
 * Return: Ignored.
 */
typedef void (*vdev_thread_create_func_t)(void *arg);

/**
 * vdev_thread_create() - Start a thread of a vdev's own
 * @vdp: The vdev
 * @name: Names the thread, together with the vdev's name; may be cut to 15 bytes
 * @thread: The new thread
 * @start: What it runs. It must return soon after vdev_thread_sleep() has
 *	returned false or vdev_thread_cancelled() true. It has a SIGKILL pending then, so that
 *	nothing that can be killed keeps it waiting, such as gasp_read().
 * @arg: For @start
 *
 * There is no attribute argument: the kernel's threads have none. The thread is in the cgroups
 * of the VM's process, unless that is ending.
 *
 * Phase: running: not before GUEST_CONFIGURED. Context: control(). May sleep.
 * Return: 0. -EPERM: wrong phase. -EAGAIN: there are as many as
 *	the module's parameter max_threads, or the kernel, allows. -ENOMEM, -EINTR: no
 *	thread could be made. Another error: a cgroup does not take it.
 */
int vdev_thread_create(vdev_t *vdp, const char *name, struct vdev_thread **thread,
		       vdev_thread_create_func_t start, void *arg);

/**
 * vdev_thread_join() - Cancel a thread and wait for its end
 * @thread: What vdev_thread_create() gave; NULL does nothing. It is gone afterwards, unless
 *	there is an error.
 *
 * Threads that are left after TERMINATE, the framework cancels and joins. One that does not end
 * within as many seconds as the module's parameter thread_timeout says, counted from when it was
 * cancelled, is reported, and then nobody waits for it any more. What it may use of the
 * framework's, and @v_device, stay until it does end. The vdev must not free either what it uses.
 *
 * Phase: running, ending. Context: control(). Sleeps until the thread's function
 *	has returned, or its time is over; the caller holds no lock that it may want.
 * Return: 0. -ETIMEDOUT: it has not ended. -EPERM: wrong phase, or outside of control().
 */
int vdev_thread_join(struct vdev_thread *thread);

/**
 * vdev_thread_cancelled() - Whether the calling thread is to end
 *
 * Phase: running, ending. Context: A vdev's thread.
 * Return: Whether it is to end; true on any other thread.
 */
bool vdev_thread_cancelled(void);

/**
 * vdev_thread_sleep() - Sleep, until the time is over or the thread cancelled
 * @ms: Milliseconds
 *
 * Phase: running, ending. Context: A vdev's thread. Sleeps.
 * Return: true, or false if the thread is to end; false on any other thread.
 */
bool vdev_thread_sleep(unsigned int ms);

#endif
