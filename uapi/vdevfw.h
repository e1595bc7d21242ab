/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ioctl interface of vdevfw: the only header that kernel and user space share.
 */
#ifndef _UAPI_VDEVFW_H
#define _UAPI_VDEVFW_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * There are two kinds of file: the device, /dev/vdevfw, and a guest, which
 * VDEVFW_GUEST_CREATE and VDEVFW_GUEST_OPEN return. Each command belongs to
 * one of them.
 *
 * Every command takes a pointer to its own structure, which begins with
 * &struct vdevfw_request. User space fills @size with the size of the
 * structure it was compiled with. A kernel that knows fewer fields accepts the
 * rest, up to a page, if it is zero; one that knows more reads what is missing
 * as zero. No
 * structure has a hole, and all are the same size for 32-bit programs.
 *
 * Members named out_* are written by the kernel, and mean something after success,
 * or where a command says so; all others are left alone. On success an ioctl returns 0, otherwise
 * -1 with errno set, and then nothing has changed unless the command says
 * otherwise. The kernel writes a sentence to @msg that says what is wrong,
 * where, and what is allowed; it cannot where the command, its @size or the
 * pointer to its structure is wrong, and it is no failure if @msg cannot be
 * written.
 *
 * These errors may come from every command:
 *
 *  - ENOTTY: the command is not known, or not for this kind of file.
 *  - EINVAL: @size is smaller than the command's first version, or an argument
 *    is malformed.
 *  - E2BIG: @size is larger than this kernel knows and the rest is not zero, or
 *    a buffer is longer than allowed.
 *  - EMFILE, ENFILE: there are too many open files for another one.
 *  - EOPNOTSUPP: a flag or a reserved field that this kernel does not know is
 *    not zero.
 *  - EFAULT: memory behind a pointer cannot be read or written.
 *  - ENOMEM: out of memory.
 *  - EINTR: a fatal signal came while the command waited. VDEVFW_GUEST_DESTROY
 *    is carried out nevertheless.
 *  - ESHUTDOWN: the guest is dying or dead: its owner, its VM or a
 *    VDEVFW_GUEST_DESTROY ended it.
 */

#define VDEVFW_IOCTL_TYPE	0xBD

/* Commands on /dev/vdevfw */
#define VDEVFW_FACTORY_LIST	_IO(VDEVFW_IOCTL_TYPE, 0x00)
#define VDEVFW_FACTORY_INFO	_IO(VDEVFW_IOCTL_TYPE, 0x01)
#define VDEVFW_GUEST_CREATE	_IO(VDEVFW_IOCTL_TYPE, 0x02)
#define VDEVFW_GUEST_OPEN	_IO(VDEVFW_IOCTL_TYPE, 0x03)
#define VDEVFW_GUEST_LIST	_IO(VDEVFW_IOCTL_TYPE, 0x04)

/* Commands on a guest */
#define VDEVFW_GUEST_INFO	_IO(VDEVFW_IOCTL_TYPE, 0x10)
#define VDEVFW_VDEV_ADD		_IO(VDEVFW_IOCTL_TYPE, 0x11)
#define VDEVFW_GUEST_CONFIGURE	_IO(VDEVFW_IOCTL_TYPE, 0x12)
#define VDEVFW_GUEST_START	_IO(VDEVFW_IOCTL_TYPE, 0x13)
#define VDEVFW_GUEST_STOP	_IO(VDEVFW_IOCTL_TYPE, 0x14)
#define VDEVFW_GUEST_DESTROY	_IO(VDEVFW_IOCTL_TYPE, 0x15)
#define VDEVFW_GUEST_SET	_IO(VDEVFW_IOCTL_TYPE, 0x16)
#define VDEVFW_GUEST_STATUS	_IO(VDEVFW_IOCTL_TYPE, 0x17)
#define VDEVFW_GUEST_BUTTON	_IO(VDEVFW_IOCTL_TYPE, 0x18)
#define VDEVFW_GUEST_REGIONS	_IO(VDEVFW_IOCTL_TYPE, 0x19)
#define VDEVFW_GUEST_MAPPED	_IO(VDEVFW_IOCTL_TYPE, 0x1a)
#define VDEVFW_GUEST_ACCESS	_IO(VDEVFW_IOCTL_TYPE, 0x1b)
#define VDEVFW_GUEST_ASK	_IO(VDEVFW_IOCTL_TYPE, 0x1c)
#define VDEVFW_GUEST_ACK	_IO(VDEVFW_IOCTL_TYPE, 0x1d)
#define VDEVFW_GUEST_SAVE	_IO(VDEVFW_IOCTL_TYPE, 0x20)
#define VDEVFW_GUEST_RESTORE	_IO(VDEVFW_IOCTL_TYPE, 0x21)

#define VDEVFW_NAME_SIZE	64	/* of a guest, with its NUL */
#define VDEVFW_FACTORY_SIZE	32	/* of a factory's name, with its NUL */
#define VDEVFW_OPTIONS_MAX	65536	/* bytes of options of one command */
#define VDEVFW_STATUS_MAX	1048576	/* bytes of status of one command */
#define VDEVFW_REGIONS_MAX	65536	/* regions that one command tells of */
#define VDEVFW_GUESTS_MAX	65536	/* guests that one command tells of */
#define VDEVFW_SAVE_MAX		16777216	/* bytes that a guest is saved to */
#define VDEVFW_MSG_MAX		512	/* bytes that a message never exceeds, with its NUL */

/**
 * struct vdevfw_request - How every command begins
 * @size: sizeof the whole structure that this one begins
 * @flags: None is defined; must be 0
 * @msg: Buffer for the message of a failure, or 0. It is always
 *	NUL-terminated, and empty after success.
 * @msg_len: Bytes in @msg; what does not fit is cut
 * @__reserved: Must be 0
 */
struct vdevfw_request {
	__u32 size;
	__u32 flags;
	__aligned_u64 msg;
	__u32 msg_len;
	__u32 __reserved;
};

/**
 * struct vdevfw_factory_list - ioctl(VDEVFW_FACTORY_LIST)
 * @req: see &struct vdevfw_request
 * @names: Buffer for the names of the factories that are registered, each with
 *	its NUL, in the order of their registration
 * @names_len: Bytes in @names; 0 only asks for @out_names_len
 * @out_names_len: Bytes that all names take
 *
 * Errors: EMSGSIZE: @names_len is neither 0 nor enough; @names is not written.
 */
