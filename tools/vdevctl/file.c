// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole files in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

static int grow(struct file *file, size_t *room, size_t max)
{
	size_t wanted = *room ? *room * 2 : 65536;
	char *data;

	if (wanted > max + 1)
		wanted = max + 1; /* one byte more tells that a file is too large */
	data = realloc(file->data, wanted);
	if (!data)
		return -ENOMEM;
	file->data = data;
	*room = wanted;
	return 0;
}

static int read_all(int fd, size_t max, struct file *file)
{
	size_t room = 0;
	ssize_t len;
	int err;

	while (file->size <= max) {
		if (file->size == room) {
			err = grow(file, &room, max);
			if (err)
				return err;
		}
		len = read(fd, file->data + file->size, room - file->size);
		if (len < 0)
			return -errno;
		if (len == 0)
			return 0;
		file->size += len;
	}
	return -EFBIG;
}

int file_read(const char *path, size_t max, struct file *file)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	int err;

	*file = (struct file){ 0 };
	if (fd < 0)
		return -errno;
	err = read_all(fd, max, file);
	if (path)
		close(fd);
	if (err) {
		free(file->data);
		*file = (struct file){ 0 };
	}
	return err;
}

char *path_beside(const char *base, const char *path)
{
	const char *slash = base ? strrchr(base, '/') : NULL;
	char *joined;

	if (!slash || path[0] == '/')
		return strdup(path);
	if (asprintf(&joined, "%.*s%s", (int)(slash + 1 - base), base, path) < 0)
		return NULL;
	return joined;
}
