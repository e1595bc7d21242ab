// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One function for each ioctl of vdevfw.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libvdevfw.h"

static int fail(struct vdevfw_error *error, int code)
{
	error->code = -code;
	if (!error->text[0])
		snprintf(error->text, sizeof(error->text), "%s", strerror(code));
	return -code;
}

static void error_reset(struct vdevfw_error *error)
{
	*error = (struct vdevfw_error){ .option = VDEVFW_NO_OPTION };
}

/* Sends command @number, whose structure of @size bytes begins with @req. */
static int command(int fd, unsigned long number, struct vdevfw_request *req, uint32_t size,
		   struct vdevfw_error *error)
{
	error_reset(error);
	req->size = size;
	req->msg = (uintptr_t)error->text;
	req->msg_len = sizeof(error->text);
	if (ioctl(fd, number, req) < 0)
		return fail(error, errno);
	return 0;
}

static int name_copy(uint8_t *to, size_t size, const char *name, struct vdevfw_error *error)
{
	size_t len = strlen(name);

	if (len < size) {
		memcpy(to, name, len + 1);
		return 0;
	}
	error_reset(error);
	snprintf(error->text, sizeof(error->text),
		 "the name '%.16s...' is too long: at most %zu bytes are allowed", name, size - 1);
	return fail(error, ENAMETOOLONG);
}

