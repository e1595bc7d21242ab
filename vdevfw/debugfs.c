// SPDX-License-Identifier: GPL-2.0-only
/* Guests and vdevs as the host's administrator sees them: see debugfs.h. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "guest.h"
#include "service/thread.h"
#include "status.h"

static struct dentry *root;

/* What does not fit, seq_file asks for again with twice the room, up to what is the most. */
static int show_status(struct seq_file *file, struct guest_system *gsp, u64 id)
{
	struct vdevfw_message ignored = {};
	struct vdevfw_report report = {};
	int err;

	report.size = seq_get_buf(file, &report.text);
	err = vdevfw_guest_status(gsp, id, &report, &ignored);
	if (err)
		return err;
	if (report.used < report.size)
		seq_commit(file, report.used);
	else
		seq_commit(file, report.size < VDEVFW_STATUS_MAX ? -1 : (int)report.size - 1);
	return 0;
}

static int guest_status_show(struct seq_file *file, void *unused)
{
	return show_status(file, file->private, 0);
}
DEFINE_SHOW_ATTRIBUTE(guest_status);

/* The file's name is the vdev's: it may be gone, and must not be held. */
static int vdev_status_show(struct seq_file *file, void *unused)
{
	struct guest_system *gsp = file->private;
	struct vdevfw_message ignored = {};
	u64 id;
	int err;

	err = vdevfw_guest_find_vdev(gsp, file->file->f_path.dentry->d_name.name, &id, &ignored);
	return err ?: show_status(file, gsp, id);
}
DEFINE_SHOW_ATTRIBUTE(vdev_status);

void vdevfw_debugfs_add(struct guest_system *gsp)
{
	char name[VDEVFW_NAME_SIZE + 24];

	snprintf(name, sizeof(name), "%llu-%s", gsp->id, gsp->name);
	gsp->debugfs = debugfs_create_dir(name, root);
	debugfs_create_file("status", 0400, gsp->debugfs, gsp, &guest_status_fops);
	gsp->debugfs_vdevs = debugfs_create_dir("vdevs", gsp->debugfs);
}

void vdevfw_debugfs_add_vdev(struct guest_system *gsp, const char *name)
{
	debugfs_create_file(name, 0400, gsp->debugfs_vdevs, gsp, &vdev_status_fops);
}

void vdevfw_debugfs_remove(struct guest_system *gsp)
{
	debugfs_remove(gsp->debugfs);
}

void vdevfw_debugfs_init(void)
{
	root = debugfs_create_dir("vdevfw", NULL);
	debugfs_create_atomic_t("abandoned_threads", 0444, root, &vdevfw_abandoned_threads);
}

void vdevfw_debugfs_exit(void)
{
	debugfs_remove(root);
}
