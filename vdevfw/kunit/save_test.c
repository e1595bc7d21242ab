// SPDX-License-Identifier: GPL-2.0-only
/* Tests of saving.c, vdev/save.c and life/save.c: vdevs are saved, and restored in another guest. */
#include <linux/crc32.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include <vdevfw/intr.h>
#include <vdevfw/registers.h>
#include <vdevfw/save.h>
#include <vdevfw/timer.h>
#include <vdevfw/utils.h>

#include "../life/save.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define MS		NSEC_PER_MSEC
#define TIMERS		2
#define TAG		0x76616c75
#define PIC_LINE	7
#define DEV_LINE	5

enum { CTRL, STAT, COUNT };
enum { PIC, ONE, TWO, VDEVS };

static const struct vdev_register dev_registers[] = {
	[CTRL] = { "ctrl", 0, 4, .reset = 1, .writable = U32_MAX },
	[STAT] = { "stat", 4, 2, VRF_HIDDEN },
	[COUNT] = { "count", 8, 8 },
};
static const struct vdev_register_table dev_table = VDEV_REGISTER_TABLE(dev_registers);

/* What only a vdev knows; and its timers. */
struct own {
	u64 value;
	struct guest_timer *timers[TIMERS];
};

/**
 * struct fixture - What is special about a test
 * @at_save: Called by the first vdev in VDEV_CTRL_SAVE, in place of what it does there, unless NULL
 * @at_restore: The same for VDEV_CTRL_RESTORE
 * @entered: For these two
 * @leave: For these two
 * @gsp: For these two, and for a thread
 * @result: Of a thread
 * @over: A thread's
 * @culprit: Of the last command
 * @calls: How many calls of timer() there were
 */
static struct fixture {
	int (*at_save)(vdev_t *vdp);
	int (*at_restore)(vdev_t *vdp);
	struct completion entered;
	struct completion leave;
	struct guest_system *gsp;
	int result;
	struct completion over;
	u64 culprit;
	unsigned int calls;
} fixture;

struct saved_file {
	u8 *data;
	size_t size;
};

/*
 * Vdevs
 */

static void note_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
		       struct guest_cpu *gcp)
{
	fixture.calls++;
}

static int make_timers(vdev_t *vdp)
{
	struct own *own = vdp->v_device;
	unsigned int i;

	for (i = 0; vdp->v_factory->timer && i < TIMERS; i++)
		own->timers[i] = guest_timer_create(NULL, vdp, NULL, NULL);
	return 0;
}

static int save_own(vdev_t *vdp)
{
	const struct own *own = vdp->v_device;
	__le64 value = cpu_to_le64(own->value);

	return vdev_save_put(vdp, TAG, &value, sizeof(value));
}

static int restore_own(vdev_t *vdp)
{
	struct own *own = vdp->v_device;
	__le64 value;
	int err;

	err = vdev_save_get(vdp, TAG, &value, sizeof(value));
	if (!err)
		own->value = le64_to_cpu(value);
	return err;
}

static int dev_control(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	bool is_first = to_vdevfw_vdev(vdp)->id == 1;
	struct own *own = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_END:
		return make_timers(vdp);
	case VDEV_CTRL_RESET_HOLD:
		own->value = 0;
		return 0;
	case VDEV_CTRL_SAVE:
		return is_first && fixture.at_save ? fixture.at_save(vdp) : save_own(vdp);
	case VDEV_CTRL_RESTORE:
		return is_first && fixture.at_restore ? fixture.at_restore(vdp) : restore_own(vdp);
	default:
		return 0;
	}
}

/* It counts its lines' changes, and passes them on. */
static int pic_signal(const struct guest_intr *gip, unsigned int gis)
{
	struct own *own = gip->pic->v_device;

	own->value++;
	return guest_intr_signal(&gip->pic->v_intr, gis);
}

static const struct vdev_pic_functions pic_functions = { .pnum_mask = 3, .signal = pic_signal };

static struct probe *add_kind(struct kunit *test, const char *name)
{
	struct probe *probe = probe_new(test, name);

	probe->on_control = dev_control;
	probe->factory.factory_flags = VFF_MUTEX | VFF_VDEV_MEM;
	probe->factory.extra_space = sizeof(struct own);
	return probe;
}

static int init(struct kunit *test)
{
	int err = testbed_init(test);
	struct probe *probe;

	if (err)
		return err;
	fixture = (struct fixture) {};
	init_completion(&fixture.entered);
	init_completion(&fixture.leave);
	init_completion(&fixture.over);
	probe = add_kind(test, "pic");
	probe->factory.pic = &pic_functions;
	probe_register(test, probe);
	probe = add_kind(test, "dev");
	probe->factory.registers = &dev_table;
	probe->factory.vread = NULL;
	probe->factory.vwrite = NULL;
	probe->factory.acc_sizes = 0;
	probe->factory.timer = note_timer;
	probe->preset.type = QST_NO_TYPE;
	probe_register(test, probe);
	probe_register(test, add_kind(test, "plain"));
	return 0;
}

static vdev_t *vdev_of(struct guest_system *gsp, unsigned int i)
{
	struct vdevfw_vdev *vdev;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		if (!i--)
			return &vdev->pub;
	return NULL;
}