int vdevfw_open(void)
{
	int fd = open(VDEVFW_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int vdevfw_factory_list(int device, char *names, uint32_t names_len, uint32_t *out_len,
			struct vdevfw_error *error)
{
	struct vdevfw_factory_list cmd = {
		.names = (uintptr_t)names,
		.names_len = names_len,
	};
	int err = command(device, VDEVFW_FACTORY_LIST, &cmd.req, sizeof(cmd), error);

	*out_len = cmd.out_names_len;
	return err;
}

int vdevfw_factory_info(int device, const char *factory, char *options, uint32_t options_len,
			struct vdevfw_factory_info *out_info, struct vdevfw_error *error)
{
	struct vdevfw_factory_info cmd = {
		.options = (uintptr_t)options,
		.options_len = options_len,
	};
	int err = name_copy(cmd.factory, sizeof(cmd.factory), factory, error);

	if (!err)
		err = command(device, VDEVFW_FACTORY_INFO, &cmd.req, sizeof(cmd), error);
	*out_info = cmd;
	out_info->req = (struct vdevfw_request){ 0 };
	out_info->options = 0;
	return err;
}

int vdevfw_guest_create(int device, const char *name, int vm, int *out_guest, uint64_t *out_id,
			struct vdevfw_error *error)
{
	struct vdevfw_guest_create cmd = { .vm_fd = vm };
	int err = name_copy(cmd.name, sizeof(cmd.name), name, error);

	if (!err)
		err = command(device, VDEVFW_GUEST_CREATE, &cmd.req, sizeof(cmd), error);
	if (err)
		return err;
	*out_guest = cmd.out_fd;
	*out_id = cmd.out_id;
	return 0;
}

int vdevfw_guest_open(int device, uint64_t id, int *out_guest, struct vdevfw_error *error)
{
	struct vdevfw_guest_open cmd = { .id = id };
	int err = command(device, VDEVFW_GUEST_OPEN, &cmd.req, sizeof(cmd), error);

	if (!err)
		*out_guest = cmd.out_fd;
	return err;
}

int vdevfw_guest_list(int device, struct vdevfw_guest_entry *guests, uint32_t count,
		      uint32_t *out_count, struct vdevfw_error *error)
{
	struct vdevfw_guest_list cmd = { .guests = (uintptr_t)guests, .count = count };
	int err = command(device, VDEVFW_GUEST_LIST, &cmd.req, sizeof(cmd), error);

	*out_count = cmd.out_count;
	return err;
}

int vdevfw_guest_info(int guest, struct vdevfw_guest_info *out_info, struct vdevfw_error *error)
{
	int err;

	*out_info = (struct vdevfw_guest_info){ 0 };
	err = command(guest, VDEVFW_GUEST_INFO, &out_info->req, sizeof(*out_info), error);
	out_info->req = (struct vdevfw_request){ 0 };
	return err;
}

int vdevfw_vdev_add(int guest, const char *factory, const char *options, uint32_t options_len,
		    uint64_t *out_id, struct vdevfw_error *error)
{
	struct vdevfw_vdev_add cmd = {
		.options = (uintptr_t)options,
		.options_len = options_len,
		.out_option = VDEVFW_NO_OPTION,
	};
	int err = name_copy(cmd.factory, sizeof(cmd.factory), factory, error);

	if (err)
		return err;
	err = command(guest, VDEVFW_VDEV_ADD, &cmd.req, sizeof(cmd), error);
	if (err)
		error->option = cmd.out_option;
	else
		*out_id = cmd.out_id;
	return err;
}

int vdevfw_guest_set(int guest, const char *options, uint32_t options_len,
		     struct vdevfw_error *error)
{
	struct vdevfw_guest_set cmd = {
		.options = (uintptr_t)options,
		.options_len = options_len,
		.out_option = VDEVFW_NO_OPTION,
	};
	int err = command(guest, VDEVFW_GUEST_SET, &cmd.req, sizeof(cmd), error);

	if (err)
		error->option = cmd.out_option;
	return err;
}

int vdevfw_guest_configure(int guest, struct vdevfw_error *error)
{
	struct vdevfw_guest_configure cmd = { 0 };
	int err = command(guest, VDEVFW_GUEST_CONFIGURE, &cmd.req, sizeof(cmd), error);

	error->vdev = cmd.out_vdev;
	return err;
}

static int guest_command(int guest, unsigned long number, struct vdevfw_error *error)
{
	struct vdevfw_guest_command cmd = { 0 };

	return command(guest, number, &cmd.req, sizeof(cmd), error);
}

int vdevfw_guest_start(int guest, struct vdevfw_error *error)
{
	return guest_command(guest, VDEVFW_GUEST_START, error);
}

int vdevfw_guest_stop(int guest, struct vdevfw_error *error)
{
	return guest_command(guest, VDEVFW_GUEST_STOP, error);
}

int vdevfw_guest_stop_in(int guest, uint32_t state, uint32_t options,
			 struct vdevfw_guest_stop *out_stop, struct vdevfw_error *error)
{
	struct vdevfw_guest_stop cmd = { .state = state, .options = options };
	int err = command(guest, VDEVFW_GUEST_STOP, &cmd.req, sizeof(cmd), error);

	*out_stop = cmd;
	out_stop->req = (struct vdevfw_request){ 0 };
	return err;
}

int vdevfw_guest_save(int guest, void *data, uint32_t data_len, uint32_t *out_len,
		      struct vdevfw_error *error)
{
	struct vdevfw_guest_save cmd = { .data = (uintptr_t)data, .data_len = data_len };
	int err = command(guest, VDEVFW_GUEST_SAVE, &cmd.req, sizeof(cmd), error);

	*out_len = cmd.out_data_len;
	error->vdev = cmd.out_vdev;
	return err;
}

int vdevfw_guest_restore(int guest, const void *data, uint32_t data_len, struct vdevfw_error *error)
{
	struct vdevfw_guest_restore cmd = { .data = (uintptr_t)data, .data_len = data_len };
	int err = command(guest, VDEVFW_GUEST_RESTORE, &cmd.req, sizeof(cmd), error);

	error->vdev = cmd.out_vdev;
	return err;
}

int vdevfw_guest_ask(int guest, uint32_t what, uint32_t value, uint32_t options,
		     struct vdevfw_error *error)
{
	struct vdevfw_guest_ask cmd = { .what = what, .value = value, .options = options };

	return command(guest, VDEVFW_GUEST_ASK, &cmd.req, sizeof(cmd), error);
}

int vdevfw_guest_ack(int guest, uint64_t stop, struct vdevfw_error *error)
{
	struct vdevfw_guest_ack cmd = { .stop = stop };

	return command(guest, VDEVFW_GUEST_ACK, &cmd.req, sizeof(cmd), error);
}

int vdevfw_guest_destroy(int guest, struct vdevfw_error *error)
{
	return guest_command(guest, VDEVFW_GUEST_DESTROY, error);
}

int vdevfw_guest_status(int guest, uint64_t vdev, char *text, uint32_t text_len, uint32_t *out_len,
			struct vdevfw_error *error)
{
	struct vdevfw_guest_status cmd = {
		.vdev = vdev,
		.text = (uintptr_t)text,
		.text_len = text_len,
	};
	int err = command(guest, VDEVFW_GUEST_STATUS, &cmd.req, sizeof(cmd), error);

	*out_len = cmd.out_text_len;
	return err;
}

int vdevfw_guest_button(int guest, uint32_t *out_handlers, struct vdevfw_error *error)
{
	struct vdevfw_guest_button cmd = { 0 };
	int err = command(guest, VDEVFW_GUEST_BUTTON, &cmd.req, sizeof(cmd), error);

	*out_handlers = cmd.out_handlers;
	return err;
}

int vdevfw_guest_regions(int guest, uint32_t only, struct vdevfw_region_entry *regions,
			 uint32_t count, uint32_t *out_count, struct vdevfw_error *error)
{
	struct vdevfw_guest_regions cmd = {
		.regions = (uintptr_t)regions,
		.count = count,
		.only = only,
	};
	int err = command(guest, VDEVFW_GUEST_REGIONS, &cmd.req, sizeof(cmd), error);

	*out_count = cmd.out_count;
	return err;
}

int vdevfw_guest_mapped(int guest, struct vdevfw_error *error)
{
	return guest_command(guest, VDEVFW_GUEST_MAPPED, error);
}

static int guest_access(int guest, struct vdevfw_guest_access *cmd, struct vdevfw_error *error)
{
	return command(guest, VDEVFW_GUEST_ACCESS, &cmd->req, sizeof(*cmd), error);
}

int vdevfw_guest_read(int guest, uint32_t space, uint64_t addr, uint32_t len, uint64_t *out_value,
		      struct vdevfw_error *error)
{
	struct vdevfw_guest_access cmd = { .addr = addr, .len = len, .access = space };
	int err = guest_access(guest, &cmd, error);

	if (!err)
		*out_value = cmd.out_value;
	return err;
}

int vdevfw_guest_write(int guest, uint32_t space, uint64_t addr, uint32_t len, uint64_t value,
		       struct vdevfw_error *error)
{
	struct vdevfw_guest_access cmd = {
		.addr = addr,
		.value = value,
		.len = len,
		.access = space | VDEVFW_ACCESS_WRITE,
	};

	return guest_access(guest, &cmd, error);
}

int vdevfw_event_read(int guest, struct vdevfw_event *event)
{
	ssize_t len = read(guest, event, sizeof(*event));

	if (len < 0)
		return -errno;
	return len > 0;
}
