// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl interface: one table of commands, and one place that copies in,
 * checks, calls, and copies out. The commands themselves see kernel memory only,
 * and leave a new file in the call: it is given to user space when nothing can
 * fail any more.
 */
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "file.h"
#include "guest.h"
#include "status.h"
#include "uapi.h"
#include "vdev/factory.h"
#include "vdev/options.h"

union vdevfw_command {
	struct vdevfw_request req;
	struct vdevfw_factory_list factory_list;
	struct vdevfw_factory_info factory_info;
	struct vdevfw_guest_create guest_create;
	struct vdevfw_guest_open guest_open;
	struct vdevfw_guest_list guest_list;
	struct vdevfw_guest_info guest_info;
	struct vdevfw_vdev_add vdev_add;
	struct vdevfw_guest_configure guest_configure;
	struct vdevfw_guest_command guest_command;
	struct vdevfw_guest_stop guest_stop;
	struct vdevfw_guest_ask guest_ask;
	struct vdevfw_guest_ack guest_ack;
	struct vdevfw_guest_save guest_save;
	struct vdevfw_guest_restore guest_restore;
	struct vdevfw_guest_set guest_set;
	struct vdevfw_guest_status guest_status;
	struct vdevfw_guest_button guest_button;
	struct vdevfw_guest_regions guest_regions;
	struct vdevfw_guest_access guest_access;
};

static_assert(sizeof(struct vdevfw_request) == 24);
static_assert(sizeof(struct vdevfw_factory_list) == 40);
static_assert(sizeof(struct vdevfw_factory_info) == 80);
static_assert(sizeof(struct vdevfw_guest_create) == 104);
static_assert(sizeof(struct vdevfw_guest_open) == 40);
static_assert(sizeof(struct vdevfw_guest_entry) == 80);
static_assert(sizeof(struct vdevfw_guest_list) == 40);
static_assert(sizeof(struct vdevfw_guest_info) == 144);
static_assert(sizeof(struct vdevfw_vdev_add) == 80);
static_assert(sizeof(struct vdevfw_guest_configure) == 32);
static_assert(sizeof(struct vdevfw_guest_command) == 24);
static_assert(sizeof(struct vdevfw_guest_stop) == 48);
static_assert(sizeof(struct vdevfw_guest_ask) == 40);
static_assert(sizeof(struct vdevfw_guest_ack) == 32);
static_assert(sizeof(struct vdevfw_guest_save) == 56);
static_assert(sizeof(struct vdevfw_guest_restore) == 48);
static_assert(sizeof(struct vdevfw_guest_set) == 40);
static_assert(sizeof(struct vdevfw_guest_status) == 48);
static_assert(sizeof(struct vdevfw_guest_button) == 32);
static_assert(sizeof(struct vdevfw_region_entry) == 40);
static_assert(sizeof(struct vdevfw_guest_regions) == 48);
static_assert(sizeof(struct vdevfw_guest_access) == 56);

/**
 * struct vdevfw_call - One ioctl on its way
 * @gsp: The guest that it is for, or NULL
 * @cmd: Its structure
 * @msg: Why it failed
 * @new_fd: Reserved for @new_file, or -1
 * @new_file: To be installed on success
 */
struct vdevfw_call {
	struct guest_system *gsp;
	union vdevfw_command cmd;
	struct vdevfw_message msg;
	int new_fd;
	struct file *new_file;
};

/* Copy @used bytes of @buf to a user's buffer of @size; 0 only asks how much there is. */
static int give_names(struct vdevfw_call *call, u64 user, u32 size, const char *buf, size_t used)
{
	if (!size)
		return 0;
	if (used > size)
		return vdevfw_fail(&call->msg, -EMSGSIZE, "the buffer has %u bytes, the names take %zu",
				   size, used);
	return copy_to_user(u64_to_user_ptr(user), buf, used) ? -EFAULT : 0;
}

