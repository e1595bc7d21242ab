// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt lines: from a vdev that raises one to the controller that it belongs to, and back again
 * when the guest has handled it.
 *
 *	vdev ──▶ source ──▶ line = OR of its sources ──▶ controller
 *	vdev ◀── source ◀── line ◀── controller: the guest has handled it
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <vdevfw/utils.h>

#include "../kvm/kvm.h"
#include "../message.h"
#include "../status.h"
#include "../vdev/parse.h"
#include "../vdev/vdev.h"
#include "intr.h"

#define DEPTH_MAX	7	/* of controllers, as lockdep can tell their lines' locks apart */

static_assert(DEPTH_MAX < MAX_LOCKDEP_SUBCLASSES);

struct vdevfw_pic *vdevfw_pic_of(const vdev_t *vdp)
{
	return vdp ? to_vdevfw_vdev(vdp)->pic : NULL;
}

static bool may_be_in_isr(const struct vdevfw_pic *pic)
{
	return pic->functions->flags & VPF_ISR;
}

/*
 * Up and down
 */

/* A controller that may be called from interrupts never takes the lock of one that may not. */
static void lock_line(struct vdevfw_line *line, unsigned long *flags) __acquires(line->lock)
{
	if (may_be_in_isr(line->pic))
		spin_lock_irqsave(&line->lock, *flags);
	else
		spin_lock(&line->lock);
}

static void unlock_line(struct vdevfw_line *line, unsigned long flags) __releases(line->lock)
{
	if (may_be_in_isr(line->pic))
		spin_unlock_irqrestore(&line->lock, flags);
	else
		spin_unlock(&line->lock);
}

/* The controller hears of the first source that is up, and of the last one that is down. */
static int set_level(struct vdevfw_line *line, struct vdevfw_intr_source *source, bool up)
{
	unsigned int others = line->up - source->up;
	int err = 0;

	lockdep_assert_held(&line->lock);
	if (source->up == up)
		return 0;
	if (!others)
		err = line->pic->functions->signal(&line->intr, up ? GIS_ON : GIS_OFF);
	/* What cannot be raised is not up. What cannot be lowered is not, either. */
	if (err && up)
		return err;
	source->up = up;
	source->raised += up;
	WRITE_ONCE(line->up, others + up);
	return err;
}

static int signal_source(struct vdevfw_intr_source *source, bool up)
{
	struct vdevfw_line *line;
	unsigned long flags = 0;
	int err = -ENOTCONN;

	rcu_read_lock();
	line = rcu_dereference(source->line);
	if (!line)
		goto out;
	lock_line(line, &flags);
	/* Whoever takes the source from its line does so under this lock. */
	if (likely(rcu_access_pointer(source->line)))
		err = set_level(line, source, up);
	unlock_line(line, flags);
out:
	rcu_read_unlock();
	return err;
}

int guest_intr_signal(const struct guest_intr *gip, unsigned int gis)
{
	struct vdevfw_intr_source *source = gip->__source;
	int err;

	if (unlikely(!source))
		return -ENOTCONN;
	err = vdevfw_check(source->vdp, FUNCTION_guest_intr_signal);
	if (err)
		return err;
	if (unlikely(gis & GIS_ISR && !source->in_isr))
		return -EOPNOTSUPP;
	switch (gis & ~GIS_ISR) {
	case GIS_ON:
		return signal_source(source, true);
	case GIS_OFF:
		return signal_source(source, false);
	case GIS_NOP:
		return 0;
	default:
		return -EINVAL;
	}
}
EXPORT_SYMBOL_GPL(guest_intr_signal);

bool guest_intr_level(const struct guest_intr *gip)
{
	const struct vdevfw_line *line;
	bool up = false;

	if (!gip->__source)
		return false;
	rcu_read_lock();
	line = rcu_dereference(gip->__source->line);
	if (line)
		up = READ_ONCE(line->up);
	rcu_read_unlock();
	return up;
}
EXPORT_SYMBOL_GPL(guest_intr_level);

/*
 * The other end
 */

static void tell(const struct vdevfw_intr_source *source, unsigned int gin)
{
	const struct vdevfw_vdev *vdev = to_vdevfw_vdev(source->vdp);
	guest_intr_notice_func_t *notice = READ_ONCE(source->notice);

	if (notice && READ_ONCE(vdev->machine->live))
		notice(source->vdp, &source->intr, gin);
}

