// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/intr.c, irqchip.c, wire.c and msi.c. */
#include <linux/kthread.h>

#include <vdevfw/guest.h>
#include <vdevfw/utils.h>

#include "../service/intr.h"
#include "../status.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define LINE	5u

/**
 * struct fixture - A guest with vdevs a and b, which have sources
 * @gsp: The guest
 * @a: Adds @on_a
 * @b: Adds none
 * @notices: How often a vdev has been told of GIN_ACK
 * @noticed: Which one, the last time
 * @answer: Of what an on_control below has tried
 * @signals: How often the controller of the tests was called
 * @levels: With what for which line, the last time
 * @wanted: Of which of its lines the ends are wanted
 * @delivered: How many MSIs a vdev has got ...
 * @delivered_to: ... and the address of the last
 */
static struct fixture {
	struct guest_system *gsp;
	struct probe *a;
	struct probe *b;
	atomic_t notices;
	const vdev_t *noticed;
	int answer;
	unsigned int signals;
	unsigned int levels[4];
	unsigned int wanted;
	atomic_t delivered;
	u64 delivered_to;
} fixture;

static struct fixture *fresh(struct kunit *test)
{
	fixture = (struct fixture) {};
	fixture.gsp = testbed_guest(test, 0);
	return &fixture;
}

/* A probe that may have an interrupt. */
static struct probe *intr_probe(struct kunit *test, const char *name)
{
	struct probe *probe = probe_new(test, name);

	probe->factory.factory_flags &= ~VFF_INTR_NO;
	return probe;
}

static struct probe *intr_probe_add(struct kunit *test, const char *name)
{
	struct probe *probe = intr_probe(test, name);

	probe_register(test, probe);
	return probe;
}

/* Vdevs a and b, each with the options that are given. */
static struct fixture *with_two(struct kunit *test, const char *of_a, size_t a_len,
				const char *of_b, size_t b_len)
{
	struct fixture *f = fresh(test);

	f->a = intr_probe_add(test, "a");
	f->b = intr_probe_add(test, "b");
	testbed_must_add(test, f->gsp, "a", of_a, a_len);
	testbed_must_add(test, f->gsp, "b", of_b, b_len);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

#define SHARED(test)	with_two(test, OPTIONS("loc=0\0intr=ioapic:5"),	\
				 OPTIONS("loc=0x100\0intr=ioapic:5"))

static int signal(struct probe *probe, unsigned int gis)
{
	return guest_intr_signal(&probe->vdp->v_intr, gis);
}

/*
 * Levels
 */

static void a_line_follows_its_source(struct kunit *test)
{
	struct fixture *f = SHARED(test);

	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_ON), 0);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_TRUE(test, guest_intr_level(&f->b->vdp->v_intr));
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_OFF), 0);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_FALSE(test, guest_intr_level(&f->b->vdp->v_intr));
}

static void a_shared_line_is_up_while_one_source_is(struct kunit *test)
{
	struct fixture *f = SHARED(test);

	signal(f->a, GIS_ON);
	signal(f->b, GIS_ON);
	signal(f->a, GIS_OFF);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 1);
	signal(f->b, GIS_OFF);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
}

/* The fake counts it as a breach if a line is set to what it is. */
static void what_is_up_is_not_raised_again(struct kunit *test)
{
	struct fixture *f = SHARED(test);

	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_ON), 0);
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_ON), 0);
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_OFF), 0);
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_OFF), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 1);
}

static void an_edge_is_up_and_down_again(struct kunit *test)
{
	struct fixture *f = SHARED(test);
	unsigned int i;

	for (i = 0; i < 10; i++) {
		signal(f->a, GIS_ON);
		signal(f->a, GIS_OFF);
	}
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 10);
}

static void a_copy_of_a_source_is_as_good(struct kunit *test)
{
	struct fixture *f = SHARED(test);
	struct guest_intr copy = f->a->vdp->v_intr;

	guest_intr_signal(&copy, GIS_ON);
	signal(f->a, GIS_OFF);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
}

static void sources_of_a_line_have_different_ids(struct kunit *test)
{
	struct fixture *f = SHARED(test);

	KUNIT_EXPECT_NE(test, f->a->vdp->v_intr.src_id, f->b->vdp->v_intr.src_id);
	KUNIT_EXPECT_EQ(test, f->a->vdp->v_intr.param, LINE);
}

