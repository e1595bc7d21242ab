// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps one VM with one vCPU until it is killed, and says so when it is there.
 *
 * KVM patches the kernel's code (static keys) when the first VM comes and the last
 * one goes. With emulated CPUs in parallel, QEMU may miss such a change, and the
 * kernel dies of a stray int3. A VM that stays keeps the keys as they are.
 */
#include "fixture.h"

struct test *test_list;
bool test_failed;

int main(void)
{
	struct vm vm;

	vm_create(&vm, 1);
	puts("ready");
	fclose(stdout);
	pause();
}
