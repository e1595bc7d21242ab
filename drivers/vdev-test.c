// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev test: a register that keeps what is written to it, a record of all that the
 * framework does to it, and the misbehaviour that its options ask for. For tests and
 * benchmarks, not for a machine.
 *
 *	vdev test loc mem:0xfb000000 length 0x1000 delay-ms 50
 *	vdev test loc io:0x5000 errno 5
 *	vdev test loc io:0x5000 fail ASSIGN:19
 *	vdev test loc mem:0xfb000000 ask stop
 *
 * Its status has the record, so that a test learns what has happened, in which order,
 * and on which thread.
 */
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <vdevfw/gasp.h>
#include <vdevfw/guest.h>
#include <vdevfw/log.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/runstate.h>
#include <vdevfw/save.h>
#include <vdevfw/utils.h>

#define DELAY_MAX_MS	10000
#define RECORDS		32
#define NO_CODE		U32_MAX

static unsigned int abi = QVM_VDEV_ABI;
module_param(abi, uint, 0444);
MODULE_PARM_DESC(abi, "ABI version to register with");

static char *name;
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "name to register, instead of test");

static bool stubborn;
module_param(stubborn, bool, 0644);
MODULE_PARM_DESC(stubborn, "as long as it is set, threads of forget-thread do not end");

/**
 * struct vdtest_record - One call of control()
 * @ctrl: With this code
 * @thread: By this thread
 */
struct vdtest_record {
	unsigned int ctrl;
	char thread[TASK_COMM_LEN];
};

typedef int vdtest_ask_t(const vdev_t *vdp, const struct guest_reason *reason, const char *why);

/**
 * struct vdtest_state - One instance
 * @value: The register, 8 bytes that repeat over the whole length. Written under
 *	v_mtx.
 * @fail_at: control() with this code fails ...
 * @fail_with: ... with this error
 * @fatal_at: control() with this code calls qvm_fatal()
 * @end_at: control() with this code ends the machine ...
 * @end_cause: ... with this cause
 * @misuse_at: control() with this code calls functions that it may not call everywhere
 * @sleep_at: control() with this code sleeps ...
 * @sleep_ms: ... so long
 * @delay_ms: How long each access sleeps
 * @write_status: How each write ends
 * @cause: With which a write ends the machine before, or -1
 * @say: Severity with which each write says something, or -1
 * @ask: What each write asks the machine for, or NULL
 * @button: What the power button puts into the register, unless it is 0
 * @parsed: What came of the last option that only parses
 * @forget_thread: Start a thread and leave it to the framework to end it
 * @slow: Accesses are counted, or sleep
 * @counts: Accesses are counted
 * @reads: How many there were, if @counts
 * @writes: How many there were, if @counts
 * @codes: How many calls of control() there were; the first RECORDS are in @record
 * @record: See above
 */
struct vdtest_state {
	u64 value;
	unsigned int fail_at;
	int fail_with;
	unsigned int fatal_at;
	unsigned int end_at;
	u64 end_cause;
	unsigned int misuse_at;
	unsigned int sleep_at;
	unsigned int sleep_ms;
	unsigned int delay_ms;
	enum vdev_ref_status write_status;
	int cause;
	int say;
	vdtest_ask_t *ask;
	u64 button;
	char parsed[64];
	bool forget_thread;
	bool slow;
	bool counts;
	atomic_t reads;
	atomic_t writes;
	unsigned int codes;
	struct vdtest_record record[RECORDS];
};

static const char *const vdtest_severities[] = {
	"fatal", "internal", "error", "warn", "info", "debug", "verbose", NULL
};

/*
 * Accesses
 */

/* By how many bits the register must be turned right, so that what is accessed comes first. */
static unsigned int vdtest_turn(const vdev_t *vdp, const struct qvm_state_block *vopnd)
{
	return (vopnd->location - vdp->v_block.location) % sizeof(u64) * BITS_PER_BYTE;
}

/* What options make of an access before it is served; benchmarks give none of them. */
static noinline void vdtest_slow(const struct vdtest_state *state, atomic_t *counter)
{
	if (state->counts)
		atomic_inc(counter);
	if (state->delay_ms)
		msleep_interruptible(state->delay_ms);
}

static enum vdev_ref_status vdtest_vread(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd,
					 struct guest_cpu *gcp)
{
	struct vdtest_state *state = vdp->v_device;
	u64 value;
	int err;

	if (unlikely(state->slow))
		vdtest_slow(state, &state->reads);
	value = ror64(READ_ONCE(state->value), vdtest_turn(vdp, vopnd));
	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

/* What an option makes of each write. */
static enum vdev_ref_status vdtest_written(vdev_t *vdp)
{
	struct vdtest_state *state = vdp->v_device;

