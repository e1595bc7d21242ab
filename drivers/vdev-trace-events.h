/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracepoint of vdev trace. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vdev_trace

#if !defined(_VDEV_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VDEV_TRACE_EVENTS_H

#include <linux/tracepoint.h>

/**
 * vdtrace_access - The guest has accessed the counter
 * @event: The number that option emit-trace gave
 * @what: read or write
 * @location: Guest-physical address
 * @value: What it read or wrote
 */
TRACE_EVENT(vdtrace_access,
	TP_PROTO(u32 event, const char *what, u64 location, u32 value),
	TP_ARGS(event, what, location, value),
	TP_STRUCT__entry(
		__field(u32, event)
		__field(bool, write)
		__field(u64, location)
		__field(u32, value)
	),
	TP_fast_assign(
		__entry->event = event;
		__entry->write = what[0] == 'w';
		__entry->location = location;
		__entry->value = value;
	),
	TP_printk("event=%u %s location=0x%llx value=0x%x", __entry->event,
		  __entry->write ? "write" : "read", __entry->location, __entry->value)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vdev-trace-events
#include <trace/define_trace.h>