static int factory_list(struct vdevfw_call *call)
{
	struct vdevfw_factory_list *cmd = &call->cmd.factory_list;
	size_t used, size = 0;
	char *buf = NULL;
	int err;

	/* Factories may come while memory is allocated for those that were there. */
	while ((used = vdevfw_factory_names(buf, size)) > size) {
		kvfree(buf);
		size = used;
		buf = kvmalloc(size, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	cmd->out_names_len = used;
	err = give_names(call, cmd->names, cmd->names_len, buf, used);
	kvfree(buf);
	return err;
}

/* A name as user space gives it must end within its field. */
static int check_name(struct vdevfw_call *call, const u8 *name, size_t size, const char *what)
{
	if (strnlen(name, size) < size)
		return 0;
	return vdevfw_fail(&call->msg, -EINVAL, "%s is longer than %zu bytes", what, size - 1);
}

static int factory_info(struct vdevfw_call *call)
{
	struct vdevfw_factory_info *cmd = &call->cmd.factory_info;
	const struct vdev_factory *factory;
	char *buf;
	int err;

	err = check_name(call, cmd->factory, sizeof(cmd->factory), "the vdev's name");
	if (err)
		return err;
	factory = vdevfw_factory_get(cmd->factory, &call->msg);
	if (IS_ERR(factory))
		return PTR_ERR(factory);

	cmd->out_options_len = vdevfw_options_names(factory, NULL, 0);
	cmd->out_access_sizes = factory->acc_sizes;
	/* VFF_VDEV_PCI is not shown: there is no PCI yet. */
	cmd->out_loc_types = (factory->factory_flags & VFF_VDEV_MEM ? VDEVFW_LOC_MEM : 0) |
			     (factory->factory_flags & VFF_VDEV_X86_IO ? VDEVFW_LOC_IO : 0);
	err = -ENOMEM;
	buf = kvmalloc(cmd->out_options_len + 1, GFP_KERNEL_ACCOUNT);
	if (buf) {
		vdevfw_options_names(factory, buf, cmd->out_options_len);
		err = give_names(call, cmd->options, cmd->options_len, buf, cmd->out_options_len);
	}
	kvfree(buf);
	vdevfw_factory_put(factory);
	return err;
}

/* Make the file that the dispatcher gives to user space, and that takes over the hold on @gsp. */
static int new_file(struct vdevfw_call *call, struct guest_system *gsp, bool owns, s32 *out_fd)
{
	struct file *file;

	call->new_fd = get_unused_fd_flags(O_CLOEXEC);
	if (call->new_fd < 0)
		return vdevfw_fail(&call->msg, call->new_fd, "the process has too many open files");
	file = vdevfw_file_create(gsp, owns);
	if (IS_ERR(file))
		return PTR_ERR(file);
	call->new_file = file;
	*out_fd = call->new_fd;
	return 0;
}

static int guest_create(struct vdevfw_call *call)
{
	struct vdevfw_guest_create *cmd = &call->cmd.guest_create;
	struct guest_system *gsp;
	int err;

	cmd->out_fd = -1;
	cmd->out_id = 0;
	err = check_name(call, cmd->name, sizeof(cmd->name), "the system name");
	if (err)
		return err;
	gsp = vdevfw_guest_create(cmd->vm_fd, cmd->name, &call->msg);
	if (IS_ERR(gsp))
		return PTR_ERR(gsp);
	err = new_file(call, gsp, true, &cmd->out_fd);
	if (err) {
		vdevfw_guest_destroy(gsp);
		vdevfw_guest_put(gsp);
		return err;
	}
	cmd->out_id = gsp->id;
	return 0;
}

static int guest_open(struct vdevfw_call *call)
{
	struct vdevfw_guest_open *cmd = &call->cmd.guest_open;
	struct guest_system *gsp;
	int err;

	cmd->out_fd = -1;
	if (cmd->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	gsp = vdevfw_guest_find(cmd->id, &call->msg);
	if (IS_ERR(gsp))
		return PTR_ERR(gsp);
	err = new_file(call, gsp, false, &cmd->out_fd);
	if (err)
		vdevfw_guest_put(gsp);
	return err;
}

static int guest_list(struct vdevfw_call *call)
{
	struct vdevfw_guest_list *cmd = &call->cmd.guest_list;
	struct vdevfw_guest_entry *entries;
	size_t size;
	int err = 0;

	cmd->out_count = 0;
	if (cmd->count > VDEVFW_GUESTS_MAX)
		return vdevfw_fail(&call->msg, -E2BIG, "the buffer is for %u guests; allowed: %u",
				   cmd->count, VDEVFW_GUESTS_MAX);
	entries = kvcalloc(cmd->count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	cmd->out_count = vdevfw_guest_list(entries, cmd->count);
	size = array_size(cmd->out_count, sizeof(*entries));
	if (cmd->count && cmd->out_count > cmd->count)
		err = vdevfw_fail(&call->msg, -EMSGSIZE,
				  "the buffer is for %u guests, there are %u", cmd->count,
				  cmd->out_count);
	else if (cmd->count && copy_to_user(u64_to_user_ptr(cmd->guests), entries, size))
		err = -EFAULT;
	kvfree(entries);
	return err;
}

static int guest_info(struct vdevfw_call *call)
{
	struct vdevfw_guest_info *cmd = &call->cmd.guest_info;
	struct guest_system *gsp = call->gsp;
	int cause = atomic_read(&gsp->cause);

	memcpy(cmd->out_name, gsp->name, sizeof(cmd->out_name));
	cmd->out_id = gsp->id;
	cmd->out_state = READ_ONCE(gsp->state);
	cmd->out_vdevs = READ_ONCE(gsp->nr_vdevs);
	cmd->out_terminated = cause >= 0;
	cmd->out_cause = cause >= 0 ? cause : 0;
	cmd->out_transition = READ_ONCE(gsp->run.transition);
	cmd->out_pending = vdevfw_requests_pending(&gsp->run.requests);
	cmd->out_refused = atomic_read(&gsp->run.refused);
	cmd->out_process = pid_vnr(gsp->process);
	cmd->out_generation = vdevfw_requests_generation(&gsp->run.requests);
	cmd->out_stop = max_t(s64, atomic64_read(&gsp->run.stop), 0);
	return 0;
}

/* Copied once, so that they do not change while they are looked at. For kvfree(). */
static char *take_options(struct vdevfw_call *call, u64 user, u32 len)
{
	if (len > VDEVFW_OPTIONS_MAX)
		return ERR_PTR(vdevfw_fail(&call->msg, -E2BIG,
					   "the options have %u bytes; allowed: %u", len,
					   VDEVFW_OPTIONS_MAX));
	return vmemdup_user(u64_to_user_ptr(user), len);
}

static int vdev_add(struct vdevfw_call *call)
{
	struct vdevfw_vdev_add *cmd = &call->cmd.vdev_add;
	char *options;
	int err;

	cmd->out_option = VDEVFW_NO_OPTION;
	cmd->out_id = 0;
	err = check_name(call, cmd->factory, sizeof(cmd->factory), "the vdev's name");
	if (err)
		return err;
	options = take_options(call, cmd->options, cmd->options_len);
	if (IS_ERR(options))
		return PTR_ERR(options);
	err = vdevfw_guest_add(call->gsp, cmd->factory, options, cmd->options_len,
			       &cmd->out_option, &cmd->out_id, &call->msg);
	kvfree(options);
	return err;
}

static int guest_set(struct vdevfw_call *call)
{
	struct vdevfw_guest_set *cmd = &call->cmd.guest_set;
	char *options;
	int err;

	cmd->out_option = VDEVFW_NO_OPTION;
	options = take_options(call, cmd->options, cmd->options_len);
	if (IS_ERR(options))
		return PTR_ERR(options);
	err = vdevfw_guest_set(call->gsp, options, cmd->options_len, &cmd->out_option,
			       &call->msg);
	kvfree(options);
	return err;
}

static int guest_configure(struct vdevfw_call *call)
{
	struct vdevfw_guest_configure *cmd = &call->cmd.guest_configure;

	cmd->out_vdev = 0;
	return vdevfw_guest_configure(call->gsp, &cmd->out_vdev, &call->msg);
}

static int guest_start(struct vdevfw_call *call)
{
	return vdevfw_guest_start(call->gsp, &call->msg);
}

static int guest_stop(struct vdevfw_call *call)
{
	struct vdevfw_guest_stop *cmd = &call->cmd.guest_stop;

	cmd->out_state = 0;
	cmd->out_reasons = 0;
	cmd->out_flags = 0;
	cmd->out_result = 0;
	if (cmd->options & ~VDEVFW_STOP_FORCE)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP,
				   "options 0x%x are not known; allowed: 0x%x", cmd->options,
				   VDEVFW_STOP_FORCE);
	return vdevfw_guest_stop(call->gsp, cmd, &call->msg);
}

static int guest_ask(struct vdevfw_call *call)
{
	struct vdevfw_guest_ask *cmd = &call->cmd.guest_ask;

	if (cmd->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	if (cmd->options & ~VDEVFW_ASK_WAIT)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP,
				   "options 0x%x are not known; allowed: 0x%x", cmd->options,
				   VDEVFW_ASK_WAIT);
	return vdevfw_guest_ask(call->gsp, cmd->what, cmd->value, cmd->options, &call->msg);
}

static int guest_ack(struct vdevfw_call *call)
{
	return vdevfw_guest_ack(call->gsp, call->cmd.guest_ack.stop, &call->msg);
}

/* Also where it does not fit, user space is told how much there is. */
static int give_saved(struct vdevfw_call *call, const void *data, size_t size)
{
	struct vdevfw_guest_save *cmd = &call->cmd.guest_save;

	cmd->out_data_len = size;
	if (!cmd->data_len)
		return 0;
	if (size > cmd->data_len)
		return vdevfw_fail(&call->msg, -EMSGSIZE,
				   "the buffer has %u bytes, the saved guest takes %zu",
				   cmd->data_len, size);
	return copy_to_user(u64_to_user_ptr(cmd->data), data, size) ? -EFAULT : 0;
}

static int guest_save(struct vdevfw_call *call)
{
	struct vdevfw_guest_save *cmd = &call->cmd.guest_save;
	size_t size = 0;
	void *data;
	int err;

	cmd->out_data_len = 0;
	cmd->out_vdev = 0;
	cmd->out_flags = 0;
	if (cmd->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	err = vdevfw_guest_save(call->gsp, &data, &size, &cmd->out_vdev, &cmd->out_flags,
				&call->msg);
	if (err)
		return err;
	err = give_saved(call, data, size);
	kvfree(data);
	return err;
}

/* Not vmemdup_user(), whose memory nobody is charged for. */
static void *take_saved(struct vdevfw_call *call, u64 user, u32 len)
{
	void *data;

	if (len > VDEVFW_SAVE_MAX)
		return ERR_PTR(vdevfw_fail(&call->msg, -E2BIG,
					   "the saved guest has %u bytes; allowed: %u", len,
					   VDEVFW_SAVE_MAX));
	data = kvmalloc(max(len, 1u), GFP_KERNEL_ACCOUNT);
	if (!data)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(data, u64_to_user_ptr(user), len))
		return data;
	kvfree(data);
	return ERR_PTR(-EFAULT);
}

static int guest_restore(struct vdevfw_call *call)
{
	struct vdevfw_guest_restore *cmd = &call->cmd.guest_restore;
	void *data;

	cmd->out_vdev = 0;
	if (cmd->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	data = take_saved(call, cmd->data, cmd->data_len);
	if (IS_ERR(data))
		return PTR_ERR(data);
	return vdevfw_guest_restore(call->gsp, data, cmd->data_len, &cmd->out_vdev, &call->msg);
}

static int guest_destroy(struct vdevfw_call *call)
{
	return vdevfw_guest_destroy(call->gsp);
}

/* Give as much of a report to user space as its buffer takes. */
static int give_report(const struct vdevfw_report *report, u64 user)
{
	size_t len = min(report->used + 1, report->size);

	return copy_to_user(u64_to_user_ptr(user), report->text, len) ? -EFAULT : 0;
}

static int guest_status(struct vdevfw_call *call)
{
	struct vdevfw_guest_status *cmd = &call->cmd.guest_status;
	struct vdevfw_report report = { .size = cmd->text_len };
	int err;

	cmd->out_text_len = 0;
	if (cmd->text_len > VDEVFW_STATUS_MAX)
		return vdevfw_fail(&call->msg, -E2BIG, "the buffer has %u bytes; allowed: %u",
				   cmd->text_len, VDEVFW_STATUS_MAX);
	report.text = kvzalloc(report.size + 1, GFP_KERNEL_ACCOUNT);
	if (!report.text)
		return -ENOMEM;
	err = vdevfw_guest_status(call->gsp, cmd->vdev, &report, &call->msg);
	if (!err)
		err = give_report(&report, cmd->text);
	if (!err)
		cmd->out_text_len = min_t(size_t, report.used + 1, U32_MAX);
	kvfree(report.text);
	return err;
}

static int guest_mapped(struct vdevfw_call *call)
{
	return vdevfw_guest_mapped(call->gsp, &call->msg);
}

static int guest_regions(struct vdevfw_call *call)
{
	struct vdevfw_guest_regions *cmd = &call->cmd.guest_regions;
	struct vdevfw_region_entry *entries;
	size_t size;
	int err;

	cmd->out_count = 0;
	if (cmd->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	if (cmd->only & ~VDEVFW_REGION_ALL)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "only 0x%x is not known; allowed: 0x%x",
				   cmd->only, VDEVFW_REGION_ALL);
	if (cmd->count > VDEVFW_REGIONS_MAX)
		return vdevfw_fail(&call->msg, -E2BIG, "the buffer is for %u regions; allowed: %u",
				   cmd->count, VDEVFW_REGIONS_MAX);
	entries = kvcalloc(cmd->count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	err = vdevfw_guest_regions(call->gsp, entries, cmd->count, cmd->only, &cmd->out_count,
				   &call->msg);
	size = array_size(cmd->out_count, sizeof(*entries));
	if (!err && cmd->count && cmd->out_count > cmd->count)
		err = vdevfw_fail(&call->msg, -EMSGSIZE,
				  "the buffer is for %u regions, there are %u", cmd->count,
				  cmd->out_count);
	else if (!err && cmd->count && copy_to_user(u64_to_user_ptr(cmd->regions), entries, size))
		err = -EFAULT;
	kvfree(entries);
	return err;
}

static int guest_access(struct vdevfw_call *call)
{
	struct vdevfw_guest_access *cmd = &call->cmd.guest_access;
	u64 value = cmd->value;
	int err;

	cmd->out_value = 0;
	if (cmd->access & ~(VDEVFW_ACCESS_WRITE | VDEVFW_ACCESS_IO))
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "access 0x%x is not known; allowed: 0x%x",
				   cmd->access, VDEVFW_ACCESS_WRITE | VDEVFW_ACCESS_IO);
	if (cmd->len > 8 || !is_power_of_2(cmd->len))
		return vdevfw_fail(&call->msg, -EINVAL, "%u bytes; allowed: 1, 2, 4, 8", cmd->len);
	if (!(cmd->access & VDEVFW_ACCESS_WRITE))
		value = 0;
	err = vdevfw_guest_access(call->gsp, cmd->addr, cmd->len, cmd->access, &value, &call->msg);
	if (!err && !(cmd->access & VDEVFW_ACCESS_WRITE))
		cmd->out_value = value;
	return err;
}

static int guest_button(struct vdevfw_call *call)
{
	struct vdevfw_guest_button *cmd = &call->cmd.guest_button;

	cmd->out_handlers = 0;
	if (cmd->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	return vdevfw_guest_button(call->gsp, &cmd->out_handlers, &call->msg);
}

/**
 * struct vdevfw_ioctl_op - One command
 * @cmd: Its number
 * @for_guest: It is for a guest's file, not for the device
 * @size: sizeof its structure, as this kernel knows it
 * @min_size: as its first version was
 * @execute: Carries it out, and fills the out_* members
 */
struct vdevfw_ioctl_op {
	unsigned int cmd;
	bool for_guest;
	u32 size;
	u32 min_size;
	int (*execute)(struct vdevfw_call *call);
};

#define IOCTL_OP(_cmd, _for_guest, _execute, _struct, _last)	\
	[_IOC_NR(_cmd)] = {					\
		.cmd = _cmd,					\
		.for_guest = _for_guest,			\
		.size = sizeof(struct _struct),			\
		.min_size = offsetofend(struct _struct, _last),	\
		.execute = _execute,				\
	}

static const struct vdevfw_ioctl_op ioctl_ops[] = {
	IOCTL_OP(VDEVFW_FACTORY_LIST, false, factory_list, vdevfw_factory_list, out_names_len),
	IOCTL_OP(VDEVFW_FACTORY_INFO, false, factory_info, vdevfw_factory_info, out_access_sizes),
	IOCTL_OP(VDEVFW_GUEST_CREATE, false, guest_create, vdevfw_guest_create, out_id),
	IOCTL_OP(VDEVFW_GUEST_OPEN, false, guest_open, vdevfw_guest_open, __reserved),
	IOCTL_OP(VDEVFW_GUEST_LIST, false, guest_list, vdevfw_guest_list, out_count),
	IOCTL_OP(VDEVFW_GUEST_INFO, true, guest_info, vdevfw_guest_info, out_terminated),
	IOCTL_OP(VDEVFW_VDEV_ADD, true, vdev_add, vdevfw_vdev_add, out_id),
	IOCTL_OP(VDEVFW_GUEST_CONFIGURE, true, guest_configure, vdevfw_guest_configure, out_vdev),
	IOCTL_OP(VDEVFW_GUEST_START, true, guest_start, vdevfw_guest_command, req),
	IOCTL_OP(VDEVFW_GUEST_STOP, true, guest_stop, vdevfw_guest_stop, req),
	IOCTL_OP(VDEVFW_GUEST_DESTROY, true, guest_destroy, vdevfw_guest_command, req),
	IOCTL_OP(VDEVFW_GUEST_SET, true, guest_set, vdevfw_guest_set, out_option),
	IOCTL_OP(VDEVFW_GUEST_STATUS, true, guest_status, vdevfw_guest_status, out_text_len),
	IOCTL_OP(VDEVFW_GUEST_MAPPED, true, guest_mapped, vdevfw_guest_command, req),
	IOCTL_OP(VDEVFW_GUEST_REGIONS, true, guest_regions, vdevfw_guest_regions, __reserved),
	IOCTL_OP(VDEVFW_GUEST_ACCESS, true, guest_access, vdevfw_guest_access, access),
	IOCTL_OP(VDEVFW_GUEST_ASK, true, guest_ask, vdevfw_guest_ask, __reserved),
	IOCTL_OP(VDEVFW_GUEST_ACK, true, guest_ack, vdevfw_guest_ack, stop),
	IOCTL_OP(VDEVFW_GUEST_SAVE, true, guest_save, vdevfw_guest_save, __reserved),
	IOCTL_OP(VDEVFW_GUEST_RESTORE, true, guest_restore, vdevfw_guest_restore, out_vdev),
	IOCTL_OP(VDEVFW_GUEST_BUTTON, true, guest_button, vdevfw_guest_button, __reserved),
};

static const struct vdevfw_ioctl_op *find_op(unsigned int cmd, bool for_guest)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct vdevfw_ioctl_op *op;

	if (nr >= ARRAY_SIZE(ioctl_ops))
		return NULL;
	op = &ioctl_ops[array_index_nospec(nr, ARRAY_SIZE(ioctl_ops))];
	return op->execute && op->cmd == cmd && op->for_guest == for_guest ? op : NULL;
}

static int check_request(struct vdevfw_call *call)
{
	const struct vdevfw_request *req = &call->cmd.req;

	if (req->flags)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "flags 0x%x are not known; allowed: 0",
				   req->flags);
	if (req->__reserved)
		return vdevfw_fail(&call->msg, -EOPNOTSUPP, "a reserved field is not 0");
	return 0;
}

/* A sentence for the errors that come from below without one. */
static const char *plain_message(int err)
{
	switch (err) {
	case -ENOMEM:
		return "out of memory";
	case -EFAULT:
		return "memory behind a pointer cannot be read or written";
	case -EINTR:
		return "interrupted by a fatal signal";
	default:
		return "the command failed";
	}
}

/* What is not there to be written is no reason to fail: the errno has gone out anyway. */
static void give_message(struct vdevfw_call *call, int err)
{
	const struct vdevfw_request *req = &call->cmd.req;
	char __user *user = u64_to_user_ptr(req->msg);
	size_t len;

	if (!req->msg || !req->msg_len)
		return;
	if (err)
		vdevfw_fail(&call->msg, err, "%s", plain_message(err));
	else
		call->msg.text[0] = 0;
	len = min_t(size_t, strlen(call->msg.text), req->msg_len - 1);
	if (!copy_to_user(user, call->msg.text, len))
		put_user(0, user + len);
}

/* Give the results to user space; the last step that can fail is behind when the file goes. */
static int finish(struct vdevfw_call *call, const struct vdevfw_ioctl_op *op, void __user *user,
		  u32 user_size, int err)
{
	give_message(call, err);
	if (copy_to_user(user, &call->cmd, min(op->size, user_size)) && !err)
		err = -EFAULT;
	if (!err && call->new_file) {
		fd_install(call->new_fd, call->new_file);
		return 0;
	}
	if (call->new_file)
		fput(call->new_file);
	if (call->new_fd >= 0)
		put_unused_fd(call->new_fd);
	return err;
}

long vdevfw_ioctl(struct guest_system *gsp, unsigned int cmd, unsigned long arg)
{
	const struct vdevfw_ioctl_op *op = find_op(cmd, gsp);
	void __user *user = (void __user *)arg;
	struct vdevfw_call *call;
	u32 user_size;
	int err;

	if (!op)
		return -ENOTTY;
	if (get_user(user_size, (u32 __user *)user))
		return -EFAULT;
	if (user_size < op->min_size)
		return -EINVAL;
	if (user_size > PAGE_SIZE)
		return -E2BIG;

	call = kzalloc(sizeof(*call), GFP_KERNEL_ACCOUNT);
	if (!call)
		return -ENOMEM;
	call->gsp = gsp;
	call->new_fd = -1;
	err = copy_struct_from_user(&call->cmd, op->size, user, user_size);
	if (err)
		goto out;
	call->cmd.req.size = user_size;
	err = check_request(call);
	/* Where the results cannot be written, nothing must happen. */
	if (!err && copy_to_user(user, &call->cmd, min(op->size, user_size)))
		err = -EFAULT;
	if (!err)
		err = op->execute(call);
	err = finish(call, op, user, user_size, err);
out:
	kfree(call);
	return err;
}