static const struct signal_case {
	const char *name;
	unsigned int gis;
	int err;
	bool up;
} signal_cases[] = {
	{ "nothing", GIS_NOP, 0, false },
	{ "on", GIS_ON, 0, true },
	{ "off", GIS_OFF, 0, false },
	{ "both", GIS_ON | GIS_OFF, -EINVAL, false },
	{ "unknown", 8, -EINVAL, false },
	{ "may it be in an interrupt", GIS_ISR, -EOPNOTSUPP, false },
	{ "on in an interrupt", GIS_ON | GIS_ISR, -EOPNOTSUPP, false },
};

KUNIT_ARRAY_PARAM_DESC(signal, signal_cases, name);

static void a_signal_is_checked(struct kunit *test)
{
	const struct signal_case *c = test->param_value;
	struct fixture *f = SHARED(test);

	KUNIT_EXPECT_EQ(test, signal(f->a, c->gis), c->err);
	KUNIT_EXPECT_EQ(test, fake_kvm_line(0, LINE), c->up);
}

static void what_is_no_source_is_refused(struct kunit *test)
{
	struct fixture *f = SHARED(test);
	struct guest_intr forged = { .pic = f->a->vdp->v_intr.pic, .param = LINE };

	KUNIT_EXPECT_EQ(test, guest_intr_signal(&forged, GIS_ON), -ENOTCONN);
	KUNIT_EXPECT_FALSE(test, guest_intr_level(&forged));
}

static void a_line_without_a_route_stays_down(struct kunit *test)
{
	struct fixture *f = SHARED(test);

	fake_kvm.unrouted = LINE;
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_ON), -ENODEV);
	KUNIT_EXPECT_FALSE(test, guest_intr_level(&f->a->vdp->v_intr));
	fake_kvm.unrouted = 0;
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_ON), 0);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
}

static void the_status_tells_of_lines_and_msis(struct kunit *test)
{
	struct fixture *f = SHARED(test);
	struct vdevfw_report report = { .size = 1024 };
	struct testbed *bed = test->priv;

	report.text = kunit_kzalloc(test, report.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, report.text);
	signal(f->a, GIS_ON);
	signal(f->a, GIS_OFF);
	signal(f->a, GIS_ON);
	guest_msi_signal(f->a->vdp, 0xfee00000, 0x41);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_status(f->gsp, 0, &report, &bed->msg), 0);
	EXPECT_SAYS(test, report.text, "  intr ioapic:5: up, raised 2 times\n  msi: 1 sent\n");
	EXPECT_SAYS(test, report.text, "  intr ioapic:5: down, raised 0 times\n");
}

/*
 * Ends
 */

static void a_guest_that_ends_leaves_its_lines_down(struct kunit *test)
{
	struct fixture *f = SHARED(test);

	signal(f->a, GIS_ON);
	signal(f->b, GIS_ON);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
}

static void a_vdev_that_cannot_be_added_leaves_no_line(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->a = intr_probe_add(test, "a");
	f->a->fail_at = VDEV_CTRL_OPTIONS_END;
	f->a->fail_with = -EIO;
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=ioapic:5"),
					  NULL, NULL), -EIO);
	KUNIT_EXPECT_TRUE(test, xa_empty(&f->gsp->intrs.irqchip->pic->lines));
}

static int preset_intr(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		return qvm_parse_intr(vdp, "ioapic:7", &vdp->v_intr);
	return 0;
}

static void an_option_takes_the_place_of_a_preset_line(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->a = intr_probe_add(test, "a");
	f->a->on_control = preset_intr;
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=ioapic:5"));
	KUNIT_EXPECT_EQ(test, f->a->vdp->v_intr.param, LINE);
	KUNIT_EXPECT_NULL(test, xa_load(&f->gsp->intrs.irqchip->pic->lines, 7));
}

/*
 * Names
 */