struct vdevfw_factory_list {
	struct vdevfw_request req;
	__aligned_u64 names;
	__u32 names_len;
	__u32 out_names_len;
};

#define VDEVFW_LOC_MEM		(1 << 0)	/* loc mem:ADDRESS, MMIO */
#define VDEVFW_LOC_IO		(1 << 1)	/* loc io:PORT */
#define VDEVFW_LOC_PCI		(1 << 2)	/* loc pci:… */

/**
 * struct vdevfw_factory_info - ioctl(VDEVFW_FACTORY_INFO)
 * @req: see &struct vdevfw_request
 * @factory: Its name. Where no factory has it, the kernel first asks for the
 *	module vdev-NAME.
 * @options: Buffer for the names of the options that a vdev of this factory
 *	takes, the common ones first, each with its NUL. A name that begins
 *	with "0" is without it the name of an option that takes no argument,
 *	one that begins with "2" of an option that takes two words. One that begins
 *	with "!" is not for such a vdev, which VDEVFW_VDEV_ADD says with the reason.
 * @options_len: Bytes in @options; 0 only asks for @out_options_len
 * @out_options_len: Bytes that all option names take
 * @out_loc_types: Set of VDEVFW_LOC_*: where such a vdev may live. 0 where it
 *	has no place of its own or chooses one itself
 * @out_access_sizes: Set of the access sizes it serves: bit n for n bytes
 *
 * Errors: ENOENT: no such factory. EMSGSIZE: @options_len is neither 0 nor
 * enough; @options is not written.
 */
struct vdevfw_factory_info {
	struct vdevfw_request req;
	__u8 factory[VDEVFW_FACTORY_SIZE];
	__aligned_u64 options;
	__u32 options_len;
	__u32 out_options_len;
	__u32 out_loc_types;
	__u32 out_access_sizes;
};

/**
 * struct vdevfw_guest_create - ioctl(VDEVFW_GUEST_CREATE)
 * @req: see &struct vdevfw_request
 * @name: A name for people: letters, digits, ``-_.``. Two guests may share one.
 * @vm_fd: The KVM VM, as KVM_CREATE_VM returned it, of the calling process
 * @out_fd: The guest, in state VDEVFW_STATE_CONFIG. When the last copy of this
 *	file is closed, or the process of the VM ends, the guest is destroyed.
 * @out_id: Its id, for VDEVFW_GUEST_OPEN. Never 0, and not used again while the
 *	module is loaded.
 *
 * Errors: EBADF: @vm_fd is not open. EBADFD: it is no KVM VM. EXDEV: the VM
 * belongs to another process. EBUSY: the VM has a guest already. EINVAL: @name.
 * EAGAIN: there are too many threads for the guest's own.
 */
struct vdevfw_guest_create {
	struct vdevfw_request req;
	__u8 name[VDEVFW_NAME_SIZE];
	__s32 vm_fd;
	__s32 out_fd;
	__aligned_u64 out_id;
};

/**
 * struct vdevfw_guest_open - ioctl(VDEVFW_GUEST_OPEN)
 * @req: see &struct vdevfw_request
 * @id: A guest's id
 * @out_fd: Another file for that guest. It does not keep the guest alive.
 * @__reserved: Must be 0
 *
 * For the user who created the guest, and for CAP_SYS_ADMIN.
 *
 * Errors: ENOENT: there never was such an id. ESTALE: that guest is gone.
 * EACCES: it belongs to another user.
 */
struct vdevfw_guest_open {
	struct vdevfw_request req;
	__aligned_u64 id;
	__s32 out_fd;
	__u32 __reserved;
};

/**
 * struct vdevfw_guest_entry - A guest, as VDEVFW_GUEST_LIST tells of it
 * @id: Its id
 * @name: As given to VDEVFW_GUEST_CREATE
 * @state: &enum vdevfw_state
 * @__reserved: 0
 */
struct vdevfw_guest_entry {
	__aligned_u64 id;
	__u8 name[VDEVFW_NAME_SIZE];
	__u32 state;
	__u32 __reserved;
};

/**
 * struct vdevfw_guest_list - ioctl(VDEVFW_GUEST_LIST)
 * @req: see &struct vdevfw_request
 * @guests: Buffer for &struct vdevfw_guest_entry: those that the caller may open, by id
 * @count: How many fit in it, at most VDEVFW_GUESTS_MAX; 0 only asks for @out_count
 * @out_count: How many there are
 *
 * Errors: EMSGSIZE: @count is neither 0 nor enough; @guests is not written.
 */
struct vdevfw_guest_list {
	struct vdevfw_request req;
	__aligned_u64 guests;
	__u32 count;
	__u32 out_count;
};

/**
 * enum vdevfw_state - What a guest is doing
 * @VDEVFW_STATE_CONFIG: vdevs are being added
 * @VDEVFW_STATE_CONFIGURED: all vdevs are in place and as after power-on; no access reaches one yet
 * @VDEVFW_STATE_RUNNING: accesses reach the vdevs
 * @VDEVFW_STATE_PAUSED: stopped by a command. As in all stopped states, the guest's clock stands,
 *	and accesses leave KVM_RUN as KVM_EXIT_MMIO or KVM_EXIT_IO, but for what is left of a string
 *	instruction on a port (``rep ins``, ``rep outs``) that had begun before: KVM gives zeros for
 *	it, or drops it
 * @VDEVFW_STATE_DEBUG: stopped for a debugger
 * @VDEVFW_STATE_IO_ERROR: stopped by a vdev that cannot serve the guest for now
 * @VDEVFW_STATE_INTERNAL_ERROR: stopped by what should not be; only a reset lets it go on
 * @VDEVFW_STATE_WATCHDOG: stopped by a watchdog
 * @VDEVFW_STATE_GUEST_PANICKED: stopped since the guest has said that it is lost
 * @VDEVFW_STATE_SUSPENDED: the guest sleeps: its vCPUs do not run, but its clock does, and so do
 *	its vdevs
 * @VDEVFW_STATE_SHUTDOWN: stopped since the guest has shut down; only a reset lets it go on
 * @VDEVFW_STATE_SAVE: stopped to be saved
 * @VDEVFW_STATE_RESTORE: stopped to be restored
 * @VDEVFW_STATE_DYING: being taken apart
 * @VDEVFW_STATE_DEAD: no vdev is left, and KVM is released
 * @VDEVFW_STATE_INMIGRATE: reserved, as all that follow
 * @VDEVFW_STATE_FINISH_MIGRATE: reserved
 * @VDEVFW_STATE_POSTMIGRATE: reserved
 * @VDEVFW_STATE_COLO: reserved
 * @VDEVFW_STATES: how many there are
 *
 * Which follows which is in Documentation/run-states.rst. RUNNING and SUSPENDED are live;
 * INTERNAL_ERROR and SHUTDOWN need a reset.
 */
