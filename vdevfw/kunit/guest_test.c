// SPDX-License-Identifier: GPL-2.0-only
/* Tests of guest.c: the life of a guest, from its creation to each of its ends. */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "../vdev/vdev.h"
#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define IO	VDEVFW_BUS_IO

/*
 * Creation
 */

struct name_case {
	const char *what;
	const char *name;
	int err;
};

#define CHARS_63	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static const struct name_case name_cases[] = {
	{ "a letter", "a", 0 },
	{ "all that is allowed", "My-guest_1.0", 0 },
	{ "63 characters", CHARS_63, 0 },
	{ "64 characters", CHARS_63 "f", -EINVAL },
	{ "none", "", -EINVAL },
	{ "a space", "a b", -EINVAL },
	{ "a slash", "a/b", -EINVAL },
	{ "a newline", "a\n", -EINVAL },
	{ "an umlaut", "\xc3\xa4", -EINVAL },
	{ "a format", "%n", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(name, name_cases, what);

static int create_and_destroy(struct kunit *test, int fd, const char *name)
{
	struct testbed *bed = test->priv;
	struct guest_system *gsp = vdevfw_guest_create(fd, name, &bed->msg);

	if (IS_ERR(gsp))
		return PTR_ERR(gsp);
	vdevfw_guest_destroy(gsp);
	vdevfw_guest_put(gsp);
	return 0;
}

static void names_are_checked(struct kunit *test)
{
	const struct name_case *c = test->param_value;
	struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, create_and_destroy(test, 0, c->name), c->err);
	KUNIT_EXPECT_EQ(test, !bed->msg.text[0], !c->err);
}

static const int attach_errors[] = { -EBADF, -EBADFD, -EXDEV, -ENOMEM, -EINTR };

static void describe_error(const int *err, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "error %d", -*err);
}
KUNIT_ARRAY_PARAM(error, attach_errors, describe_error);

static void a_vm_that_cannot_be_attached_has_no_guest(struct kunit *test)
{
	fake_kvm.attach_error = *(const int *)test->param_value;
	KUNIT_EXPECT_EQ(test, create_and_destroy(test, 0, "a"), fake_kvm.attach_error);
	fake_kvm.attach_error = 0;
	KUNIT_EXPECT_EQ(test, create_and_destroy(test, 0, "a"), 0);
}

static void a_new_guest_is_being_assembled(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIG);
	KUNIT_EXPECT_STREQ(test, gsp->name, "kunit");
	KUNIT_EXPECT_EQ(test, gsp->nr_vdevs, 0);
	KUNIT_EXPECT_NE(test, gsp->id, 0);
}

static void a_vm_can_have_one_guest(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct testbed *bed = test->priv;
	char id[24];

	KUNIT_EXPECT_EQ(test, create_and_destroy(test, 0, "second"), -EBUSY);
	snprintf(id, sizeof(id), "guest %llu", gsp->id);
	EXPECT_SAYS(test, bed->msg.text, id);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIG);
	KUNIT_EXPECT_EQ(test, fake_kvm.attached, 1);
}

static void a_vm_can_have_another_guest_later(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, create_and_destroy(test, 0, "first"), 0);
	KUNIT_EXPECT_EQ(test, create_and_destroy(test, 0, "second"), 0);
}

static void vms_have_guests_of_their_own(struct kunit *test)
{
	KUNIT_EXPECT_PTR_NE(test, testbed_guest(test, 0), testbed_guest(test, 1));
}

/*
 * Ids
 */

static int find(struct kunit *test, u64 id)
{
	struct testbed *bed = test->priv;
	struct guest_system *gsp;

	bed->msg.text[0] = 0;
	gsp = vdevfw_guest_find(id, &bed->msg);
	if (IS_ERR(gsp))
		return PTR_ERR(gsp);
	KUNIT_EXPECT_EQ(test, gsp->id, id);
	vdevfw_guest_put(gsp);
	return 0;
}

static void an_id_finds_its_guest(struct kunit *test)
{
	u64 first = testbed_guest(test, 0)->id, second = testbed_guest(test, 1)->id;

	KUNIT_EXPECT_EQ(test, find(test, first), 0);
	KUNIT_EXPECT_EQ(test, find(test, second), 0);
}

static void an_id_is_never_used_again(struct kunit *test)
{
	u64 first = testbed_guest(test, 0)->id, second;

	kunit_cleanup(test);
	KUNIT_ASSERT_EQ(test, testbed_init(test), 0);
	second = testbed_guest(test, 0)->id;
	KUNIT_EXPECT_GT(test, second, first);
}

static void the_id_of_a_dead_guest_is_stale(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, find(test, gsp->id), -ESTALE);
}