static const struct name_case {
	const char *arg;
	int err;
	unsigned int line;
	const char *says;
} name_cases[] = {
	{ "ioapic:0", 0, 0 }, { "ioapic:23", 0, 23 }, { "ioapic:0x10", 0, 16 },
	{ "mypic:3", 0, 3 },
	{ "ioapic:24", -EBADSLT, .says = "0 to 23" },
	{ "mypic:4", -EBADSLT, .says = "0 to 3" },
	{ "gic:5", -ENODEV, .says = "ioapic, eventfd, mypic" }, { "ioapi:5", -ENODEV },
	{ "ioapics:5", -ENODEV }, { "io:apic:5", -ENODEV }, { "nopic:1", -ENODEV },
	{ "ioapic", -EINVAL }, { "ioapic:", -EINVAL }, { "ioapic:x", -EINVAL },
	{ "ioapic:5x", -EINVAL }, { ":5", -ENODEV }, { "5", -EINVAL },
	{ "eventfd:9999", -EBADF, .says = "no such file" },
	{ "eventfd:", -EINVAL, .says = "eventfd:FD" }, { "eventfd:-1", -EINVAL },
	{ "eventfd:4294967296", -EINVAL },
};

static void describe_name(const struct name_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", c->arg);
}

KUNIT_ARRAY_PARAM(name, name_cases, describe_name);

static int pic_signal(const struct guest_intr *gip, unsigned int gis)
{
	struct guest_intr *upstream = &gip->pic->v_intr;

	fixture.signals++;
	if (gip->param < ARRAY_SIZE(fixture.levels))
		fixture.levels[gip->param] = gis;
	return upstream->pic ? guest_intr_signal(upstream, gis) : 0;
}

static void pic_notify(const struct guest_intr *gip, unsigned int gin)
{
	fixture.wanted = gip->param;
}

static const struct vdev_pic_functions pic_functions = {
	.pnum_mask = 3,
	.signal = pic_signal,
	.notify = pic_notify,
};

static struct probe *add_pic(struct kunit *test, const char *factory, const char *options,
			     size_t len)
{
	struct probe *probe = intr_probe(test, factory);

	probe->factory.pic = &pic_functions;
	probe_register(test, probe);
	testbed_must_add(test, fixture.gsp, factory, options, len);
	return probe;
}

static void lines_have_names(struct kunit *test)
{
	const struct name_case *c = test->param_value;
	struct testbed *bed = test->priv;
	struct fixture *f = fresh(test);
	char options[64];
	int len;

	add_pic(test, "p", OPTIONS("loc=0x1000\0name=mypic"));
	f->b = intr_probe_add(test, "b");
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=0x2000\0name=nopic"));
	f->a = intr_probe_add(test, "a");
	len = snprintf(options, sizeof(options), "intr=%s", c->arg) + 1;
	memcpy(options + len, "loc=0", 6);
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", options, len + 6, NULL, NULL),
			c->err);
	if (c->says)
		EXPECT_SAYS(test, bed->msg.text, c->says);
	if (c->err)
		return;
	KUNIT_EXPECT_EQ(test, f->a->vdp->v_intr.param, c->line);
	guest_intr_string(&f->a->vdp->v_intr, options, sizeof(options));
	if (c->line != 16)
		KUNIT_EXPECT_STREQ(test, options, c->arg);
}

static void a_machine_without_irqchip_has_no_lines(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct fixture *f = fresh(test);

	fake_kvm.irq_lines = 0;
	intr_probe_add(test, "a");
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=ioapic:5"),
					  NULL, NULL), -ENODEV);
	EXPECT_SAYS(test, bed->msg.text, "irqchip");
}

static void a_vm_that_has_no_source_left_is_refused(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct fixture *f = fresh(test);

	fake_kvm.irq_error = -EBUSY;
	intr_probe_add(test, "a");
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=ioapic:5"),
					  NULL, NULL), -EBUSY);
	EXPECT_SAYS(test, bed->msg.text, "no more sources");
	KUNIT_EXPECT_TRUE(test, xa_empty(&f->gsp->intrs.irqchip->pic->lines));
}

/*
 * Assigned lines
 */

static int assign_auto(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_ASSIGN)
		fixture.answer = guest_intr_assign_auto(vdp, GIAT_LEVEL, &vdp->v_intr);
	return 0;
}

