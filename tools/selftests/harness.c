// SPDX-License-Identifier: GPL-2.0-only
/* Runs tests, one process each, and prints KTAP. */
#include "harness.h"

void test_add(struct test *test)
{
	struct test **link = &test_list;

	while (*link)
		link = &(*link)->next;
	*link = test;
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

void test_fail_at(const char *file, int line, const char *format, ...)
{
	va_list args;

	test_failed = true;
	va_start(args, format);
	printf("# %s:%d: ", file, line);
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# skipped: ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
	_exit(TEST_SKIP);
}

static void run_in_child(const struct test *test)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	test->run();
	fflush(stdout);
	_exit(test_failed ? TEST_FAIL : TEST_PASS);
}

/* Returns the wait status, or -1 if the time was up. */
static int wait_limited(pid_t pid, unsigned int seconds)
{
	long long end = now_ms() + seconds * 1000ll;
	int status;

	while (now_ms() < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		sleep_ms(2);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static bool run_one(const struct test *test, unsigned int number)
{
	long long start = now_ms();
	const char *directive = "";
	bool good = false;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		run_in_child(test);
	setpgid(pid, pid);
	status = wait_limited(pid, test->seconds);
	kill(-pid, SIGKILL);	/* what the test has left */
	if (status < 0)
		note("%s: timeout after %u s", test->name, test->seconds);
	else if (WIFSIGNALED(status))
		note("%s: signal %d", test->name, WTERMSIG(status));
	else
		good = WEXITSTATUS(status) == TEST_PASS || WEXITSTATUS(status) == TEST_SKIP;
	if (good && WEXITSTATUS(status) == TEST_SKIP)
		directive = " # SKIP";
	if (now_ms() - start > 2000)
		note("%s: %lld ms", test->name, now_ms() - start);
	printf("%sok %u %s: %s%s\n", good ? "" : "not ", number, test->name, test->line, directive);
	fflush(stdout);
	return good;
}

static bool chosen(const struct test *test, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], test->name))
			return true;
	return argc < 2;
}

/* All tests, or those whose names are given. */
int test_run_all(int argc, char **argv)
{
	unsigned int count = 0, number = 0, failed = 0;
	struct test *test;

	for (test = test_list; test; test = test->next)
		count += chosen(test, argc, argv);
	printf("KTAP version 1\n1..%u\n", count);
	for (test = test_list; test; test = test->next)
		if (chosen(test, argc, argv))
			failed += !run_one(test, ++number);
	return failed != 0;
}