static void an_id_that_never_was_is_unknown(struct kunit *test)
{
	u64 id = testbed_guest(test, 0)->id;

	KUNIT_EXPECT_EQ(test, find(test, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, find(test, id + 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, find(test, U64_MAX), -ENOENT);
}

static int find_as(struct kunit *test, u64 id, unsigned int uid, bool admin)
{
	const struct cred *old;
	struct cred *cred = prepare_creds();
	int err;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->euid = KUIDT_INIT(uid);
	cap_clear(cred->cap_effective);
	if (admin)
		cap_raise(cred->cap_effective, CAP_SYS_ADMIN);
	old = override_creds(cred);
	err = find(test, id);
	revert_creds(old);
	put_cred(cred);
	return err;
}

static void its_user_finds_a_guest_without_privileges(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, find_as(test, testbed_guest(test, 0)->id, 0, false), 0);
}

static void another_user_does_not_find_a_guest(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, find_as(test, testbed_guest(test, 0)->id, 1000, false), -EACCES);
}

static void an_administrator_finds_every_guest(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, find_as(test, testbed_guest(test, 0)->id, 1000, true), 0);
}

/*
 * Every command in every state
 */

enum command { ADD, CONFIGURE, START, STOP, DESTROY, COMMANDS };

static const char *const command_names[COMMANDS] = { "add", "configure", "start", "stop", "destroy" };

enum stage { CONFIG, CONFIGURED, RUNNING, PAUSED, TERMINATED, TERMINATED_PAUSED, DEAD, STAGES };

static const char *const stage_names[STAGES] = {
	"being assembled", "configured", "running", "paused", "ended by a vdev",
	"ended by a vdev and paused", "dead",
};

struct command_case {
	enum stage stage;
	enum command command;
	int err;
	enum vdevfw_state state;
};

static const struct command_case command_cases[] = {
	{ CONFIG, ADD, 0, VDEVFW_STATE_CONFIG },
	{ CONFIG, CONFIGURE, 0, VDEVFW_STATE_CONFIGURED },
	{ CONFIG, START, -EPERM, VDEVFW_STATE_CONFIG },
	{ CONFIG, STOP, -EPERM, VDEVFW_STATE_CONFIG },
	{ CONFIG, DESTROY, 0, VDEVFW_STATE_DEAD },
	{ CONFIGURED, ADD, -EBUSY, VDEVFW_STATE_CONFIGURED },
	{ CONFIGURED, CONFIGURE, -EALREADY, VDEVFW_STATE_CONFIGURED },
	{ CONFIGURED, START, 0, VDEVFW_STATE_RUNNING },
	{ CONFIGURED, STOP, -EPERM, VDEVFW_STATE_CONFIGURED },
	{ CONFIGURED, DESTROY, 0, VDEVFW_STATE_DEAD },
	{ RUNNING, ADD, -EBUSY, VDEVFW_STATE_RUNNING },
	{ RUNNING, CONFIGURE, -EALREADY, VDEVFW_STATE_RUNNING },
	{ RUNNING, START, -EALREADY, VDEVFW_STATE_RUNNING },
	{ RUNNING, STOP, 0, VDEVFW_STATE_PAUSED },
	{ RUNNING, DESTROY, 0, VDEVFW_STATE_DEAD },
	{ PAUSED, ADD, -EBUSY, VDEVFW_STATE_PAUSED },
	{ PAUSED, CONFIGURE, -EALREADY, VDEVFW_STATE_PAUSED },
	{ PAUSED, START, 0, VDEVFW_STATE_RUNNING },
	{ PAUSED, STOP, 0, VDEVFW_STATE_PAUSED },
	{ PAUSED, DESTROY, 0, VDEVFW_STATE_DEAD },
	{ TERMINATED, ADD, -EBUSY, VDEVFW_STATE_RUNNING },
	{ TERMINATED, START, -EALREADY, VDEVFW_STATE_RUNNING },
	{ TERMINATED, STOP, 0, VDEVFW_STATE_PAUSED },
	{ TERMINATED, DESTROY, 0, VDEVFW_STATE_DEAD },
	{ TERMINATED_PAUSED, START, -ESHUTDOWN, VDEVFW_STATE_PAUSED },
	{ TERMINATED_PAUSED, STOP, 0, VDEVFW_STATE_PAUSED },
	{ TERMINATED_PAUSED, DESTROY, 0, VDEVFW_STATE_DEAD },
	{ DEAD, ADD, -ESHUTDOWN, VDEVFW_STATE_DEAD },
	{ DEAD, CONFIGURE, -ESHUTDOWN, VDEVFW_STATE_DEAD },
	{ DEAD, START, -ESHUTDOWN, VDEVFW_STATE_DEAD },
	{ DEAD, STOP, -ESHUTDOWN, VDEVFW_STATE_DEAD },
	{ DEAD, DESTROY, 0, VDEVFW_STATE_DEAD },
};

static void describe_command(const struct command_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s while %s", command_names[c->command],
		 stage_names[c->stage]);
}
KUNIT_ARRAY_PARAM(command, command_cases, describe_command);