static struct own *own_of(struct guest_system *gsp, unsigned int i)
{
	return vdev_of(gsp, i)->v_device;
}

static u64 get(struct guest_system *gsp, unsigned int i, unsigned int reg)
{
	vdev_t *vdp = vdev_of(gsp, i);
	u64 value;

	spin_lock(&vdp->v_mtx);
	value = vdev_register_get(vdp, reg);
	spin_unlock(&vdp->v_mtx);
	return value;
}

static void set(struct guest_system *gsp, unsigned int i, unsigned int reg, u64 value)
{
	vdev_t *vdp = vdev_of(gsp, i);

	spin_lock(&vdp->v_mtx);
	vdev_register_set(vdp, reg, value);
	spin_unlock(&vdp->v_mtx);
}

static u64 clock_of(struct guest_system *gsp)
{
	return vdevfw_clock_get(&gsp->timers.clock);
}

/*
 * Guests, and files
 */

static struct guest_system *configured(struct kunit *test, int fd)
{
	struct guest_system *gsp = testbed_guest(test, fd);

	testbed_must_add(test, gsp, "pic", OPTIONS("loc=0x1000\0name=mypic\0intr=ioapic:7"));
	testbed_must_add(test, gsp, "dev", OPTIONS("loc=0x2000\0name=one\0intr=mypic:2"));
	testbed_must_add(test, gsp, "dev", OPTIONS("loc=0x3000\0intr=ioapic:5"));
	testbed_must_configure(test, gsp);
	return gsp;
}

/* All of them have something that is not as at first. */
static struct guest_system *busy(struct kunit *test, int fd)
{
	struct guest_system *gsp = configured(test, fd);

	testbed_must_start(test, gsp);
	fake_time_advance(10 * MS);
	set(gsp, ONE, CTRL, 0x12345678);
	set(gsp, ONE, STAT, 0xabcd);
	set(gsp, TWO, COUNT, U64_MAX);
	own_of(gsp, ONE)->value = 0x1111;
	own_of(gsp, TWO)->value = 0x2222;
	guest_timer_notify(own_of(gsp, ONE)->timers[1], NULL, 5 * MS);
	guest_timer_notify(own_of(gsp, TWO)->timers[0], NULL, 7 * MS);
	guest_intr_signal(&vdev_of(gsp, ONE)->v_intr, GIS_ON);
	fake_time_advance(MS);
	own_of(gsp, PIC)->value = 0x7777;
	return gsp;
}

static void expect_busy(struct kunit *test, struct guest_system *gsp, int fd)
{
	KUNIT_EXPECT_EQ(test, clock_of(gsp), 11 * MS);
	KUNIT_EXPECT_EQ(test, get(gsp, ONE, CTRL), 0x12345678);
	KUNIT_EXPECT_EQ(test, get(gsp, ONE, STAT), 0xabcd);
	KUNIT_EXPECT_EQ(test, get(gsp, TWO, COUNT), U64_MAX);
	KUNIT_EXPECT_EQ(test, get(gsp, TWO, CTRL), 1);
	KUNIT_EXPECT_EQ(test, own_of(gsp, PIC)->value, 0x7777);
	KUNIT_EXPECT_EQ(test, own_of(gsp, ONE)->value, 0x1111);
	KUNIT_EXPECT_EQ(test, own_of(gsp, TWO)->value, 0x2222);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(own_of(gsp, ONE)->timers[0]), U64_MAX);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(own_of(gsp, ONE)->timers[1]), 4 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(own_of(gsp, TWO)->timers[0]), 6 * MS);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(fd, PIC_LINE));
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(fd, DEV_LINE));
}

static int try_save(struct kunit *test, struct guest_system *gsp, struct saved_file *file)
{
	struct testbed *bed = test->priv;
	void *data = NULL;
	u32 flags;
	int err;

	bed->msg.text[0] = 0;
	fixture.culprit = 0;
	err = vdevfw_guest_save(gsp, &data, &file->size, &fixture.culprit, &flags, &bed->msg);
	if (err)
		return err;
	file->data = kunit_kmalloc(test, file->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file->data);
	memcpy(file->data, data, file->size);
	kvfree(data);
	return 0;
}

static struct saved_file must_save(struct kunit *test, struct guest_system *gsp)
{
	struct testbed *bed = test->priv;
	struct saved_file file = {};

	KUNIT_ASSERT_EQ_MSG(test, try_save(test, gsp, &file), 0, "%s", bed->msg.text);
	return file;
}

/* The file of a busy guest, which has ended. */
static struct saved_file busy_file(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file = must_save(test, gsp);

	vdevfw_guest_destroy(gsp);
	return file;
}

/* A copy of exactly these bytes, so that KASAN sees what is read behind it. */
static int try_restore(struct kunit *test, struct guest_system *gsp, const u8 *data, size_t size)
{
	u8 *copy = kmemdup(data, size, GFP_KERNEL);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	bed->msg.text[0] = 0;
	fixture.culprit = 0;
	return vdevfw_guest_restore(gsp, copy, size, &fixture.culprit, &bed->msg);
}

static void must_restore(struct kunit *test, struct guest_system *gsp, struct saved_file file)
{
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ_MSG(test, try_restore(test, gsp, file.data, file.size), 0, "%s",
			    bed->msg.text);
}

