// SPDX-License-Identifier: GPL-2.0-only
/* What most suites stand on: see testbed.h. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <vdevfw/guest.h>

#include "testbed.h"

static const char *const probe_options[] = {
	"number", QVM_OPTION_NO_ARG_PREFIX "flag", "text", NULL,
};

static void destroy_guests(struct testbed *bed)
{
	while (bed->nr_guests) {
		struct guest_system *gsp = bed->guests[--bed->nr_guests];

		vdevfw_guest_destroy(gsp);
		vdevfw_guest_put(gsp);
	}
}

static void free_probes(struct testbed *bed)
{
	struct probe *probe, *next;

	list_for_each_entry_safe(probe, next, &bed->probes, node) {
		if (probe->registered)
			vdev_unregister_factory(&probe->factory);
		kfree(probe);
	}
}

static void tear_down(void *data)
{
	struct testbed *bed = data;
	struct kunit *test = bed->test;

	destroy_guests(bed);
	fake_kvm_exit();
	KUNIT_EXPECT_EQ_MSG(test, fake_kvm.attached, 0, "a VM is still held");
	KUNIT_EXPECT_EQ_MSG(test, fake_kvm.breaches, 0, "the contract with KVM was broken");
	KUNIT_EXPECT_EQ_MSG(test, module_refcount(THIS_MODULE), bed->module_refs,
			    "a factory is still pinned");
	free_probes(bed);
}

int testbed_init(struct kunit *test)
{
	struct testbed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);
	int err;

	if (!bed)
		return -ENOMEM;
	test->priv = bed;
	bed->test = test;
	INIT_LIST_HEAD(&bed->probes);
	bed->module_refs = module_refcount(THIS_MODULE);
	fake_time_init();
	err = fake_kvm_init();
	if (err)
		return err;
	return kunit_add_action_or_reset(test, tear_down, bed);
}

void testbed_clear_trace(struct kunit *test)
{
	struct testbed *bed = test->priv;

	bed->trace_len = 0;
	bed->trace[0] = 0;
}

/*
 * Probes
 */

static void trace(struct testbed *bed, const char *name, unsigned int ctrl, const char *arg)
{
	static const char *const names[] = {
		[VDEV_CTRL_OPTIONS_START] = "START",
		[VDEV_CTRL_OPTIONS_END] = "END",
		[VDEV_CTRL_GUEST_CONFIGURED] = "CONFIGURED",
		[VDEV_CTRL_TERMINATE] = "TERMINATE",
		[VDEV_CTRL_STATUS] = "STATUS",
		[VDEV_CTRL_GEN_ACPI] = "ACPI",
		[VDEV_CTRL_GEN_FDT] = "FDT",
		[VDEV_CTRL_BUTTON] = "BUTTON",
		[VDEV_CTRL_ASSIGN] = "ASSIGN",
		[VDEV_CTRL_GUEST_STARTING] = "STARTING",
		[VDEV_CTRL_RESET_ENTER] = "ENTER",
		[VDEV_CTRL_RESET_HOLD] = "HOLD",
		[VDEV_CTRL_RESET_EXIT] = "EXIT",
		[VDEV_CTRL_DRAIN] = "DRAIN",
		[VDEV_CTRL_SAVE] = "SAVE",
		[VDEV_CTRL_RESTORE] = "RESTORE",
	};
	const char *space = bed->trace_len ? " " : "";
	char *to = bed->trace + bed->trace_len;
	size_t left = sizeof(bed->trace) - bed->trace_len;

	if (ctrl >= VDEV_CTRL_FIRST_OPTIDX)
		bed->trace_len += scnprintf(to, left, "%s%s:%u=%s", space, name,
					    ctrl - VDEV_CTRL_FIRST_OPTIDX, arg ?: "NULL");
	else if (ctrl < ARRAY_SIZE(names) && names[ctrl])
		bed->trace_len += scnprintf(to, left, "%s%s:%s", space, name, names[ctrl]);
	else
		bed->trace_len += scnprintf(to, left, "%s%s:%u?", space, name, ctrl);
}

static int probe_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct probe *probe = container_of(vdp->v_factory, struct probe, factory);

	trace(probe->bed, vdp->v_factory->name, ctrl, arg);
	probe->vdp = vdp;
	if (ctrl == VDEV_CTRL_OPTIONS_START && probe->preset.type != QST_NO_TYPE)
		vdp->v_block = probe->preset;
	if (ctrl == VDEV_CTRL_ASSIGN && probe->assign != QSL_NO_LOCATION)
		vdp->v_block.location = probe->assign;
	if (probe->fail_with && ctrl == probe->fail_at)
		return probe->fail_with;
	return probe->on_control ? probe->on_control(probe, vdp, ctrl, arg) : 0;
}