static void a_line_that_nobody_has_is_assigned(struct kunit *test)
{
	struct fixture *f = fresh(test);
	vdev_t *first;

	f->a = intr_probe_add(test, "a");
	f->a->on_control = assign_auto;
	f->b = intr_probe_add(test, "b");
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=0x100\0intr=ioapic:16"));
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0"));
	first = f->a->vdp;
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0x200"));
	testbed_must_configure(test, f->gsp);
	KUNIT_EXPECT_EQ(test, f->answer, 0);
	KUNIT_EXPECT_EQ(test, first->v_intr.param, 17);
	KUNIT_EXPECT_EQ(test, f->a->vdp->v_intr.param, 18);
}

static void when_all_lines_are_taken_none_is_assigned(struct kunit *test)
{
	struct fixture *f = fresh(test);
	char options[] = "loc=0x000";
	unsigned int i;

	f->a = intr_probe_add(test, "a");
	f->a->on_control = assign_auto;
	for (i = 0; i < 13; i++) {
		options[6] = "0123456789abcdef"[i];
		testbed_must_add(test, f->gsp, "a", options, sizeof(options));
	}
	testbed_must_configure(test, f->gsp);
	KUNIT_EXPECT_EQ(test, f->answer, -ENOSPC);
}

static int assign_each(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	vdev_t *irqchip = &fixture.gsp->intrs.irqchip->pub;
	vdev_t *eventfds = &fixture.gsp->intrs.eventfds->pub;
	struct guest_intr intr;

	if (ctrl != VDEV_CTRL_ASSIGN)
		return 0;
	if (guest_intr_assign(vdp, irqchip, 24, GIAT_EDGE, &intr) != -EBADSLT ||
	    guest_intr_assign(vdp, eventfds, 0, GIAT_EDGE, &intr) != -ENODEV ||
	    guest_intr_assign(vdp, vdp, 0, GIAT_EDGE, &intr) != -ENODEV ||
	    guest_intr_assign(vdp, NULL, 0, GIAT_EDGE, &intr) != -ENODEV)
		return -EIO;
	return guest_intr_assign(vdp, irqchip, 23, GIAT_EDGE, &vdp->v_intr);
}

static void a_line_is_assigned_by_its_number(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->a = intr_probe_add(test, "a");
	f->a->on_control = assign_each;
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	KUNIT_EXPECT_EQ(test, signal(f->a, GIS_ON), 0);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, 23));
}

/*
 * Notices
 */

static void noticed(vdev_t *vdp, const struct guest_intr *gip, unsigned int gin)
{
	if (gin != GIN_ACK)
		return;
	atomic_inc(&fixture.notices);
	fixture.noticed = vdp;
	guest_intr_signal(gip, GIS_OFF);
}

static int watch(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_END)
		fixture.answer = guest_intr_watch(vdp, &vdp->v_intr, noticed);
	return 0;
}

static struct fixture *watching(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->a = intr_probe_add(test, "a");
	f->a->on_control = watch;
	f->b = intr_probe_add(test, "b");
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=ioapic:5"));
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=0x100\0intr=ioapic:5"));
	KUNIT_ASSERT_EQ(test, f->answer, 0);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

static void the_end_of_an_interrupt_is_told(struct kunit *test)
{
	struct fixture *f = watching(test);

	signal(f->a, GIS_ON);
	fake_kvm_ack(0, LINE);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->notices), 1);
	KUNIT_EXPECT_PTR_EQ(test, f->noticed, f->a->vdp);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
}

static void the_end_of_anothers_interrupt_is_told_too(struct kunit *test)
{
	struct fixture *f = watching(test);

	signal(f->b, GIS_ON);
	fake_kvm_ack(0, LINE);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->notices), 1);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
}

static void an_end_at_another_line_is_not_told(struct kunit *test)
{
	struct fixture *f = watching(test);

	fake_kvm_ack(0, LINE + 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->notices), 0);
}

static int watch_wrongly(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct guest_intr none = {};

	if (ctrl != VDEV_CTRL_OPTIONS_END)
		return 0;
	if (guest_intr_watch(vdp, &none, noticed) != -ENOTCONN ||
	    guest_intr_watch(vdp, &fixture.b->vdp->v_intr, noticed) != -ENOTCONN ||
	    guest_intr_watch(vdp, &vdp->v_intr, noticed) != 0)
		return -EIO;
	return guest_intr_watch(vdp, &vdp->v_intr, noticed) == -EALREADY ? 0 : -EIO;
}

