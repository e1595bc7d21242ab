/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomic integers, where there is one thread. */
#ifndef _SHIM_LINUX_ATOMIC_H
#define _SHIM_LINUX_ATOMIC_H

#include <linux/types.h>

#define ATOMIC_INIT(value)		{ (value) }
#define ATOMIC64_INIT(value)		{ (value) }

#define atomic_read(v)			((v)->counter)
#define atomic_set(v, value)		((void)((v)->counter = (value)))
#define atomic_inc(v)			((void)(v)->counter++)
#define atomic_dec(v)			((void)(v)->counter--)
#define atomic_add(value, v)		((void)((v)->counter += (value)))
#define atomic_sub(value, v)		((void)((v)->counter -= (value)))
#define atomic_inc_return(v)		(++(v)->counter)
#define atomic_dec_return(v)		(--(v)->counter)
#define atomic_add_return(value, v)	((v)->counter += (value))
#define atomic_dec_and_test(v)		(--(v)->counter == 0)

#define atomic64_read(v)		((v)->counter)
#define atomic64_set(v, value)		((void)((v)->counter = (value)))
#define atomic64_inc(v)			((void)(v)->counter++)
#define atomic64_inc_return(v)		(++(v)->counter)
#define atomic64_add(value, v)		((void)((v)->counter += (value)))

#define smp_mb()			barrier()
#define smp_rmb()			barrier()
#define smp_wmb()			barrier()
#define smp_load_acquire(pointer)	READ_ONCE(*(pointer))
#define smp_store_release(pointer, value)	WRITE_ONCE(*(pointer), value)
#define xchg(pointer, value)						\
({									\
	__typeof__(*(pointer)) __old = *(pointer);			\
	*(pointer) = (value);						\
	__old;								\
})
#define cmpxchg(pointer, old, new)					\
({									\
	__typeof__(*(pointer)) __seen = *(pointer);			\
	if (__seen == (old))						\
		*(pointer) = (new);					\
	__seen;								\
})

#endif
