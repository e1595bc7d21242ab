// SPDX-License-Identifier: GPL-2.0-only
/*
 * The startup stage and what follows from it, on a real kernel: what a vdev is told,
 * in which order and on which thread, what it may call, settings, messages, status,
 * power button, and how a vdev ends the machine.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "fixture.h"

#define PLACE	0xfb000000
#define LOC	"loc=mem:0xfb000000"

/* The status of @vdev, or of all; it lives until the next call. */
static const char *status_of(struct guest *guest, uint64_t vdev)
{
	static char text[65536];
	struct vdevfw_error error;
	uint32_t len;

	NEED(vdevfw_guest_status(guest->fd, vdev, text, sizeof(text), &len, &error) == 0);
	CHECK_EQ(len, strlen(text) + 1);
	return text;
}

static int set_string(struct guest *guest, const char *options, uint32_t len,
		      struct vdevfw_error *error)
{
	return vdevfw_guest_set(guest->fd, options, len, error);
}

#define set(guest, literal, error) set_string(guest, literal, sizeof(literal), error)

/* Skips events until one of @type, which must come. */
static struct vdevfw_event next_of(int fd, uint32_t type)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct vdevfw_event event = { .type = ~0u };

	while (event.type != type) {
		NEED(poll(&readable, 1, 10000) == 1);
		NEED(vdevfw_event_read(fd, &event) == 1);
	}
	return event;
}

/* Whether an event of @type is there. */
static bool has_event(int fd, uint32_t type)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct vdevfw_event event;

	while (poll(&readable, 1, 0) == 1) {
		NEED(vdevfw_event_read(fd, &event) == 1);
		if (event.type == type)
			return true;
	}
	return false;
}

/* ---- control codes ---- */

TEST(order, "the order of control codes, each on the thread of its command or the guest's worker")
{
	static const char *const lines[] = {
		"control OPTIONS_START by adder", "control option 15 by adder",
		"control option 18 by adder", "control option 15 by adder",
		"control OPTIONS_END by adder", "control ASSIGN by configurer",
		"control GEN_FDT by configurer", "control GEN_ACPI by configurer",
		"control GUEST_CONFIGURED by configurer", "control GUEST_STARTING by vdevfw-",
		"control DRAIN by vdevfw-", "control BUTTON by presser", "control STATUS by asker",
	};
	struct vdevfw_error error;
	struct guest guest;
	uint32_t handlers;
	const char *at;
	unsigned int i;

	guest_make(&guest, 1);
	prctl(PR_SET_NAME, "adder");
	guest_add_ok(&guest, "test", LOC " number=1 text=x number=2");
	prctl(PR_SET_NAME, "configurer");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	guest_stop_ok(&guest);
	guest_start_ok(&guest);
	prctl(PR_SET_NAME, "presser");
	NEED(vdevfw_guest_button(guest.fd, &handlers, &error) == 0);
	prctl(PR_SET_NAME, "asker");
	at = status_of(&guest, 0);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		at = strstr(at, lines[i]);
		if (!at) {
			FAIL("\"%s\" is not where it should be in:\n%s", lines[i],
			     status_of(&guest, 0));
			break;
		}
		at += strlen(lines[i]);
	}
	guest_end(&guest);
}

TEST(refusals, "a refusal reaches the user with vdev, code and errno")
{
	static const struct {
		const char *options;
		int err;
		const char *says;
	} table[] = {
		{ LOC " fail=ASSIGN:19", -ENODEV, "vdev test refuses ASSIGN with error 19" },
		{ LOC " fail=GEN_FDT:6", -ENXIO, "vdev test refuses GEN_FDT with error 6" },
		{ LOC " fail=GEN_ACPI:5", -EIO, "vdev test refuses GEN_ACPI with error 5" },
		{ LOC " fail=GUEST_CONFIGURED:12", -ENOMEM,
		  "vdev test refuses GUEST_CONFIGURED with error 12" },
		{ LOC " fatal=ASSIGN", -EIO, "vdev test: fatal, as asked for" },
		{ LOC " fail=ASSIGN:100000", -EIO, "vdev test refuses ASSIGN with error 5" },
	};
	struct vdevfw_error error;
	struct guest guest;
	uint64_t id;
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		guest_make(&guest, 1);
		guest_add_ok(&guest, "null", "");
		id = guest_add_ok(&guest, "test", table[i].options);
		CHECK_ERR(vdevfw_guest_configure(guest.fd, &error), table[i].err, "%s",
			  table[i].options);
		CHECK_TEXT(error.text, table[i].says);
		CHECK_EQ(error.vdev, id);
		CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_DEAD));
		guest_end(&guest);
	}
}

