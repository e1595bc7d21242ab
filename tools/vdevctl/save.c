// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine in a file: first what may be refused, and last the memory.
 *
 * The vdevs are restored before KVM's interrupt controllers: they raise their lines again, and the
 * controllers know best what has become of that already. The memory is there then, for vdevs
 * that look into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout.h"
#include "save.h"
#include "settle.h"
#include "signals.h"

#define RUN_MAX (1u << 20) /* bytes of memory in a section */

struct saved_heading {
	char magic[8];
	uint64_t version;
};

static const struct saved_heading heading = { "vdevctl", 1 };

/* What must be the same where it is restored. */
struct saved_machine {
	uint32_t cpus;
	uint32_t pieces;
	struct {
		uint64_t start;
		uint64_t size;
		uint64_t is_rom;
	} piece[CONFIG_PIECES_MAX];
};

struct saved_console {
	uint8_t registers[8];
	uint8_t divisor[2];
	uint8_t byte;
	uint8_t has_byte;
};

static struct saved_machine describe(const struct run *run)
{
	const struct memory *memory = &run->machine.memory;
	struct saved_machine machine = {
		.cpus = run->vcpus.count,
		.pieces = memory->count,
	};
	unsigned int i;

	for (i = 0; i < memory->count; i++) {
		machine.piece[i].start = memory->pieces[i].start;
		machine.piece[i].size = memory->pieces[i].size;
		machine.piece[i].is_rom = memory->pieces[i].is_rom;
	}
	return machine;
}

/* ---- to write: memory ---- */

/* How many bytes from @offset on have, page by page, something in them. */
static uint64_t filled(const struct piece *piece, uint64_t offset)
{
	uint64_t end = offset;

	while (end < piece->size && end - offset < RUN_MAX && !memory_is_zero(piece->host + end))
		end += PAGE_BYTES;
	return end - offset;
}

/* The same of those that have not. */
static uint64_t skipped(const struct piece *piece, uint64_t offset)
{
	uint64_t end = offset;

	while (end < piece->size && end - offset < RUN_MAX && memory_is_zero(piece->host + end))
		end += PAGE_BYTES;
	return end - offset;
}

static void write_run(struct savefile *file, uint64_t address, const void *data, uint64_t size)
{
	savefile_begin(file, SECTION_MEMORY, sizeof(address) + size);
	savefile_write(file, &address, sizeof(address));
	savefile_write(file, data, size);
}

static void write_piece(struct savefile *file, const struct piece *piece)
{
	uint64_t offset = 0, size;

	while (!savefile_is_over(file) && offset < piece->size) {
		size = filled(piece, offset);
		if (size)
			write_run(file, piece->start + offset, piece->host + offset, size);
		offset += size ?: skipped(piece, offset);
	}
}

/* ---- to write: the rest ---- */

static int write_hardware(struct run *run, struct savefile *file)
{
	struct hardware hardware = { 0 };
	int err = hardware_take(&hardware, &run->machine, &run->vcpus);

	if (!err)
		hardware_write(&hardware, file);
	hardware_free(&hardware);
	return err;
}

static void write_kept(const struct run *run, struct savefile *file)
{
	const struct kept *kept;
	unsigned int i;

	for (i = 0; i < run->vcpus.count; i++) {
		kept = &run->vcpus.list[i].kept;
		savefile_put(file, SECTION_KEPT, kept->list + kept->done,
			     (kept->count - kept->done) * sizeof(*kept->list));
	}
}

static void write_console(struct run *run, struct savefile *file)
{
	const struct console *console = &run->vcpus.console;
	struct saved_console saved = {
		.byte = console->byte,
		.has_byte = console->has_byte,
	};

	memcpy(saved.registers, console->registers, sizeof(saved.registers));
	memcpy(saved.divisor, console->divisor, sizeof(saved.divisor));
	savefile_put(file, SECTION_CONSOLE, &saved, sizeof(saved));
}

static int write_clock(const struct run *run, struct savefile *file)
{
	struct kvm_clock_data clock;

	if (ioctl(run->machine.vm, KVM_GET_CLOCK, &clock) < 0)
		return -errno;
	savefile_put(file, SECTION_CLOCK, &clock.clock, sizeof(clock.clock));
	return 0;
}