static void make_whole(u8 *data, size_t size)
{
	struct vdevfw_save_header *header = (void *)data;

	if (size < sizeof(*header))
		return;
	header->length = cpu_to_le64(size);
	header->crc = cpu_to_le32(~crc32_le(~0u, data + 16, size - 16));
}

/* What the last command says to a person. */
#define EXPECT_REASON(part)	EXPECT_SAYS(test, ((struct testbed *)test->priv)->msg.text, part)

/*
 * There and back
 */

static void a_new_guest_is_what_was_saved(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);

	must_restore(test, gsp, file);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
	expect_busy(test, gsp, 1);
}

static void its_timers_go_off_in_time_once_it_runs(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);

	must_restore(test, gsp, busy_file(test));
	fake_time_advance(1000 * MS);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, clock_of(gsp), 11 * MS);
	fake_time_advance(4 * MS - 1);
	vdevfw_workers_flush(&gsp->workers);
	KUNIT_EXPECT_EQ(test, fixture.calls, 0);
	fake_time_advance(1);
	vdevfw_workers_flush(&gsp->workers);
	KUNIT_EXPECT_EQ(test, fixture.calls, 1);
	fake_time_advance(2 * MS);
	vdevfw_workers_flush(&gsp->workers);
	KUNIT_EXPECT_EQ(test, fixture.calls, 2);
}

static void who_was_saved_goes_on(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);

	must_save(test, gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_RUNNING);
	expect_busy(test, gsp, 0);
	fake_time_advance(4 * MS);
	vdevfw_workers_flush(&gsp->workers);
	KUNIT_EXPECT_EQ(test, fixture.calls, 1);
}

static void what_is_restored_is_saved_as_the_same(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0), *other = configured(test, 1);
	struct testbed *bed = test->priv;
	struct saved_file file, again;

	/* So that both are saved in the same state. */
	KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	file = must_save(test, gsp);
	must_restore(test, other, file);
	testbed_must_start(test, other);
	KUNIT_ASSERT_EQ(test, testbed_stop(other, &bed->msg), 0);
	again = must_save(test, other);
	KUNIT_ASSERT_EQ(test, again.size, file.size);
	KUNIT_EXPECT_EQ(test, memcmp(again.data, file.data, file.size), 0);
}

static void a_paused_guest_is_what_it_was(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file = must_save(test, gsp);
	struct testbed *bed = test->priv;

	fake_time_advance(3 * MS);
	set(gsp, ONE, CTRL, 0);
	set(gsp, TWO, CTRL, 77);
	own_of(gsp, ONE)->value = 3;
	guest_intr_signal(&vdev_of(gsp, ONE)->v_intr, GIS_OFF);
	guest_intr_signal(&vdev_of(gsp, TWO)->v_intr, GIS_ON);
	guest_timer_notify(own_of(gsp, ONE)->timers[0], NULL, MS);
	guest_timer_cancel(own_of(gsp, TWO)->timers[0]);
	KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	must_restore(test, gsp, file);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_PAUSED);
	expect_busy(test, gsp, 0);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_RUNNING);
	expect_busy(test, gsp, 0);
}

static void a_guest_that_was_reset_is_what_was_saved(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file = must_save(test, gsp);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_ask(gsp, VDEVFW_ASK_RESET, 0, VDEVFW_ASK_WAIT,
					       &bed->msg), 0);
	KUNIT_ASSERT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
	must_restore(test, gsp, file);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
	expect_busy(test, gsp, 0);
}

static void a_guest_that_slept_sleeps_again(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0), *other = configured(test, 1);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, vdevfw_guest_ask(gsp, VDEVFW_ASK_SUSPEND, 0, VDEVFW_ASK_WAIT,
					       &bed->msg), 0);
	must_restore(test, other, must_save(test, gsp));
	testbed_must_start(test, other);
	KUNIT_EXPECT_EQ(test, other->state, VDEVFW_STATE_SUSPENDED);
}

static void its_vdevs_are_told_of_the_first_start_after_it(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	struct testbed *bed = test->priv;

	testbed_clear_trace(test);
	must_restore(test, gsp, file);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_STREQ(test, bed->trace,
			   "pic:RESTORE dev:RESTORE dev:RESTORE pic:STARTING dev:STARTING dev:STARTING");
}

static void a_machine_without_vdevs_is_saved_too(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0), *other = testbed_guest(test, 1);

	testbed_must_configure(test, gsp);
	testbed_must_configure(test, other);
	testbed_must_start(test, gsp);
	fake_time_advance(MS);
	must_restore(test, other, must_save(test, gsp));
	KUNIT_EXPECT_EQ(test, clock_of(other), MS);
}

/*
 * States
 */

static const struct state_case {
	const char *name;
	enum vdevfw_state stop;
	bool sleeps;
	enum vdevfw_state state;
} state_cases[] = {
	{ "running", 0, false, VDEVFW_STATE_RUNNING },
	{ "suspended", 0, true, VDEVFW_STATE_SUSPENDED },
	{ "paused", VDEVFW_STATE_PAUSED, false, VDEVFW_STATE_PAUSED },
	{ "paused asleep", VDEVFW_STATE_PAUSED, true, VDEVFW_STATE_PAUSED },
	{ "debug", VDEVFW_STATE_DEBUG, false, VDEVFW_STATE_DEBUG },
	{ "io-error", VDEVFW_STATE_IO_ERROR, false, VDEVFW_STATE_IO_ERROR },
	{ "watchdog", VDEVFW_STATE_WATCHDOG, false, VDEVFW_STATE_WATCHDOG },
	{ "panicked", VDEVFW_STATE_GUEST_PANICKED, false, VDEVFW_STATE_GUEST_PANICKED },
	{ "save", VDEVFW_STATE_SAVE, false, VDEVFW_STATE_SAVE },
};

