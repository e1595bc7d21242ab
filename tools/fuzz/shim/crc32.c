// SPDX-License-Identifier: GPL-2.0-only
/* The CRC of IEEE 802.3, a byte at a time. */
#include <linux/crc32.h>

static u32 table[256];

static void make_table(void)
{
	unsigned int byte, bit;
	u32 crc;

	for (byte = 0; byte < 256; byte++) {
		crc = byte;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		table[byte] = crc;
	}
}

u32 crc32_le(u32 crc, const void *data, size_t len)
{
	const u8 *at = data;

	if (!table[1])
		make_table();
	while (len--)
		crc = crc >> 8 ^ table[(u8)crc ^ *at++];
	return crc;
}
