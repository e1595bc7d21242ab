// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdevctl save: the launcher of a guest writes its machine to a file that is opened here, with the
 * rights of who wants it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "control.h"
#include "find.h"

/* Why nobody has answered. */
static int unreachable(const struct vdevfw_guest_info *info, int err, struct failure *why)
{
	const char *reason = strerror(-err);

	if (err == -ECONNREFUSED)
		reason = "no vdevctl runs it, or one in another network namespace";
	else if (err == -EACCES)
		reason = "another process than its launcher answers for it";
	else if (err == -ECONNRESET)
		reason = "its launcher has ended, or is another user's";
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "guest %llu cannot be saved: %s",
		    (unsigned long long)info->out_id, reason);
}

static int save_to(const struct vdevfw_guest_info *info, int file, struct failure *why)
{
	char answer[CONTROL_ANSWER_MAX];
	int connection = control_connect(info->out_id, info->out_process), err;

	if (connection < 0)
		return unreachable(info, connection, why);
	err = control_ask(connection, file, answer);
	close(connection);
	if (err < 0)
		return unreachable(info, err, why);
	snprintf(why->text, sizeof(why->text), "%s", answer);
	return err ? VDEVFW_EXIT_ERROR : 0;
}

/* An older file is never lost by it. */
static int save_as(const struct vdevfw_guest_info *info, const char *path, struct failure *why)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), status;
	struct stat written = { 0 };

	if (file < 0)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "cannot make '%s': %s", excerpt(path),
			    strerror(errno));
	status = save_to(info, file, why);
	if (status)
		unlink(path);
	fstat(file, &written);
	close(file);
	if (!status)
		printf("guest %llu %s: saved to %s, %lld bytes\n", (unsigned long long)info->out_id,
		       info->out_name, path, (long long)written.st_size);
	return status;
}

static int save(struct vdevs *vdevs, char *const *arguments, struct failure *why)
{
	int status = find_guest(vdevs, arguments[0], why);
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	if (status)
		return status;
	if (vdevfw_guest_info(vdevs->guest, &info, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return save_as(&info, arguments[1], why);
}

int command_save(char *const *arguments)
{
	struct vdevs vdevs = VDEVS_NONE;
	struct failure why;
	int status = save(&vdevs, arguments, &why);

	if (status)
		fprintf(stderr, "%s\n", why.text);
	vdevs_close(&vdevs);
	return status;
}