enum vdevfw_state {
	VDEVFW_STATE_CONFIG = 0,
	VDEVFW_STATE_CONFIGURED = 1,
	VDEVFW_STATE_RUNNING = 2,
	VDEVFW_STATE_PAUSED = 3,
	VDEVFW_STATE_DEBUG = 4,
	VDEVFW_STATE_IO_ERROR = 5,
	VDEVFW_STATE_INTERNAL_ERROR = 6,
	VDEVFW_STATE_WATCHDOG = 7,
	VDEVFW_STATE_GUEST_PANICKED = 8,
	VDEVFW_STATE_SUSPENDED = 9,
	VDEVFW_STATE_SHUTDOWN = 10,
	VDEVFW_STATE_SAVE = 11,
	VDEVFW_STATE_RESTORE = 12,
	VDEVFW_STATE_DYING = 13,
	VDEVFW_STATE_DEAD = 14,
	VDEVFW_STATE_INMIGRATE = 15,
	VDEVFW_STATE_FINISH_MIGRATE = 16,
	VDEVFW_STATE_POSTMIGRATE = 17,
	VDEVFW_STATE_COLO = 18,
	VDEVFW_STATES,
};

/**
 * enum vdevfw_transition - What a guest is just going through
 * @VDEVFW_TRANSITION_NONE: nothing
 * @VDEVFW_TRANSITION_STARTING: its vdevs are being started
 * @VDEVFW_TRANSITION_STOPPING: they are being stopped
 * @VDEVFW_TRANSITION_RESETTING: they are being reset
 */
enum vdevfw_transition {
	VDEVFW_TRANSITION_NONE = 0,
	VDEVFW_TRANSITION_STARTING = 1,
	VDEVFW_TRANSITION_STOPPING = 2,
	VDEVFW_TRANSITION_RESETTING = 3,
};

/**
 * enum vdevfw_cause - Who wants a guest to be reset or shut down
 * @VDEVFW_CAUSE_NONE: nobody in particular
 * @VDEVFW_CAUSE_HOST_ERROR: the host, since something failed
 * @VDEVFW_CAUSE_HOST_COMMAND: somebody on the host
 * @VDEVFW_CAUSE_HOST_SIGNAL: a signal on the host
 * @VDEVFW_CAUSE_GUEST_SHUTDOWN: the guest, which shuts down
 * @VDEVFW_CAUSE_GUEST_RESET: the guest, which starts again
 * @VDEVFW_CAUSE_GUEST_PANIC: the guest, which is lost
 * @VDEVFW_CAUSE_WATCHDOG: a watchdog, since the guest does not answer
 * @VDEVFW_CAUSES: how many there are
 */
enum vdevfw_cause {
	VDEVFW_CAUSE_NONE = 0,
	VDEVFW_CAUSE_HOST_ERROR = 1,
	VDEVFW_CAUSE_HOST_COMMAND = 2,
	VDEVFW_CAUSE_HOST_SIGNAL = 3,
	VDEVFW_CAUSE_GUEST_SHUTDOWN = 4,
	VDEVFW_CAUSE_GUEST_RESET = 5,
	VDEVFW_CAUSE_GUEST_PANIC = 6,
	VDEVFW_CAUSE_WATCHDOG = 7,
	VDEVFW_CAUSES,
};

/**
 * enum vdevfw_ask - What a guest can be asked for
 * @VDEVFW_ASK_DEBUG: stop for a debugger: VDEVFW_STATE_DEBUG
 * @VDEVFW_ASK_SUSPEND: sleep, if it is RUNNING
 * @VDEVFW_ASK_SHUTDOWN: shut down; the value is an &enum vdevfw_cause
 * @VDEVFW_ASK_RESET: be reset; the value is an &enum vdevfw_cause
 * @VDEVFW_ASK_WAKEUP: go on, if it is SUSPENDED; the value is a number below
 *	0xffffffff that whoever wakes it up chooses
 * @VDEVFW_ASK_POWERDOWN: its power button is pressed
 * @VDEVFW_ASK_STOP: stop; the value is a &enum vdevfw_state: PAUSED, DEBUG, IO_ERROR,
 *	INTERNAL_ERROR, WATCHDOG, GUEST_PANICKED, SHUTDOWN or SAVE
 * @VDEVFW_ASK_PANIC: do what is to be done when the guest is lost, of ``action=panic``
 * @VDEVFW_ASK_WATCHDOG: do what is to be done when a watchdog bites, of ``action=watchdog``
 * @VDEVFW_ASKS: how many there are
 *
 * Up to STOP, this is the order in which what is pending together is carried out. Of several stops,
 * the state is the gravest: INTERNAL_ERROR, GUEST_PANICKED, SHUTDOWN, IO_ERROR, WATCHDOG, DEBUG,
 * PAUSED, SAVE. So whoever has it stop in SAVE can tell whether somebody else wants it to stay so.
 * One that sleeps stops as PAUSED, unless it is for SHUTDOWN, SAVE or RESTORE; the reasons
 * tell why.
 */
enum vdevfw_ask {
	VDEVFW_ASK_DEBUG = 0,
	VDEVFW_ASK_SUSPEND = 1,
	VDEVFW_ASK_SHUTDOWN = 2,
	VDEVFW_ASK_RESET = 3,
	VDEVFW_ASK_WAKEUP = 4,
	VDEVFW_ASK_POWERDOWN = 5,
	VDEVFW_ASK_STOP = 6,
	VDEVFW_ASK_PANIC = 7,
	VDEVFW_ASK_WATCHDOG = 8,
	VDEVFW_ASKS,
};