static int write_vdevs(const struct run *run, struct savefile *file, struct failure *why)
{
	struct vdevfw_error error = { .text = "out of memory" };
	void *data = malloc(VDEVFW_SAVE_MAX);
	uint32_t size;
	int err = -ENOMEM;

	if (data)
		err = vdevfw_guest_save(run->vdevs.guest, data, VDEVFW_SAVE_MAX, &size, &error);
	if (!err)
		savefile_put(file, SECTION_VDEVS, data, size);
	free(data);
	return err ? fail(why, VDEVFW_EXIT_ERROR, "%s", error.text) : 0;
}

static int write_kvm(struct run *run, struct savefile *file)
{
	int err = write_hardware(run, file);

	if (err)
		return err;
	write_kept(run, file);
	write_console(run, file);
	return write_clock(run, file);
}

static int unsaveable(struct failure *why, int err)
{
	return fail(why, VDEVFW_EXIT_ERROR, "KVM does not tell the machine's state: %s",
		    err == -E2BIG ? "a vCPU runs a VM of its own" : strerror(-err));
}

/* The memory is last: completing what a vCPU has left KVM for may still write to it. */
static int write_all(struct run *run, struct savefile *file, struct failure *why)
{
	const struct saved_machine machine = describe(run);
	const struct memory *memory = &run->machine.memory;
	unsigned int i;
	int err = vcpus_keep_accesses(&run->vcpus), status;

	savefile_put(file, SECTION_HEADING, &heading, sizeof(heading));
	savefile_put(file, SECTION_MACHINE, &machine, sizeof(machine));
	if (err)
		return unsaveable(why, err);
	status = write_vdevs(run, file, why);
	if (status)
		return status;
	err = write_kvm(run, file);
	if (err)
		return unsaveable(why, err);
	for (i = 0; i < memory->count; i++)
		write_piece(file, &memory->pieces[i]);
	savefile_put(file, SECTION_END, NULL, 0);
	return 0;
}

static FILE *open_copy(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "w");

	if (!stream && copy >= 0)
		close(copy);
	return stream;
}

int save_write(struct run *run, int fd, struct failure *why)
{
	struct savefile file = { .stream = open_copy(fd), .is_over = signals_end };
	int status;

	if (!file.stream)
		return fail(why, VDEVFW_EXIT_ERROR, "%s", strerror(errno));
	status = write_all(run, &file, why);
	if (fclose(file.stream) && !file.err)
		file.err = -errno;
	if (!status && file.err)
		status = fail(why, VDEVFW_EXIT_ERROR, "cannot write the file: %s",
			      file.err == -EINTR ? "a signal came" : strerror(-file.err));
	return status;
}

/* ---- to read ---- */

static bool check_machine(const struct run *run, struct savefile *file)
{
	const struct saved_machine expected = describe(run);
	struct saved_machine saved = { 0 };
	struct saved_heading first = { 0 };

	savefile_get(file, SECTION_HEADING, &first, sizeof(first));
	if (file->err)
		return false;
	if (memcmp(first.magic, heading.magic, sizeof(first.magic)))
		return savefile_refuse(file, -EBADMSG);
	if (first.version != heading.version)
		return savefile_refuse(file, -EPROTONOSUPPORT);
	savefile_get(file, SECTION_MACHINE, &saved, sizeof(saved));
	if (file->err)
		return false;
	return !memcmp(&saved, &expected, sizeof(saved)) || savefile_refuse(file, -EMEDIUMTYPE);
}

static void read_run(const struct run *run, struct savefile *file)
{
	uint64_t address = 0;
	void *to;

	savefile_enter(file, SECTION_MEMORY);
	savefile_read(file, &address, sizeof(address));
	to = memory_at(&run->machine.memory, address, file->left);
	if (to)
		savefile_read(file, to, file->left);
	else
		savefile_refuse(file, -EBADMSG);
}

static void read_memory(const struct run *run, struct savefile *file)
{
	memory_clear(&run->machine.memory);
	while (savefile_peek(file) == SECTION_MEMORY)
		read_run(run, file);
}

