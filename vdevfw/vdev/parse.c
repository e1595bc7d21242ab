// SPDX-License-Identifier: GPL-2.0-only
/* From text to numbers and places. */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <vdevfw/utils.h>

#include "parse.h"
#include "vdev.h"

int vdevfw_parse_u64(const char *text, u64 *value)
{
	/* kstrtoull() would take a sign and a newline at the end, too. */
	if (!isdigit(text[0]) || strchr(text, '\n'))
		return -EINVAL;
	if (text[0] == '0' && tolower(text[1]) == 'x')
		return kstrtoull(text, 16, value);
	return kstrtoull(text, 10, value);
}

bool vdevfw_is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(text, word, len);
}

int vdevfw_parse_size(const char *text, u64 *value)
{
	static const char suffixes[] = "kmg";
	size_t len = strlen(text);
	unsigned int shift = 0;
	const char *suffix;
	char digits[32];
	u64 number;
	int err;

	suffix = len ? strchr(suffixes, tolower(text[len - 1])) : NULL;
	if (suffix) {
		shift = 10 * (suffix - suffixes + 1);
		len--;
	}
	if (len >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, len);
	digits[len] = 0;
	err = vdevfw_parse_u64(digits, &number);
	if (err)
		return err;
	if (number > U64_MAX >> shift)
		return -ERANGE;
	*value = number << shift;
	return 0;
}

int vdevfw_parse_location(const char *text, u16 *type, u64 *location)
{
	static const struct {
		const char *prefix;
		u16 type;
	} types[] = {
		{ "mem:", QST_MEMORY },
		{ "io:", QST_X86_IO },
		{ "pci:", QST_PCI },
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (strncmp(text, types[i].prefix, strlen(types[i].prefix)))
			continue;
		*type = types[i].type;
		text += strlen(types[i].prefix);
		break;
	}
	if (*type == QST_PCI)
		return 0;
	err = vdevfw_parse_u64(text, location);
	if (err)
		return err;
	return *type == QST_X86_IO && *location > U16_MAX ? -ERANGE : 0;
}

/*
 * What vdevs call
 */

/* @what says how @arg is wrong if that is not its size; @allowed is what would be right. */
__printf(5, 6)
static int refuse(vdev_t *vdp, int err, const char *arg, const char *what, const char *allowed, ...)
{
	char text[VDEVFW_MSG_MAX / 2];
	va_list args;

	va_start(args, allowed);
	vscnprintf(text, sizeof(text), allowed, args);
	va_end(args);
	return vdev_refuse(vdp, err, "\"%.40s\" is %s; allowed: %s", arg,
			   err == -ERANGE ? "too large" : what, text);
}

int qvm_parse_num(vdev_t *vdp, const char *arg, u64 max, u64 *value)
{
	u64 number;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_parse_num);
	if (err)
		return err;
	err = vdevfw_parse_u64(arg ?: "", &number);
	if (!err && number > max)
		err = -ERANGE;
	if (err)
		return refuse(vdp, err, arg ?: "", "not a number", "0 to %llu", max);
	*value = number;
	return 0;
}
EXPORT_SYMBOL_GPL(qvm_parse_num);

int qvm_parse_size(vdev_t *vdp, const char *arg, u64 max, u64 *value)
{
	u64 size;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_parse_size);
	if (err)
		return err;
	err = vdevfw_parse_size(arg ?: "", &size);
	if (!err && size > max)
		err = -ERANGE;
	if (err)
		return refuse(vdp, err, arg ?: "", "not a size",
			      "0 to %llu, with k, m or g for 2^10, 2^20 and 2^30", max);
	*value = size;
	return 0;
}
EXPORT_SYMBOL_GPL(qvm_parse_size);

int qvm_parse_choice(vdev_t *vdp, const char *arg, const char *const *choices,
		     unsigned int *value)
{
	char allowed[VDEVFW_MSG_MAX / 2] = "";
	size_t len = 0;
	unsigned int i;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_parse_choice);
	if (err)
		return err;
	for (i = 0; choices[i]; i++) {
		if (!strcmp(choices[i], arg ?: "")) {
			*value = i;
			return 0;
		}
		len += scnprintf(allowed + len, sizeof(allowed) - len, "%s%s", i ? ", " : "",
				 choices[i]);
	}
	return refuse(vdp, -EINVAL, arg ?: "", "none of the words", "%s", allowed);
}
EXPORT_SYMBOL_GPL(qvm_parse_choice);

int qvm_parse_bool(vdev_t *vdp, const char *arg, bool *value)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true", "0", "1" };
	unsigned int i;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_parse_bool);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i], arg ?: "")) {
			*value = i % 2;
			return 0;
		}
	}
	return refuse(vdp, -EINVAL, arg ?: "", "neither yes nor no",
		      "yes, on, true, 1, no, off, false, 0");
}
EXPORT_SYMBOL_GPL(qvm_parse_bool);

int qvm_parse_string(vdev_t *vdp, const char *arg, char *buf, size_t size)
{
	size_t len = strlen(arg ?: "");
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_parse_string);
	if (err)
		return err;
	if (len >= size)
		return vdev_refuse(vdp, -ERANGE, "\"%.40s\" is too long; allowed: %zu bytes", arg,
				   size ? size - 1 : 0);
	if (!vdevfw_is_clean(arg ?: ""))
		return refuse(vdp, -EINVAL, arg, "not text", "no control characters");
	memcpy(buf, arg ?: "", len + 1);
	return 0;
}
EXPORT_SYMBOL_GPL(qvm_parse_string);

int qvm_parse_block(vdev_t *vdp, const char *arg, struct qvm_state_block *block)
{
	u16 type = block->type == QST_NO_TYPE ? QST_MEMORY : block->type;
	u64 location;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_parse_block);
	if (err)
		return err;
	err = vdevfw_parse_location(arg ?: "", &type, &location);
	if (!err && type == QST_PCI)
		return vdev_refuse(vdp, -EOPNOTSUPP,
				   "\"%.40s\": there is no PCI yet; allowed: mem:ADDRESS, io:PORT",
				   arg ?: "");
	if (err)
		return refuse(vdp, err, arg ?: "", "no place", "mem:ADDRESS, io:PORT");
	block->type = type;
	block->location = location;
	return 0;
}
EXPORT_SYMBOL_GPL(qvm_parse_block);