KUNIT_ARRAY_PARAM_DESC(state, state_cases, name);

static struct guest_system *guest_in(struct kunit *test, const struct state_case *c)
{
	struct vdevfw_guest_stop stop = { .state = c->stop };
	struct guest_system *gsp = busy(test, 0);
	struct testbed *bed = test->priv;

	if (c->sleeps)
		KUNIT_ASSERT_EQ(test, vdevfw_guest_ask(gsp, VDEVFW_ASK_SUSPEND, 0,
						       VDEVFW_ASK_WAIT, &bed->msg), 0);
	if (c->stop)
		KUNIT_ASSERT_EQ(test, vdevfw_guest_stop(gsp, &stop, &bed->msg), 0);
	KUNIT_ASSERT_EQ(test, gsp->state, c->state);
	return gsp;
}

static void expect_goes_on(struct kunit *test, struct guest_system *gsp,
			   const struct state_case *c)
{
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, gsp->state, c->state);
	if (c->stop)
		testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, gsp->state,
			c->sleeps ? VDEVFW_STATE_SUSPENDED : VDEVFW_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, VDEVFW_BUS_MEM, 0x2000, 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 0x12345678);
}

static void a_save_leaves_the_state_as_it_was(struct kunit *test)
{
	struct guest_system *gsp = guest_in(test, test->param_value);

	must_save(test, gsp);
	expect_goes_on(test, gsp, test->param_value);
}

static int cannot(vdev_t *vdp)
{
	return -EOPNOTSUPP;
}

static void so_does_one_that_fails(struct kunit *test)
{
	struct guest_system *gsp = guest_in(test, test->param_value);
	struct saved_file file;

	fixture.at_save = cannot;
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fixture.culprit, 1);
	EXPECT_REASON("vdev 1, pic \"mypic\" mem:0x1000: vdev pic refuses SAVE with error 95");
	expect_goes_on(test, gsp, test->param_value);
}

static void user_space_is_told_of_a_stop_and_that_it_goes_on(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct vdevfw_event event = {};

	must_save(test, gsp);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_STOPPED, &event), 1);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_STATE_SAVE);
	KUNIT_EXPECT_EQ(test, event.detail, BIT(VDEVFW_STATE_SAVE));
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_RESUMED, &event), 1);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_STATE_RUNNING);
}

static void some_states_are_not_saved(struct kunit *test)
{
	struct vdevfw_guest_stop stop = { .state = VDEVFW_STATE_SHUTDOWN };
	struct guest_system *gsp = configured(test, 0);
	struct testbed *bed = test->priv;
	struct saved_file file;

	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -EPERM);
	EXPECT_REASON("was never started");
	testbed_must_start(test, gsp);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_stop(gsp, &stop, &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_SHUTDOWN);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, "x", 1), -ESHUTDOWN);
}

static void a_guest_is_not_restored_while_it_runs(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file = must_save(test, gsp);

	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), -EBUSY);
	EXPECT_REASON("is running");
	expect_busy(test, gsp, 0);
}

static void a_guest_that_a_vdev_has_ended_is_neither_saved_nor_restored(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file = must_save(test, gsp), other;
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	guest_terminate(vdev_of(gsp, ONE), GTC_ERROR);
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &other), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), -ESHUTDOWN);
}

static int end_machine(vdev_t *vdp)
{
	guest_terminate(vdp, GTC_ERROR);
	return save_own(vdp);
}

static void a_guest_that_ends_itself_while_it_is_saved_stays_stopped(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);

	fixture.at_save = end_machine;
	must_save(test, gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_PAUSED);
}

/*
 * Another configuration
 */

static const struct other_case {
	const char *name;
	struct {
		const char *kind;
		const char *options;
		size_t len;
	} vdevs[VDEVS + 1];
	const char *says;
} other_cases[] = {
#define THE_PIC	{ "pic", OPTIONS("loc=0x1000\0name=mypic\0intr=ioapic:7") }
#define DEV(options)	{ "dev", OPTIONS(options) }
#define THE_ONE	DEV("loc=0x2000\0name=one\0intr=mypic:2")
#define THE_TWO	DEV("loc=0x3000\0intr=ioapic:5")
	{ "one less", { THE_PIC, THE_ONE }, "has 2 vdevs, the saved one had 3" },
	{ "one more", { THE_PIC, THE_ONE, THE_TWO, DEV("loc=0x4000") }, "has 4 vdevs" },
	{ "another order", { THE_PIC, THE_TWO, THE_ONE }, "one with the name \"one\" was saved" },
	{ "another kind", { THE_PIC, { "plain", OPTIONS("loc=0x2000\0name=one\0intr=mypic:2") },
	  THE_TWO }, "vdev 2, plain \"one\" mem:0x2000: at its place, a vdev dev was saved" },
	{ "another name", { THE_PIC, DEV("loc=0x2000\0name=uno\0intr=mypic:2"), THE_TWO },
	  "one with the name \"one\" was saved" },
	{ "no name", { THE_PIC, DEV("loc=0x2000\0intr=mypic:2"), THE_TWO },
	  "one with the name \"one\" was saved" },
	{ "another place", { THE_PIC, THE_ONE, DEV("loc=0x3010\0intr=ioapic:5") },
	  "it was saved at mem:0x3000" },
	{ "another line", { THE_PIC, THE_ONE, DEV("loc=0x3000\0intr=ioapic:6") },
	  "its interrupt ioapic:6 was saved as ioapic:5" },
	{ "another controller", { THE_PIC, DEV("loc=0x2000\0name=one\0intr=ioapic:2"), THE_TWO },
	  "its interrupt ioapic:2 was saved as mypic:2" },
	{ "no line", { THE_PIC, THE_ONE, DEV("loc=0x3000") }, "more interrupts than it has" },
};