/* A guest with vdev a at mem:0x1000 that has come to @stage. */
static struct guest_system *guest_at(struct kunit *test, enum stage stage)
{
	struct probe *probe = probe_add(test, "a");
	struct guest_system *gsp = testbed_guest(test, 0);
	struct testbed *bed = test->priv;
	u32 value = 0;

	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	if (stage >= CONFIGURED)
		testbed_must_configure(test, gsp);
	if (stage >= RUNNING)
		testbed_must_start(test, gsp);
	if (stage == TERMINATED || stage == TERMINATED_PAUSED) {
		probe->status = VRS_TERMINATE;
		fake_kvm_write(0, MEM, 0x1000, 4, &value);
	}
	if (stage == PAUSED || stage == TERMINATED_PAUSED)
		KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	if (stage == DEAD)
		vdevfw_guest_destroy(gsp);
	bed->msg.text[0] = 0;
	return gsp;
}

static int execute(struct kunit *test, struct guest_system *gsp, enum command command)
{
	struct testbed *bed = test->priv;
	u64 culprit;

	switch (command) {
	case ADD:
		return testbed_add(test, gsp, "a", OPTIONS("loc=mem:0x2000"), NULL, NULL);
	case CONFIGURE:
		return vdevfw_guest_configure(gsp, &culprit, &bed->msg);
	case START:
		return vdevfw_guest_start(gsp, &bed->msg);
	case STOP:
		return testbed_stop(gsp, &bed->msg);
	default:
		return vdevfw_guest_destroy(gsp);
	}
}

static void commands_fail_where_they_are_not_allowed(struct kunit *test)
{
	const struct command_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, execute(test, guest_at(test, c->stage), c->command), c->err);
}

static void commands_lead_to_their_state(struct kunit *test)
{
	const struct command_case *c = test->param_value;
	struct guest_system *gsp = guest_at(test, c->stage);

	execute(test, gsp, c->command);
	KUNIT_EXPECT_EQ(test, gsp->state, c->state);
}

static void commands_that_fail_say_why(struct kunit *test)
{
	const struct command_case *c = test->param_value;
	struct guest_system *gsp = guest_at(test, c->stage);
	struct testbed *bed = test->priv;

	execute(test, gsp, c->command);
	KUNIT_EXPECT_EQ(test, !bed->msg.text[0], !c->err);
}

static void commands_that_fail_tell_the_vdevs_nothing(struct kunit *test)
{
	const struct command_case *c = test->param_value;
	struct guest_system *gsp = guest_at(test, c->stage);
	struct testbed *bed = test->priv;

	testbed_clear_trace(test);
	if (execute(test, gsp, c->command))
		KUNIT_EXPECT_STREQ(test, bed->trace, "");
}

static void commands_post_the_new_state(struct kunit *test)
{
	const struct command_case *c = test->param_value;
	struct guest_system *gsp = guest_at(test, c->stage);
	enum vdevfw_state before = gsp->state;
	struct vdevfw_event event = {};
	unsigned int posted;

	posted = testbed_count_events(&gsp->events, VDEVFW_EVENT_STATE, NULL);
	execute(test, gsp, c->command);
	posted = testbed_count_events(&gsp->events, VDEVFW_EVENT_STATE, &event) - posted;
	KUNIT_EXPECT_EQ(test, event.value, c->state);
	if (c->state == before)
		KUNIT_EXPECT_EQ(test, posted, 0);
	else
		KUNIT_EXPECT_EQ(test, posted, c->state == VDEVFW_STATE_DEAD ? 2 : 1);
}

static void a_dead_guest_has_let_go_of_its_vm(struct kunit *test)
{
	const struct command_case *c = test->param_value;
	struct guest_system *gsp = guest_at(test, c->stage);

	execute(test, gsp, c->command);
	KUNIT_EXPECT_EQ(test, fake_kvm.attached, c->state != VDEVFW_STATE_DEAD);
	if (c->state == VDEVFW_STATE_DEAD)
		KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 0);
}

/*
 * The vdevs of a guest
 */

static struct guest_system *guest_of_three(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	testbed_must_add(test, gsp, "b", OPTIONS("loc=mem:0x3000"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_add(test, gsp, "c", OPTIONS("loc=io:0x20"));
	testbed_clear_trace(test);
	return gsp;
}

#define TABLES_MADE	"b:ASSIGN a:ASSIGN c:ASSIGN b:FDT a:FDT c:FDT b:ACPI a:ACPI c:ACPI"

static void vdevs_are_called_in_their_order_and_ended_in_reverse(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct guest_system *gsp;

	probe_add(test, "a");
	probe_add(test, "b");
	probe_add(test, "c");
	gsp = guest_of_three(test);
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_STREQ(test, bed->trace, TABLES_MADE " "
			   "b:CONFIGURED a:CONFIGURED c:CONFIGURED");
	testbed_clear_trace(test);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_STREQ(test, bed->trace, "b:STARTING a:STARTING c:STARTING");
	testbed_clear_trace(test);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_STREQ(test, bed->trace, "c:TERMINATE a:TERMINATE b:TERMINATE");
}

static void starting_comes_once(struct kunit *test)
{
	struct guest_system *gsp = guest_at(test, PAUSED);
	struct testbed *bed = test->priv;

	testbed_clear_trace(test);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_STREQ(test, bed->trace, "");
}

static void vdevs_have_ids_of_their_own(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	u64 first, second;

	probe_add(test, "a");
	first = testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_add(test, gsp, "a", OPTIONS("bogus"), NULL, NULL);
	second = testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x2000"));
	KUNIT_EXPECT_NE(test, first, 0);
	KUNIT_EXPECT_GT(test, second, first);
	KUNIT_EXPECT_EQ(test, gsp->nr_vdevs, 2);
}

static void an_unknown_vdev_cannot_be_added(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "kunit-none", NO_OPTIONS, NULL, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIG);
}

static void a_guest_may_have_no_vdev(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_RUNNING);
}