static struct probe *note_access(vdev_t *vdp, unsigned int cookie,
				 const struct qvm_state_block *vopnd,
				 const struct qvm_state_block *oopnd)
{
	struct probe *probe = container_of(vdp->v_factory, struct probe, factory);

	probe->cookie = cookie;
	probe->vopnd = *vopnd;
	probe->oopnd = *oopnd;
	if (READ_ONCE(probe->blocks)) {
		complete(&probe->entered);
		wait_for_completion(&probe->leave);
	}
	if (probe->on_access)
		probe->on_access(probe);
	return probe;
}

static enum vdev_ref_status probe_vread(vdev_t *vdp, unsigned int cookie,
					const struct qvm_state_block *vopnd,
					const struct qvm_state_block *oopnd, struct guest_cpu *gcp)
{
	struct probe *probe = note_access(vdp, cookie, vopnd, oopnd);
	int err;

	probe->reads++;
	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &probe->value, vopnd->length);
	return err ? guest_cpu_to_vrs(err) : probe->status;
}

static enum vdev_ref_status probe_vwrite(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd,
					 struct guest_cpu *gcp)
{
	struct probe *probe = note_access(vdp, cookie, vopnd, oopnd);
	int err;

	probe->writes++;
	err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &probe->value, sizeof(probe->value));
	return err ? guest_cpu_to_vrs(err) : probe->status;
}

struct probe *probe_new(struct kunit *test, const char *name)
{
	struct probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, probe);
	list_add_tail(&probe->node, &bed->probes);
	probe->bed = bed;
	probe->preset = (struct qvm_state_block) {
		.location = QSL_NO_LOCATION, .length = 16, .type = QST_MEMORY,
	};
	probe->assign = QSL_NO_LOCATION;
	init_completion(&probe->entered);
	init_completion(&probe->leave);
	probe->factory = (struct vdev_factory) {
		.name = name,
		.control = probe_control,
		.vread = probe_vread,
		.vwrite = probe_vwrite,
		.option_list = probe_options,
		.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM | VFF_VDEV_X86_IO,
		.acc_sizes = BIT(1) | BIT(2) | BIT(4) | BIT(8),
		.extra_space = 8,
		.safety = VDEV_SAFETY_NO,
	};
	return probe;
}

void probe_register(struct kunit *test, struct probe *probe)
{
	KUNIT_ASSERT_EQ(test, vdev_register_factory(&probe->factory, QVM_VDEV_ABI), 0);
	probe->registered = true;
}

struct probe *probe_add(struct kunit *test, const char *name)
{
	struct probe *probe = probe_new(test, name);

	probe_register(test, probe);
	return probe;
}

struct probe *probe_add_manual(struct kunit *test, const char *name)
{
	struct probe *probe = probe_new(test, name);

	probe->factory.factory_flags = VFF_MANUAL_REGION;
	probe->preset.type = QST_NO_TYPE;
	probe_register(test, probe);
	return probe;
}

/*
 * Guests
 */

struct guest_system *testbed_guest(struct kunit *test, int fd)
{
	struct testbed *bed = test->priv;
	struct guest_system *gsp;

	KUNIT_ASSERT_LT(test, bed->nr_guests, TESTBED_GUESTS);
	gsp = vdevfw_guest_create(fd, "kunit", &bed->msg);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(gsp), "%s", bed->msg.text);
	bed->guests[bed->nr_guests++] = gsp;
	return gsp;
}