void vdevfw_line_notice(struct vdevfw_line *line, unsigned int gin)
{
	const struct vdevfw_intr_source *source;

	rcu_read_lock();
	list_for_each_entry_rcu(source, &line->sources, of_line)
		tell(source, gin);
	rcu_read_unlock();
}

void vdevfw_line_repeat(struct vdevfw_line *line)
{
	unsigned long flags = 0;

	rcu_read_lock();
	lock_line(line, &flags);
	if (line->up)
		line->pic->functions->signal(&line->intr, GIS_ON);
	unlock_line(line, flags);
	rcu_read_unlock();
}

void guest_intr_notify(const vdev_t *pic, unsigned int param, unsigned int gin)
{
	struct vdevfw_line *line;

	if (vdevfw_check(pic, FUNCTION_guest_intr_notify) || !vdevfw_pic_of(pic))
		return;
	rcu_read_lock();
	line = xa_load(&vdevfw_pic_of(pic)->lines, param);
	if (line)
		vdevfw_line_notice(line, gin);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(guest_intr_notify);

static int start_watching(struct vdevfw_line *line)
{
	const struct vdevfw_pic *pic = line->pic;

	if (pic->watch)
		return pic->watch(line);
	if (!pic->functions->notify)
		return -EOPNOTSUPP;
	pic->functions->notify(&line->intr, GIN_UNMASK | GIN_ACK);
	return 0;
}

int guest_intr_watch(vdev_t *vdp, const struct guest_intr *gip, guest_intr_notice_func_t *func)
{
	struct vdevfw_intr_source *source = gip->__source;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_guest_intr_watch);
	if (err)
		return err;
	if (!source || source->vdp != vdp)
		return -ENOTCONN;
	if (source->notice)
		return -EALREADY;
	err = start_watching(rcu_dereference_protected(source->line, true));
	if (!err)
		WRITE_ONCE(source->notice, func);
	return err;
}
EXPORT_SYMBOL_GPL(guest_intr_watch);

/*
 * Sources and lines
 */

static void set_lock_class(struct vdevfw_line *line)
{
	static struct lock_class_key keys[2];

	spin_lock_init(&line->lock);
	lockdep_set_class_and_subclass(&line->lock, &keys[may_be_in_isr(line->pic)],
				       line->pic->depth);
}

static void drop_line(struct vdevfw_line *line)
{
	struct vdevfw_pic *pic = line->pic;

	if (!list_empty(&line->sources))
		return;
	xa_erase(&pic->lines, line->intr.param);
	if (pic->line_gone)
		pic->line_gone(line);
	kfree_rcu(line, rcu);
}

/* @text is what the user calls it, for a controller that has to know. */
static struct vdevfw_line *get_line(struct vdevfw_pic *pic, unsigned int param, const char *text)
{
	struct vdevfw_line *line = xa_load(&pic->lines, param);
	int err = -ENOMEM;

	if (line)
		return line;
	line = kzalloc(sizeof(*line), GFP_KERNEL_ACCOUNT);
	if (!line)
		return ERR_PTR(-ENOMEM);
	line->pic = pic;
	line->intr = (struct guest_intr) { .pic = pic->vdp, .param = param };
	INIT_LIST_HEAD(&line->sources);
	set_lock_class(line);
	if (xa_err(xa_store(&pic->lines, param, line, GFP_KERNEL_ACCOUNT)))
		goto err_free;
	err = pic->prepare ? pic->prepare(line, text) : 0;
	if (!err)
		return line;
	xa_erase(&pic->lines, param);
err_free:
	kfree(line);
	return ERR_PTR(err);
}

/* Once, so that nobody needs the controller for it, which may be gone before an orphan is. */
static void describe_source(struct vdevfw_intr_source *source, const struct vdevfw_pic *pic)
{
	char line[16];

	if (pic->functions->string)
		pic->functions->string(&source->intr, line, sizeof(line));
	else
		snprintf(line, sizeof(line), "%u", source->intr.param);
	snprintf(source->name, sizeof(source->name), "%s:%s",
		 to_vdevfw_vdev(pic->vdp)->name ?: pic->vdp->v_factory->name, line);
	vdevfw_clean(source->name);
	source->in_isr = may_be_in_isr(pic);
}

/* signal() of a controller may take its v_mtx, while the source's vdev has its own. */
static void set_mutex_class(struct vdevfw_pic *pic)
{
	static struct lock_class_key key;

	lockdep_set_class_and_subclass(&pic->vdp->v_mtx, &key, pic->depth);
}

