/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvdevfw: the commands of /dev/vdevfw as C functions, one for each ioctl.
 *
 * Unless a function says otherwise it returns 0 or a negative errno, and on
 * failure fills the caller's struct vdevfw_error, whose pointer may not be
 * NULL. What the commands do and how they fail stands in vdevfw.h alone.
 * The library has no state of its own, so all of it is thread-safe.
 */
#ifndef LIBVDEVFW_H
#define LIBVDEVFW_H

#include <stdint.h>
#include <vdevfw.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VDEVFW_DEVICE "/dev/vdevfw"

/**
 * struct vdevfw_error - Why a call failed
 * @code: The negative errno that the call returned
 * @option: For vdevfw_vdev_add() and vdevfw_guest_set(): the option at fault, or
 *	VDEVFW_NO_OPTION
 * @vdev: For vdevfw_guest_configure(), vdevfw_guest_save() and vdevfw_guest_restore(): the vdev
 *	at fault, or 0
 * @text: The kernel's sentence, or that of the errno where it has none
 */
struct vdevfw_error {
	int code;
	uint32_t option;
	uint64_t vdev;
	char text[VDEVFW_MSG_MAX];
};

/* Returns a file descriptor of the device, or a negative errno. */
int vdevfw_open(void);

/*
 * @names may be NULL with @names_len 0, to learn the length only. *@out_len is
 * set where the kernel could tell it, even if the call fails with -EMSGSIZE.
 */
int vdevfw_factory_list(int device, char *names, uint32_t names_len, uint32_t *out_len,
			struct vdevfw_error *error);

/* As above for @options. The answer's own pointer to @options is cleared. */
int vdevfw_factory_info(int device, const char *factory, char *options, uint32_t options_len,
			struct vdevfw_factory_info *out_info, struct vdevfw_error *error);

int vdevfw_guest_create(int device, const char *name, int vm, int *out_guest, uint64_t *out_id,
			struct vdevfw_error *error);
int vdevfw_guest_open(int device, uint64_t id, int *out_guest, struct vdevfw_error *error);

/*
 * The guests that the caller may open. @guests may be NULL with @count 0, to learn *@out_count only:
 * how many there are.
 */
int vdevfw_guest_list(int device, struct vdevfw_guest_entry *guests, uint32_t count,
		      uint32_t *out_count, struct vdevfw_error *error);

int vdevfw_guest_info(int guest, struct vdevfw_guest_info *out_info, struct vdevfw_error *error);
int vdevfw_vdev_add(int guest, const char *factory, const char *options, uint32_t options_len,
		    uint64_t *out_id, struct vdevfw_error *error);
int vdevfw_guest_set(int guest, const char *options, uint32_t options_len,
		     struct vdevfw_error *error);
int vdevfw_guest_configure(int guest, struct vdevfw_error *error);
int vdevfw_guest_start(int guest, struct vdevfw_error *error);
/* Stops it in VDEVFW_STATE_PAUSED; vdevfw_guest_stop_in() below tells how that went. */
int vdevfw_guest_stop(int guest, struct vdevfw_error *error);
int vdevfw_guest_destroy(int guest, struct vdevfw_error *error);

/* With @state 0 in VDEVFW_STATE_PAUSED. @options is a set of VDEVFW_STOP_FORCE. */
int vdevfw_guest_stop_in(int guest, uint32_t state, uint32_t options,
			 struct vdevfw_guest_stop *out_stop, struct vdevfw_error *error);

/*
 * @data may be NULL with @data_len 0, to learn the length only. *@out_len is set where the kernel
 * could tell it, even if the call fails with -EMSGSIZE.
 */
int vdevfw_guest_save(int guest, void *data, uint32_t data_len, uint32_t *out_len,
		      struct vdevfw_error *error);
int vdevfw_guest_restore(int guest, const void *data, uint32_t data_len,
			 struct vdevfw_error *error);

/* @what is a VDEVFW_ASK_...; @options is a set of VDEVFW_ASK_WAIT. */
int vdevfw_guest_ask(int guest, uint32_t what, uint32_t value, uint32_t options,
		     struct vdevfw_error *error);

/* @stop is the number of a VDEVFW_EVENT_STOP_REQUEST. */
int vdevfw_guest_ack(int guest, uint64_t stop, struct vdevfw_error *error);

/*
 * The status of @vdev, or of all with 0. *@out_len is the length of the whole text with its
 * NUL; if that is more than @text_len, @text has only its beginning.
 */
int vdevfw_guest_status(int guest, uint64_t vdev, char *text, uint32_t text_len, uint32_t *out_len,
			struct vdevfw_error *error);

/* *@out_handlers is the number of vdevs that ask the guest to shut down. */
int vdevfw_guest_button(int guest, uint32_t *out_handlers, struct vdevfw_error *error);

/*
 * The regions that have one of the flags @only, or all with 0. @regions may be NULL with @count 0,
 * to learn *@out_count only: how many there are.
 */
int vdevfw_guest_regions(int guest, uint32_t only, struct vdevfw_region_entry *regions,
			 uint32_t count, uint32_t *out_count, struct vdevfw_error *error);
int vdevfw_guest_mapped(int guest, struct vdevfw_error *error);

/* The two directions of VDEVFW_GUEST_ACCESS; @space is 0 for memory, or VDEVFW_ACCESS_IO. */
int vdevfw_guest_read(int guest, uint32_t space, uint64_t addr, uint32_t len, uint64_t *out_value,
		      struct vdevfw_error *error);
int vdevfw_guest_write(int guest, uint32_t space, uint64_t addr, uint32_t len, uint64_t value,
		       struct vdevfw_error *error);

/* Returns 1 and fills @event, 0 after the last event of a guest, or a negative errno. */
int vdevfw_event_read(int guest, struct vdevfw_event *event);

#ifdef __cplusplus
}
#endif

#endif
