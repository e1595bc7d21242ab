/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test harness in one header: each test is a process of its own, with a limit
 * on its time, and what it finds goes to standard output as KTAP.
 *
 * A program is a list of TEST(name, "line of the contract") { … } blocks and one
 * TEST_MAIN. CHECK*() notes a failure and goes on, NEED() ends the test.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_SECONDS	120

enum test_status { TEST_PASS = 0, TEST_FAIL = 1, TEST_SKIP = 4 };

struct test {
	const char *name;
	const char *line;
	void (*run)(void);
	unsigned int seconds;
	struct test *next;
};

extern struct test *test_list;
extern bool test_failed;

void test_add(struct test *test);
int test_run_all(int argc, char **argv);

#define TEST_TIMED(id, contract, limit)						\
	static void test_##id(void);						\
	static struct test struct_##id = {					\
		.name = #id, .line = contract, .run = test_##id, .seconds = limit, \
	};									\
	__attribute__((constructor)) static void add_##id(void)			\
	{									\
		test_add(&struct_##id);						\
	}									\
	static void test_##id(void)

/* A test, and the line of uapi/vdevfw.h, or of another contract, that it proves. */
#define TEST(id, contract)	TEST_TIMED(id, contract, TEST_SECONDS)

#define TEST_MAIN								\
	struct test *test_list;							\
	bool test_failed;							\
	int main(int argc, char **argv) { return test_run_all(argc, argv); }

/* Says something about the test that runs, in KTAP's way. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

void test_fail_at(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#define FAIL(...)	test_fail_at(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(condition) ({							\
	bool good_ = (condition);						\
	if (!good_)								\
		FAIL("%s", #condition);						\
	good_; })

#define NEED(condition) do {							\
	if (!CHECK(condition)) {						\
		note("errno is %d, %s", errno, strerror(errno));		\
		_exit(TEST_FAIL);						\
	}									\
} while (0)

#define CHECK_EQ(got, want) ({							\
	long long got_ = (got), want_ = (want);					\
	if (got_ != want_)							\
		FAIL("%s is %lld (0x%llx), not %lld (0x%llx)", #got, got_, got_, want_, want_); \
	got_ == want_; })

/* @got and @want are 0 or negative errnos; what follows says in which case. */
#define CHECK_ERR(got, want, ...) ({						\
	int got_ = (got), want_ = (want);					\
	char case_[256];							\
	snprintf(case_, sizeof(case_), __VA_ARGS__);				\
	if (got_ != want_)							\
		FAIL("%s: got %d (%s), not %d (%s)", case_, got_, strerror(-got_), want_, \
		     strerror(-want_));						\
	got_ == want_; })

#define CHECK_TEXT(text, part) ({						\
	const char *text_ = (text), *part_ = (part);				\
	bool good_ = strstr(text_, part_) != NULL;				\
	if (!good_)								\
		FAIL("\"%s\" is not in \"%s\"", part_, text_);			\
	good_; })

/* Milliseconds of a clock that only goes forward. */
static inline long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static inline void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000l };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* Waits up to 10 s until @condition is true. */
#define WAIT_FOR(condition) ({							\
	long long end_ = now_ms() + 10000;					\
	while (!(condition) && now_ms() < end_)					\
		sleep_ms(1);							\
	(condition); })

/* Waits for a child of the test, and takes over its verdict. */
static inline void join_child(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		FAIL("a child ended with status 0x%x", status);
}

#endif