TEST(start_killed, "a command that is killed while vdevs are called is no vdev's refusal: it is done")
{
	struct vdevfw_error error;
	struct guest guest;
	pid_t pid;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", LOC " sleep=GUEST_STARTING:5000");
	guest_add_ok(&guest, "null", "");
	guest_configure_ok(&guest);
	pid = fork();
	NEED(pid >= 0);
	if (!pid)
		_exit(vdevfw_guest_start(guest.fd, &error) != 0);
	sleep_ms(500);
	kill(pid, SIGKILL);
	NEED(waitpid(pid, NULL, 0) == pid);
	CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_RUNNING));
	guest_end(&guest);
}

TEST(wrong_phases, "a call in a wrong phase is refused, reported once and counted")
{
	struct vdevfw_event event;
	struct guest guest;
	uint64_t id;

	guest_make(&guest, 1);
	id = guest_add_ok(&guest, "test", LOC " misuse=OPTIONS_END");
	event = next_of(guest.fd, VDEVFW_EVENT_LOG);
	CHECK_EQ(event.vdev, id);
	CHECK_EQ(event.value, VDEVFW_SEVERITY_INTERNAL);
	CHECK_TEXT((char *)event.text, "vdev_string() was called while the machine is assembled");
	event = next_of(guest.fd, VDEVFW_EVENT_LOG);
	CHECK_TEXT((char *)event.text, "vdev_thread_create() was called");
	CHECK_TEXT(status_of(&guest, id), "calls in a wrong phase: 2");
	guest_end(&guest);

	guest_make(&guest, 1);
	id = guest_add_ok(&guest, "test", LOC " misuse=STATUS");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	status_of(&guest, id);
	status_of(&guest, id);
	CHECK_TEXT(status_of(&guest, id), "calls in a wrong phase: 2");
	event = next_of(guest.fd, VDEVFW_EVENT_LOG);
	CHECK_TEXT((char *)event.text, "qvm_parse_num() was called in the running stage");
	CHECK(!has_event(guest.fd, VDEVFW_EVENT_LOG));
	guest_end(&guest);
}

/* ---- options ---- */

TEST(parsers, "qvm_parse_*(): what they take, and what they refuse")
{
	static const struct {
		const char *option;
		int err;
		const char *says;
	} table[] = {
		{ "number=0x10", 0, "parsed number 16\n" },
		{ "number=1000001", -ERANGE, "option number: \"1000001\" is too large; allowed: 0 to 1000000" },
		{ "size=4k", 0, "parsed size 4096\n" },
		{ "size=2g", -ERANGE, "option size: \"2g\" is too large" },
		{ "size=4q", -EINVAL, "option size: \"4q\" is not a size; allowed: 0 to" },
		{ "bool=yes", 0, "parsed bool 1\n" },
		{ "bool=maybe", -EINVAL, "option bool: \"maybe\" is neither yes nor no; allowed: yes" },
		{ "text=hello", 0, "parsed hello\n" },
		{ "place=io:0x60", 0, "parsed type 0x8000 at 0x60\n" },
		{ "place=0x1000", 0, "parsed type 0x0 at 0x1000\n" },
		{ "place=pci:0", -EOPNOTSUPP, "option place: \"pci:0\": there is no PCI yet" },
		{ "line=ioapic:23", 0, "parsed line 23\n" },
		{ "line=ioapic:24", -EBADSLT, "option line: \"ioapic:24\": there is no such line; allowed: 0 to 23" },
		{ "line=gic:1", -ENODEV, "option line: \"gic:1\": there is no interrupt controller" },
	};
	struct vdevfw_error error;
	char options[128];
	struct guest guest;
	unsigned int i;
	uint64_t id;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		guest_make(&guest, 1);
		snprintf(options, sizeof(options), LOC " %s", table[i].option);
		CHECK_ERR(guest_add(&guest, "test", options, &id, &error), table[i].err, "%s",
			  table[i].option);
		CHECK_TEXT(table[i].err ? error.text : status_of(&guest, id), table[i].says);
		if (table[i].err)
			CHECK_EQ(error.option, 1);
		guest_end(&guest);
	}
}

static volatile bool done;

/* Turns the option at @memory into others and back, all the time. */
static void *change_option(void *memory)
{
	while (!done) {
		memcpy(memory, "number=7", 8);
		memcpy(memory, "bogus!=x", 8);
		memcpy(memory, "text=abc", 8);
		memset(memory, 'x', 8);
	}
	return NULL;
}