static void only_a_source_of_ones_own_is_watched_and_once(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->b = intr_probe_add(test, "b");
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=0x100\0intr=ioapic:5"));
	f->a = intr_probe_add(test, "a");
	f->a->on_control = watch_wrongly;
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=ioapic:5"));
}

/*
 * A vdev that is a controller
 */

static void a_vdev_that_is_a_controller_gets_the_or_of_its_sources(struct kunit *test)
{
	struct fixture *f = fresh(test);

	add_pic(test, "p", OPTIONS("loc=0x1000\0name=mypic"));
	f->a = intr_probe_add(test, "a");
	f->b = intr_probe_add(test, "b");
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=mypic:2"));
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=0x100\0intr=mypic:2"));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	signal(f->a, GIS_ON);
	signal(f->b, GIS_ON);
	signal(f->a, GIS_OFF);
	KUNIT_EXPECT_EQ(test, f->signals, 1);
	KUNIT_EXPECT_EQ(test, f->levels[2], GIS_ON);
	signal(f->b, GIS_OFF);
	KUNIT_EXPECT_EQ(test, f->signals, 2);
	KUNIT_EXPECT_EQ(test, f->levels[2], GIS_OFF);
}

/* The output of the controller: what it means for its line 2. */
static void forward(vdev_t *vdp, const struct guest_intr *gip, unsigned int gin)
{
	guest_intr_notify(vdp, 2, gin);
}

static int watch_output(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return ctrl == VDEV_CTRL_OPTIONS_END ? guest_intr_watch(vdp, &vdp->v_intr, forward) : 0;
}

static struct fixture *chained(struct kunit *test)
{
	struct fixture *f = fresh(test);
	struct probe *pic = intr_probe(test, "p");

	pic->factory.pic = &pic_functions;
	pic->on_control = watch_output;
	probe_register(test, pic);
	testbed_must_add(test, f->gsp, "p", OPTIONS("loc=0x1000\0name=mypic\0intr=ioapic:5"));
	f->a = intr_probe_add(test, "a");
	f->a->on_control = watch;
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0\0intr=mypic:2"));
	KUNIT_ASSERT_EQ(test, f->answer, 0);
	KUNIT_ASSERT_EQ(test, f->wanted, 2);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

static void a_controller_signals_the_next_one(struct kunit *test)
{
	struct fixture *f = chained(test);

	signal(f->a, GIS_ON);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	signal(f->a, GIS_OFF);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
}

static void a_notice_goes_back_through_a_chain(struct kunit *test)
{
	struct fixture *f = chained(test);

	signal(f->a, GIS_ON);
	fake_kvm_ack(0, LINE);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->notices), 1);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
}

static void a_chain_has_an_end(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct fixture *f = fresh(test);
	char options[64];
	unsigned int i;
	int len, err = 0;

	add_pic(test, "p", OPTIONS("loc=0x1000\0name=p0\0intr=ioapic:5"));
	for (i = 1; !err && i < 10; i++) {
		len = snprintf(options, sizeof(options), "name=p%u", i) + 1;
		len += snprintf(options + len, sizeof(options) - len, "intr=p%u:0", i - 1) + 1;
		len += snprintf(options + len, sizeof(options) - len, "loc=0x%x000", i + 1) + 1;
		err = testbed_add(test, f->gsp, "p", options, len, NULL, NULL);
	}
	KUNIT_EXPECT_EQ(test, err, -ELOOP);
	EXPECT_SAYS(test, bed->msg.text, "too deep");
}

static int close_circle(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct guest_intr intr;

	if (ctrl == VDEV_CTRL_ASSIGN && probe == fixture.a)
		fixture.answer = guest_intr_assign(vdp, fixture.b->vdp, 1, GIAT_LEVEL, &intr);
	return 0;
}

static void controllers_are_not_chained_in_a_circle(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->a = add_pic(test, "p", OPTIONS("loc=0x1000\0name=p0"));
	f->a->on_control = close_circle;
	f->b = add_pic(test, "q", OPTIONS("loc=0x2000\0name=p1\0intr=p0:0"));
	testbed_must_configure(test, f->gsp);
	KUNIT_EXPECT_EQ(test, f->answer, -ELOOP);
}

