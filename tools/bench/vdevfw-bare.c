// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vdev is compared with: on KVM's bus, without framework, a device whose
 * handler takes one spinlock and copies 32 bits.
 *
 * The seam to KVM is compiled in, for it exports nothing.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../vdevfw/message.c"
#include "../../vdevfw/kvm/kvm.c"
#include "vdevfw-bare.h"

/**
 * struct bare_device - A register
 * @device: On KVM's bus
 * @lock: What an access takes
 * @value: What the guest reads and writes
 */
struct bare_device {
	struct vdevfw_bus_device device;
	spinlock_t lock;	/* protects value */
	u32 value;
};

/**
 * struct bare_file - An open file
 * @lock: Lets one caller attach
 * @vm: The VM, once it is attached
 * @devices: The registers, by bus
 */
struct bare_file {
	struct mutex lock;	/* protects what follows */
	struct vdevfw_vm *vm;
	struct vdevfw_bus_device *devices[VDEVFW_BUSES];
};

static struct bare_device *to_bare_device(struct kvm_io_device *dev)
{
	return container_of(dev, struct bare_device, device.dev);
}

static int bare_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t addr, int len,
		     void *value)
{
	struct bare_device *bare = to_bare_device(dev);

	if (len != sizeof(bare->value))
		return -EOPNOTSUPP;
	spin_lock(&bare->lock);
	memcpy(value, &bare->value, sizeof(bare->value));
	spin_unlock(&bare->lock);
	return 0;
}

static int bare_write(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t addr, int len,
		      const void *value)
{
	struct bare_device *bare = to_bare_device(dev);

	if (len != sizeof(bare->value))
		return -EOPNOTSUPP;
	spin_lock(&bare->lock);
	memcpy(&bare->value, value, sizeof(bare->value));
	spin_unlock(&bare->lock);
	return 0;
}

static const struct kvm_io_device_ops bare_ops = {
	.read = bare_read,
	.write = bare_write,
	.destructor = vdevfw_bus_device_destructor,
};

static void bare_free(struct vdevfw_bus_device *device)
{
	if (device)
		kfree(container_of(device, struct bare_device, device));
}

static struct vdevfw_bus_device *bare_alloc(enum vdevfw_bus bus, u64 start)
{
	struct bare_device *bare = kzalloc(sizeof(*bare), GFP_KERNEL_ACCOUNT);

	if (!bare)
		return NULL;
	spin_lock_init(&bare->lock);
	bare->device.dev.ops = &bare_ops;
	bare->device.bus = bus;
	bare->device.start = start;
	bare->device.length = sizeof(bare->value);
	bare->device.free = bare_free;
	return &bare->device;
}

/* Nothing to do: the file that holds the devices ends soon, or with the VM. */
static void bare_ignore(void *context)
{
}

static const struct vdevfw_vm_ops bare_vm_ops = {
	.owner_died = bare_ignore,
	.bus_lost = bare_ignore,
};

static int bare_attach(struct bare_file *bare, int fd, struct vdevfw_message *msg)
{
	struct vdevfw_bus_device *mem, *io;
	struct vdevfw_vm *vm;
	u64 culprit;
	int err;

	vm = vdevfw_vm_attach(fd, &bare_vm_ops, NULL, msg);
	if (IS_ERR(vm))
		return PTR_ERR(vm);

	err = -ENOMEM;
	mem = bare_alloc(VDEVFW_BUS_MEM, VDEVFW_BARE_MMIO);
	io = bare_alloc(VDEVFW_BUS_IO, VDEVFW_BARE_PORT);
	if (!mem || !io)
		goto err_free;
	bare->devices[VDEVFW_BUS_MEM] = mem;
	bare->devices[VDEVFW_BUS_IO] = io;
	err = vdevfw_vm_publish(vm, bare->devices, VDEVFW_BUSES, &culprit, msg);
	if (err)
		goto err_free;
	bare->vm = vm;
	return 0;

err_free:
	bare_free(io);
	bare_free(mem);
	vdevfw_vm_detach(vm);
	return err;
}

static long bare_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct bare_file *bare = file->private_data;
	struct vdevfw_message *msg;
	int err = -EBUSY;

	if (cmd != VDEVFW_BARE_ATTACH)
		return -ENOTTY;
	msg = kzalloc(sizeof(*msg), GFP_KERNEL_ACCOUNT);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&bare->lock);
	if (!bare->vm)
		err = bare_attach(bare, arg, msg);
	mutex_unlock(&bare->lock);
	if (msg->text[0])
		pr_warn("vdevfw-bare: %s\n", msg->text);
	kfree(msg);
	return err;
}

static int bare_open(struct inode *inode, struct file *file)
{
	struct bare_file *bare = kzalloc(sizeof(*bare), GFP_KERNEL_ACCOUNT);

	if (!bare)
		return -ENOMEM;
	mutex_init(&bare->lock);
	file->private_data = bare;
	return 0;
}

static int bare_release(struct inode *inode, struct file *file)
{
	struct bare_file *bare = file->private_data;

	if (bare->vm) {
		vdevfw_vm_retract(bare->vm, bare->devices, VDEVFW_BUSES);
		vdevfw_vm_detach(bare->vm);
	}
	kfree(bare);
	return 0;
}

static const struct file_operations bare_fops = {
	.owner = THIS_MODULE,
	.open = bare_open,
	.release = bare_release,
	.unlocked_ioctl = bare_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice bare_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vdevfw-bare",
	.fops = &bare_fops,
	.mode = 0600,
};

static int __init bare_init(void)
{
	return misc_register(&bare_misc);
}
module_init(bare_init);

static void __exit bare_exit(void)
{
	misc_deregister(&bare_misc);
	vdevfw_kvm_exit();
}
module_exit(bare_exit);

MODULE_DESCRIPTION("Bare device on KVM's bus, to compare vdevs with");
MODULE_LICENSE("GPL");
