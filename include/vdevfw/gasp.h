/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's address spaces: memory and I/O ports, and which vdev has which range.
 *
 * A region is a range of a space that belongs to a vdev. Most vdevs need nothing of this
 * file: the framework makes their one region from v_block. Those that have several, that
 * choose a place themselves, or that change their regions while the guest runs, do.
 */
#ifndef _VDEVFW_GASP_H
#define _VDEVFW_GASP_H

#include <linux/mman.h>

#include <vdevfw/vdev-core.h>

/**
 * enum gasp_region_flags - What becomes of an access to a region
 * @GRF_NONE: for gasp_region_set_soft(): delete the region; from gasp_region_info(): there
 *	is none
 * @GRF_VIRT_RD: reads go to &vdev_factory.vread
 * @GRF_VIRT_WR: writes go to &vdev_factory.vwrite
 * @GRF_VIRT_EX: no code can be executed there; KVM_RUN returns with KVM_INTERNAL_ERROR_EMULATION
 *	where a guest tries, with this flag or without
 * @GRF_VIRT_ANY: all three
 * @GRF_PASS_RD: reads get what is in a page of gasp_pages_alloc(), without an exit where user
 *	space has made it a memory slot
 * @GRF_PASS_WR: writes go there, too. Only together with GRF_PASS_RD.
 * @GRF_PASS_EX: the guest may execute what is in the page. Only together with GRF_PASS_RD, which
 *	implies it: a memory slot of KVM's cannot forbid it.
 * @GRF_PASS_ANY: all three
 * @GRF_NOCACHE: refused: the guest's own page tables decide how it caches
 * @GRF_ACTIVE: it is in effect as it is described. Only ever told: what is set is ignored
 * @GRF_MEMORY: RAM or ROM of the guest. Only ever told: memory is user space's
 * @GRF_PASSTHRU: refused, as all up to GRF_PRECIOUS: internal to the published product
 * @GRF_DMA_USES: refused
 * @GRF_DMA_NO_USE: refused
 * @GRF_DMA_SOURCE: refused
 * @GRF_DMA_TARGET: refused
 * @GRF_PRECIOUS: refused: no region overlaps another one here
 * @GRF_NOPERMS: the range is the vdev's, but every access is unsupported
 * @GRF_DOORBELL: writes ring the doorbell at &gasp_region.doorbell; no vwrite() is called
 * @GRF_MATCH: with GRF_DOORBELL: only those that write &gasp_region.match; others go to
 *	vwrite() with GRF_VIRT_WR, and are unsupported without
 */
enum gasp_region_flags {
	GRF_NONE = 0,
	GRF_VIRT_RD = 0x1,
	GRF_VIRT_WR = 0x2,
	GRF_VIRT_EX = 0x4,
	GRF_VIRT_ANY = 0x7,
	GRF_PASS_RD = 0x8,
	GRF_PASS_WR = 0x10,
	GRF_PASS_EX = 0x20,
	GRF_PASS_ANY = 0x38,
	GRF_NOCACHE = 0x40,
	GRF_ACTIVE = 0x80,
	GRF_MEMORY = 0x100,
	GRF_PASSTHRU = 0x200,
	GRF_DMA_USES = 0x400,
	GRF_DMA_NO_USE = 0x800,
	GRF_DMA_SOURCE = 0x1000,
	GRF_DMA_TARGET = 0x2000,
	GRF_PRECIOUS = 0x4000,
	GRF_NOPERMS = 0x8000,
	GRF_DOORBELL = 0x01000000,
	GRF_MATCH = 0x02000000,
};

struct vdev_doorbell;

/**
 * struct gasp_region - A region
 * @flags: Set of &enum gasp_region_flags
 * @cookie: For vread() and vwrite(): tells several regions of one vdev apart
 * @vdev: Whose it is; NULL for memory, and where there is none
 * @host_location: With GRF_PASS_RD: the kernel's address of the page behind its first byte, within
 *	what gasp_pages_alloc() gave. Otherwise 0.
 * @guest: The range: location, length, and QST_MEMORY or QST_X86_IO
 * @doorbell: With GRF_DOORBELL: what vdev_doorbell_create() gave. Otherwise NULL.
 * @match: With GRF_MATCH: the value, zero-extended from what the guest writes
 */
struct gasp_region {
	u32 flags;
	u32 cookie;
	vdev_t *vdev;
	u64 host_location;
	struct qvm_state_block guest;
	struct vdev_doorbell *doorbell;
	u64 match;
};