/**
 * enum vdevfw_exit - How a machine ended: the exit status of its launcher
 * @VDEVFW_EXIT_NORMAL: shut down or rebooted, as the guest asked
 * @VDEVFW_EXIT_POWER_CUT: ended from outside, without asking the guest
 * @VDEVFW_EXIT_WATCHDOG: ended by a watchdog
 * @VDEVFW_EXIT_UNSUPPORTED: the guest did what its machine cannot do
 * @VDEVFW_EXIT_VDEV: a vdev failed
 * @VDEVFW_EXIT_ERROR: any other error while the guest ran
 * @VDEVFW_EXIT_CUSTOM_MIN: 32 to 63: chosen by a vdev
 * @VDEVFW_EXIT_CUSTOM_MAX: the last of these
 * @VDEVFW_EXIT_FATAL_STARTUP: fatal before the guest started
 * @VDEVFW_EXIT_CONFIG: the configuration is wrong
 * @VDEVFW_EXIT_FATAL_RUNNING: fatal after the guest started
 */
enum vdevfw_exit {
	VDEVFW_EXIT_NORMAL = 0,
	VDEVFW_EXIT_POWER_CUT = 3,
	VDEVFW_EXIT_WATCHDOG = 4,
	VDEVFW_EXIT_UNSUPPORTED = 5,
	VDEVFW_EXIT_VDEV = 6,
	VDEVFW_EXIT_ERROR = 7,
	VDEVFW_EXIT_CUSTOM_MIN = 32,
	VDEVFW_EXIT_CUSTOM_MAX = 63,
	VDEVFW_EXIT_FATAL_STARTUP = 64,
	VDEVFW_EXIT_CONFIG = 65,
	VDEVFW_EXIT_FATAL_RUNNING = 96,
};

/**
 * struct vdevfw_guest_info - ioctl(VDEVFW_GUEST_INFO)
 * @req: see &struct vdevfw_request
 * @out_name: as given to VDEVFW_GUEST_CREATE
 * @out_id: its id
 * @out_state: &enum vdevfw_state
 * @out_vdevs: How many vdevs it has
 * @out_cause: &enum vdevfw_exit, if @out_terminated
 * @out_terminated: 1 if a vdev, or the loss of KVM's bus, has ended the guest;
 *	otherwise 0
 * @out_transition: &enum vdevfw_transition
 * @out_pending: What it was asked for and has not been carried out: bit n for &enum vdevfw_ask n
 * @out_refused: How many transitions were refused that no state allows
 * @out_process: The process that has created it, as the caller sees it; 0 if it does not
 * @out_generation: How often it has been reset or restored
 * @out_stop: The stop that waits for VDEVFW_GUEST_ACK, or 0
 *
 * Never fails with ESHUTDOWN. A vCPU whose KVM_RUN has returned with EINTR must not run while
 * @out_state is not RUNNING, or one of @out_pending, @out_transition, @out_stop and @out_terminated
 * is not 0.
 */
struct vdevfw_guest_info {
	struct vdevfw_request req;
	__u8 out_name[VDEVFW_NAME_SIZE];
	__aligned_u64 out_id;
	__u32 out_state;
	__u32 out_vdevs;
	__u32 out_cause;
	__u32 out_terminated;
	__u32 out_transition;
	__u32 out_pending;
	__u32 out_refused;
	__u32 out_process;
	__aligned_u64 out_generation;
	__aligned_u64 out_stop;
};

#define VDEVFW_NO_OPTION	(~(__u32)0)

/**
 * struct vdevfw_vdev_add - ioctl(VDEVFW_VDEV_ADD)
 * @req: see &struct vdevfw_request
 * @factory: What it is. Where no factory has this name, the kernel first asks
 *	for the module vdev-NAME.
 * @options: Its options in the order of the configuration: "NAME=ARGUMENT", or
 *	"NAME" for an option without argument, each with its NUL. Two words have
 *	one space between them.
 * @options_len: Bytes in @options, at most VDEVFW_OPTIONS_MAX
 * @out_option: On failure: which of the options it was about, counted from 0,
 *	or VDEVFW_NO_OPTION where it was about the vdev as a whole
 * @out_id: The vdev's id within the guest. Never 0
 *
 * The guest must be in VDEVFW_STATE_CONFIG. A vdev may refuse its options with an error
 * of its own. It may also end the machine, which then cannot be started any more.
 *
 * Errors: EBUSY: the guest is configured already. ENOENT: no such factory.
 * E2BIG: too many options. ENOPROTOOPT: unknown option. ENODATA: an
 * argument is missing. EINVAL: malformed argument, or one that the option does
 * not take. ERANGE: a number is too large. EALREADY: a common option
 * is given twice. EDESTADDRREQ: ``loc`` is required. ENOTCONN: ``intr`` is
 * required. EOPNOTSUPP: an option, or a location of this type, is not for this
 * vdev. EDOM: the location is not aligned. ENODEV: there is no such interrupt
 * controller. EBADSLT: it has no such line. EEXIST: the name is taken. EPERM: the
 * caller may not use this priority. EACCES: the guest takes vdevs for safety
 * only. ENOSPC: the guest has as many vdevs as it can have. EIO: a vdev refuses with
 * EALREADY, EPERM, ESHUTDOWN or what is no errno.
 */
struct vdevfw_vdev_add {
	struct vdevfw_request req;
	__u8 factory[VDEVFW_FACTORY_SIZE];
	__aligned_u64 options;
	__u32 options_len;
	__u32 out_option;
	__aligned_u64 out_id;
};