KUNIT_ARRAY_PARAM_DESC(other, other_cases, name);

static void another_configuration_is_refused(struct kunit *test)
{
	const struct other_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 1);
	struct saved_file file = busy_file(test);
	struct testbed *bed = test->priv;
	unsigned int i;

	for (i = 0; i <= VDEVS && c->vdevs[i].kind; i++)
		testbed_must_add(test, gsp, c->vdevs[i].kind, c->vdevs[i].options, c->vdevs[i].len);
	testbed_must_configure(test, gsp);
	testbed_clear_trace(test);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), -EMEDIUMTYPE);
	EXPECT_REASON(c->says);
	KUNIT_EXPECT_STREQ(test, bed->trace, "");
	KUNIT_EXPECT_EQ(test, clock_of(gsp), 0);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
}

/* As far as its options go the same; a file with bytes exchanged stands for another version. */
static const struct exchange_case {
	const char *name;
	const void *from;
	const void *to;
	size_t len;
	int error;
	const char *says;
} exchange_cases[] = {
#define EXCHANGE(name, from, to, ...) { name, from, to, sizeof(from) - 1, __VA_ARGS__ }
	EXCHANGE("a register's name", "ctrl", "ctrx", -EMEDIUMTYPE,
		 "register ctrl was saved as \"ctrx\""),
	EXCHANGE("a register's width", "\4\4ctrl", "\2\4ctrl", -EMEDIUMTYPE,
		 "register ctrl has a width of 4, and was saved with one of 2"),
	EXCHANGE("a register's value", "\xcd\xab\0\0\0\0\0\0\2\4stat", "\xcd\xab\1\0\0\0\0\0\2\4stat",
		 -EBADMSG, "register stat was saved with 0x1abcd: too much for it"),
	EXCHANGE("the file's version", "vdevfwSV\1", "vdevfwSV\2", -EPROTONOSUPPORT,
		 "has version 2 of the format; known: 1"),
	EXCHANGE("no such file", "vdevfwSV", "vdevfwSW", -EBADMSG, "this is no saved guest"),
	EXCHANGE("a record's version", "\3\0\1\0", "\3\0\2\0", -EPROTONOSUPPORT,
		 "a record of type 3 has version 2; known: 1"),
	EXCHANGE("an unknown record", "\4\0\1\0", "\7\0\1\0", -EPROTONOSUPPORT,
		 "a record of type 7 is not known"),
	EXCHANGE("two records of registers", "\4\0\1\0", "\3\0\1\0", -EBADMSG,
		 "there are two records of type 3"),
	EXCHANGE("no records of registers", "\3\0\1\0", "\6\0\1\0", -EMEDIUMTYPE,
		 "it has a table of registers, and was saved without"),
	EXCHANGE("what a vdev does not know", "ulav", "xxxx", -ENOENT, "refuses RESTORE with error 2"),
};

KUNIT_ARRAY_PARAM_DESC(exchange, exchange_cases, name);

static void exchange(struct kunit *test, struct saved_file *file, const struct exchange_case *c)
{
	size_t i;

	for (i = 0; i + c->len <= file->size; i++) {
		if (memcmp(file->data + i, c->from, c->len))
			continue;
		memcpy(file->data + i, c->to, c->len);
		make_whole(file->data, file->size);
		return;
	}
	KUNIT_FAIL(test, "the file does not have what is to be exchanged");
}

static void another_vdev_or_format_is_refused(struct kunit *test)
{
	const struct exchange_case *c = test->param_value;
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);

	exchange(test, &file, c);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), c->error);
	EXPECT_REASON(c->says);
	KUNIT_EXPECT_EQ(test, clock_of(gsp), 0);
	KUNIT_EXPECT_EQ(test, get(gsp, ONE, CTRL), 1);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
}

static void another_number_of_timers_is_refused(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdev_of(gsp, TWO));
	struct list_head *last = vdev->timers.prev;

	list_del(last);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), -EMEDIUMTYPE);
	EXPECT_REASON("it has 1 timers, and was saved with 2");
	list_add_tail(last, &vdev->timers);
	must_restore(test, gsp, file);
}

/*
 * Damaged files
 */

static void expect_untouched(struct kunit *test, struct guest_system *gsp)
{
	const struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, bed->trace_len, 0);
	KUNIT_EXPECT_EQ(test, clock_of(gsp), 0);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
}