/**
 * gasp_lock() - Take the lock of a space
 * @gsp: The guest
 * @type: QST_MEMORY or QST_X86_IO
 *
 * While the machine is assembled there is one thread only, and nothing is taken. In the running
 * stage it is a spinlock: keep it for as long as a change takes.
 *
 * Phase: any. Context: Process context: control(), vread(), vwrite(), a vdev's thread. Does not
 *	sleep, and neither may its caller until gasp_unlock(). Comes after v_mtx. Who takes both
 *	takes that of QST_MEMORY first.
 * Return: 0. -EINVAL: no such space. -EDEADLK: the caller has it already, or that of QST_X86_IO.
 */
int gasp_lock(struct guest_system *gsp, u16 type);

/**
 * gasp_unlock() - Give it back
 * @gsp: The guest
 * @type: As for gasp_lock()
 *
 * Phase: any. Context: As gasp_lock().
 * Return: 0. -EINVAL: no such space. -EPERM: the caller does not have it.
 */
int gasp_unlock(struct guest_system *gsp, u16 type);

/**
 * gasp_find_free() - Find a range that nobody has
 * @gsp: The guest
 * @type: QST_MEMORY or QST_X86_IO
 * @size: Bytes, not 0
 * @align: A power of two
 *
 * Regions, the guest's memory, and KVM's own devices are in the way. The lowest range is taken.
 * The time is linear in the number of regions.
 *
 * Phase: startup, typically in ASSIGN; running with gasp_lock() held. Context: As gasp_lock().
 * Return: Its address; QSL_NO_LOCATION if there is none, or an argument is wrong.
 */
u64 gasp_find_free(const struct guest_system *gsp, unsigned int type, u64 size, u64 align);

/**
 * gasp_find_free_range() - Find a range within bounds that nobody has
 * @gsp: The guest
 * @type: As for gasp_find_free()
 * @size: As for gasp_find_free()
 * @align: As for gasp_find_free()
 * @min_addr: Its first address is not below this one, ...
 * @max_addr: ... and its last one not above this one
 *
 * Phase: As gasp_find_free(). Context: As gasp_lock().
 * Return: As gasp_find_free().
 */
u64 gasp_find_free_range(const struct guest_system *gsp, unsigned int type, u64 size, u64 align,
			 u64 min_addr, u64 max_addr);

/**
 * gasp_region_set_soft() - Add, change and delete regions, with the lock held
 * @gsp: The guest
 * @n: How many
 * @rgn: The regions. For each of them:
 *
 *	- where nothing is, it is added
 *	- with GRF_NONE, what is there vanishes
 *	- otherwise it takes the place of what is there
 *
 *	What is there is a region of the same vdev, or a part of one: the rest of it stays, as one
 *	or two regions of their own. A range that lies in several regions is refused: ask
 *	gasp_region_info() for one after the other.
 * @error: Why the first failed that did, or 0; may be NULL
 *
 * Each of them is done as a whole or not at all. In the running stage, what lies in a window
 * of the guest's (see ``window`` in the configuration) is in effect at once: whoever
 * accesses it afterwards meets the new region. What lies outside of all windows becomes
 * GRF_ACTIVE soon, and until then leaves to user space; if KVM cannot have it, it vanishes and
 * the vdev says so in an error message. An access that is under way goes on with what it
 * has found.
 *
 * Phase: startup; running with gasp_lock() held. Context: As gasp_lock().
 * Return: @n, or the index of the first that failed; those behind it are not tried. Then *@error
 *	is -EPERM: wrong phase, or the lock is not held. -EINVAL: a type, length, or contradictory
 *	flags. -EOPNOTSUPP: KVM cannot do what a flag says. -EADDRNOTAVAIL: the guest cannot
 *	address it. -EADDRINUSE: another vdev has part of it. -EXDEV: it lies partly in a
 *	region of the vdev's, or in a window. -ENOENT: nothing is there to delete. -EDOM, -EFAULT:
 *	it cannot pass, or not from this page, or a region that does would be cut within a page.
 *	-E2BIG: it is longer than 64 MiB, and the guest runs. -ENOSPC: the space has 65536
 *	regions. -EAGAIN:
 *	accesses still use 1024 that are gone. -ESHUTDOWN: the guest is at its end. -ENOMEM.
 *	The reason is told in words, too: as the message of the command within control(),
 *	otherwise as one of the vdev's.
 */
unsigned int gasp_region_set_soft(struct guest_system *gsp, unsigned int n,
				  const struct gasp_region *rgn, int *error);