static const struct vdev_pic_functions no_signal = { .pnum_mask = 3 };
static const struct vdev_pic_functions bad_mask = { .pnum_mask = 4, .signal = pic_signal };
static const struct vdev_pic_functions huge_mask = { .pnum_mask = 0x1ffff, .signal = pic_signal };

static void a_controller_is_checked_when_it_is_registered(struct kunit *test)
{
	static const struct vdev_pic_functions *const bad[] = { &no_signal, &bad_mask, &huge_mask };
	struct probe *probe = intr_probe(test, "p");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		probe->factory.pic = bad[i];
		KUNIT_EXPECT_EQ(test, vdev_register_factory(&probe->factory, QVM_VDEV_ABI),
				-EINVAL);
	}
}

/*
 * MSI
 */

static void delivered(vdev_t *pic, const vdev_t *src, u64 paddr, unsigned int data,
		      unsigned int cookie)
{
	if (cookie == 7 && data == 0x41)
		atomic_inc(&fixture.delivered);
	fixture.delivered_to = paddr;
}

static int take_msis(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl != VDEV_CTRL_OPTIONS_END)
		return 0;
	if (guest_msi_register(vdp, 0xfee00000, ~0xfffull, delivered, 7) != -EADDRINUSE ||
	    guest_msi_register(vdp, 0x1001, ~0xfffull, delivered, 7) != -EINVAL ||
	    guest_msi_register(vdp, 0, 0, delivered, 7) != -EINVAL)
		return -EIO;
	fixture.answer = guest_msi_register(vdp, 0x50000000, ~0xfffull, delivered, 7);
	if (fixture.answer || guest_msi_register(vdp, 0x50000000, ~0xffull, delivered, 7) !=
	    -EADDRINUSE)
		return -EIO;
	return 0;
}

static struct fixture *with_msis(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->b = intr_probe_add(test, "b");
	f->b->on_control = take_msis;
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=0x100"));
	f->a = intr_probe_add(test, "a");
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

static void an_msi_goes_to_the_local_apics(struct kunit *test)
{
	struct fixture *f = with_msis(test);

	KUNIT_EXPECT_EQ(test, guest_msi_signal(f->a->vdp, 0xfee01000, 0x4031), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm.msi_addr, 0xfee01000ull);
	KUNIT_EXPECT_EQ(test, fake_kvm.msi_data, 0x4031u);
}

static void an_msi_goes_to_the_controller_that_takes_its_address(struct kunit *test)
{
	struct fixture *f = with_msis(test);

	KUNIT_EXPECT_EQ(test, guest_msi_signal(f->a->vdp, 0x50000ffc, 0x41), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->delivered), 1);
	KUNIT_EXPECT_EQ(test, f->delivered_to, 0x50000ffcull);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.msis), 0);
}

static void an_msi_to_nowhere_is_refused(struct kunit *test)
{
	struct fixture *f = with_msis(test);

	KUNIT_EXPECT_EQ(test, guest_msi_signal(f->a->vdp, 0x50001000, 0x41), -EADDRNOTAVAIL);
	KUNIT_EXPECT_EQ(test, guest_msi_signal(f->a->vdp, 0x1fee00000, 0x41), -EADDRNOTAVAIL);
	KUNIT_EXPECT_EQ(test, guest_msi_signal(f->a->vdp, U64_MAX, U32_MAX), -EADDRNOTAVAIL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&to_vdevfw_vdev(f->a->vdp)->msis), 0);
}

static int take_msis_and_refuse(struct probe *probe, vdev_t *vdp, unsigned int ctrl,
				const char *arg)
{
	if (ctrl != VDEV_CTRL_OPTIONS_START)
		return 0;
	fixture.answer = guest_msi_register(vdp, 0x50000000, ~0xfffull, delivered, 7);
	return -EIO;
}

/* It gets no TERMINATE. */
static void a_vdev_that_refuses_its_start_takes_no_msis(struct kunit *test)
{
	struct fixture *f = fresh(test);

	f->b = intr_probe_add(test, "b");
	f->b->on_control = take_msis_and_refuse;
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "b", OPTIONS("loc=0"), NULL, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, f->answer, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&f->gsp->intrs.msi_ranges));
}

/*
 * Many at once
 */

#define ROUNDS	20000