/* At the guest's end, vdevs go in reverse order: what a vdev raises outlives it. */
static bool is_before(const struct vdevfw_pic *pic, const struct vdevfw_vdev *vdev)
{
	return to_vdevfw_vdev(pic->vdp)->id < vdev->id;
}

/* A controller's own output goes to one that is nearer to the CPUs: so there is no circle. */
static int check_depth(struct vdevfw_pic *own, const struct vdevfw_pic *next)
{
	unsigned int depth = next->depth + 1;

	if (!own || depth <= own->depth)
		return 0;
	if (depth > DEPTH_MAX || !xa_empty(&own->lines))
		return -ELOOP;
	own->depth = depth;
	set_mutex_class(own);
	return 0;
}

static int bind_source(struct vdevfw_vdev *vdev, struct vdevfw_pic *pic, unsigned int param,
		       const char *text, struct guest_intr *gip)
{
	struct vdevfw_intr_source *source;
	struct vdevfw_line *line;
	int err;

	err = is_before(pic, vdev) ? check_depth(vdev->pic, pic) : -ELOOP;
	if (err)
		return err;
	source = kzalloc(sizeof(*source), GFP_KERNEL_ACCOUNT);
	if (!source)
		return -ENOMEM;
	line = get_line(pic, param, text);
	if (IS_ERR(line)) {
		kfree(source);
		return PTR_ERR(line);
	}
	source->vdp = &vdev->pub;
	source->intr = (struct guest_intr) {
		.pic = pic->vdp,
		.param = param,
		.src_id = ++vdev->machine->intrs->last_source,
		.__source = source,
	};
	describe_source(source, pic);
	RCU_INIT_POINTER(source->line, line);
	list_add_tail(&source->of_vdev, &vdev->sources);
	list_add_tail_rcu(&source->of_line, &line->sources);
	*gip = source->intr;
	return 0;
}

static void take_from_line(struct vdevfw_intr_source *source)
{
	struct vdevfw_line *line = rcu_dereference_protected(source->line, true);
	unsigned long flags = 0;

	if (!line)
		return;
	rcu_read_lock();
	lock_line(line, &flags);
	set_level(line, source, false);
	RCU_INIT_POINTER(source->line, NULL);
	unlock_line(line, flags);
	rcu_read_unlock();
	list_del_rcu(&source->of_line);
	drop_line(line);
}

void vdevfw_intr_unbind(struct guest_intr *intr)
{
	struct vdevfw_intr_source *source = intr->__source;

	if (!source)
		return;
	take_from_line(source);
	list_del(&source->of_vdev);
	kfree_rcu(source, rcu);
	*intr = (struct guest_intr) {};
}

void vdevfw_intr_release(struct vdevfw_vdev *vdev)
{
	struct vdevfw_intr_source *source;
	bool borrowed = false;

	list_for_each_entry(source, &vdev->sources, of_vdev) {
		take_from_line(source);
		borrowed |= to_vdevfw_vdev(source->intr.pic)->id;
	}
	/* Who is about to raise one sees that it has no line, before a vdev that has it goes. */
	if (borrowed)
		synchronize_rcu_expedited();
}

void vdevfw_intrs_lower(struct vdevfw_vdev *vdev)
{
	struct vdevfw_intr_source *source;

	list_for_each_entry(source, &vdev->sources, of_vdev)
		guest_intr_signal(&source->intr, GIS_OFF);
}

/* The number of an eventfd is the launcher's, and another one in another process. */
static struct vdevfw_saved_source look_at(const struct vdevfw_intr_source *source)
{
	const struct vdevfw_vdev *pic = to_vdevfw_vdev(source->intr.pic);
	bool is_eventfd = pic == pic->machine->intrs->eventfds;
	struct vdevfw_saved_source saved = {
		.line = cpu_to_le32(is_eventfd ? 0 : source->intr.param),
		.up = cpu_to_le32(READ_ONCE(source->up)),
	};

	strscpy((char *)saved.controller, pic->name ?: pic->pub.v_factory->name,
		sizeof(saved.controller));
	return saved;
}

void vdevfw_intrs_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save)
{
	const struct vdevfw_intr_source *source;
	struct vdevfw_saved_source saved;
	size_t record;

	if (list_empty(&vdev->sources))
		return;
	record = vdevfw_save_open(save, SAVE_SOURCES);
	list_for_each_entry(source, &vdev->sources, of_vdev) {
		saved = look_at(source);
		vdevfw_save_put(save, &saved, sizeof(saved));
	}
	vdevfw_save_close(save, record);
}