/* It is one of its forms, or a mixture: what the kernel has looked at, it takes. */
TEST(changing, "options that change in user memory while they are read are read once")
{
	char memory[] = LOC "\0number=7\0wrong";
	struct vdevfw_error error;
	unsigned int i, whole = 0;
	pthread_t changer;
	struct guest guest;
	uint64_t id;
	int err;

	guest_make(&guest, 1);
	NEED(pthread_create(&changer, NULL, change_option, memory + sizeof(LOC)) == 0);
	for (i = 0; i < 2000; i++) {
		err = vdevfw_vdev_add(guest.fd, "test", memory, sizeof(memory), &id, &error);
		if (err != -ENOPROTOOPT && err != -EINVAL && err != -ENODATA)
			FAIL("round %u: error %d: %s", i, err, error.text);
		CHECK(error.option == 1 || error.option == 2);
		if (error.option == 2)
			CHECK_TEXT(error.text, "unknown option \"wrong\"");
		whole += error.option == 2;
	}
	done = true;
	pthread_join(changer, NULL);
	note("%u of %u times the option was a good one", whole, i);
	CHECK_EQ(guest_info(guest.fd).out_vdevs, 0);
	guest_end(&guest);
}

TEST(priorities, "EPERM: the caller may not use this priority")
{
	struct vdevfw_error error;
	struct guest guest;
	uint64_t id;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 sched=50");
	NEED(seteuid(65534) == 0);
	CHECK_ERR(guest_add(&guest, "test", "loc=mem:0xfb000100 sched=50", &id, &error), -EPERM,
		  "sched 50 as nobody");
	CHECK_TEXT(error.text, "option sched: priority 50 takes CAP_SYS_NICE; allowed: 0");
	CHECK_ERR(guest_add(&guest, "test", "loc=mem:0xfb000100 sched=0", &id, &error), 0,
		  "sched 0 as nobody");
	NEED(seteuid(0) == 0);
	guest_end(&guest);
}

TEST(threads_have_priority, "``sched``: a vdev's threads run with that priority")
{
	struct guest guest;
	pid_t thread;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", LOC " sched=1 forget-thread");
	guest_configure_ok(&guest);
	NEED(WAIT_FOR(task_named("test/forgotten") != 0));
	thread = task_named("test/forgotten");
	CHECK_EQ(sched_getscheduler(thread), SCHED_FIFO);
	guest_end(&guest);
}

/* ---- settings ---- */

TEST(safety, "EACCES: the guest takes vdevs for safety only")
{
	struct vdevfw_error error;
	struct guest guest;
	uint64_t id;

	guest_make(&guest, 1);
	NEED(set(&guest, "safety=required", &error) == 0);
	CHECK_ERR(guest_add(&guest, "test", LOC, &id, &error), -EACCES, "required");
	CHECK_TEXT(error.text, "vdev test is no safety variant");
	NEED(set(&guest, "safety=warn", &error) == 0);
	id = guest_add_ok(&guest, "test", LOC);
	CHECK_TEXT((char *)next_of(guest.fd, VDEVFW_EVENT_LOG).text, "no safety variant");
	guest_end(&guest);
}

TEST(set_tells_which, "out_option: which of the options it was about. Those before it hold")
{
	struct vdevfw_error error;
	struct guest guest;
	uint64_t id;

	guest_make(&guest, 1);
	CHECK_ERR(set(&guest, "safety=required\0logger=bogus slog", &error), -EINVAL, "logger");
	CHECK_EQ(error.option, 1);
	CHECK_TEXT(error.text, "option logger: \"bogus\" is unknown; allowed: FILTER[,FILTER]");
	CHECK_ERR(guest_add(&guest, "test", LOC, &id, &error), -EACCES, "safety holds");
	guest_end(&guest);
}

/* The line of the kernel log with @what, since @from; false: none. */
static bool kernel_says(int log, const char *what)
{
	char record[2048];
	ssize_t len;

	while ((len = read(log, record, sizeof(record) - 1)) > 0) {
		record[len] = 0;
		if (strstr(record, what))
			return true;
	}
	return false;
}

