/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler is told by attributes; included before everything else, as by kbuild. */
#ifndef _SHIM_LINUX_COMPILER_TYPES_H
#define _SHIM_LINUX_COMPILER_TYPES_H

#define __aligned(bytes)	__attribute__((__aligned__(bytes)))
#define __maybe_unused		__attribute__((__unused__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __packed		__attribute__((__packed__))
#define __printf(format, first)	__attribute__((__format__(printf, format, first)))
#define __scanf(format, first)	__attribute__((__format__(scanf, format, first)))
#define __counted_by(member)
#define fallthrough		__attribute__((__fallthrough__))

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))

/* What sparse and the linker script would make of these, nobody does here. */
#define __acquires(lock)
#define __cold
#define __exit
#define __force
#define __init
#define __initdata
#define __iomem
#define __must_hold(lock)
#define __rcu
#define __read_mostly
#define __releases(lock)
#define __ro_after_init
#define __user

#define barrier()		__asm__ volatile("" : : : "memory")
#define likely(condition)	__builtin_expect(!!(condition), 1)
#define unlikely(condition)	__builtin_expect(!!(condition), 0)

#define READ_ONCE(variable)	(*(const volatile __typeof__(variable) *)&(variable))
#define WRITE_ONCE(variable, value)						\
	(*(volatile __typeof__(variable) *)&(variable) = (value))

#endif
