// SPDX-License-Identifier: GPL-2.0-only
/* What the tests have in common. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "fixture.h"

int device_open(void)
{
	int device = vdevfw_open();

	if (device < 0) {
		FAIL("cannot open " VDEVFW_DEVICE ": %s", strerror(-device));
		_exit(TEST_FAIL);
	}
	return device;
}

static void make_for_vm(struct guest *guest)
{
	struct vdevfw_error error;

	if (vdevfw_guest_create(guest->device, "selftest", guest->vm.fd, &guest->fd, &guest->id,
				&error)) {
		FAIL("no guest: %s", error.text);
		_exit(TEST_FAIL);
	}
}

void guest_make(struct guest *guest, unsigned int cpus)
{
	guest->device = device_open();
	vm_create(&guest->vm, cpus);
	make_for_vm(guest);
}

void guest_again(struct guest *guest)
{
	close(guest->fd);
	make_for_vm(guest);
}

void guest_make_in(struct guest *guest, enum vdevfw_state state)
{
	struct vdevfw_error error;

	guest_make(guest, 1);
	if (state >= VDEVFW_STATE_CONFIGURED)
		guest_configure_ok(guest);
	if (state >= VDEVFW_STATE_RUNNING)
		guest_start_ok(guest);
	if (state >= VDEVFW_STATE_PAUSED)
		guest_stop_ok(guest);
	if (state == VDEVFW_STATE_DEAD)
		NEED(vdevfw_guest_destroy(guest->fd, &error) == 0);
}

void guest_end(struct guest *guest)
{
	close(guest->fd);
	vm_destroy(&guest->vm);
	close(guest->device);
}

int guest_add(struct guest *guest, const char *name, const char *options, uint64_t *id,
	      struct vdevfw_error *error)
{
	size_t size = *options ? strlen(options) + 1 : 0;
	char packed[256], *blank = packed;

	NEED(size <= sizeof(packed));
	memcpy(packed, options, size);
	while (size && (blank = strchr(blank, ' ')))
		*blank++ = 0;
	for (blank = packed; blank < packed + size; blank++)
		if (*blank == '$')
			*blank = ' ';
	return vdevfw_vdev_add(guest->fd, name, packed, size, id, error);
}

static void must(int err, const char *what, const struct vdevfw_error *error)
{
	if (!err)
		return;
	FAIL("%s: error %d: %s", what, err, error->text);
	_exit(TEST_FAIL);
}

uint64_t guest_add_ok(struct guest *guest, const char *name, const char *options)
{
	struct vdevfw_error error;
	uint64_t id = 0;

	must(guest_add(guest, name, options, &id, &error), options, &error);
	return id;
}

void guest_configure_ok(struct guest *guest)
{
	struct vdevfw_error error;

	must(vdevfw_guest_configure(guest->fd, &error), "configure", &error);
}

void guest_start_ok(struct guest *guest)
{
	struct vdevfw_error error;

	must(vdevfw_guest_start(guest->fd, &error), "start", &error);
}

void guest_stop_ok(struct guest *guest)
{
	struct vdevfw_error error;

	must(vdevfw_guest_stop(guest->fd, &error), "stop", &error);
}

int guest_access(struct guest *guest, uint32_t access, uint64_t addr, uint32_t len, uint64_t *value)
{
	struct vdevfw_guest_access cmd = {
		.req.size = sizeof(cmd), .addr = addr, .value = *value, .len = len, .access = access,
	};

	if (ioctl(guest->fd, VDEVFW_GUEST_ACCESS, &cmd))
		return -errno;
	*value = cmd.out_value;
	return 0;
}

struct vdevfw_guest_info guest_info(int fd)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	must(vdevfw_guest_info(fd, &info, &error), "info", &error);
	return info;
}

enum vdevfw_state guest_state(int fd)
{
	return guest_info(fd).out_state;
}

void kill_hanging(struct guest *guest, command_t *command)
{
	struct vdevfw_error error;
	siginfo_t end = { 0 };
	int fd;
	pid_t pid;

	NEED(vdevfw_guest_open(guest->device, guest->id, &fd, &error) == 0);
	pid = fork();
	if (!pid) {
		command(fd, &error);
		_exit(0);
	}
	close(fd);
	sleep_ms(300);
	kill(pid, SIGKILL);
	CHECK(WAIT_FOR(waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == pid));
	CHECK_EQ(end.si_code, CLD_KILLED);
	waitpid(pid, NULL, WNOHANG);
}

/* ---- the kernel ---- */

int module_refs(const char *module)
{
	char path[96];
	int refs = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &refs) != 1)
		refs = -1;
	fclose(file);
	return refs;
}

int module_load(const char *module, const char *parameters)
{
	const char *folder = getenv("VDEVFW_MODULES");
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "%s/extra/%s.ko", folder ? folder : ".", module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, parameters, 0) < 0 ? -errno : 0;
	close(fd);
	return err;
}

int module_unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) < 0 ? -errno : 0;
}

void load_factories(int device)
{
	struct vdevfw_factory_info info;
	struct vdevfw_error error;

	must(vdevfw_factory_info(device, "trace", NULL, 0, &info, &error), "trace", &error);
	must(vdevfw_factory_info(device, "test", NULL, 0, &info, &error), "test", &error);
}

/* ---- the launcher ---- */

pid_t launcher_start(const char *path, int fd, void (*prepare)(void))
{
	return launcher_restore(path, NULL, fd, prepare);
}

pid_t launcher_restore(const char *path, const char *saved, int fd, void (*prepare)(void))
{
	const char *vdevctl = getenv("VDEVCTL");
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid)
		return pid;
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (prepare)
		prepare();
	execl(vdevctl ? vdevctl : "/bin/vdevctl", "vdevctl", saved ? "restore" : "run", path, saved,
	      NULL);
	_exit(127);
}

void write_file(const char *path, const char *format, ...)
{
	FILE *file = fopen(path, "we");
	va_list args;

	NEED(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	NEED(fclose(file) == 0);
}

const char *guests_folder(void)
{
	const char *folder = getenv("GUESTS");

	return folder ? folder : "/guests";
}

/* ---- this process ---- */

unsigned int open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	NEED(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static bool is_named(const char *pid, const char *name)
{
	char path[300], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(comm, sizeof(comm), file))
		comm[strcspn(comm, "\n")] = 0;
	fclose(file);
	return !strcmp(comm, name);
}

pid_t task_named(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t pid = 0;

	NEED(proc);
	while (!pid && (entry = readdir(proc)))
		if (is_named(entry->d_name, name))
			pid = atoi(entry->d_name);
	closedir(proc);
	return pid;
}

bool is_debug_kernel(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) == 0 || access("/sys/kernel/debug/kcsan", F_OK) == 0;
}
