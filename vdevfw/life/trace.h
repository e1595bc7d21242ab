/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be watched of a guest's states: tracepoints of the group vdevfw. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vdevfw

#if !defined(_VDEVFW_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VDEVFW_TRACE_H

#include <linux/tracepoint.h>

/* A transition; with @allowed 0, one that no state allows, and that has not happened. */
TRACE_EVENT(vdevfw_state,
	TP_PROTO(u64 guest, unsigned int from, unsigned int to, bool allowed),
	TP_ARGS(guest, from, to, allowed),
	TP_STRUCT__entry(
		__field(u64, guest)
		__field(unsigned int, from)
		__field(unsigned int, to)
		__field(bool, allowed)
	),
	TP_fast_assign(
		__entry->guest = guest;
		__entry->from = from;
		__entry->to = to;
		__entry->allowed = allowed;
	),
	TP_printk("guest=%llu from=%u to=%u allowed=%d",
		  __entry->guest, __entry->from, __entry->to, __entry->allowed)
);

/* Somebody asks: @ask of enum vdevfw_ask. */
TRACE_EVENT(vdevfw_ask,
	TP_PROTO(u64 guest, u64 vdev, unsigned int ask, u32 value),
	TP_ARGS(guest, vdev, ask, value),
	TP_STRUCT__entry(
		__field(u64, guest)
		__field(u64, vdev)
		__field(unsigned int, ask)
		__field(u32, value)
	),
	TP_fast_assign(
		__entry->guest = guest;
		__entry->vdev = vdev;
		__entry->ask = ask;
		__entry->value = value;
	),
	TP_printk("guest=%llu vdev=%llu ask=%u value=0x%x",
		  __entry->guest, __entry->vdev, __entry->ask, __entry->value)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