static int hammer(void *arg)
{
	struct probe *probe = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		signal(probe, GIS_ON);
		signal(probe, GIS_OFF);
		/* Two that wait for each other on a busy host starve all others. */
		cond_resched();
	}
	return 0;
}

/* The fake counts it as a breach if the controller sees a change that is none. */
static void a_controller_sees_changes_in_their_order(struct kunit *test)
{
	struct fixture *f = SHARED(test);
	struct task_struct *task;

	task = kthread_run(hammer, f->a, "hammer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	hammer(f->b);
	kthread_stop(task);
	put_task_struct(task);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, fake_kvm.breaches, 0);
}

static bool add_with_line(struct kunit *test, void *arg)
{
	char options[] = "loc=0x1000\0intr=ioapic:5\0name=mypic";
	struct testbed *bed = test->priv;
	struct fixture *f = fresh(test);
	bool failed;
	u32 at;
	u64 id;
	int err;

	testbed_start_failing();
	err = vdevfw_guest_add(f->gsp, "p", options, sizeof(options), &at, &id, &bed->msg);
	failed = testbed_stop_failing();
	/* That debugfs has no memory to show a vdev is no reason not to have it. */
	if (err) {
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_TRUE(test, failed);
		KUNIT_EXPECT_TRUE(test, xa_empty(&f->gsp->intrs.irqchip->pic->lines));
	}
	vdevfw_guest_destroy(f->gsp);
	return failed;
}

static void without_memory_there_is_no_line(struct kunit *test)
{
	struct probe *probe = intr_probe(test, "p");

	probe->factory.pic = &pic_functions;
	probe_register(test, probe);
	testbed_fail_each_allocation(test, add_with_line, NULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_line_follows_its_source),
	KUNIT_CASE(a_shared_line_is_up_while_one_source_is),
	KUNIT_CASE(what_is_up_is_not_raised_again),
	KUNIT_CASE(an_edge_is_up_and_down_again),
	KUNIT_CASE(a_copy_of_a_source_is_as_good),
	KUNIT_CASE(sources_of_a_line_have_different_ids),
	KUNIT_CASE_PARAM(a_signal_is_checked, signal_gen_params),
	KUNIT_CASE(what_is_no_source_is_refused),
	KUNIT_CASE(a_line_without_a_route_stays_down),
	KUNIT_CASE(the_status_tells_of_lines_and_msis),
	KUNIT_CASE(a_guest_that_ends_leaves_its_lines_down),
	KUNIT_CASE(a_vdev_that_cannot_be_added_leaves_no_line),
	KUNIT_CASE(an_option_takes_the_place_of_a_preset_line),
	KUNIT_CASE_PARAM(lines_have_names, name_gen_params),
	KUNIT_CASE(a_machine_without_irqchip_has_no_lines),
	KUNIT_CASE(a_vm_that_has_no_source_left_is_refused),
	KUNIT_CASE(a_line_that_nobody_has_is_assigned),
	KUNIT_CASE(when_all_lines_are_taken_none_is_assigned),
	KUNIT_CASE(a_line_is_assigned_by_its_number),
	KUNIT_CASE(the_end_of_an_interrupt_is_told),
	KUNIT_CASE(the_end_of_anothers_interrupt_is_told_too),
	KUNIT_CASE(an_end_at_another_line_is_not_told),
	KUNIT_CASE(only_a_source_of_ones_own_is_watched_and_once),
	KUNIT_CASE(a_vdev_that_is_a_controller_gets_the_or_of_its_sources),
	KUNIT_CASE(a_controller_signals_the_next_one),
	KUNIT_CASE(a_notice_goes_back_through_a_chain),
	KUNIT_CASE(a_chain_has_an_end),
	KUNIT_CASE(controllers_are_not_chained_in_a_circle),
	KUNIT_CASE(a_controller_is_checked_when_it_is_registered),
	KUNIT_CASE(an_msi_goes_to_the_local_apics),
	KUNIT_CASE(an_msi_goes_to_the_controller_that_takes_its_address),
	KUNIT_CASE(an_msi_to_nowhere_is_refused),
	KUNIT_CASE(a_vdev_that_refuses_its_start_takes_no_msis),
	KUNIT_CASE(a_controller_sees_changes_in_their_order),
	KUNIT_CASE(without_memory_there_is_no_line),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-intr",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