/**
 * gasp_region_set() - Add, change and delete regions
 * @gsp: The guest
 * @n: How many
 * @rgn: As for gasp_region_set_soft()
 *
 * Takes the lock of each region's space itself. In the published API an error ends the process;
 * here it is returned.
 *
 * Phase: startup, running. Context: As gasp_lock(), without the lock.
 * Return: 0, or the error of the first that failed, as at gasp_region_set_soft().
 */
int gasp_region_set(struct guest_system *gsp, unsigned int n, const struct gasp_region *rgn);

/**
 * gasp_region_info() - What is in a range
 * @gsp: The guest
 * @blk: The range
 * @rgn: What is at its beginning: a region, memory, or nothing (GRF_NONE). Its length may be
 *	shorter than that of @blk: a range is never guaranteed to be one region. Go on behind it.
 *
 * Phase: any. Context: As gasp_lock(), with or without the lock.
 * Return: 0. -EINVAL: no such space, or the range is empty or wraps. -EDEADLK: as gasp_lock().
 */
int gasp_region_info(struct guest_system *gsp, const struct qvm_state_block *blk,
		     struct gasp_region *rgn);

/**
 * gasp_region_wait() - Wait until a region is in effect
 * @vdp: The vdev
 * @blk: A place in it
 * @ms: Milliseconds to wait at most
 *
 * A region outside of all windows waits for the guest's worker, one that lets pass, or does no
 * longer, for user space, which changes its memory slots. Until then, accesses to the former leave
 * to user space; to the latter they trap and get what is in the page. To one that does not
 * pass any more, they still pass.
 *
 * Phase: running, ending. Context: a thread of the vdev's. Sleeps.
 * Return: 0: it is GRF_ACTIVE. -ETIMEDOUT: not yet. -ENOENT: there is no region. -EINVAL: as
 *	gasp_region_info(). -EINTR: the thread is to end. -EPERM: wrong phase, or not its own
 *	thread.
 */
int gasp_region_wait(vdev_t *vdp, const struct qvm_state_block *blk, unsigned int ms);

/**
 * struct gasp_walk - How far a walk over a space has come
 */
struct gasp_walk {
	/* private: */
	struct guest_system *gsp;
	u64 at;
	u16 type;
	bool done;
};

/**
 * gasp_walk_init() - Begin a walk over a space
 * @gsp: The guest
 * @type: QST_MEMORY or QST_X86_IO
 * @walk: The walk
 *
 * Phase: any. Context: Any.
 * Return: 0. -EINVAL: no such space.
 */
int gasp_walk_init(struct guest_system *gsp, u16 type, struct gasp_walk *walk);

/**
 * gasp_walk_next() - Go on to the next region, or piece of memory
 * @walk: The walk
 * @rgn: What is there, as of gasp_region_info()
 *
 * Without the lock, each step sees the space as it is then.
 *
 * Phase: any. Context: As gasp_lock(), with or without the lock.
 * Return: Whether there was one more.
 */
bool gasp_walk_next(struct gasp_walk *walk, struct gasp_region *rgn);

/**
 * gasp_walk_count() - How many steps a walk over a space takes
 * @gsp: The guest
 * @type: QST_MEMORY or QST_X86_IO
 *
 * Phase: any. Context: As gasp_lock(), with or without the lock.
 * Return: As many; 0 if there is no such space.
 */
unsigned int gasp_walk_count(struct guest_system *gsp, u16 type);

/**
 * gasp_pages_alloc() - Make pages for a region to pass through
 * @vdp: The vdev
 * @size: Bytes: whole pages, 16 MiB at most
 * @flags: GRF_PASS_RD: the guest may read them; GRF_PASS_WR: and write them
 *
 * They are zeroed. What the vdev writes there the guest sees at once. They are the framework's to
 * free, after TERMINATE.
 *
 * Phase: startup, running. Context: control(). May sleep.
 * Return: The kernel's address, for &gasp_region.host_location; or an ERR_PTR(): -EPERM: wrong
 *	phase. -EINVAL: @size or @flags. -ENOMEM.
 */
void *gasp_pages_alloc(vdev_t *vdp, size_t size, unsigned int flags);

/**
 * enum gram_flags - Where gram_find_free() looks
 * @GRAM_HINT_RAM: in memory that the guest can write
 * @GRAM_HINT_ROM: in memory that it cannot write
 * @GRAM_HINT_ALIGN_TOP: the highest range that fits instead of the lowest
 */
