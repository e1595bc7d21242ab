/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in the guest-physical memory of every machine.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#define PAGE_BYTES 0x1000ULL

/* An ELF64 image's first page tables: an identity map of the first 4 GiB. */
#define BOOT_TABLES_START 0x1000ULL
#define BOOT_TABLES_END	  0x7000ULL

/* What is kept free below the image for the stack that it starts with. */
#define STACK_BYTES 0x10000ULL

/* A flat image, unless the configuration says otherwise. */
#define FLAT_ADDRESS 0x100000ULL

/* The I/O APIC, the local APICs, and pages that KVM keeps to itself; no RAM. */
#define CHIPS_START	  0xfec00000ULL
#define CHIPS_END	  0x100000000ULL
#define KVM_IDENTITY_PAGE 0xfffbc000ULL
#define KVM_TSS_PAGES	  0xfffbd000ULL

/* Physical addresses are less than this on every x86 processor. */
#define PHYSICAL_END (1ULL << 52)

#endif
