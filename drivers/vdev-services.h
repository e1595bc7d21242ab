/* SPDX-License-Identifier: GPL-2.0-only */
/* What the selftests know of vdev services: where its registers are. */
#ifndef VDEV_SERVICES_H
#define VDEV_SERVICES_H

#define SERVICES_SIGNAL		0x00	/* 4: GIS_* for intr */
#define SERVICES_SECOND		0x04	/* 4: GIS_* for second */
#define SERVICES_ERROR		0x08	/* 4: errno of the last command */
#define SERVICES_ACKS		0x0c	/* 4: ends of interrupts that it was told of */
#define SERVICES_ON_ACK		0x10	/* 4: GIS_* for intr at each of them */
#define SERVICES_EDGES		0x14	/* 4: as many edges of intr, up to 4095 */
#define SERVICES_MSI_DATA	0x18	/* 4: sends an MSI with it */
#define SERVICES_MSI_ADDRESS	0x20	/* 8: where to */
#define SERVICES_TIME		0x28	/* 8: sets the timer to it, as MODE has it */
#define SERVICES_MODE		0x30	/* 4: SERVICES_RELATIVE ... */
#define SERVICES_FIRED		0x34	/* 4: how often the timer has gone off */
#define SERVICES_CLOCK		0x38	/* 8: the guest's clock */
#define SERVICES_STARTED	0x40	/* 8: when the last period began, by that clock */
#define SERVICES_PULSE		0x48	/* 4: sends the pulse */
#define SERVICES_PULSES		0x4c	/* 4: how often it has come */
#define SERVICES_SIZE		0x50

/* SERVICES_MODE */
#define SERVICES_RELATIVE	0
#define SERVICES_ABSOLUTE	1
#define SERVICES_SERIES		2	/* again and again */
#define SERVICES_CANCEL		3

#endif