TEST(logger, "``logger`` and ``log``: where messages go")
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	struct vdevfw_event event;
	struct vdevfw_error error;
	struct guest guest;

	NEED(log >= 0);
	lseek(log, 0, SEEK_END);
	guest_make(&guest, 1);
	NEED(set(&guest, "logger=debug slog\0logger=info stdout", &error) == 0);
	guest_add_ok(&guest, "null", "note=marker-one");
	CHECK(!has_event(guest.fd, VDEVFW_EVENT_LOG));
	CHECK(kernel_says(log, "vdev null: an option: marker-one"));
	guest_add_ok(&guest, "null", "log=debug,info$stderr note=marker-two");
	event = next_of(guest.fd, VDEVFW_EVENT_LOG);
	CHECK_EQ(event.detail, VDEVFW_LOG_STDERR);
	CHECK_EQ(event.value, VDEVFW_SEVERITY_DEBUG);
	CHECK_TEXT((char *)event.text, "an option: marker-two");
	CHECK(!kernel_says(log, "marker-two"));
	guest_end(&guest);
	close(log);
}

TEST(unsupported, "``unsupported=reference abort``: an access that a vdev does not serve ends it")
{
	struct vdevfw_event event;
	struct vdevfw_error error;
	struct guest guest;
	uint64_t value;

	guest_make(&guest, 1);
	NEED(set(&guest, "unsupported=reference abort", &error) == 0);
	guest_add_ok(&guest, "trace", "loc=0xfa000000");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	CHECK(vcpu_read(&guest.vm.vcpu[0], 0xfa000000, 4, &value));
	vcpu_load(&guest.vm.vcpu[0], read2, ((struct kvm_regs){ .rbx = 0xfa000000 }));
	CHECK_ERR(vcpu_run(&guest.vm.vcpu[0]), -EINTR, "KVM_RUN");
	event = next_of(guest.fd, VDEVFW_EVENT_TERMINATE);
	CHECK_EQ(event.value, VDEVFW_EXIT_UNSUPPORTED);
	CHECK_TEXT((char *)event.text,
		   "vdev trace mem:0xfa000000 does not support a read of 2 bytes at 0xfa000000");
	CHECK_EQ(guest_info(guest.fd).out_cause, VDEVFW_EXIT_UNSUPPORTED);
	guest_end(&guest);
}

/* ---- status ---- */

TEST(status_text, "what does not fit is cut; out_text_len: bytes that the whole text takes")
{
	struct vdevfw_error error;
	char text[256], *whole;
	struct guest guest;
	uint32_t len, size;
	uint64_t id;

	guest_make(&guest, 1);
	id = guest_add_ok(&guest, "null", "name=watch note=one note=two");
	/* The number in it has two digits from the tenth time on. */
	while (!strstr(status_of(&guest, id), "control codes 10"))
		;
	whole = strdup(status_of(&guest, id));
	CHECK_TEXT(whole, "vdev 1: null \"watch\"\n  control codes ");
	CHECK_TEXT(whole, "\n  notes one two\n");
	for (size = 0; size < strlen(whole); size++) {
		memset(text, '#', sizeof(text));
		CHECK_ERR(vdevfw_guest_status(guest.fd, id, text, size, &len, &error), 0, "%u bytes",
			  size);
		CHECK_EQ(len, strlen(whole) + 1);
		CHECK_EQ(text[size], '#');
		CHECK(!size || text[size - 1] == 0);
	}
	CHECK_ERR(vdevfw_guest_status(guest.fd, 99, text, 10, &len, &error), -ENOENT, "vdev 99");
	CHECK_TEXT(error.text, "has no vdev 99");
	CHECK_ERR(vdevfw_guest_status(guest.fd, 0, text, VDEVFW_STATUS_MAX + 1, &len, &error),
		  -E2BIG, "too large a buffer");
	free(whole);
	guest_end(&guest);
}

static const char *read_debugfs(const char *format, ...)
{
	static char text[4096];
	char path[256];
	va_list args;
	ssize_t len;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = 0;
	return text;
}

TEST(debugfs, "/sys/kernel/debug/vdevfw/ID-SYSTEM/{status,vdevs/NAME}")
{
	struct guest guest;
	const char *text;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	guest_make(&guest, 1);
	guest_add_ok(&guest, "null", "name=watch note=hello");
	guest_add_ok(&guest, "test", LOC);
	text = read_debugfs("/sys/kernel/debug/vdevfw/%llu-selftest/vdevs/watch",
			    (unsigned long long)guest.id);
	NEED(text);
	CHECK_TEXT(text, "vdev 1: null \"watch\"");
	CHECK_TEXT(text, "notes hello");
	text = read_debugfs("/sys/kernel/debug/vdevfw/%llu-selftest/status",
			    (unsigned long long)guest.id);
	NEED(text);
	CHECK_TEXT(text, "selftest: being assembled, 2 vdevs\nvdev 1: null");
	CHECK_TEXT(text, "vdev 2: test mem:0xfb000000");
	guest_end(&guest);
	CHECK(WAIT_FOR(!read_debugfs("/sys/kernel/debug/vdevfw/%llu-selftest/status",
				     (unsigned long long)guest.id)));
}