/* Which vdev fails at what. */
struct failing_case {
	const char *vdev;
	unsigned int ctrl;
	u64 culprit;
	const char *trace;
};

static const struct failing_case failing_cases[] = {
	{ "b", VDEV_CTRL_ASSIGN, 1, "b:ASSIGN" },
	{ "a", VDEV_CTRL_ASSIGN, 2, "b:ASSIGN a:ASSIGN" },
	{ "c", VDEV_CTRL_ASSIGN, 3, "b:ASSIGN a:ASSIGN c:ASSIGN" },
	{ "b", VDEV_CTRL_GEN_FDT, 1, "b:ASSIGN a:ASSIGN c:ASSIGN b:FDT" },
	{ "c", VDEV_CTRL_GEN_FDT, 3, "b:ASSIGN a:ASSIGN c:ASSIGN b:FDT a:FDT c:FDT" },
	{ "a", VDEV_CTRL_GEN_ACPI, 2,
	  "b:ASSIGN a:ASSIGN c:ASSIGN b:FDT a:FDT c:FDT b:ACPI a:ACPI" },
	{ "b", VDEV_CTRL_GUEST_CONFIGURED, 1, TABLES_MADE " b:CONFIGURED" },
	{ "a", VDEV_CTRL_GUEST_CONFIGURED, 2,
	  TABLES_MADE " b:CONFIGURED a:CONFIGURED" },
	{ "c", VDEV_CTRL_GUEST_CONFIGURED, 3,
	  TABLES_MADE " b:CONFIGURED a:CONFIGURED c:CONFIGURED" },
	{ "b", VDEV_CTRL_GUEST_STARTING, 0, "b:STARTING" },
	{ "a", VDEV_CTRL_GUEST_STARTING, 0, "b:STARTING a:STARTING" },
	{ "c", VDEV_CTRL_GUEST_STARTING, 0, "b:STARTING a:STARTING c:STARTING" },
};

static void describe_failing(const struct failing_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "vdev %s at control code %u", c->vdev, c->ctrl);
}
KUNIT_ARRAY_PARAM(failing, failing_cases, describe_failing);

/* Take a guest of three to the failure; the trace begins with the last command. */
static int fail_at(struct kunit *test, struct guest_system **gsp, u64 *culprit)
{
	static const char *const names[] = { "a", "b", "c" };
	const struct failing_case *c = test->param_value;
	struct testbed *bed = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct probe *probe = probe_add(test, names[i]);

		probe->fail_at = c->ctrl;
		probe->fail_with = strcmp(names[i], c->vdev) ? 0 : -EIO;
	}
	*gsp = guest_of_three(test);
	*culprit = 0;
	if (c->ctrl != VDEV_CTRL_GUEST_STARTING)
		return vdevfw_guest_configure(*gsp, culprit, &bed->msg);
	testbed_must_configure(test, *gsp);
	testbed_clear_trace(test);
	return vdevfw_guest_start(*gsp, &bed->msg);
}

static void a_vdev_that_fails_is_named(struct kunit *test)
{
	const struct failing_case *c = test->param_value;
	struct testbed *bed = test->priv;
	struct guest_system *gsp;
	char vdev[16];
	u64 culprit;

	KUNIT_EXPECT_EQ(test, fail_at(test, &gsp, &culprit), -EIO);
	KUNIT_EXPECT_EQ(test, culprit, c->culprit);
	snprintf(vdev, sizeof(vdev), "vdev %s", c->vdev);
	EXPECT_SAYS(test, bed->msg.text, vdev);
}

static void a_vdev_that_fails_ends_every_vdev_once(struct kunit *test)
{
	const struct failing_case *c = test->param_value;
	struct testbed *bed = test->priv;
	struct guest_system *gsp;
	char expected[256];
	u64 culprit;

	fail_at(test, &gsp, &culprit);
	vdevfw_guest_destroy(gsp);
	snprintf(expected, sizeof(expected), "%s c:TERMINATE a:TERMINATE b:TERMINATE", c->trace);
	KUNIT_EXPECT_STREQ(test, bed->trace, expected);
}

static void a_vdev_that_fails_leaves_nothing(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct guest_system *gsp;
	u64 culprit;

	fail_at(test, &gsp, &culprit);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
	KUNIT_EXPECT_EQ(test, fake_kvm.attached, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM) + fake_kvm_devices(0, IO), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), bed->module_refs);
}

/*
 * Places
 */

struct place_case {
	const char *name;
	struct qvm_state_block block;
	int err;
};