	if (unlikely(state->say >= 0))
		vdev_logf(state->say, vdp, "wrote 0x%llx", READ_ONCE(state->value));
	if (unlikely(state->cause >= 0))
		guest_terminate(vdp, state->cause);
	if (unlikely(state->ask))
		state->ask(vdp, NULL, "the guest has written to a vdev for tests");
	return state->write_status;
}

static enum vdev_ref_status vdtest_vwrite(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	struct vdtest_state *state = vdp->v_device;
	unsigned int turn = vdtest_turn(vdp, vopnd);
	u64 value;
	int err;

	if (unlikely(state->slow))
		vdtest_slow(state, &state->writes);
	spin_lock(&vdp->v_mtx);
	value = ror64(state->value, turn);
	err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	if (!err)
		WRITE_ONCE(state->value, rol64(value, turn));
	spin_unlock(&vdp->v_mtx);
	return err ? guest_cpu_to_vrs(err) : vdtest_written(vdp);
}

/*
 * Options
 */

/* @arg is CODE or CODE:NUMBER. */
static int vdtest_parse_code(vdev_t *vdp, const char *arg, unsigned int *code, u64 *number)
{
	const char *colon = strchrnul(arg, ':'), *ctrl;
	unsigned int i;

	if (*colon && qvm_parse_num(vdp, colon + 1, U32_MAX, number))
		return -EINVAL;
	for (i = 0; i <= VDEV_CTRL_RESTORE; i++) {
		ctrl = vdev_ctrl_name(i);
		if (strlen(ctrl) != colon - arg || !strstarts(arg, ctrl))
			continue;
		*code = i;
		return 0;
	}
	return vdev_refuse(vdp, -EINVAL, "\"%.40s\" is no control code; allowed: ASSIGN and others",
			   arg);
}

static int vdtest_set_length(vdev_t *vdp, const char *arg)
{
	u64 length;
	int err = qvm_parse_size(vdp, arg, SZ_1G, &length);

	if (!err)
		vdp->v_block.length = length;
	return err;
}

static int vdtest_set_fail(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 error = EIO;
	int err;

	err = vdtest_parse_code(vdp, arg, &state->fail_at, &error);
	state->fail_with = -(int)error;
	return err;
}

static int vdtest_set_fatal(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 unused;

	return vdtest_parse_code(vdp, arg, &state->fatal_at, &unused);
}

static int vdtest_set_end(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	return vdtest_parse_code(vdp, arg, &state->end_at, &state->end_cause);
}

static int vdtest_set_misuse(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 unused;

	return vdtest_parse_code(vdp, arg, &state->misuse_at, &unused);
}

static int vdtest_set_sleep(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 ms = 0;
	int err;

	err = vdtest_parse_code(vdp, arg, &state->sleep_at, &ms);
	state->sleep_ms = min_t(u64, ms, DELAY_MAX_MS);
	return err;
}

static int vdtest_set_terminate(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	state->write_status = VRS_TERMINATE;
	return 0;
}

static int vdtest_set_cause(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 cause;
	int err = qvm_parse_num(vdp, arg, GTC_MAX, &cause);

	if (!err)
		state->cause = cause;
	state->write_status = VRS_TERMINATE;
	return err;
}

static int vdtest_set_errno(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 error;
	int err = qvm_parse_num(vdp, arg, MAX_ERRNO, &error);

	if (!err)
		state->write_status = VRS_ERRNO + error;
	return err;
}

static int vdtest_set_delay(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 ms;
	int err = qvm_parse_num(vdp, arg, DELAY_MAX_MS, &ms);

	if (!err)
		state->delay_ms = ms;
	state->slow = true;
	return err;
}

static int vdtest_set_count(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	state->counts = true;
	state->slow = true;
	return 0;
}

static int vdtest_set_say(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	unsigned int severity;
	int err = qvm_parse_choice(vdp, arg, vdtest_severities, &severity);

	if (!err)
		state->say = severity;
	return err;
}

static int vdtest_ask_stop(const vdev_t *vdp, const struct guest_reason *reason, const char *why)
{
	return guest_ask_stop(vdp, reason, GRS_IO_ERROR, why);
}

static int vdtest_set_ask(vdev_t *vdp, const char *arg)
{
	static const char *const names[] = {
		"stop", "reset", "shutdown", "suspend", "panic", "watchdog", NULL
	};
	static vdtest_ask_t *const asks[] = {
		vdtest_ask_stop, guest_ask_reset, guest_ask_shutdown, guest_ask_suspend,
		guest_panicked, guest_watchdog_expired,
	};
	struct vdtest_state *state = vdp->v_device;
	unsigned int i;
	int err = qvm_parse_choice(vdp, arg, names, &i);

	if (!err)
		state->ask = asks[i];
	return err;
}

static int vdtest_set_button(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	return qvm_parse_num(vdp, arg, U64_MAX, &state->button) ?: guest_button_register(vdp);
}

static int vdtest_set_forget_thread(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	state->forget_thread = true;
	return 0;
}

/* The rest only parses, and keeps the result for the status. */

static int vdtest_parse_num(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 value;
	int err = qvm_parse_num(vdp, arg, 1000000, &value);

	if (!err)
		snprintf(state->parsed, sizeof(state->parsed), "number %llu", value);
	return err;
}

static int vdtest_parse_size(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	u64 value;
	int err = qvm_parse_size(vdp, arg, SZ_1G, &value);

	if (!err)
		snprintf(state->parsed, sizeof(state->parsed), "size %llu", value);
	return err;
}

static int vdtest_parse_bool(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	bool value;
	int err = qvm_parse_bool(vdp, arg, &value);

	if (!err)
		snprintf(state->parsed, sizeof(state->parsed), "bool %d", value);
	return err;
}

static int vdtest_parse_text(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	return qvm_parse_string(vdp, arg, state->parsed, sizeof(state->parsed));
}

static int vdtest_parse_place(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	struct qvm_state_block block = { .type = QST_NO_TYPE };
	int err = qvm_parse_block(vdp, arg, &block);

	if (!err)
		snprintf(state->parsed, sizeof(state->parsed), "type 0x%x at 0x%llx", block.type,
			 block.location);
	return err;
}

static int vdtest_parse_line(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	struct guest_intr intr;
	int err = qvm_parse_intr(vdp, arg, &intr);

	if (!err)
		snprintf(state->parsed, sizeof(state->parsed), "line %u", intr.param);
	return err;
}

/* By index: the option, and what takes its argument. */
static const struct {
	const char *name;
	int (*take)(vdev_t *vdp, const char *arg);
} vdtest_table[] = {
	{ "length", vdtest_set_length },
	{ "fail", vdtest_set_fail },
	{ "fatal", vdtest_set_fatal },
	{ "end", vdtest_set_end },
	{ "misuse", vdtest_set_misuse },
	{ "sleep", vdtest_set_sleep },
	{ QVM_OPTION_NO_ARG_PREFIX "terminate", vdtest_set_terminate },
	{ "cause", vdtest_set_cause },
	{ "errno", vdtest_set_errno },
	{ "delay-ms", vdtest_set_delay },
	{ QVM_OPTION_NO_ARG_PREFIX "count", vdtest_set_count },
	{ "say", vdtest_set_say },
	{ "ask", vdtest_set_ask },
	{ "button", vdtest_set_button },
	{ QVM_OPTION_NO_ARG_PREFIX "forget-thread", vdtest_set_forget_thread },
	{ "number", vdtest_parse_num },
	{ "size", vdtest_parse_size },
	{ "bool", vdtest_parse_bool },
	{ "text", vdtest_parse_text },
	{ "place", vdtest_parse_place },
	{ "line", vdtest_parse_line },
};

static const char *vdtest_options[ARRAY_SIZE(vdtest_table) + 1];

/*
 * Control codes
 */

static void vdtest_record(struct vdtest_state *state, unsigned int ctrl)
{
	unsigned int i = state->codes++;
	struct vdtest_record *record;

	if (i >= RECORDS)
		return;
	record = &state->record[i];
	record->ctrl = ctrl;
	get_task_comm(record->thread, current);
}

static void vdtest_report(vdev_t *vdp)
{
	struct vdtest_state *state = vdp->v_device;
	unsigned int i;

	qvm_report(vdp, "value 0x%llx", READ_ONCE(state->value));
	if (state->counts)
		qvm_report(vdp, "reads %d, writes %d", atomic_read(&state->reads),
			   atomic_read(&state->writes));
	qvm_report(vdp, "parsed %s", state->parsed);
	for (i = 0; i < min_t(unsigned int, state->codes, RECORDS); i++) {
		const struct vdtest_record *record = &state->record[i];

		if (record->ctrl >= VDEV_CTRL_FIRST_OPTIDX)
			qvm_report(vdp, "control option %u by %s",
				   record->ctrl - VDEV_CTRL_FIRST_OPTIDX, record->thread);
		else
			qvm_report(vdp, "control %s by %s", vdev_ctrl_name(record->ctrl),
				   record->thread);
	}
}

static void vdtest_idle(void *arg)
{
	u8 byte;

	while (vdev_thread_sleep(1000))
		;
	while (READ_ONCE(stubborn)) {
		gasp_read(arg, 0, &byte, sizeof(byte));
		msleep(20);
	}
}

static int vdtest_start_thread(vdev_t *vdp)
{
	struct vdev_thread *forgotten;

	return vdev_thread_create(vdp, "forgotten", &forgotten, vdtest_idle, vdp);
}

/* One call for each stage that it may be wrong in. */
static void vdtest_misuse(vdev_t *vdp)
{
	struct vdev_thread *thread = NULL;
	u64 number;

	qvm_parse_num(vdp, "1", 1, &number);
	vdev_string(NULL, 0, vdp);
	guest_cpu_read(NULL, GXF_NONE, &vdp->v_block, 1, &number, sizeof(number));
	if (!vdev_thread_create(vdp, "misuse", &thread, vdtest_idle, vdp))
		vdev_thread_join(thread);
}

static int vdtest_misbehave(vdev_t *vdp, unsigned int ctrl)
{
	struct vdtest_state *state = vdp->v_device;

	if (state->sleep_at == ctrl)
		msleep_interruptible(state->sleep_ms);
	if (state->end_at == ctrl)
		guest_terminate(vdp, state->end_cause);
	if (state->misuse_at == ctrl)
		vdtest_misuse(vdp);
	if (state->fatal_at == ctrl)
		return qvm_fatal(vdp, QVM_OUTF_QVM, "fatal, as asked for");
	return state->fail_at == ctrl ? state->fail_with : 0;
}

static void vdtest_init_state(vdev_t *vdp)
{
	struct vdtest_state *state = vdp->v_device;

	vdp->v_block.length = sizeof(state->value);
	state->say = -1;
	state->cause = -1;
	state->fail_at = NO_CODE;
	state->fatal_at = NO_CODE;
	state->end_at = NO_CODE;
	state->misuse_at = NO_CODE;
	state->sleep_at = NO_CODE;
}

enum { TAG_STATE };

/* What is saved of it. */
struct vdtest_saved {
	__le64 value;
	__le32 reads;
	__le32 writes;
};

static int vdtest_save(vdev_t *vdp)
{
	const struct vdtest_state *state = vdp->v_device;
	const struct vdtest_saved saved = {
		.value = cpu_to_le64(READ_ONCE(state->value)),
		.reads = cpu_to_le32(atomic_read(&state->reads)),
		.writes = cpu_to_le32(atomic_read(&state->writes)),
	};

	return vdev_save_put(vdp, TAG_STATE, &saved, sizeof(saved));
}

static int vdtest_restore(vdev_t *vdp)
{
	struct vdtest_state *state = vdp->v_device;
	struct vdtest_saved saved;
	int err = vdev_save_get(vdp, TAG_STATE, &saved, sizeof(saved));

	if (err)
		return err;
	WRITE_ONCE(state->value, le64_to_cpu(saved.value));
	atomic_set(&state->reads, le32_to_cpu(saved.reads));
	atomic_set(&state->writes, le32_to_cpu(saved.writes));
	return 0;
}

static int vdtest_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	int err;

