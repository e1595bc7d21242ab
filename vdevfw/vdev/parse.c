// SPDX-License-Identifier: GPL-2.0-only
/* From text to numbers and places. */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <vdevfw/utils.h>

#include "parse.h"

int vdevfw_parse_u64(const char *text, u64 *value)
{
	/* kstrtoull() would take a sign and a newline at the end, too. */
	if (!isdigit(text[0]) || strchr(text, '\n'))
		return -EINVAL;
	if (text[0] == '0' && tolower(text[1]) == 'x')
		return kstrtoull(text, 16, value);
	return kstrtoull(text, 10, value);
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

int qvm_parse_num(vdev_t *vdp, const char *arg, u64 max, u64 *value)
{
	u64 number;
	int err = -EINVAL;

	if (arg)
		err = vdevfw_parse_u64(arg, &number);
	if (!err && number > max)
		err = -ERANGE;
	if (err)
		return vdev_refuse(vdp, err, "\"%.40s\" is %s; allowed: 0 to %llu", arg ?: "",
				   err == -ERANGE ? "too large" : "not a number", max);
	*value = number;
	return 0;
}
EXPORT_SYMBOL_GPL(qvm_parse_num);