static int check_saved(const struct vdevfw_intr_source *source,
		       const struct vdevfw_saved_source *saved, struct vdevfw_message *msg)
{
	struct vdevfw_saved_source here = look_at(source);

	if (!saved)
		return vdevfw_fail(msg, -EMEDIUMTYPE, "its interrupt %s was not saved",
				   source->name);
	if (memcmp(saved->controller, here.controller, sizeof(here.controller)) ||
	    saved->line != here.line)
		return vdevfw_fail(msg, -EMEDIUMTYPE, "its interrupt %s was saved as %.*s:%u",
				   source->name,
				   (int)strnlen((const char *)saved->controller,
						sizeof(saved->controller)),
				   saved->controller, le32_to_cpu(saved->line));
	if (le32_to_cpu(saved->up) > 1)
		return vdevfw_fail(msg, -EBADMSG, "its interrupt %s was saved neither up nor down",
				   source->name);
	return 0;
}

int vdevfw_intrs_check_saved(const struct vdevfw_vdev *vdev, struct vdevfw_saved records,
			     struct vdevfw_message *msg)
{
	const struct vdevfw_intr_source *source;
	const struct vdevfw_saved_source *saved;
	struct vdevfw_saved contents;
	int err;

	vdevfw_saved_find(records, SAVE_SOURCES, &contents);
	list_for_each_entry(source, &vdev->sources, of_vdev) {
		saved = vdevfw_saved_take(&contents, sizeof(*saved));
		err = check_saved(source, saved, msg);
		if (err)
			return err;
	}
	if (contents.left)
		return vdevfw_fail(msg, -EMEDIUMTYPE, "it was saved with more interrupts than it has");
	return 0;
}

int vdevfw_intrs_restore(struct vdevfw_vdev *vdev, struct vdevfw_saved records,
			 struct vdevfw_message *msg)
{
	const struct vdevfw_saved_source *saved;
	struct vdevfw_intr_source *source;
	struct vdevfw_saved contents;
	int err;

	vdevfw_saved_find(records, SAVE_SOURCES, &contents);
	list_for_each_entry(source, &vdev->sources, of_vdev) {
		saved = vdevfw_saved_take(&contents, sizeof(*saved));
		err = guest_intr_signal(&source->intr, saved->up ? GIS_ON : GIS_OFF);
		if (err && saved->up)
			return vdevfw_fail(msg, err, "its interrupt %s cannot be raised: error %d",
					   source->name, -err);
	}
	return 0;
}

void vdevfw_intr_hush(struct vdevfw_vdev *vdev)
{
	struct vdevfw_intr_source *source;
	bool told;

	told = vdevfw_msi_release(vdev);
	list_for_each_entry(source, &vdev->sources, of_vdev) {
		told |= !!source->notice;
		WRITE_ONCE(source->notice, NULL);
	}
	/* Who is in one of its functions comes out. */
	if (told)
		synchronize_rcu_expedited();
}

void vdevfw_intr_free(struct vdevfw_vdev *vdev)
{
	struct vdevfw_intr_source *source, *next;

	list_for_each_entry_safe(source, next, &vdev->sources, of_vdev)
		kfree_rcu(source, rcu);
	INIT_LIST_HEAD(&vdev->sources);
}

/*
 * Controllers
 */

struct vdevfw_pic *vdevfw_pic_create(vdev_t *vdp)
{
	struct vdevfw_pic *pic = kzalloc(sizeof(*pic), GFP_KERNEL_ACCOUNT);

	if (!pic)
		return NULL;
	pic->vdp = vdp;
	pic->functions = vdp->v_factory->pic;
	xa_init(&pic->lines);
	set_mutex_class(pic);
	return pic;
}

void vdevfw_pic_free(struct vdevfw_pic *pic)
{
	if (!pic)
		return;
	WARN_ON_ONCE(!xa_empty(&pic->lines));
	xa_destroy(&pic->lines);
	kfree(pic);
}

unsigned int guest_intr_num_pins(const vdev_t *pic)
{
	const struct vdevfw_pic *p = vdevfw_pic_of(pic);

	if (!p)
		return 0;
	return p->num_pins ? p->num_pins(p) : p->functions->pnum_mask + 1;
}
EXPORT_SYMBOL_GPL(guest_intr_num_pins);