enum gram_flags {
	GRAM_HINT_RAM = 1,
	GRAM_HINT_ROM = 2,
	GRAM_HINT_ALIGN_TOP = 4,
};

/**
 * gram_reserve() - Keep part of the guest's memory from being taken by another vdev
 * @gsp: The guest
 * @addr: Its first address
 * @size: Bytes
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: 0. -EPERM: wrong phase. -EINVAL: it is empty, or wraps. -ENXIO: not all of it is memory.
 *	-EADDRINUSE: part of it is reserved. -ENOMEM.
 */
int gram_reserve(struct guest_system *gsp, u64 addr, u64 size);

/**
 * gram_find_free() - Take a range of the guest's memory
 * @gsp: The guest
 * @size: Bytes
 * @align: A power of two
 * @flags: Set of &enum gram_flags, GRAM_HINT_RAM if neither kind is set
 *
 * The range is reserved. User space must have made the memory before, and keeps its own things
 * (a kernel, tables) out of what VDEVFW_GUEST_REGIONS shows as reserved.
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: Its address; QSL_NO_LOCATION if there is none, or an argument or the phase is wrong.
 */
u64 gram_find_free(struct guest_system *gsp, u64 size, u64 align, unsigned int flags);

/**
 * gram_find_free_range() - Take a range of the guest's memory, within bounds
 * @gsp: The guest
 * @size: As for gram_find_free()
 * @align: As for gram_find_free()
 * @flags: As for gram_find_free()
 * @start: Its first address is not below this one, ...
 * @end: ... and its last one not above this one
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: As gram_find_free().
 */
u64 gram_find_free_range(struct guest_system *gsp, u64 size, u64 align, unsigned int flags,
			 u64 start, u64 end);

/**
 * DOC: Guest memory
 *
 * The guest's memory is memory of the process that has made the VM, and KVM's memory slots
 * say where in it. That process may change both at any time, and what a guest gives a vdev
 * as an address is anything: there may be no memory, or less than the guest says.
 *
 * gasp_read() and gasp_write() copy, and are the right way for all that is small. A mapping
 * is for what is large, or touched often: the pages behind it stay where they are until
 * gasp_unmap(), so that its pointer can always be used. Where the process has meanwhile put
 * other memory there, or none, they are no longer the guest's, and the mapping is revoked:
 * gasp_map_valid() tells. Then unmap it, and map again if it is needed.
 *
 * Both keep KVM's dirty log: a write of a vdev's is as good as one of the guest's. They see
 * memory as the guest does outside of system management mode.
 */

/**
 * gasp_read() - Copy from guest memory
 * @vdp: The vdev
 * @gpa: Guest-physical address
 * @data: Where to
 * @len: Bytes. Any number, over pages and memory slots.
 *
 * A vdev's own thread borrows the address space of the VM's process. A page that this process
 * has yet to bring is waited for; in control(), the guest's mutex is held meanwhile.
 *
 * Phase: startup, running. Context: vread(), vwrite(); a vdev's own thread; control(), where it
 * is called on a thread of the VM's process. Sleeps: without a spinlock.
 * Return: 0. -EPERM: wrong phase. -EFAULT: there is no memory, from some byte on. -EXDEV: the
 *	thread is one of another process. -ESRCH: the VM's process is gone. -EINTR: the thread
 *	is being killed. After an error some of the bytes may have been copied: the first ones,
 *	and perhaps a part of the page at which it stopped.
 */
int gasp_read(const vdev_t *vdp, u64 gpa, void *data, size_t len);

/**
 * gasp_write() - Copy to guest memory
 * @vdp: The vdev
 * @gpa: Guest-physical address
 * @data: Where from
 * @len: Bytes
 *
 * The guest may see the bytes in any order, and on several pages.
 *
 * Phase: startup, running. Context: As gasp_read().
 * Return: As gasp_read(). -EROFS: the memory is read-only, from some byte on. -EOPNOTSUPP: KVM
 *	logs dirty memory in rings of the vCPUs, and this is no vCPU's thread. -EAGAIN: the vCPU's
 *	ring is full: its process must empty it before.
 */
int gasp_write(const vdev_t *vdp, u64 gpa, const void *data, size_t len);

/* How long a mapping can be, with what is before and behind it in its pages. */
#define GASP_MAP_MAX	0x4000000