int testbed_add(struct kunit *test, struct guest_system *gsp, const char *name,
		const char *options, size_t len, u32 *at_option, u64 *id)
{
	struct testbed *bed = test->priv;
	u32 unused_option;
	char *copy = NULL;
	u64 unused_id;
	int err;

	if (len) {
		copy = kmemdup(options, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
	}
	bed->msg.text[0] = 0;
	err = vdevfw_guest_add(gsp, name, copy, len, at_option ?: &unused_option, id ?: &unused_id,
			       &bed->msg);
	kfree(copy);
	return err;
}

int testbed_set(struct kunit *test, struct guest_system *gsp, const char *options, size_t len,
		u32 *at_option)
{
	struct testbed *bed = test->priv;
	char *copy = kmemdup(options, len, GFP_KERNEL);
	u32 unused_option;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	bed->msg.text[0] = 0;
	err = vdevfw_guest_set(gsp, copy, len, at_option ?: &unused_option, &bed->msg);
	kfree(copy);
	return err;
}

u64 testbed_must_add(struct kunit *test, struct guest_system *gsp, const char *name,
		     const char *options, size_t len)
{
	struct testbed *bed = test->priv;
	u64 id = 0;
	int err = testbed_add(test, gsp, name, options, len, NULL, &id);

	KUNIT_ASSERT_EQ_MSG(test, err, 0, "%s", bed->msg.text);
	return id;
}

void testbed_must_configure(struct kunit *test, struct guest_system *gsp)
{
	struct testbed *bed = test->priv;
	u64 culprit = 0;

	bed->msg.text[0] = 0;
	KUNIT_ASSERT_EQ_MSG(test, vdevfw_guest_configure(gsp, &culprit, &bed->msg), 0, "%s",
			    bed->msg.text);
}

void testbed_must_start(struct kunit *test, struct guest_system *gsp)
{
	struct testbed *bed = test->priv;

	bed->msg.text[0] = 0;
	KUNIT_ASSERT_EQ_MSG(test, vdevfw_guest_start(gsp, &bed->msg), 0, "%s", bed->msg.text);
}

/* A turn of the thread that calls timer(), as long as the test wants. */
static struct {
	struct kthread_work work;
	struct completion begun;
	struct completion over;
} turn;

static void take_turn(struct kthread_work *work)
{
	complete(&turn.begun);
	wait_for_completion_timeout(&turn.over, 10 * HZ);
}

void testbed_fall_behind(struct guest_system *gsp)
{
	init_completion(&turn.begun);
	init_completion(&turn.over);
	kthread_init_work(&turn.work, take_turn);
	kthread_queue_work(gsp->workers.of[CLASS_NORMAL].thread, &turn.work);
	wait_for_completion(&turn.begun);
}

void testbed_catch_up(struct guest_system *gsp)
{
	complete(&turn.over);
	vdevfw_workers_flush(&gsp->workers);
}

int testbed_stop(struct guest_system *gsp, struct vdevfw_message *msg)
{
	struct vdevfw_guest_stop cmd = {};

	return vdevfw_guest_stop(gsp, &cmd, msg);
}

void testbed_wait_dead(struct kunit *test, struct guest_system *gsp)
{
	unsigned int i;

	for (i = 0; i < 3000 && READ_ONCE(gsp->state) != VDEVFW_STATE_DEAD; i++)
		msleep(10);
	KUNIT_ASSERT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
}

unsigned int testbed_count_events(struct vdevfw_events *events, u32 type,
				  struct vdevfw_event *last)
{
	u64 head = vdevfw_events_head(events);
	u64 n = head < VDEVFW_EVENTS ? 1 : head - VDEVFW_EVENTS + 1;
	unsigned int found = 0;

	for (; n <= head; n++) {
		const struct vdevfw_event *event = &events->ring[n % VDEVFW_EVENTS];

		if (event->type != type)
			continue;
		found++;
		if (last)
			*last = *event;
	}
	return found;
}

/*
 * Failing allocations
 */

#if IS_ENABLED(CONFIG_FAULT_INJECTION)
static void fail_nth(unsigned int n)
{
	WRITE_ONCE(current->fail_nth, n);
}

static bool was_injected(void)
{
	return !READ_ONCE(current->fail_nth);
}
#else
static void fail_nth(unsigned int n)
{
}

static bool was_injected(void)
{
	return false;
}
#endif

static unsigned int failing_nth;

void testbed_start_failing(void)
{
	fail_nth(failing_nth);
}

bool testbed_stop_failing(void)
{
	bool failed = was_injected();

	fail_nth(0);
	return failed;
}

/* failslab must be told first: echo N >failslab/ignore-gfp-wait, in debugfs. */
static bool can_fail(void)
{
	void *memory;

	fail_nth(1);
	memory = kmalloc(8, GFP_KERNEL);
	fail_nth(0);
	kfree(memory);
	return !memory;
}

void testbed_fail_each_allocation(struct kunit *test, bool (*step)(struct kunit *test, void *arg),
				  void *arg)
{
	bool failed;

	if (!can_fail())
		kunit_skip(test, "the kernel does not let allocations fail on request");
	failing_nth = 0;
	do {
		failing_nth++;
		failed = step(test, arg);
	} while (failed && failing_nth < 1000);
	KUNIT_EXPECT_GT_MSG(test, failing_nth, 1, "nothing was allocated");
	KUNIT_EXPECT_LT_MSG(test, failing_nth, 1000, "it never passes");
}