static void a_file_cut_anywhere_is_refused(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	size_t size;

	testbed_clear_trace(test);
	for (size = 0; size < file.size; size++)
		KUNIT_EXPECT_EQ_MSG(test, try_restore(test, gsp, file.data, size), -EBADMSG,
				    "%zu bytes", size);
	expect_untouched(test, gsp);
	must_restore(test, gsp, file);
	expect_busy(test, gsp, 1);
}

static void a_file_with_any_byte_changed_is_refused(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	size_t i;
	int err;

	testbed_clear_trace(test);
	for (i = 0; i < file.size; i++) {
		file.data[i] ^= 0x40;
		err = try_restore(test, gsp, file.data, file.size);
		KUNIT_EXPECT_TRUE_MSG(test, err == -EBADMSG || err == -EPROTONOSUPPORT,
				      "byte %zu: %d", i, err);
		file.data[i] ^= 0x40;
	}
	expect_untouched(test, gsp);
}

static void something_behind_it_is_refused(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	u8 *longer = kunit_kzalloc(test, file.size + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, longer);
	memcpy(longer, file.data, file.size);
	testbed_clear_trace(test);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, longer, file.size + 1), -EBADMSG);
	make_whole(longer, file.size + 1);
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, longer, file.size + 1), -EBADMSG);
	EXPECT_REASON("something follows the last vdev");
	expect_untouched(test, gsp);
}

/* Someone has made it so: the sum is right. */
static void a_forged_file_cut_anywhere_is_refused(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	size_t size;
	u8 *copy;

	testbed_clear_trace(test);
	for (size = 0; size < file.size; size++) {
		copy = kmemdup(file.data, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		make_whole(copy, size);
		KUNIT_EXPECT_EQ_MSG(test, try_restore(test, gsp, copy, size), -EBADMSG,
				    "%zu bytes", size);
		kfree(copy);
	}
	expect_untouched(test, gsp);
}

static bool is_documented(int err)
{
	return !err || err == -EBADMSG || err == -EPROTONOSUPPORT || err == -EMEDIUMTYPE ||
	       err == -ENOENT || err == -EINVAL;	/* the last two are the vdev's */
}

static void try_forged(struct kunit *test, struct guest_system *gsp, struct saved_file *file, size_t i,
		       u8 flip)
{
	struct testbed *bed = test->priv;
	int err;

	file->data[i] ^= flip;
	make_whole(file->data, file->size);
	err = try_restore(test, gsp, file->data, file->size);
	KUNIT_EXPECT_TRUE_MSG(test, is_documented(err), "byte %zu ^ 0x%x: %d", i, flip, err);
	KUNIT_EXPECT_EQ(test, !err, !bed->msg.text[0]);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
	file->data[i] ^= flip;
}

static void a_forged_file_does_no_harm(struct kunit *test)
{
	static const u8 flips[] = { 0x01, 0x80, 0xff };
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);
	unsigned int n;
	size_t i;

	for (i = 0; i < file.size; i++)
		for (n = 0; n < ARRAY_SIZE(flips); n++)
			try_forged(test, gsp, &file, i, flips[n]);
	make_whole(file.data, file.size);
	must_restore(test, gsp, file);
	expect_busy(test, gsp, 1);
	testbed_must_start(test, gsp);
	fake_time_advance(4 * MS);
	vdevfw_workers_flush(&gsp->workers);
	KUNIT_EXPECT_EQ(test, fixture.calls, 1);
}

/*
 * What a vdev says
 */

static void expect_reset(struct kunit *test, struct guest_system *gsp)
{
	struct vdevfw_event event = {};

	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIGURED);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_RESET, &event), 1);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_CAUSE_HOST_ERROR);
	KUNIT_EXPECT_EQ(test, clock_of(gsp), 0);
	KUNIT_EXPECT_EQ(test, get(gsp, ONE, CTRL), 1);
	KUNIT_EXPECT_EQ(test, get(gsp, ONE, STAT), 0);
	KUNIT_EXPECT_EQ(test, own_of(gsp, TWO)->value, 0);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(own_of(gsp, ONE)->timers[1]), U64_MAX);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(1, PIC_LINE));
}

static int refuse(vdev_t *vdp)
{
	return vdev_refuse(vdp, -EILSEQ, "this is not mine");
}

static void if_a_vdev_refuses_what_it_saved_all_are_reset(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);

	fixture.at_restore = refuse;
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), -EILSEQ);
	KUNIT_EXPECT_EQ(test, fixture.culprit, 1);
	EXPECT_REASON("vdev 1, pic \"mypic\" mem:0x1000: vdev pic: this is not mine");
	expect_reset(test, gsp);
	fixture.at_restore = NULL;
	must_restore(test, gsp, file);
	expect_busy(test, gsp, 1);
}

static int get_nothing(vdev_t *vdp)
{
	return 0;
}

static void what_a_vdev_does_not_get_is_not_lost(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);

	fixture.at_restore = get_nothing;
	KUNIT_EXPECT_EQ(test, try_restore(test, gsp, file.data, file.size), -EMEDIUMTYPE);
	EXPECT_REASON("it has saved more than it knows here");
	expect_reset(test, gsp);
}