/**
 * struct vdevfw_guest_configure - ioctl(VDEVFW_GUEST_CONFIGURE)
 * @req: see &struct vdevfw_request
 * @out_vdev: On failure: the vdev it was about, or 0
 *
 * Completes the vdevs, makes their regions known to KVM, and moves the guest to
 * VDEVFW_STATE_CONFIGURED. The VM must have its memory, its irqchip and its
 * vCPUs by now. A failure ends the assembly: the guest is destroyed, as by
 * VDEVFW_GUEST_DESTROY. Only EALREADY, and the errors of every command that come
 * before anything has happened, leave it as it was.
 *
 * Errors: EALREADY: it is configured already. EADDRINUSE: the place is taken by another
 * vdev. EEXIST: by the guest's memory. EBUSY: by another device of KVM.
 * EADDRNOTAVAIL: it lies beyond the guest's physical address width. EXDEV: it lies partly in a
 * window that was declared.
 * ENOSPC: KVM's bus is full. ENODEV: the VM has lost its bus. EINVAL: a vdev is
 * wrong about its own place. A vdev may refuse with an error of its own; EALREADY,
 * EPERM and ESHUTDOWN become EIO then.
 */
struct vdevfw_guest_configure {
	struct vdevfw_request req;
	__aligned_u64 out_vdev;
};

/**
 * struct vdevfw_guest_command - ioctl(VDEVFW_GUEST_START, _DESTROY, _MAPPED)
 * @req: see &struct vdevfw_request
 *
 * START lets a guest that is CONFIGURED or stopped run: to VDEVFW_STATE_RUNNING, or, if it was
 * stopped while it slept, to VDEVFW_STATE_SUSPENDED. A stop that is pending while it runs is
 * consumed: its VDEVFW_EVENT_STOPPED comes, with VDEVFW_EVENT_RESUMED at once.
 * Errors: EPERM: not configured. EALREADY: running. EUCLEAN: it must be reset before. A vdev may
 * refuse the first start with an error of its own, as at &struct vdevfw_guest_configure: the guest
 * is destroyed then.
 *
 * DESTROY ends every vdev, in reverse order, releases KVM, and moves the guest
 * to VDEVFW_STATE_DEAD. One that is DEAD stays so.
 *
 * MAPPED says that the memory slots of the VM have changed, as after
 * VDEVFW_EVENT_REGIONS: a vdev that waits for that looks for itself.
 */
struct vdevfw_guest_command {
	struct vdevfw_request req;
};

#define VDEVFW_STOP_FORCE	(1 << 0)	/* change the state also where it is stopped */

#define VDEVFW_STOPPED_UNCONFIRMED	(1 << 0)	/* the launcher has said nothing */
#define VDEVFW_STOPPED_DRAIN_TIMEOUT	(1 << 1)	/* a vdev has not come to rest in time */
#define VDEVFW_STOPPED_HANDLER_FAILED	(1 << 2)	/* a change-state handler has failed */

/**
 * struct vdevfw_guest_stop - ioctl(VDEVFW_GUEST_STOP)
 * @req: see &struct vdevfw_request
 * @state: Where to: a &enum vdevfw_state as at VDEVFW_ASK_STOP; 0: PAUSED
 * @options: Set of VDEVFW_STOP_FORCE
 * @out_state: The state it is in
 * @out_reasons: All that it was stopped for: bit n for &enum vdevfw_state n
 * @out_flags: Set of VDEVFW_STOPPED_*
 * @out_result: The first error, as a negative errno, of a vdev that was stopped; or 0
 *
 * Stops a guest that is RUNNING or SUSPENDED, and returns when no access is inside a vdev any more,
 * the guest's clock stands, the launcher has said that no vCPU runs (see VDEVFW_GUEST_ACK), and all
 * vdevs have come to rest. It succeeds also where these have failed to, which @out_flags and
 * @out_result tell. A guest that is stopped already stays as it is, unless VDEVFW_STOP_FORCE asks
 * for another state, and for vdevs to come to rest once more; or it is in SAVE, and is to be
 * PAUSED.
 *
 * Errors: EPERM: never started. EINVAL: no such state; or with VDEVFW_STOP_FORCE, one that does not
 * follow on its own. ETIMEDOUT: an access has not ended in time. After ETIMEDOUT and EINTR, the
 * stop goes on without the caller.
 */
struct vdevfw_guest_stop {
	struct vdevfw_request req;
	__u32 state;
	__u32 options;
	__u32 out_state;
	__u32 out_reasons;
	__u32 out_flags;
	__s32 out_result;
};

#define VDEVFW_ASK_WAIT		(1 << 0)	/* return when it has been carried out */

/**
 * struct vdevfw_guest_ask - ioctl(VDEVFW_GUEST_ASK)
 * @req: see &struct vdevfw_request
 * @what: &enum vdevfw_ask
 * @value: Depends on @what; otherwise 0
 * @options: Set of VDEVFW_ASK_WAIT
 * @__reserved: Must be 0
 *
 * Asks the guest's worker, which alone changes what a guest is doing. Without VDEVFW_ASK_WAIT it
 * returns at once.
 *
 * Errors: EPERM: the guest was never started; or it is to wake up, and does not sleep. EINVAL: no
 * such @what or @value. ETIMEDOUT: as at VDEVFW_GUEST_STOP.
 */
struct vdevfw_guest_ask {
	struct vdevfw_request req;
	__u32 what;
	__u32 value;
	__u32 options;
	__u32 __reserved;
};

/**
 * struct vdevfw_guest_ack - ioctl(VDEVFW_GUEST_ACK)
 * @req: see &struct vdevfw_request
 * @stop: &vdevfw_event.number of VDEVFW_EVENT_STOP_REQUEST
 *
 * Says that no vCPU of the VM's is in KVM_RUN, nor will be before VDEVFW_EVENT_RESUMED (or
 * VDEVFW_EVENT_WAKEUP, or VDEVFW_EVENT_RESET of a guest that runs on). For the VM's own process. A
 * launcher that does so says it with the setting ``acknowledge``; otherwise no stop waits for it.
 *
 * Errors: ESTALE: no such stop waits: it has been acknowledged, its time is over, or it is another
 * guest's. EXDEV: another process than the VM's.
 */
struct vdevfw_guest_ack {
	struct vdevfw_request req;
	__aligned_u64 stop;
};

