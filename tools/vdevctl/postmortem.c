// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left of a machine that has come to a bad end: from the vCPUs to the
 * file that `dump` names.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump.h"
#include "file.h"
#include "postmortem.h"

static int read_registers(const struct vcpu *vcpu, struct user_regs_struct *registers)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) < 0 || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return -errno;
	*registers = (struct user_regs_struct){
		.rax = regs.rax,
		.rbx = regs.rbx,
		.rcx = regs.rcx,
		.rdx = regs.rdx,
		.rsi = regs.rsi,
		.rdi = regs.rdi,
		.rsp = regs.rsp,
		.rbp = regs.rbp,
		.r8 = regs.r8,
		.r9 = regs.r9,
		.r10 = regs.r10,
		.r11 = regs.r11,
		.r12 = regs.r12,
		.r13 = regs.r13,
		.r14 = regs.r14,
		.r15 = regs.r15,
		.rip = regs.rip,
		.eflags = regs.rflags,
		.orig_rax = -1ULL, /* no system call */
		.cs = sregs.cs.selector,
		.ss = sregs.ss.selector,
		.ds = sregs.ds.selector,
		.es = sregs.es.selector,
		.fs = sregs.fs.selector,
		.gs = sregs.gs.selector,
		.fs_base = sregs.fs.base,
		.gs_base = sregs.gs.base,
	};
	return 0;
}

static int write_file(const struct run *run, int fd)
{
	const struct vcpus *vcpus = &run->vcpus;
	struct user_regs_struct *registers = calloc(vcpus->count, sizeof(*registers));
	unsigned int i;
	int err = registers ? 0 : -ENOMEM;

	for (i = 0; !err && i < vcpus->count; i++)
		err = read_registers(&vcpus->list[i], &registers[i]);
	if (!err)
		err = dump_write(fd, &run->machine.memory, registers, vcpus->count);
	free(registers);
	return err;
}

/* A regular file, for the owner's eyes only: the memory of a guest may hold secrets. */
static int open_dump(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat info;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	if (fchmod(fd, 0600) == 0 && ftruncate(fd, 0) == 0)
		return fd;
	close(fd);
	return -EACCES;
}

static int dump(const struct run *run, const struct file_config *named)
{
	char *path = path_beside(named->place.file, named->path);
	int fd, err;

	if (!path)
		return -ENOMEM;
	fd = open_dump(path);
	err = fd < 0 ? fd : write_file(run, fd);
	free(path);
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	return err;
}

void postmortem(const struct run *run, int status)
{
	const struct file_config *named = &run->config.dump;
	int err;

	if (!named->path || status == VDEVFW_EXIT_NORMAL || status == VDEVFW_EXIT_POWER_CUT)
		return;
	err = dump(run, named);
	if (err)
		say(run->signals, "%s:%u:%u: cannot write dump '%s': %s\n", named->place.file,
		    named->place.line, named->place.column, excerpt(named->path), strerror(-err));
	else
		say(run->signals, "vdevctl: memory and registers are in '%s'\n",
		    excerpt(named->path));
}