/* The fake's guests have 40 address bits. */
static const struct place_case place_cases[] = {
	{ "nowhere", { QSL_NO_LOCATION, 0, QST_NO_TYPE }, 0 },
	{ "nowhere, with a length", { QSL_NO_LOCATION, 8, QST_MEMORY }, 0 },
	{ "the first address", { 0, 1, QST_MEMORY }, 0 },
	{ "the last address", { BIT_ULL(40) - 1, 1, QST_MEMORY }, 0 },
	{ "the first beyond", { BIT_ULL(40), 1, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "partly beyond", { BIT_ULL(40) - 1, 2, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "far beyond", { U64_MAX - 1, 1, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "beyond all addresses", { U64_MAX - 1, 0x1000, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "the last port", { 0xffff, 1, QST_X86_IO }, 0 },
	{ "all ports", { 0, 0x10000, QST_X86_IO }, 0 },
	{ "partly beyond the ports", { 0xffff, 2, QST_X86_IO }, -EADDRNOTAVAIL },
	{ "beyond the ports", { 0x10000, 1, QST_X86_IO }, -EADDRNOTAVAIL },
	{ "no length", { 0x1000, 0, QST_MEMORY }, -EINVAL },
	{ "as long as KVM can count", { 0, INT_MAX, QST_MEMORY }, 0 },
	{ "longer than KVM can count", { 0, 0x80000000, QST_MEMORY }, -EINVAL },
	{ "much longer", { 0, U32_MAX, QST_MEMORY }, -EINVAL },
	{ "PCI", { 0x1000, 8, QST_PCI }, -EINVAL },
	{ "the host", { 0x1000, 8, QST_HOST }, -EINVAL },
	{ "no type", { 0x1000, 8, QST_NO_TYPE }, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(place, place_cases, name);

static int assign_block(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_ASSIGN)
		vdp->v_block = probe->vopnd;
	return 0;
}

static struct guest_system *guest_with_place(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = VFF_NONE;
	probe->on_control = assign_block;
	probe->vopnd = c->block;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", NO_OPTIONS);
	return gsp;
}

static void a_place_must_be_within_the_machine(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct testbed *bed = test->priv;
	u64 culprit = 0;

	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(guest_with_place(test), &culprit, &bed->msg),
			c->err);
	KUNIT_EXPECT_EQ(test, culprit, c->err ? 1 : 0);
}

static void a_place_that_was_assigned_is_served(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct guest_system *gsp = guest_with_place(test);
	u8 value = 0;

	if (c->err || c->block.location == QSL_NO_LOCATION)
		return;
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, c->block.type == QST_X86_IO ? IO : MEM,
					    c->block.location + c->block.length - 1, 1, &value), 0);
}

static void a_place_that_is_taken_is_refused(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct testbed *bed = test->priv;
	u64 culprit = 0, id;

	probe_add(test, "a");
	probe_add(test, "b");
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	id = testbed_must_add(test, gsp, "b", OPTIONS("loc=mem:0x1008"));
	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(gsp, &culprit, &bed->msg), -EADDRINUSE);
	KUNIT_EXPECT_EQ(test, culprit, id);
	EXPECT_SAYS(test, bed->msg.text, "vdev b");
	EXPECT_SAYS(test, bed->msg.text, "a mem:0x1000");
}

static void the_buses_do_not_overlap(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add(test, "a");
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=io:0x1000"));
	testbed_must_configure(test, gsp);
}

static void a_place_that_kvm_refuses_ends_the_assembly(struct kunit *test)
{
	struct guest_system *gsp = guest_at(test, CONFIG);
	struct testbed *bed = test->priv;
	u64 culprit = 0;

	fake_kvm.publish_error = -EEXIST;
	fake_kvm.publish_culprit = 1;
	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(gsp, &culprit, &bed->msg), -EEXIST);
	KUNIT_EXPECT_EQ(test, culprit, 1);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
}

/*
 * Ends
 */

struct stage_case {
	enum stage stage;
};

static const struct stage_case stage_cases[] = {
	{ CONFIG }, { CONFIGURED }, { RUNNING }, { PAUSED }, { TERMINATED }, { DEAD },
};

static void describe_stage(const struct stage_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", stage_names[c->stage]);
}
KUNIT_ARRAY_PARAM(stage, stage_cases, describe_stage);

static struct guest_system *guest_at_stage(struct kunit *test)
{
	return guest_at(test, ((const struct stage_case *)test->param_value)->stage);
}

static unsigned int count_terminate(struct kunit *test)
{
	struct testbed *bed = test->priv;
	const char *at = bed->trace;
	unsigned int n = 0;

	while ((at = strstr(at, "a:TERMINATE"))) {
		at++;
		n++;
	}
	return n;
}

