// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module with the unit tests. KUnit runs the suites of a module when it has
 * gone live, that is after its init function.
 */
#include <linux/module.h>

#include "../debugfs.h"
#include "../guest.h"

static int __init vdevfw_kunit_init(void)
{
	vdevfw_debugfs_init();
	return vdevfw_guests_init();
}
module_init(vdevfw_kunit_init);

static void __exit vdevfw_kunit_exit(void)
{
	vdevfw_guests_exit();
	vdevfw_debugfs_exit();
}
module_exit(vdevfw_kunit_exit);

MODULE_DESCRIPTION("Virtual devices for KVM machines: unit tests");
MODULE_LICENSE("GPL");
