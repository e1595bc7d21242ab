// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev null: no device at all, only control(). It says what the framework tells it,
 * so that one can watch a machine's life, and keeps notes for its status. The
 * smallest thing to start from for a vdev that the guest does not see.
 *
 *	vdev null name watch note first note second log debug stderr
 */
#include <linux/string.h>

#include <vdevfw/log.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#define NOTES_SIZE	128

/**
 * struct vdnull_state - One instance
 * @notes: What the user gave it to keep, with a blank between two of them
 * @codes: How many control codes have come
 */
struct vdnull_state {
	char notes[NOTES_SIZE];
	unsigned int codes;
};

enum {
	OPTION_NOTE,
	OPTION_COUNT,
};

static const char *const vdnull_options[] = {
	[OPTION_NOTE] = "note",
	[OPTION_COUNT] = NULL,
};

static void vdnull_tell(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (arg)
		vdev_logf(QL_DEBUG, vdp, "%s: %s", vdev_ctrl_name(ctrl), arg);
	else
		vdev_logf(QL_DEBUG, vdp, "%s", vdev_ctrl_name(ctrl));
}

static int vdnull_note(vdev_t *vdp, const char *arg)
{
	struct vdnull_state *state = vdp->v_device;
	size_t used = strlen(state->notes);
	int err;

	if (used)
		used++;
	err = qvm_parse_string(vdp, arg, state->notes + used, NOTES_SIZE - used);
	if (!err && used)
		state->notes[used - 1] = ' ';
	return err;
}

static int vdnull_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdnull_state *state = vdp->v_device;

	state->codes++;
	vdnull_tell(vdp, ctrl, arg);
	switch (ctrl) {
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_NOTE:
		return vdnull_note(vdp, arg);
	case VDEV_CTRL_STATUS:
		qvm_report(vdp, "control codes %u", state->codes);
		qvm_report(vdp, "notes %s", state->notes);
		return 0;
	default:
		return 0;
	}
}

static struct vdev_factory vdnull_factory = {
	.control = vdnull_control,
	.option_list = vdnull_options,
	.factory_flags = VFF_INTR_NO | VFF_LOC_NO,
	.extra_space = sizeof(struct vdnull_state),
	.safety = VDEV_SAFETY_SELECTED,
};
module_vdev_factory(vdnull_factory);

MODULE_DESCRIPTION("vdev null: watches a machine's life, and has no device");
MODULE_LICENSE("GPL");