static void destroying_twice_ends_the_vdevs_once(struct kunit *test)
{
	struct guest_system *gsp = guest_at_stage(test);

	vdevfw_guest_destroy(gsp);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static void the_death_of_the_owner_ends_the_guest(struct kunit *test)
{
	struct guest_system *gsp = guest_at_stage(test);

	fake_kvm_owner_dies(0);
	testbed_wait_dead(test, gsp);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static void the_owner_may_die_before_destroy(struct kunit *test)
{
	struct guest_system *gsp = guest_at_stage(test);

	fake_kvm_owner_dies(0);
	fake_kvm_owner_dies(0);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static void the_owner_may_die_after_destroy(struct kunit *test)
{
	struct guest_system *gsp = guest_at_stage(test);

	vdevfw_guest_destroy(gsp);
	fake_kvm_owner_dies(0);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static int destroy_too(void *data)
{
	vdevfw_guest_destroy(data);
	return 0;
}

static void two_may_destroy_at_once(struct kunit *test)
{
	struct guest_system *gsp = guest_at_stage(test);
	struct task_struct *task = kthread_create(destroy_too, gsp, "vdevfw-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	vdevfw_guest_destroy(gsp);
	kthread_stop_put(task);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static void windows_that_kvm_keeps_are_closed(struct kunit *test)
{
	struct guest_system *gsp = guest_at_stage(test);
	u32 value;

	fake_kvm.abandons = true;
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, 0x1000, 4, &value), -EOPNOTSUPP);
}

static void a_lost_bus_is_told_once(struct kunit *test)
{
	struct guest_system *gsp = guest_at(test, RUNNING);

	fake_kvm_loses_bus(0, MEM);
	fake_kvm_loses_bus(0, MEM);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_BUS_LOST, NULL), 1);
}

static struct guest_system *guest_that_lost_memory(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add(test, "a");
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x3000"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=io:0x20"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	fake_kvm_loses_bus(0, MEM);
	return gsp;
}

static void a_lost_bus_closes_the_other_one(struct kunit *test)
{
	u32 value;

	guest_that_lost_memory(test);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, IO, 0x20, 4, &value), -EOPNOTSUPP);
}

static void a_guest_that_lost_its_bus_cannot_go_on(struct kunit *test)
{
	struct guest_system *gsp = guest_that_lost_memory(test);
	struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_start(gsp, &bed->msg), -ESHUTDOWN);
}

static void a_guest_that_lost_its_bus_can_be_destroyed(struct kunit *test)
{
	struct guest_system *gsp = guest_that_lost_memory(test);

	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 3);
}

static void a_vm_without_bus_cannot_be_configured(struct kunit *test)
{
	struct guest_system *gsp = guest_at(test, CONFIG);
	struct testbed *bed = test->priv;
	u64 culprit;

	fake_kvm_loses_bus(0, MEM);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(gsp, &culprit, &bed->msg), -ENODEV);
}

static void a_bus_that_no_vdev_needs_may_be_lost(struct kunit *test)
{
	struct guest_system *gsp = guest_at(test, CONFIG);

	fake_kvm_loses_bus(0, IO);
	testbed_must_configure(test, gsp);
}

static const int errors_of_ours[] = { -EALREADY, -EPERM, -ESHUTDOWN };

KUNIT_ARRAY_PARAM(ours, errors_of_ours, describe_error);

static void a_vdev_cannot_say_that_nothing_has_happened(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	struct guest_system *gsp = testbed_guest(test, 0);
	struct testbed *bed = test->priv;
	u64 culprit;

	probe->fail_at = VDEV_CTRL_ASSIGN;
	probe->fail_with = *(const int *)test->param_value;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(gsp, &culprit, &bed->msg), -EIO);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
}

/*
 * Accesses that are inside
 */

static int access_0x1000(void *data)
{
	u32 value = 0;

	while (!kthread_should_stop()) {
		if (fake_kvm_write(0, MEM, 0x1000, 4, &value))
			msleep(1);
		/* As KVM does between two exits. */
		cond_resched();
	}
	return 0;
}

struct waiting_command {
	struct kunit *test;
	struct guest_system *gsp;
	enum command command;
	int err;
	struct completion done;
};

static int execute_and_tell(void *data)
{
	struct waiting_command *waiting = data;

	waiting->err = execute(waiting->test, waiting->gsp, waiting->command);
	complete(&waiting->done);
	return 0;
}