static void read_kept(struct vcpus *vcpus, struct savefile *file)
{
	struct kept_write *writes;
	size_t size;
	unsigned int i;

	for (i = 0; i < vcpus->count; i++) {
		writes = savefile_get_all(file, SECTION_KEPT, KEPT_MAX * sizeof(*writes), &size);
		if (!writes)
			return;
		if (size % sizeof(*writes) || !kept_are_sound(writes, size / sizeof(*writes)))
			savefile_refuse(file, -EBADMSG);
		else if (kept_add(&vcpus->list[i].kept, writes, size / sizeof(*writes)))
			savefile_refuse(file, -ENOMEM);
		free(writes);
	}
}

static void read_console(struct console *console, struct savefile *file)
{
	struct saved_console saved = { 0 };

	savefile_get(file, SECTION_CONSOLE, &saved, sizeof(saved));
	memcpy(console->registers, saved.registers, sizeof(saved.registers));
	memcpy(console->divisor, saved.divisor, sizeof(saved.divisor));
	console->byte = saved.byte;
	console->has_byte = saved.has_byte;
}

/* ---- to restore ---- */

/* What KVM and the vdevs are to become. */
struct parts {
	struct hardware hardware;
	struct kvm_clock_data clock;
	void *vdevs;
	size_t vdevs_size;
};

/* All of the file, before anything but the memory and the console changes. */
static void read_parts(struct run *run, struct parts *parts, struct savefile *file)
{
	if (!check_machine(run, file))
		return;
	parts->vdevs = savefile_get_all(file, SECTION_VDEVS, VDEVFW_SAVE_MAX, &parts->vdevs_size);
	hardware_read(&parts->hardware, file, run->vcpus.count);
	read_kept(&run->vcpus, file);
	read_console(&run->vcpus.console, file);
	savefile_get(file, SECTION_CLOCK, &parts->clock.clock, sizeof(parts->clock.clock));
	if (!file->err)
		read_memory(run, file);
	savefile_get(file, SECTION_END, NULL, 0);
}

static int refused(struct failure *why, const char *path, const char *reason)
{
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "cannot restore '%s': %s", excerpt(path),
		    reason);
}

static int restore_parts(struct run *run, const struct parts *parts, const char *path)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;
	int err;

	/* The vdevs have been reset for it; the rest of the machine is to be what was saved. */
	if (vdevfw_guest_restore(run->vdevs.guest, parts->vdevs, parts->vdevs_size, &error) ||
	    vdevfw_guest_info(run->vdevs.guest, &info, &error))
		return refused(&run->why, path, error.text);
	run->generation = info.out_generation;
	err = hardware_restore(&parts->hardware, &run->machine, &run->vcpus);
	if (!err && ioctl(run->machine.vm, KVM_SET_CLOCK, &parts->clock) < 0)
		err = -errno;
	if (err)
		return fail(&run->why, VDEVFW_EXIT_FATAL_STARTUP,
			    "cannot restore '%s': KVM refuses the state of a vCPU or device: %s",
			    excerpt(path), strerror(-err));
	return 0;
}

static int unreadable(struct failure *why, const char *path, int err)
{
	const char *reason = strerror(-err);

	if (err == -EBADMSG)
		reason = "it is no saved machine, or damaged, or not all of one";
	else if (err == -EPROTONOSUPPORT)
		reason = "it was saved by another version of vdevctl";
	else if (err == -EMEDIUMTYPE)
		reason = "it was saved with other 'cpu', 'ram' or 'rom' in its configuration";
	else if (err == -EINTR)
		reason = "a signal came";
	return refused(why, path, reason);
}

/* One on a disk: whoever reads from another one may wait, and signals come to nobody meanwhile. */
static FILE *open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	FILE *stream = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		stream = fdopen(fd, "r");
	else
		errno = EBADMSG;
	if (!stream)
		close(fd);
	return stream;
}

int save_read(struct run *run, const char *path)
{
	struct savefile file = { .is_over = signals_end };
	struct parts parts = { 0 };
	int status;

	if (run->vdevs.guest < 0)
		return refused(&run->why, path, "a machine without vdevs is never saved");
	file.stream = open_file(path);
	if (!file.stream)
		return unreadable(&run->why, path, -errno);
	read_parts(run, &parts, &file);
	if (file.err)
		status = unreadable(&run->why, path, file.err);
	else
		status = restore_parts(run, &parts, path);
	hardware_free(&parts.hardware);
	free(parts.vdevs);
	fclose(file.stream);
	return status;
}