int guest_intr_assign(vdev_t *vdp, vdev_t *pic, unsigned int pnum,
		      enum guest_intr_assign_type type, struct guest_intr *gip)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_guest_intr_assign);
	if (err)
		return err;
	/* What eventfd a line is, only the user can say. */
	if (!vdevfw_pic_of(pic) || pic == &vdev->machine->intrs->eventfds->pub ||
	    to_vdevfw_vdev(pic)->machine != vdev->machine)
		return -ENODEV;
	if (pnum >= guest_intr_num_pins(pic))
		return -EBADSLT;
	return bind_source(vdev, vdevfw_pic_of(pic), pnum, NULL, gip);
}
EXPORT_SYMBOL_GPL(guest_intr_assign);

int guest_intr_assign_auto(vdev_t *vdp, enum guest_intr_assign_type type, struct guest_intr *gip)
{
	static const u8 candidates[] = { 16, 17, 18, 19, 20, 21, 22, 23, 10, 11, 5, 9 };
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct vdevfw_pic *pic;
	unsigned int i;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_guest_intr_assign_auto);
	if (err)
		return err;
	pic = vdev->machine->intrs->irqchip->pic;
	if (!guest_intr_num_pins(pic->vdp))
		return -ENODEV;
	for (i = 0; i < ARRAY_SIZE(candidates); i++)
		if (!xa_load(&pic->lines, candidates[i]))
			return bind_source(vdev, pic, candidates[i], NULL, gip);
	return -ENOSPC;
}
EXPORT_SYMBOL_GPL(guest_intr_assign_auto);

/*
 * What the user calls them
 */

int guest_intr_string(const struct guest_intr *gip, char *buf, size_t count)
{
	const struct vdevfw_intr_source *source = gip->__source;

	if (!source)
		return snprintf(buf, count, "no interrupt");
	return snprintf(buf, count, "%s", source->name);
}
EXPORT_SYMBOL_GPL(guest_intr_string);

static struct vdevfw_vdev *find_controller(const struct vdevfw_machine *machine, const char *name,
					   size_t len)
{
	struct vdevfw_vdev *const own[] = { machine->intrs->irqchip, machine->intrs->eventfds };
	struct vdevfw_vdev *vdev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		if (vdevfw_is_word(name, len, own[i]->pub.v_factory->name))
			return own[i];
	list_for_each_entry(vdev, &machine->vdevs, node)
		if (vdev->pic && vdev->name && vdevfw_is_word(name, len, vdev->name))
			return vdev;
	return NULL;
}

/* For a message: the names of all controllers. */
static void list_controllers(const struct vdevfw_machine *machine, char *buf, size_t size)
{
	struct vdevfw_vdev *vdev;
	size_t used;

	used = scnprintf(buf, size, "%s, %s", VDEVFW_IRQCHIP, VDEVFW_EVENTFDS);
	list_for_each_entry(vdev, &machine->vdevs, node)
		if (vdev->pic && vdev->name)
			used += scnprintf(buf + used, size - used, ", %s", vdev->name);
}

/* The line that @text names, which must be all of it. */
static int parse_line(const struct vdevfw_pic *pic, const char *text, unsigned int *param)
{
	struct guest_intr gip = { .pic = pic->vdp };
	const char *rest;
	u64 number;

	if (pic->functions->parse) {
		rest = pic->functions->parse(&gip, text);
		number = gip.param;
		if (!rest || *rest)
			return -EBADSLT;
	} else if (vdevfw_parse_u64(text, &number)) {
		return -EINVAL;
	}
	if (number >= guest_intr_num_pins(pic->vdp))
		return -EBADSLT;
	*param = number;
	return 0;
}

static int refuse_line(vdev_t *vdp, const struct vdevfw_pic *pic, int err, const char *arg)
{
	switch (err) {
	case -EBADF:
		return vdev_refuse(vdp, err, "\"%.40s\": no such file is open", arg);
	case -EINVAL:
		return vdev_refuse(vdp, err, "\"%.40s\" is no interrupt line; allowed: %s", arg,
				   pic && pic->form ? pic->form : "PIC:LINE");
	case -EBADSLT:
		return vdev_refuse(vdp, err, "\"%.40s\": there is no such line; allowed: 0 to %u",
				   arg, guest_intr_num_pins(pic->vdp) - 1);
	case -ENODEV:
		return vdev_refuse(vdp, err,
				   "\"%.40s\": the machine has no interrupt controller; allowed: create KVM's irqchip before",
				   arg);
	case -ELOOP:
		return vdev_refuse(vdp, err,
				   "\"%.40s\": the controller is not listed before, or chained too deep; allowed: %d, one behind the other",
				   arg, DEPTH_MAX);
	case -EBUSY:
		return vdev_refuse(vdp, err,
				   "\"%.40s\": KVM tells no more sources of interrupts apart", arg);
	default:
		return err;
	}
}