/**
 * struct vdevfw_guest_save - ioctl(VDEVFW_GUEST_SAVE)
 * @req: see &struct vdevfw_request
 * @data: Buffer for what the vdevs are saved to, for VDEVFW_GUEST_RESTORE
 * @data_len: Bytes in @data; 0 only asks for @out_data_len
 * @out_data_len: Bytes that it takes, at most VDEVFW_SAVE_MAX; also with EMSGSIZE. It may be
 *	another number the next time, as the guest has gone on.
 * @out_vdev: On failure: the vdev it was about, or 0
 * @out_flags: VDEVFW_STOPPED_UNCONFIRMED or 0: as at &struct vdevfw_guest_stop
 * @__reserved: Must be 0
 *
 * Saves the state of all vdevs, the guest's clock, and whether it sleeps. A guest that is RUNNING
 * or SUSPENDED stops for it, as by VDEVFW_GUEST_STOP with VDEVFW_STATE_SAVE, and goes on
 * afterwards, whether that has succeeded or not. To save it together with its vCPUs and its
 * memory, stop it before. One that is PAUSED is in VDEVFW_STATE_SAVE meanwhile; in any other state
 * it stays.
 *
 * What is saved is the vdevs' side only: a line that is raised, but neither KVM's interrupt
 * controllers nor a doorbell that nobody has looked at.
 *
 * Errors: EPERM: never started. EUCLEAN: it must be reset before, so there is nothing to save.
 * EMSGSIZE: @data_len is neither 0 nor enough; @data is not written. EOPNOTSUPP: a vdev cannot be
 * saved. EBUSY: it has not come to rest. EFBIG: it takes more than VDEVFW_SAVE_MAX. ETIMEDOUT: as
 * at VDEVFW_GUEST_STOP. A vdev may refuse with an error of its own, as at &struct
 * vdevfw_guest_configure.
 */
struct vdevfw_guest_save {
	struct vdevfw_request req;
	__aligned_u64 data;
	__u32 data_len;
	__u32 out_data_len;
	__aligned_u64 out_vdev;
	__u32 out_flags;
	__u32 __reserved;
};

/**
 * struct vdevfw_guest_restore - ioctl(VDEVFW_GUEST_RESTORE)
 * @req: see &struct vdevfw_request
 * @data: What VDEVFW_GUEST_SAVE has given
 * @data_len: Bytes in @data, at most VDEVFW_SAVE_MAX
 * @__reserved: Must be 0
 * @out_vdev: On failure: the vdev it was about, or 0
 *
 * Makes the vdevs what they were when they were saved, in a guest of the same configuration: the
 * same vdevs in the same order, with the same names, places, registers, timers and interrupts. The
 * guest is CONFIGURED or PAUSED, and is so again afterwards; VDEVFW_GUEST_START lets it go on as
 * what was saved: asleep, if that slept. Before a guest's first start its vdevs are told of that
 * as usual.
 *
 * Lines that were raised are raised. KVM's interrupt controllers see that, and may make an
 * interrupt of it: whoever restores them (KVM_SET_IRQCHIP, KVM_SET_LAPIC) does so after this
 * command.
 *
 * All that can be checked is checked before anything changes. Only if a vdev refuses what it has
 * saved itself, or a line cannot be raised, something has changed: then all vdevs are reset, and
 * the guest is CONFIGURED; VDEVFW_EVENT_RESET tells.
 *
 * Errors: EBUSY: it is neither CONFIGURED nor PAUSED. EBADMSG: this is no saved guest, or it is
 * damaged. EPROTONOSUPPORT: its format has another version, or a record that is not known.
 * EMEDIUMTYPE: it is one of another configuration. ETIMEDOUT: it takes too long, and goes on
 * without the caller. A vdev may refuse with an error of its own, as at &struct
 * vdevfw_guest_configure.
 */
struct vdevfw_guest_restore {
	struct vdevfw_request req;
	__aligned_u64 data;
	__u32 data_len;
	__u32 __reserved;
	__aligned_u64 out_vdev;
};

/**
 * struct vdevfw_guest_set - ioctl(VDEVFW_GUEST_SET)
 * @req: see &struct vdevfw_request
 * @options: What holds for the whole machine, as at &struct vdevfw_vdev_add:
 *
 *	- ``logger=FILTER[,FILTER]... DESTINATION``: where messages go of vdevs that
 *	  have no ``log`` option of their own. The first one takes the place of the
 *	  default, ``fatal,internal,error,warn,info`` to ``stderr`` and ``slog``.
 *	- ``safety=none|warn|required``: what becomes of vdevs that are not for safety
 *	  and are added from now on.
 *	- ``unsupported=reference ignore|abort``: what becomes of an access that a
 *	  vdev does not serve, or that is in a window where no vdev is.
 *	- ``window=mem:ADDRESS,LENGTH`` or ``window=io:PORT,LENGTH``: regions may come and go there
 *	  while the guest runs, with immediate effect. Windows do not overlap.
 *	- ``acknowledge=MILLISECONDS``: the launcher answers VDEVFW_EVENT_STOP_REQUEST with
 *	  VDEVFW_GUEST_ACK; a stop waits for that, but no longer than so.
 *	- ``action=reboot reset|shutdown``, ``action=shutdown poweroff|pause``,
 *	  ``action=panic none|pause|shutdown|exit``,
 *	  ``action=watchdog reset|shutdown|poweroff|pause|debug|none|inject-nmi``: what becomes of a
 *	  guest that is to be reset, shuts down, is lost, or does not feed its watchdog. By default,
 *	  it is reset, ends, shuts down, and is reset. Also later on.
 * @options_len: Bytes in @options, at most VDEVFW_OPTIONS_MAX
 * @out_option: On failure: which of the options it was about, counted from 0, or
 *	VDEVFW_NO_OPTION. Those before it hold.
 *
 * The guest must be in VDEVFW_STATE_CONFIG, but for ``action``.
 *
 * Errors: EBUSY: the guest is configured already. ENOPROTOOPT: unknown option.
 * ENODATA: an argument is missing. EINVAL: malformed argument. EOPNOTSUPP: this
 * cannot be done on KVM. EADDRINUSE: windows overlap. EADDRNOTAVAIL: a window is beyond what
 * the guest can address. ENOSPC: there are 64 windows.
 */
struct vdevfw_guest_set {
	struct vdevfw_request req;
	__aligned_u64 options;
	__u32 options_len;
	__u32 out_option;
};

