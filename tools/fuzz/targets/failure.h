/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be true of a sentence that the launcher prints. */
#ifndef TARGETS_FAILURE_H
#define TARGETS_FAILURE_H

#include <failure.h>

/* How the files are called that are not there. */
#define FUZZ_FILE "fuzz.conf"

/*
 * Whether @why is a sentence of the configuration language about a place in
 * @text, FUZZ_FILE:LINE:COLUMN: …, and safe to show.
 */
void expect_sentence(const struct failure *why, const char *text, size_t size);

#endif