int qvm_parse_intr(vdev_t *vdp, const char *arg, struct guest_intr *intr)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp), *controller;
	const char *colon = strchr(arg ?: "", ':');
	char names[VDEVFW_MSG_MAX / 2];
	unsigned int param;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_qvm_parse_intr);
	if (err)
		return err;
	if (!colon)
		return refuse_line(vdp, NULL, -EINVAL, arg ?: "");
	controller = find_controller(vdev->machine, arg, colon - arg);
	if (!controller) {
		list_controllers(vdev->machine, names, sizeof(names));
		return vdev_refuse(vdp, -ENODEV,
				   "\"%.40s\": there is no interrupt controller of this name; allowed: %s",
				   arg, names);
	}
	err = guest_intr_num_pins(&controller->pub) ? 0 : -ENODEV;
	if (!err)
		err = parse_line(controller->pic, colon + 1, &param);
	if (!err)
		err = bind_source(vdev, controller->pic, param, colon + 1, intr);
	return err ? refuse_line(vdp, controller->pic, err, arg) : 0;
}
EXPORT_SYMBOL_GPL(qvm_parse_intr);

void vdevfw_intr_report(struct vdevfw_vdev *vdev, struct vdevfw_report *report)
{
	u64 msis = atomic64_read(&vdev->msis);
	struct vdevfw_intr_source *source;

	list_for_each_entry(source, &vdev->sources, of_vdev)
		vdevfw_report_line(report, "  intr %s: %s, raised %llu times", source->name,
				   READ_ONCE(source->up) ? "up" : "down",
				   READ_ONCE(source->raised));
	if (msis)
		vdevfw_report_line(report, "  msi: %llu sent", msis);
}

/*
 * A guest's
 */

static int no_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return 0;
}

/* Vdevs only in as far as others can name them. */
static const struct vdev_factory irqchip_factory = {
	.control = no_control,
	.name = VDEVFW_IRQCHIP,
	.pic = &vdevfw_irqchip_functions,
	.factory_flags = VFF_INTR_NO | VFF_LOC_NO,
	.safety = VDEV_SAFETY_YES,
};

static const struct vdev_factory eventfd_factory = {
	.control = no_control,
	.name = VDEVFW_EVENTFDS,
	.pic = &vdevfw_wire_functions,
	.factory_flags = VFF_INTR_NO | VFF_LOC_NO,
	.safety = VDEV_SAFETY_YES,
};

static struct vdevfw_vdev *make_controller(struct guest_system *gsp,
					   struct vdevfw_machine *machine,
					   const struct vdev_factory *factory)
{
	struct vdevfw_vdev *vdev = vdevfw_vdev_alloc(gsp, machine, 0, factory);

	if (vdev)
		vdev->stage.phase = PHASE_RUNNING;
	return vdev;
}

int vdevfw_intrs_init(struct vdevfw_intrs *intrs, struct guest_system *gsp,
		      struct vdevfw_machine *machine)
{
	INIT_LIST_HEAD(&intrs->msi_ranges);
	intrs->irqchip = make_controller(gsp, machine, &irqchip_factory);
	intrs->eventfds = make_controller(gsp, machine, &eventfd_factory);
	if (!intrs->irqchip || !intrs->eventfds) {
		vdevfw_intrs_free(intrs);
		return -ENOMEM;
	}
	vdevfw_irqchip_init(intrs->irqchip->pic);
	vdevfw_wires_init(intrs->eventfds->pic);
	return 0;
}

void vdevfw_intrs_attach(struct vdevfw_intrs *intrs, struct vdevfw_vm *vm)
{
	rcu_assign_pointer(intrs->vm, vm);
}

void vdevfw_intrs_detach(struct vdevfw_intrs *intrs)
{
	struct vdevfw_vm *vm = rcu_dereference_protected(intrs->vm, true);

	RCU_INIT_POINTER(intrs->vm, NULL);
	synchronize_rcu_expedited();
	vdevfw_vm_irq_close(vm);
}

void vdevfw_intrs_free(struct vdevfw_intrs *intrs)
{
	vdevfw_vdev_free(intrs->irqchip);
	vdevfw_vdev_free(intrs->eventfds);
}