static void a_line_that_cannot_be_raised_fails_the_restore(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);
	struct saved_file file = busy_file(test);

	fake_kvm.unrouted = PIC_LINE;
	KUNIT_EXPECT_LT(test, try_restore(test, gsp, file.data, file.size), 0);
	EXPECT_REASON("its interrupt mypic:2 cannot be raised");
	KUNIT_EXPECT_EQ(test, fixture.culprit, 2);
	expect_reset(test, gsp);
	fake_kvm.unrouted = 0;
	must_restore(test, gsp, file);
	expect_busy(test, gsp, 1);
}

static int put_twice(vdev_t *vdp)
{
	return vdev_save_put(vdp, 1, "a", 1) ?: vdev_save_put(vdp, 1, "b", 1);
}

static void a_tag_is_put_once(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file;

	fixture.at_save = put_twice;
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -EEXIST);
}

static int put_many(vdev_t *vdp)
{
	u32 tag;

	for (tag = 0; tag < VDEV_SAVE_TAGS; tag++)
		if (vdev_save_put(vdp, tag, &tag, sizeof(tag)))
			return -EINVAL;
	return vdev_save_put(vdp, tag, NULL, 0) == -ENOSPC ? 0 : -EINVAL;
}

static int get_many(vdev_t *vdp)
{
	u32 tag, value;

	for (tag = 0; tag < VDEV_SAVE_TAGS; tag++)
		if (vdev_save_get(vdp, tag, &value, sizeof(value)) || value != tag)
			return -EINVAL;
	return vdev_save_get(vdp, tag, &value, sizeof(value)) == -ENOENT ? 0 : -EINVAL;
}

static void as_many_tags_as_documented_are_possible(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0), *other = configured(test, 1);

	fixture.at_save = put_many;
	fixture.at_restore = get_many;
	must_restore(test, other, must_save(test, gsp));
}

static int put_too_much(vdev_t *vdp)
{
	u8 *data = kvzalloc(VDEVFW_SAVE_MAX, GFP_KERNEL);
	int err = vdev_save_put(vdp, 1, data, VDEVFW_SAVE_MAX);

	kvfree(data);
	/* It does not care: the save fails nevertheless. */
	return err == -EFBIG && vdev_save_put(vdp, 2, NULL, 0) == -EFBIG ? 0 : -EINVAL;
}

static void more_than_fits_is_not_saved(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct saved_file file;

	fixture.at_save = put_too_much;
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -EFBIG);
	EXPECT_REASON("takes more than 16777216 bytes");
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_RUNNING);
}

static int get_wrongly(vdev_t *vdp)
{
	u8 byte = 7;

	if (vdev_save_get(vdp, TAG, &byte, 1) != -EINVAL || byte != 7)
		return -ERANGE;
	return restore_own(vdp);
}

static void only_all_of_it_is_got(struct kunit *test)
{
	struct guest_system *gsp = configured(test, 1);

	fixture.at_restore = get_wrongly;
	must_restore(test, gsp, busy_file(test));
}

static int misuse(vdev_t *vdp)
{
	u8 byte;

	if (vdev_save_get(vdp, TAG, &byte, 1) != -EPERM)
		return -ERANGE;
	return save_own(vdp);
}

static void each_function_is_for_its_own_code(struct kunit *test)
{
	struct guest_system *gsp = busy(test, 0);
	struct vdevfw_event event = {};

	KUNIT_EXPECT_EQ(test, vdev_save_put(vdev_of(gsp, PIC), 1, "x", 1), -EPERM);
	fixture.at_save = misuse;
	must_save(test, gsp);
	testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event);
	KUNIT_EXPECT_STREQ(test, (char *)event.text,
			   "vdev_save_get() was called outside of VDEV_CTRL_RESTORE: refused");
}

static int not_at_rest(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return ctrl == VDEV_CTRL_DRAIN ? -ENOSPC : 0;
}

static void what_has_not_come_to_rest_is_not_saved(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	struct saved_file file;

	probe->on_control = not_at_rest;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, try_save(test, gsp, &file), -EBUSY);
	EXPECT_REASON("has not come to rest");
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_RUNNING);
}

/*
 * Out of memory, and out of time
 */

static bool save_without_memory(struct kunit *test, void *arg)
{
	struct vdevfw_job job = {};
	bool failed;
	int err;

	/* Not on the worker, which is idle: only the calling thread's allocations fail. */
	testbed_start_failing();
	err = vdevfw_run_save(arg, &job);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	KUNIT_EXPECT_EQ(test, !err, !!job.data);
	KUNIT_EXPECT_EQ(test, fixture.gsp->state, VDEVFW_STATE_RUNNING);
	kvfree(job.data);
	return failed;
}

static void without_memory_nothing_is_saved(struct kunit *test)
{
	fixture.gsp = busy(test, 0);
	testbed_fail_each_allocation(test, save_without_memory, fixture.gsp);
	expect_busy(test, fixture.gsp, 0);
}

static bool restore_without_memory(struct kunit *test, void *arg)
{
	struct saved_file *file = arg;
	void *copy = kmemdup(file->data, file->size, GFP_KERNEL);
	struct vdevfw_message msg = {};
	u64 culprit;
	bool failed;
	int err;

	testbed_start_failing();
	err = vdevfw_guest_restore(fixture.gsp, copy, file->size, &culprit, &msg);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	KUNIT_EXPECT_EQ(test, fixture.gsp->state, VDEVFW_STATE_CONFIGURED);
	return failed;
}