static struct task_struct *run(struct kunit *test, int (*body)(void *data), void *data)
{
	struct task_struct *task = kthread_create(body, data, "vdevfw-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

/* @command must not return while an access is inside, and must return afterwards. */
static void expect_waits_for_access(struct kunit *test, enum command command)
{
	struct guest_system *gsp = guest_at(test, RUNNING);
	struct vdevfw_vdev *vdev = list_first_entry(&gsp->machine.vdevs, struct vdevfw_vdev, node);
	struct probe *probe = container_of(vdev->pub.v_factory, struct probe, factory);
	struct waiting_command waiting = { .test = test, .gsp = gsp, .command = command };
	struct task_struct *vcpu, *commander;
	unsigned long early;

	init_completion(&waiting.done);
	WRITE_ONCE(probe->blocks, true);
	vcpu = run(test, access_0x1000, NULL);
	wait_for_completion(&probe->entered);
	commander = run(test, execute_and_tell, &waiting);
	early = wait_for_completion_timeout(&waiting.done, msecs_to_jiffies(100));
	WRITE_ONCE(probe->blocks, false);
	complete_all(&probe->leave);
	if (!early)
		wait_for_completion(&waiting.done);
	kthread_stop_put(commander);
	kthread_stop_put(vcpu);
	KUNIT_EXPECT_EQ_MSG(test, early, 0, "it returned while an access was inside");
	KUNIT_EXPECT_EQ(test, waiting.err, 0);
}

static void stop_waits_for_accesses(struct kunit *test)
{
	expect_waits_for_access(test, STOP);
}

static void destroy_waits_for_accesses(struct kunit *test)
{
	expect_waits_for_access(test, DESTROY);
}

static int execute_killably(void *data)
{
	allow_signal(SIGKILL);
	return execute_and_tell(data);
}

static void kill_task(struct task_struct *task)
{
	send_sig(SIGKILL, task, 1);
}

static void let_owner_die(struct task_struct *task)
{
	fake_kvm_owner_dies(0);
}

/*
 * @command waits for an access that is inside; @disturb must end the wait with
 * @err. The guest afterwards, with no access in it.
 */
static struct guest_system *wait_disturbed(struct kunit *test, enum command command,
					   void (*disturb)(struct task_struct *task), int err)
{
	struct guest_system *gsp = guest_at(test, RUNNING);
	struct vdevfw_vdev *vdev = list_first_entry(&gsp->machine.vdevs, struct vdevfw_vdev, node);
	struct probe *probe = container_of(vdev->pub.v_factory, struct probe, factory);
	struct waiting_command waiting = { .test = test, .gsp = gsp, .command = command };
	struct task_struct *vcpu, *commander;
	unsigned long left;

	init_completion(&waiting.done);
	WRITE_ONCE(probe->blocks, true);
	vcpu = run(test, access_0x1000, NULL);
	wait_for_completion(&probe->entered);
	commander = run(test, execute_killably, &waiting);
	msleep(50);
	disturb(commander);
	left = wait_for_completion_timeout(&waiting.done, 10 * HZ);
	KUNIT_EXPECT_NE_MSG(test, left, 0, "it still waits for the access");
	WRITE_ONCE(probe->blocks, false);
	complete_all(&probe->leave);
	if (!left)
		wait_for_completion(&waiting.done);
	kthread_stop_put(commander);
	kthread_stop_put(vcpu);
	KUNIT_EXPECT_EQ(test, waiting.err, err);
	return gsp;
}

static void a_stop_that_is_killed_is_carried_out(struct kunit *test)
{
	struct guest_system *gsp = wait_disturbed(test, STOP, kill_task, -EINTR);
	u32 value;

	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_PAUSED);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, 0x1000, 4, &value), -EOPNOTSUPP);
}

static void a_stop_that_is_killed_can_be_repeated(struct kunit *test)
{
	struct guest_system *gsp = wait_disturbed(test, STOP, kill_task, -EINTR);
	struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_PAUSED);
}

static void a_destroy_that_is_killed_is_carried_out(struct kunit *test)
{
	testbed_wait_dead(test, wait_disturbed(test, DESTROY, kill_task, -EINTR));
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static void a_stop_gives_way_to_the_end(struct kunit *test)
{
	struct testbed *bed = test->priv;

	testbed_wait_dead(test, wait_disturbed(test, STOP, let_owner_die, -ESHUTDOWN));
	EXPECT_SAYS(test, bed->msg.text, "is at its end");
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

static void accesses_and_commands_may_race(struct kunit *test)
{
	struct guest_system *gsp = guest_at(test, RUNNING);
	struct testbed *bed = test->priv;
	struct task_struct *vcpus[2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vcpus); i++)
		vcpus[i] = run(test, access_0x1000, NULL);
	for (i = 0; i < 50; i++) {
		KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
		KUNIT_EXPECT_EQ(test, vdevfw_guest_start(gsp, &bed->msg), 0);
		usleep_range(100, 200);
	}
	vdevfw_guest_destroy(gsp);
	for (i = 0; i < ARRAY_SIZE(vcpus); i++)
		kthread_stop_put(vcpus[i]);
	KUNIT_EXPECT_EQ(test, count_terminate(test), 1);
}

/*
 * Without memory
 */

static bool create_without_memory(struct kunit *test, void *arg)
{
	struct vdevfw_message msg = {};
	struct guest_system *gsp;
	bool failed;

	testbed_start_failing();
	gsp = vdevfw_guest_create(0, "kunit", &msg);
	failed = testbed_stop_failing();
	if (IS_ERR(gsp)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(gsp), -ENOMEM);
		KUNIT_EXPECT_EQ(test, fake_kvm.attached, 0);
		return failed;
	}
	vdevfw_guest_destroy(gsp);
	vdevfw_guest_put(gsp);
	return failed;
}

static void without_memory_no_guest_is_created(struct kunit *test)
{
	testbed_fail_each_allocation(test, create_without_memory, NULL);
}

