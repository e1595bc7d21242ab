// SPDX-License-Identifier: GPL-2.0-only
/* Files of guests: commands, events, and the end of the guest with its owner's file. */
#include <linux/anon_inodes.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "file.h"
#include "guest.h"
#include "uapi.h"

/**
 * struct guest_file - One open file of a guest
 * @gsp: The guest, with a reference
 * @owns: The guest ends with this file
 * @position: Number of the last event that was read
 */
struct guest_file {
	struct guest_system *gsp;
	bool owns;
	atomic64_t position;
};

static long guest_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct guest_file *gf = file->private_data;

	return vdevfw_ioctl(gf->gsp, cmd, arg);
}

static ssize_t guest_file_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct guest_file *gf = file->private_data;

	return vdevfw_events_read(&gf->gsp->events, &gf->position, buf, count,
				  file->f_flags & O_NONBLOCK);
}

static __poll_t guest_file_poll(struct file *file, poll_table *table)
{
	struct guest_file *gf = file->private_data;

	return vdevfw_events_poll(&gf->gsp->events, &gf->position, file, table);
}

static int guest_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct guest_file *gf = file->private_data;

	return vdevfw_pages_mmap(&gf->gsp->spaces.pages, vma);
}

static int guest_file_release(struct inode *inode, struct file *file)
{
	struct guest_file *gf = file->private_data;

	if (gf->owns)
		vdevfw_guest_release(gf->gsp);
	vdevfw_guest_put(gf->gsp);
	kfree(gf);
	return 0;
}

static const struct file_operations guest_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = guest_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.read = guest_file_read,
	.poll = guest_file_poll,
	.mmap = guest_file_mmap,
	.release = guest_file_release,
	.llseek = noop_llseek,
};

struct file *vdevfw_file_create(struct guest_system *gsp, bool owns)
{
	struct guest_file *gf = kzalloc(sizeof(*gf), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!gf)
		return ERR_PTR(-ENOMEM);
	gf->gsp = gsp;
	gf->owns = owns;
	atomic64_set(&gf->position, owns ? 0 : vdevfw_events_head(&gsp->events));
	file = anon_inode_getfile("[vdevfw-guest]", &guest_fops, gf, O_RDWR);
	if (IS_ERR(file))
		kfree(gf);
	return file;
}
