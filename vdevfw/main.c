// SPDX-License-Identifier: GPL-2.0-only
/* Virtual devices for KVM machines, handled in the kernel: the module and its device file. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "debugfs.h"
#include "guest.h"
#include "kvm/kvm.h"
#include "uapi.h"

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return vdevfw_ioctl(NULL, cmd, arg);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vdevfw",
	.fops = &device_fops,
	.mode = 0660,
};

static int __init vdevfw_init(void)
{
	int err;

	err = vdevfw_guests_init();
	if (err)
		return err;
	vdevfw_irq_init();
	vdevfw_debugfs_init();
	err = misc_register(&device);
	if (err) {
		vdevfw_debugfs_exit();
		vdevfw_guests_exit();
	}
	return err;
}
module_init(vdevfw_init);

static void __exit vdevfw_exit(void)
{
	misc_deregister(&device);
	vdevfw_guests_exit();
	vdevfw_debugfs_exit();
	vdevfw_kvm_exit();
}
module_exit(vdevfw_exit);

MODULE_DESCRIPTION("Virtual devices for KVM machines, handled in the kernel");
MODULE_LICENSE("GPL");
