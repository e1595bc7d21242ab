// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of savefile.c and kept.c: what is read is what was written, or refused.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vdevfw.h>

#include "kept.h"
#include "ktap.h"
#include "savefile.h"

static const char console[] = "registers";
static const char vdevs[] = "whatever the kernel gives";

static char *written;
static size_t written_size;

static bool never(void)
{
	return false;
}

static bool now(void)
{
	return true;
}

static void write_sections(void)
{
	struct savefile file = { .stream = open_memstream(&written, &written_size),
				 .is_over = never };

	savefile_put(&file, SECTION_CONSOLE, console, sizeof(console));
	savefile_begin(&file, SECTION_VDEVS, sizeof(vdevs));
	savefile_write(&file, vdevs, 4);
	savefile_write(&file, vdevs + 4, sizeof(vdevs) - 4);
	savefile_put(&file, SECTION_END, NULL, 0);
	fclose(file.stream);
	ktap_case(!file.err, "sections are written", "error %d", file.err);
}

/* Reads what write_sections() has written, or a part. Returns the error. */
static int read_sections(size_t size, size_t max)
{
	/* A copy of that size, so that what is behind it is not ours. */
	char *copy = memcpy(malloc(size + 1), written, size);
	struct savefile file = { .stream = fmemopen(copy, size, "r"), .is_over = never };
	char first[sizeof(console)] = "";
	size_t got = 0;
	char *second;

	savefile_get(&file, SECTION_CONSOLE, first, sizeof(first));
	second = savefile_get_all(&file, SECTION_VDEVS, max, &got);
	savefile_get(&file, SECTION_END, NULL, 0);
	if (!file.err && (memcmp(first, console, sizeof(first)) || got != sizeof(vdevs) ||
			  memcmp(second, vdevs, got)))
		file.err = -EILSEQ;
	free(second);
	fclose(file.stream);
	free(copy);
	return file.err;
}

static void test_parts(void)
{
	size_t size;

	for (size = 1; size < written_size; size++)
		if (read_sections(size, 100) != -EBADMSG)
			break;
	ktap_case(size == written_size, "a part of a file, however long, is refused",
		  "one of %zu bytes is not", size);
}

static void test_damage(void)
{
	size_t at, accepted = 0;

	for (at = 0; at < written_size; at++) {
		written[at] ^= 0x80;
		if (!read_sections(written_size, 100))
			accepted++;
		written[at] ^= 0x80;
	}
	ktap_case(!accepted, "a change is refused, or seen in what is read", "%zu are", accepted);
}

static int read_wrongly(enum section type, size_t size)
{
	struct savefile file = { .stream = fmemopen(written, written_size, "r"), .is_over = never };
	char data[sizeof(console) + 1];

	savefile_get(&file, type, data, size);
	fclose(file.stream);
	return file.err;
}

static int stopped(void)
{
	struct savefile file = { .stream = fmemopen(written, written_size, "r"), .is_over = now };

	savefile_peek(&file);
	fclose(file.stream);
	return file.err;
}

static void test_kept(void)
{
	const struct kept_write good[] = { { .size = 8 }, { VDEVFW_ACCESS_IO, 4, 0x80, "" } };
	const struct kept_write bad[] = {
		{ .size = 0 },
		{ .size = 9 },
		{ VDEVFW_ACCESS_IO, 8, 0x80, "" },
		{ 7, 1, 0, "" },
	};
	struct kept kept = { 0 };
	size_t i;

	ktap_case(kept_are_sound(good, 2), "writes that an instruction can make are sound", "no");
	for (i = 0; i < 4; i++)
		ktap_case(!kept_are_sound(&bad[i], 1), "one that none can make is not", "%zu", i);
	kept_add(&kept, good, 2);
	kept_add(&kept, good, 1);
	ktap_case(kept.count == 3 && kept.list[1].size == 4 && kept.list[2].size == 8,
		  "they are kept in their order", "%zu", kept.count);
	kept_forget(&kept);
}

int main(void)
{
	ktap_begin(14);
	write_sections();
	ktap_case(read_sections(written_size, 100) == 0, "what is read is what was written", "no");
	ktap_case(read_sections(written_size, 4) == -EBADMSG, "a section has a maximum", "no");
	test_parts();
	test_damage();
	ktap_case(read_wrongly(SECTION_VDEVS, sizeof(console)) == -EBADMSG,
		  "another section than the one that comes is refused", "no");
	ktap_case(read_wrongly(SECTION_CONSOLE, sizeof(console) + 1) == -EBADMSG,
		  "a section of another size is refused", "no");
	ktap_case(stopped() == -EINTR, "whoever has no more time stops", "%d", stopped());
	test_kept();
	free(written);
	return ktap_end();
}