/**
 * struct vdevfw_guest_status - ioctl(VDEVFW_GUEST_STATUS)
 * @req: see &struct vdevfw_request
 * @vdev: Which vdev, or 0 for all in the order of the configuration
 * @text: Buffer for what they report: lines of text, NUL-terminated
 * @text_len: Bytes in @text, at most VDEVFW_STATUS_MAX; what does not fit is cut
 * @out_text_len: Bytes that the whole text takes, with its NUL
 *
 * A vdev that fails says so in its text.
 *
 * Errors: ENOENT: no such vdev.
 */
struct vdevfw_guest_status {
	struct vdevfw_request req;
	__aligned_u64 vdev;
	__aligned_u64 text;
	__u32 text_len;
	__u32 out_text_len;
};

/**
 * struct vdevfw_guest_button - ioctl(VDEVFW_GUEST_BUTTON)
 * @req: see &struct vdevfw_request
 * @out_handlers: How many vdevs take care of the power button. If there is none,
 *	pressing it has no effect. Also written where a vdev has failed.
 * @__reserved: Must be 0
 *
 * Presses the power button: asks the guest to shut down.
 *
 * Errors: EPERM: the guest was never started. A vdev may fail with an error of its
 * own; all others have been told nevertheless.
 */
struct vdevfw_guest_button {
	struct vdevfw_request req;
	__u32 out_handlers;
	__u32 __reserved;
};

#define VDEVFW_REGION_IO		(1 << 0)	/* of ports, not of memory addresses */
#define VDEVFW_REGION_PASS_READ		(1 << 1)	/* a read gets what is in a page */
#define VDEVFW_REGION_PASS_WRITE	(1 << 2)	/* a write changes what is in it */
#define VDEVFW_REGION_DOORBELL		(1 << 3)	/* a write rings a doorbell */
#define VDEVFW_REGION_ACTIVE		(1 << 4)	/* it is in effect as it is described */
#define VDEVFW_REGION_RESERVED		(1 << 5)	/* guest memory that a vdev has taken */
#define VDEVFW_REGION_ALL		((1 << 6) - 1)	/* all of these */

/**
 * struct vdevfw_region_entry - A region, as VDEVFW_GUEST_REGIONS tells of it
 * @start: Its first address
 * @length: Bytes
 * @vdev: Whose it is; 0 with VDEVFW_REGION_RESERVED
 * @offset: With VDEVFW_REGION_PASS_READ: where mmap(2) of the guest's file finds its pages;
 *	otherwise 0
 * @flags: Set of VDEVFW_REGION_*
 * @cookie: What the vdev calls it
 */
struct vdevfw_region_entry {
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 vdev;
	__aligned_u64 offset;
	__u32 flags;
	__u32 cookie;
};

/**
 * struct vdevfw_guest_regions - ioctl(VDEVFW_GUEST_REGIONS)
 * @req: see &struct vdevfw_request
 * @regions: Buffer for &struct vdevfw_region_entry: memory by address, ports by address, then what
 *	is reserved
 * @count: How many fit in it, at most VDEVFW_REGIONS_MAX; 0 only asks for @out_count
 * @out_count: How many there are
 * @only: Tell only of those that have one of these flags; 0: of all
 * @__reserved: Must be 0
 *
 * For a region with VDEVFW_REGION_PASS_READ, user space maps its pages (MAP_SHARED; with
 * PROT_WRITE only where there is VDEVFW_REGION_PASS_WRITE) and makes them a memory slot of the
 * VM at @start, with KVM_MEM_READONLY unless there is VDEVFW_REGION_PASS_WRITE: then the guest's
 * reads need no exit. Without a slot, the access traps and has the same effect.
 * VDEVFW_EVENT_REGIONS tells of changes.
 *
 * Errors: EMSGSIZE: @count is neither 0 nor enough; @regions is not written.
 */
struct vdevfw_guest_regions {
	struct vdevfw_request req;
	__aligned_u64 regions;
	__u32 count;
	__u32 out_count;
	__u32 only;
	__u32 __reserved;
};

#define VDEVFW_ACCESS_WRITE	(1 << 0)
#define VDEVFW_ACCESS_IO	(1 << 1)	/* to a port, not a memory address */

/**
 * struct vdevfw_guest_access - ioctl(VDEVFW_GUEST_ACCESS)
 * @req: see &struct vdevfw_request
 * @addr: A guest-physical address or a port
 * @value: For a write, the value, in its lowest @len bytes
 * @out_value: For a read, the value, zero-extended
 * @len: 1, 2, 4 or 8 bytes
 * @access: Set of VDEVFW_ACCESS_*
 *
 * Makes an access to a vdev as a vCPU would, on the calling thread: for what had left to
 * user space and is to be made again, for debuggers, and for tests. For the VM's own process.
 *
 * Errors: ENXIO: no window of the guest's has it. EAGAIN: the guest is not running. EXDEV: another
 * process than the VM's. EINVAL: @len.
 */
struct vdevfw_guest_access {
	struct vdevfw_request req;
	__aligned_u64 addr;
	__aligned_u64 value;
	__aligned_u64 out_value;
	__u32 len;
	__u32 access;
};

/**
 * enum vdevfw_severity - How important a message of a vdev is
 * @VDEVFW_SEVERITY_FATAL: it cannot go on
 * @VDEVFW_SEVERITY_INTERNAL: a mistake in the vdev or the framework
 * @VDEVFW_SEVERITY_ERROR: something failed
 * @VDEVFW_SEVERITY_WARN: something is not as it should be
 * @VDEVFW_SEVERITY_INFO: worth knowing
 * @VDEVFW_SEVERITY_DEBUG: for the vdev's author
 * @VDEVFW_SEVERITY_VERBOSE: each step
 * @VDEVFW_SEVERITIES: how many there are
 */
enum vdevfw_severity {
	VDEVFW_SEVERITY_FATAL = 0,
	VDEVFW_SEVERITY_INTERNAL = 1,
	VDEVFW_SEVERITY_ERROR = 2,
	VDEVFW_SEVERITY_WARN = 3,
	VDEVFW_SEVERITY_INFO = 4,
	VDEVFW_SEVERITY_DEBUG = 5,
	VDEVFW_SEVERITY_VERBOSE = 6,
	VDEVFW_SEVERITIES,
};