/**
 * gasp_map_sys() - Map guest memory at an address that the vdev has chosen
 * @gsp: The guest
 * @prot: Set of PROT_READ, PROT_WRITE
 * @gpa: Guest-physical address
 * @len: Bytes
 *
 * For tables such as firmware's. Ends with the guest, unless gasp_unmap() comes before.
 *
 * In the published API, NULL is the only failure.
 *
 * Phase: startup, running. Context: As gasp_read().
 * Return: A pointer for gasp_unmap(), or an ERR_PTR() as gasp_map_vdma().
 */
void *gasp_map_sys(struct guest_system *gsp, int prot, u64 gpa, size_t len);

/**
 * gasp_map_vdma() - Map guest memory at an address that the guest has chosen
 * @vdp: The vdev
 * @prot: Set of PROT_READ, PROT_WRITE. Without PROT_WRITE, a store through the pointer is a
 *	fault of the kernel's.
 * @gpa: Guest-physical address. There is no virtual IOMMU.
 * @len: Bytes, at most GASP_MAP_MAX
 *
 * The guest changes what is mapped at any time: read each value once. A vdev that writes and
 * keeps the mapping tells with gasp_map_dirty().
 *
 * The pages count against RLIMIT_MEMLOCK of the VM's process; a refusal is reported. What is
 * mapped when the vdev gets TERMINATE is unmapped after it.
 *
 * In the published API, NULL is the only failure.
 *
 * Phase: startup, running. Context: As gasp_read().
 * Return: A pointer for gasp_unmap(), or an ERR_PTR(): -EPERM, -EFAULT, -EROFS, -EXDEV,
 *	-ESRCH, -EINTR as gasp_read() and gasp_write(). -EINVAL: @prot is none, or has more;
 *	@len is 0. -E2BIG: @len. -ENOSPC: the guest has too many mappings. -ENOBUFS:
 *	RLIMIT_MEMLOCK. -EAGAIN: the VM's process keeps changing it. -EOPNOTSUPP: it is not one
 *	piece of the process' memory; or it is to be written to, and KVM has dirty rings; or it
 *	is of a kind that cannot be kept in its place. -ENOMEM.
 */
void *gasp_map_vdma(const vdev_t *vdp, int prot, u64 gpa, size_t len);

/**
 * gasp_map_contig() - Map guest memory that is in one piece for the host, too
 * @vdp: The vdev
 * @prot: As for gasp_map_vdma()
 * @ppaddr: In: guest-physical address. Out: the host's physical address, until gasp_unmap()
 * @plen: In: bytes, at most GASP_MAP_MAX. Out: how many of them are mapped, not 0
 *
 * Else as gasp_map_vdma().
 *
 * Phase: startup, running. Context: As gasp_read().
 * Return: As gasp_map_vdma(); after an error, @ppaddr and @plen are as before.
 */
void *gasp_map_contig(const vdev_t *vdp, int prot, u64 *ppaddr, size_t *plen);

/**
 * gasp_map_valid() - Whether a mapping is still the guest's memory
 * @gsp: The guest
 * @ptr: What a gasp_map function has given
 *
 * It may be revoked without need, where the host moves memory about; then it can be
 * mapped again at once.
 *
 * Phase: any. Context: vread(), vwrite(), control(), threads. Does not sleep.
 * Return: Whether it was when this was called. False: also for what is no mapping.
 */
bool gasp_map_valid(struct guest_system *gsp, const void *ptr);

/**
 * gasp_map_dirty() - Tell that a vdev has written to a mapping
 * @gsp: The guest
 * @ptr: What a gasp_map function has given, with PROT_WRITE
 * @offset: First byte after @ptr
 * @len: Bytes
 *
 * After the write. Without it, KVM's dirty log learns only at gasp_unmap() of what was written:
 * a machine that is moved while it runs would lose it.
 *
 * What is no mapping, not in it, or not writable, is reported to the kernel log.
 *
 * Phase: any. Context: As gasp_map_valid().
 */
void gasp_map_dirty(struct guest_system *gsp, const void *ptr, size_t offset, size_t len);

/**
 * gasp_unmap() - Undo one of the gasp_map functions
 * @gsp: The guest
 * @ptr: What it has given
 * @len: As it was mapped
 * @flush: Means nothing: caches are coherent here
 *
 * A mapping with PROT_WRITE becomes dirty as a whole. What is no mapping stays as it is, and is
 * reported to the kernel log.
 *
 * Phase: any. Context: vread(), vwrite(), control(), threads. Sleeps.
 */
void gasp_unmap(struct guest_system *gsp, const void *ptr, size_t len, int flush);

#endif