static void without_memory_nothing_is_restored(struct kunit *test)
{
	struct saved_file file = busy_file(test);

	fixture.gsp = configured(test, 1);
	testbed_fail_each_allocation(test, restore_without_memory, &file);
	expect_busy(test, fixture.gsp, 1);
}

static int wait_inside(vdev_t *vdp)
{
	complete(&fixture.entered);
	wait_for_completion(&fixture.leave);
	return 0;
}

static int save_thread(void *arg)
{
	struct vdevfw_message msg = {};
	u32 flags;
	void *data = NULL;
	size_t size;
	u64 culprit;

	fixture.result = vdevfw_guest_save(fixture.gsp, &data, &size, &culprit, &flags, &msg);
	kvfree(data);
	complete(&fixture.over);
	return 0;
}

static int restore_thread(void *arg)
{
	struct saved_file *file = arg;
	struct vdevfw_message msg = {};
	u64 culprit;

	fixture.result = vdevfw_guest_restore(fixture.gsp,
					      kmemdup(file->data, file->size, GFP_KERNEL),
					      file->size, &culprit, &msg);
	complete(&fixture.over);
	return 0;
}

/* Who waits goes home at once; the worker ends the guest when the vdev lets it. */
static void end_inside(struct kunit *test, int (*func)(void *arg), void *arg, int fd)
{
	struct task_struct *thread = kthread_run(func, arg, "kunit-save");

	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	wait_for_completion(&fixture.entered);
	fake_kvm_owner_dies(fd);
	wait_for_completion(&fixture.over);
	KUNIT_EXPECT_EQ(test, fixture.result, -ESHUTDOWN);
	complete(&fixture.leave);
	testbed_wait_dead(test, fixture.gsp);
}

static void a_guest_may_end_while_it_is_saved(struct kunit *test)
{
	fixture.gsp = busy(test, 0);
	fixture.at_save = wait_inside;
	end_inside(test, save_thread, NULL, 0);
}

static void a_guest_may_end_while_it_is_restored(struct kunit *test)
{
	struct saved_file file = busy_file(test);

	fixture.gsp = configured(test, 1);
	fixture.at_restore = wait_inside;
	end_inside(test, restore_thread, &file, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_new_guest_is_what_was_saved),
	KUNIT_CASE(its_timers_go_off_in_time_once_it_runs),
	KUNIT_CASE(who_was_saved_goes_on),
	KUNIT_CASE(what_is_restored_is_saved_as_the_same),
	KUNIT_CASE(a_paused_guest_is_what_it_was),
	KUNIT_CASE(a_guest_that_was_reset_is_what_was_saved),
	KUNIT_CASE(a_guest_that_slept_sleeps_again),
	KUNIT_CASE(its_vdevs_are_told_of_the_first_start_after_it),
	KUNIT_CASE(a_machine_without_vdevs_is_saved_too),
	KUNIT_CASE_PARAM(a_save_leaves_the_state_as_it_was, state_gen_params),
	KUNIT_CASE_PARAM(so_does_one_that_fails, state_gen_params),
	KUNIT_CASE(user_space_is_told_of_a_stop_and_that_it_goes_on),
	KUNIT_CASE(some_states_are_not_saved),
	KUNIT_CASE(a_guest_is_not_restored_while_it_runs),
	KUNIT_CASE(a_guest_that_a_vdev_has_ended_is_neither_saved_nor_restored),
	KUNIT_CASE(a_guest_that_ends_itself_while_it_is_saved_stays_stopped),
	KUNIT_CASE_PARAM(another_configuration_is_refused, other_gen_params),
	KUNIT_CASE_PARAM(another_vdev_or_format_is_refused, exchange_gen_params),
	KUNIT_CASE(another_number_of_timers_is_refused),
	KUNIT_CASE(a_file_cut_anywhere_is_refused),
	KUNIT_CASE(a_file_with_any_byte_changed_is_refused),
	KUNIT_CASE(something_behind_it_is_refused),
	KUNIT_CASE(a_forged_file_cut_anywhere_is_refused),
	KUNIT_CASE(a_forged_file_does_no_harm),
	KUNIT_CASE(if_a_vdev_refuses_what_it_saved_all_are_reset),
	KUNIT_CASE(what_a_vdev_does_not_get_is_not_lost),
	KUNIT_CASE(a_line_that_cannot_be_raised_fails_the_restore),
	KUNIT_CASE(a_tag_is_put_once),
	KUNIT_CASE(as_many_tags_as_documented_are_possible),
	KUNIT_CASE(more_than_fits_is_not_saved),
	KUNIT_CASE(only_all_of_it_is_got),
	KUNIT_CASE(each_function_is_for_its_own_code),
	KUNIT_CASE(what_has_not_come_to_rest_is_not_saved),
	KUNIT_CASE(without_memory_nothing_is_saved),
	KUNIT_CASE(without_memory_nothing_is_restored),
	KUNIT_CASE(a_guest_may_end_while_it_is_saved),
	KUNIT_CASE(a_guest_may_end_while_it_is_restored),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-save",
	.init = init,
	.test_cases = cases,
};
kunit_test_suite(suite);