#define VDEVFW_LOG_STDOUT	(1 << 0)	/* the launcher's standard output */
#define VDEVFW_LOG_STDERR	(1 << 1)	/* the launcher's standard error */
#define VDEVFW_LOG_SLOG		(1 << 2)	/* the kernel log; never in an event */

/**
 * enum vdevfw_event_type - What happened
 * @VDEVFW_EVENT_LOST: this reader was too slow: @value events are missing here
 * @VDEVFW_EVENT_STATE: the guest's state is now @value, of &enum vdevfw_state
 * @VDEVFW_EVENT_TERMINATE: @vdev, or the framework, asks to end the machine
 *	with cause @value, of &enum vdevfw_exit. The vCPU whose access it was
 *	executes no other instruction; accesses of others that were on their way
 *	may still come to an end
 * @VDEVFW_EVENT_LOG: @vdev says @text, with severity @value, of &enum
 *	vdevfw_severity; @detail is a set of VDEVFW_LOG_*: where the launcher prints it
 * @VDEVFW_EVENT_BUS_LOST: KVM has removed the guest's devices from its bus
 *	(it ran out of memory when it removed another one)
 * @VDEVFW_EVENT_REGIONS: what VDEVFW_GUEST_REGIONS shows of regions that pass has changed: user
 *	space changes its memory slots, and says VDEVFW_GUEST_MAPPED
 * @VDEVFW_EVENT_HIDDEN: a device that was added to KVM's bus later, or memory, hides part of a
 *	window: @text tells where
 * @VDEVFW_EVENT_STOP_REQUEST: no vCPU shall run: the launcher says VDEVFW_GUEST_ACK with @number.
 *	@value is an &enum vdevfw_ask: STOP, SUSPEND or RESET. For a RESET, of a guest that has
 *	stopped, too, this is when the launcher resets the vCPUs and KVM's devices, and forgets
 *	accesses that wait: the vdevs come next, and may raise interrupts. Comes only with the
 *	setting ``acknowledge``
 * @VDEVFW_EVENT_STOPPED: the guest has stopped, in state @value; @detail has all reasons, @flags is
 *	a set of VDEVFW_STOPPED_*, @result as at &struct vdevfw_guest_stop
 * @VDEVFW_EVENT_RESUMED: it goes on, in state @value: if that is RUNNING, vCPUs run. Alternates
 *	with VDEVFW_EVENT_STOPPED, and the first start is none
 * @VDEVFW_EVENT_RESET: all vdevs have been reset, since @value, of &enum vdevfw_cause, wanted it;
 *	@number is the new &vdevfw_guest_info.out_generation. The launcher resets the vCPUs, if it
 *	has not, and what is in memory, and lets them run if @detail, of &enum vdevfw_state, is
 *	RUNNING
 * @VDEVFW_EVENT_SHUTDOWN: the guest shuts down, since @value, of &enum vdevfw_cause, wanted it
 * @VDEVFW_EVENT_SUSPENDED: the guest sleeps: vCPUs do not run before VDEVFW_EVENT_WAKEUP
 * @VDEVFW_EVENT_WAKEUP: it is awake again, by @value, of &struct vdevfw_guest_ask
 * @VDEVFW_EVENT_POWERDOWN: its power button was pressed: @value vdevs take care of that
 * @VDEVFW_EVENT_PANIC: @vdev, or the launcher, says that the guest is lost
 * @VDEVFW_EVENT_WATCHDOG: @vdev has bitten
 * @VDEVFW_EVENT_CAUSE: @vdev has asked for @value, of &enum vdevfw_ask; @detail is the value that
 *	goes with it, of a STOP as a bit; @text tells why
 */
enum vdevfw_event_type {
	VDEVFW_EVENT_LOST = 0,
	VDEVFW_EVENT_STATE = 1,
	VDEVFW_EVENT_TERMINATE = 2,
	VDEVFW_EVENT_LOG = 3,
	VDEVFW_EVENT_BUS_LOST = 4,
	VDEVFW_EVENT_REGIONS = 5,
	VDEVFW_EVENT_HIDDEN = 6,
	VDEVFW_EVENT_STOP_REQUEST = 7,
	VDEVFW_EVENT_STOPPED = 8,
	VDEVFW_EVENT_RESUMED = 9,
	VDEVFW_EVENT_RESET = 10,
	VDEVFW_EVENT_SHUTDOWN = 11,
	VDEVFW_EVENT_SUSPENDED = 12,
	VDEVFW_EVENT_WAKEUP = 13,
	VDEVFW_EVENT_POWERDOWN = 14,
	VDEVFW_EVENT_PANIC = 15,
	VDEVFW_EVENT_WATCHDOG = 16,
	VDEVFW_EVENT_CAUSE = 17,
};

#define VDEVFW_EVENT_TEXT	192

/**
 * struct vdevfw_event - What read(2) on a guest returns
 * @size: of this record: 256. It will not grow: new fields take the place of
 *	reserved ones.
 * @type: &enum vdevfw_event_type
 * @seq: Its number. The first event of a guest has 1, each later one 1 more.
 * @time_ns: CLOCK_MONOTONIC
 * @vdev: The vdev it is about, or 0
 * @value: depends on @type
 * @detail: depends on @type
 * @number: depends on @type
 * @flags: depends on @type
 * @result: depends on @type
 * @__reserved: 0
 * @text: depends on @type; NUL-terminated
 *
 * Each file of a guest reads all events from the moment it was opened. read(2)
 * returns as many whole records as are there and fit, and waits for the first
 * unless O_NONBLOCK is set (EAGAIN); a buffer too small for one is EINVAL.
 * After the event of VDEVFW_STATE_DEAD, it returns 0. poll(2) reports POLLIN
 * when there is an event, and POLLHUP when the guest is dead.
 */
struct vdevfw_event {
	__u32 size;
	__u32 type;
	__aligned_u64 seq;
	__aligned_u64 time_ns;
	__aligned_u64 vdev;
	__u32 value;
	__u32 detail;
	__aligned_u64 number;
	__u32 flags;
	__s32 result;
	__aligned_u64 __reserved;
	__u8 text[VDEVFW_EVENT_TEXT];
};

#endif