TEST(debugfs_long, "a status that is longer than a page comes whole, and each vdev once")
{
	static char text[262144];
	struct guest guest;
	unsigned int i, lines = 0;
	char path[256], *at;
	size_t len = 0;
	ssize_t got;
	int fd;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	guest_make(&guest, 1);
	for (i = 0; i < 1000; i++)
		guest_add_ok(&guest, "null", "note=hello");
	snprintf(path, sizeof(path), "/sys/kernel/debug/vdevfw/%llu-selftest/status",
		 (unsigned long long)guest.id);
	fd = open(path, O_RDONLY);
	NEED(fd >= 0);
	while ((got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	CHECK_EQ(got, 0);
	close(fd);
	for (at = text; (at = strstr(at, "\nvdev ")); at++)
		lines++;
	CHECK_EQ(lines, 1000);
	CHECK_TEXT(text, "vdev 1000: null\n");
	guest_end(&guest);
}

static void *read_status_for_ever(void *id)
{
	while (!done)
		read_debugfs("/sys/kernel/debug/vdevfw/%llu-selftest/status",
			     *(unsigned long long *)id);
	return NULL;
}

TEST(debugfs_while_it_ends, "a guest that ends while its status is read")
{
	unsigned long long id;
	pthread_t reader;
	struct guest guest;
	unsigned int i;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	for (i = 0; i < 50; i++) {
		done = false;
		guest_make(&guest, 1);
		guest_add_ok(&guest, "null", "name=watch");
		id = guest.id;
		NEED(pthread_create(&reader, NULL, read_status_for_ever, &id) == 0);
		guest_end(&guest);
		done = true;
		pthread_join(reader, NULL);
	}
}

/* ---- button and end ---- */

TEST(button, "out_handlers: how many vdevs take care of the power button")
{
	struct vdevfw_error error;
	struct guest guest;
	uint32_t handlers;
	uint64_t value;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", LOC " button=0x1234");
	guest_add_ok(&guest, "null", "");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	CHECK_ERR(vdevfw_guest_button(guest.fd, &handlers, &error), 0, "button");
	CHECK_EQ(handlers, 1);
	CHECK(vcpu_read(&guest.vm.vcpu[0], PLACE, 4, &value));
	CHECK_EQ(value, 0x1234);
	guest_end(&guest);
}

TEST(causes, "@VDEVFW_EXIT_CUSTOM_MIN: 32 to 63: chosen by a vdev; and others of the table")
{
	static const unsigned int causes[] = { 0, 3, 4, 5, 6, 7, 32, 33, 63 };
	struct vdevfw_event event;
	char options[64];
	struct guest guest;
	unsigned int i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		guest_make(&guest, 1);
		snprintf(options, sizeof(options), LOC " cause=%u", causes[i]);
		guest_add_ok(&guest, "test", options);
		guest_configure_ok(&guest);
		guest_start_ok(&guest);
		vcpu_load(&guest.vm.vcpu[0], write4, ((struct kvm_regs){ .rbx = PLACE }));
		CHECK_ERR(vcpu_run(&guest.vm.vcpu[0]), -EINTR, "KVM_RUN, %s", options);
		event = next_of(guest.fd, VDEVFW_EVENT_TERMINATE);
		CHECK_EQ(event.value, causes[i]);
		CHECK_EQ(guest_info(guest.fd).out_cause, causes[i]);
		CHECK_EQ(guest_info(guest.fd).out_terminated, 1);
		guest_end(&guest);
	}
}

TEST(log_flood, "what a guest provokes is limited in the kernel log, and loses no end")
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	struct guest guest;
	unsigned int i, lines = 0;
	char record[2048];

	NEED(log >= 0);
	lseek(log, 0, SEEK_END);
	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", LOC " say=info");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	for (i = 0; i < 300; i++)
		vcpu_write(&guest.vm.vcpu[0], PLACE, 4, i);
	while (read(log, record, sizeof(record)) > 0)
		lines++;
	CHECK(lines <= 60);
	next_of(guest.fd, VDEVFW_EVENT_LOST);
	guest_end(&guest);
	close(log);
}

TEST_MAIN