static bool configure_without_memory(struct kunit *test, void *arg)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct vdevfw_message msg = {};
	bool failed;
	u64 culprit;
	int err;

	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1010"));
	testbed_start_failing();
	err = vdevfw_guest_configure(gsp, &culprit, &msg);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
	KUNIT_EXPECT_EQ(test, gsp->state, err ? VDEVFW_STATE_DEAD : VDEVFW_STATE_CONFIGURED);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), err ? 0 : 1);
	vdevfw_guest_destroy(gsp);
	return failed;
}

static void without_memory_no_guest_is_configured(struct kunit *test)
{
	probe_add(test, "a");
	testbed_fail_each_allocation(test, configure_without_memory, NULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(names_are_checked, name_gen_params),
	KUNIT_CASE_PARAM(a_vm_that_cannot_be_attached_has_no_guest, error_gen_params),
	KUNIT_CASE(a_new_guest_is_being_assembled),
	KUNIT_CASE(a_vm_can_have_one_guest),
	KUNIT_CASE(a_vm_can_have_another_guest_later),
	KUNIT_CASE(vms_have_guests_of_their_own),
	KUNIT_CASE(an_id_finds_its_guest),
	KUNIT_CASE(an_id_is_never_used_again),
	KUNIT_CASE(the_id_of_a_dead_guest_is_stale),
	KUNIT_CASE(an_id_that_never_was_is_unknown),
	KUNIT_CASE(its_user_finds_a_guest_without_privileges),
	KUNIT_CASE(another_user_does_not_find_a_guest),
	KUNIT_CASE(an_administrator_finds_every_guest),
	KUNIT_CASE_PARAM(commands_fail_where_they_are_not_allowed, command_gen_params),
	KUNIT_CASE_PARAM(commands_lead_to_their_state, command_gen_params),
	KUNIT_CASE_PARAM(commands_that_fail_say_why, command_gen_params),
	KUNIT_CASE_PARAM(commands_that_fail_tell_the_vdevs_nothing, command_gen_params),
	KUNIT_CASE_PARAM(commands_post_the_new_state, command_gen_params),
	KUNIT_CASE_PARAM(a_dead_guest_has_let_go_of_its_vm, command_gen_params),
	KUNIT_CASE(vdevs_are_called_in_their_order_and_ended_in_reverse),
	KUNIT_CASE(starting_comes_once),
	KUNIT_CASE(vdevs_have_ids_of_their_own),
	KUNIT_CASE(an_unknown_vdev_cannot_be_added),
	KUNIT_CASE(a_guest_may_have_no_vdev),
	KUNIT_CASE_PARAM(a_vdev_that_fails_is_named, failing_gen_params),
	KUNIT_CASE_PARAM(a_vdev_that_fails_ends_every_vdev_once, failing_gen_params),
	KUNIT_CASE_PARAM(a_vdev_that_fails_leaves_nothing, failing_gen_params),
	KUNIT_CASE_PARAM(a_place_must_be_within_the_machine, place_gen_params),
	KUNIT_CASE_PARAM(a_place_that_was_assigned_is_served, place_gen_params),
	KUNIT_CASE_PARAM(a_vdev_cannot_say_that_nothing_has_happened, ours_gen_params),
	KUNIT_CASE(a_place_that_is_taken_is_refused),
	KUNIT_CASE(the_buses_do_not_overlap),
	KUNIT_CASE(a_place_that_kvm_refuses_ends_the_assembly),
	KUNIT_CASE_PARAM(destroying_twice_ends_the_vdevs_once, stage_gen_params),
	KUNIT_CASE_PARAM(the_death_of_the_owner_ends_the_guest, stage_gen_params),
	KUNIT_CASE_PARAM(the_owner_may_die_before_destroy, stage_gen_params),
	KUNIT_CASE_PARAM(the_owner_may_die_after_destroy, stage_gen_params),
	KUNIT_CASE_PARAM(two_may_destroy_at_once, stage_gen_params),
	KUNIT_CASE_PARAM(windows_that_kvm_keeps_are_closed, stage_gen_params),
	KUNIT_CASE(a_lost_bus_is_told_once),
	KUNIT_CASE(a_lost_bus_closes_the_other_one),
	KUNIT_CASE(a_guest_that_lost_its_bus_cannot_go_on),
	KUNIT_CASE(a_guest_that_lost_its_bus_can_be_destroyed),
	KUNIT_CASE(a_vm_without_bus_cannot_be_configured),
	KUNIT_CASE(a_bus_that_no_vdev_needs_may_be_lost),
	KUNIT_CASE(stop_waits_for_accesses),
	KUNIT_CASE(destroy_waits_for_accesses),
	KUNIT_CASE(a_stop_that_is_killed_is_carried_out),
	KUNIT_CASE(a_stop_that_is_killed_can_be_repeated),
	KUNIT_CASE(a_destroy_that_is_killed_is_carried_out),
	KUNIT_CASE(a_stop_gives_way_to_the_end),
	KUNIT_CASE(accesses_and_commands_may_race),
	KUNIT_CASE(without_memory_no_guest_is_created),
	KUNIT_CASE(without_memory_no_guest_is_configured),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-guest",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
