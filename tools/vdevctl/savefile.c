// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that a machine is saved to, or anything else that somebody takes for one.
 */
#include <errno.h>
#include <stdlib.h>

#include "savefile.h"

struct heading {
	uint32_t type;
	uint32_t zero;
	uint64_t size;
};

bool savefile_refuse(struct savefile *file, int err)
{
	if (!file->err)
		file->err = err;
	return false;
}

bool savefile_is_over(struct savefile *file)
{
	if (!file->err && file->is_over())
		savefile_refuse(file, -EINTR);
	return file->err;
}

/* ---- to write ---- */

void savefile_write(struct savefile *file, const void *data, size_t size)
{
	if (size && !savefile_is_over(file) && fwrite(data, 1, size, file->stream) != size)
		savefile_refuse(file, -errno);
}

void savefile_begin(struct savefile *file, enum section type, uint64_t size)
{
	const struct heading heading = { .type = type, .size = size };

	savefile_write(file, &heading, sizeof(heading));
}

void savefile_put(struct savefile *file, enum section type, const void *data, size_t size)
{
	savefile_begin(file, type, size);
	savefile_write(file, data, size);
}

/* ---- to read ---- */

static bool read_bytes(struct savefile *file, void *data, size_t size)
{
	if (savefile_is_over(file))
		return false;
	if (!size)
		return true;
	errno = 0;
	if (fread(data, 1, size, file->stream) == size)
		return true;
	return savefile_refuse(file, ferror(file->stream) && errno ? -errno : -EBADMSG);
}

enum section savefile_peek(struct savefile *file)
{
	struct heading heading = { 0 };

	if (file->err)
		return SECTION_NONE;
	if (file->comes_next)
		return file->type;
	if (file->left || !read_bytes(file, &heading, sizeof(heading)) || heading.zero) {
		savefile_refuse(file, -EBADMSG);
		return SECTION_NONE;
	}
	file->type = heading.type;
	file->left = heading.size;
	file->comes_next = true;
	return file->type;
}

bool savefile_enter(struct savefile *file, enum section type)
{
	if (savefile_peek(file) != type)
		return savefile_refuse(file, -EBADMSG);
	file->comes_next = false;
	return true;
}

void savefile_read(struct savefile *file, void *data, size_t size)
{
	if (size > file->left)
		savefile_refuse(file, -EBADMSG);
	else if (read_bytes(file, data, size))
		file->left -= size;
}

void savefile_get(struct savefile *file, enum section type, void *data, size_t size)
{
	if (!savefile_enter(file, type))
		return;
	if (file->left != size)
		savefile_refuse(file, -EBADMSG);
	else
		savefile_read(file, data, size);
}

void *savefile_get_all(struct savefile *file, enum section type, size_t max, size_t *size)
{
	void *data;

	if (!savefile_enter(file, type))
		return NULL;
	*size = file->left;
	if (*size > max) {
		savefile_refuse(file, -EBADMSG);
		return NULL;
	}
	data = malloc(*size + 1);
	if (!data) {
		savefile_refuse(file, -ENOMEM);
		return NULL;
	}
	savefile_read(file, data, *size);
	if (!file->err)
		return data;
	free(data);
	return NULL;
}
