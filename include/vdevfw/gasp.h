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

#endif