	if (ctrl == VDEV_CTRL_OPTIONS_START)
		vdtest_init_state(vdp);
	vdtest_record(state, ctrl);
	if (ctrl >= VDEV_CTRL_FIRST_OPTIDX)
		return vdtest_table[ctrl - VDEV_CTRL_FIRST_OPTIDX].take(vdp, arg);
	err = vdtest_misbehave(vdp, ctrl);
	if (err)
		return err;
	if (ctrl == VDEV_CTRL_GUEST_CONFIGURED && state->forget_thread)
		return vdtest_start_thread(vdp);
	if (ctrl == VDEV_CTRL_BUTTON && state->button)
		WRITE_ONCE(state->value, state->button);
	if (ctrl == VDEV_CTRL_STATUS)
		vdtest_report(vdp);
	if (ctrl == VDEV_CTRL_SAVE)
		return vdtest_save(vdp);
	return ctrl == VDEV_CTRL_RESTORE ? vdtest_restore(vdp) : 0;
}

static struct vdev_factory vdtest_factory = {
	.control = vdtest_control,
	.vread = vdtest_vread,
	.vwrite = vdtest_vwrite,
	.option_list = vdtest_options,
	.factory_flags = VFF_MUTEX | VFF_VDEV_MEM | VFF_VDEV_X86_IO,
	.acc_sizes = 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8,
	.extra_space = sizeof(struct vdtest_state),
	.safety = VDEV_SAFETY_NO,
};

/* By hand, not by module_vdev_factory(): the parameters say what is registered. */
static int __init vdtest_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vdtest_table); i++)
		vdtest_options[i] = vdtest_table[i].name;
	vdtest_factory.name = name;
	return vdev_register_factory(&vdtest_factory, abi);
}
module_init(vdtest_init);

static void __exit vdtest_exit(void)
{
	vdev_unregister_factory(&vdtest_factory);
}
module_exit(vdtest_exit);

MODULE_DESCRIPTION("vdev test: a register, and misbehaviour on request");
MODULE_LICENSE("GPL");
