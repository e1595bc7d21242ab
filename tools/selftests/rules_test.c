// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of Documentation/access-rules.rst: which accesses KVM makes of an instruction, which of them a vdev sees,
 * what the guest gets, and what user space gets of them.
 *
 * vdev record keeps what it sees; each byte of it reads as the lowest byte of its address. User space answers each
 * byte with 0xee. An access is written as in the vdev's status, r4@fb000000=3020100: direction, size, address, value.
 */
#include <poll.h>
#include <sys/ioctl.h>

#include "fixture.h"

#define MEM	0xfb000000
#define PORT	0x5000
#define RAM	0x8000		/* the guest's, for data */
#define ONES	0xffffffff
#define ENDED	(-EINTR)	/* by a vdev, or unsupported=reference abort */

/* ---- instructions ---- */

#define CODE(name, text) \
	".globl code_" name "\ncode_" name ":\n" text "\n inc %ebp\n out %al, $0xf4\n 1: jmp 1b\n" \
	".globl code_" name "_end\ncode_" name "_end:\n"

__asm__(".pushsection .rodata\n.code32\n"
	CODE("movdqu_from", "movdqu (%ebx), %xmm0; movdqu %xmm0, (%edi)")
	CODE("movdqu_to", "movdqu (%esi), %xmm0; movdqu %xmm0, (%ebx)")
	CODE("paddd", "paddd (%ebx), %xmm0")
	CODE("execute", "jmp *%ebx")
	CODE("add_to", "add %eax, (%ebx)")
	CODE("not_it", "notl (%ebx)")
	CODE("cmp_it", "cmp %eax, (%ebx)")
	CODE("test_it", "test %eax, (%ebx)")
	CODE("bts_it", "bts %eax, (%ebx)")
	CODE("push_pop", "pushl (%ebx); popl 16(%ebx)")
	CODE("lock_add", "lock add %eax, (%ebx)")
	CODE("xchg", "xchg %eax, (%ebx)")
	CODE("lock_xadd", "lock xadd %eax, (%ebx)")
	CODE("lock_cmpxchg", "lock cmpxchg %ecx, (%ebx)")
	CODE("lock_cmpxchg8b", "push %ebx; mov %esi, %ebx; lock cmpxchg8b (%edi); pop %ebx")
	CODE("rep_movsb", "cld; rep movsb")
	CODE("rep_movsw", "cld; rep movsw")
	CODE("rep_movsl", "cld; rep movsl")
	CODE("back_movsl", "std; rep movsl; cld")
	CODE("rep_stosl", "cld; rep stosl")
	CODE("rep_lodsl", "cld; rep lodsl")
	CODE("repne_scasb", "cld; repne scasb")
	CODE("repe_cmpsb", "cld; repe cmpsb")
	CODE("rep_insb", "cld; rep insb")
	CODE("rep_insw", "cld; rep insw")
	CODE("rep_insl", "cld; rep insl")
	CODE("back_insb", "std; rep insb; cld")
	CODE("rep_outsb", "cld; rep outsb")
	CODE("rep_outsl", "cld; rep outsl")
	".code64\n.popsection\n");

SNIPPET(movdqu_from); SNIPPET(movdqu_to); SNIPPET(paddd); SNIPPET(execute);
SNIPPET(add_to); SNIPPET(not_it); SNIPPET(cmp_it); SNIPPET(test_it); SNIPPET(bts_it); SNIPPET(push_pop);
SNIPPET(lock_add); SNIPPET(xchg); SNIPPET(lock_xadd); SNIPPET(lock_cmpxchg); SNIPPET(lock_cmpxchg8b);
SNIPPET(rep_movsb); SNIPPET(rep_movsw); SNIPPET(rep_movsl); SNIPPET(back_movsl); SNIPPET(rep_stosl); SNIPPET(rep_lodsl);
SNIPPET(repne_scasb); SNIPPET(repe_cmpsb);
SNIPPET(rep_insb); SNIPPET(rep_insw); SNIPPET(rep_insl); SNIPPET(back_insb); SNIPPET(rep_outsb); SNIPPET(rep_outsl);

/* ---- a machine with vdevs ---- */

#define VDEVS	4
#define TEXT	4096

struct machine {
	struct guest guest;
	struct vcpu *vcpu;
	uint64_t vdev[VDEVS];
	char exits[TEXT];	/* what came to user space */
	struct kvm_regs regs;	/* after the last run() */
};

static void allow_sse(struct vcpu *vcpu)
{
	struct kvm_sregs sregs;

	NEED(ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) == 0);
	sregs.cr4 |= 1 << 9;
	NEED(ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) == 0);
}

static void make(struct machine *m, bool aborts, const char *const vdevs[])
{
	static const char option[] = "unsupported=reference abort";
	struct vdevfw_error error;
	unsigned int i;

	memset(m, 0, sizeof(*m));
	guest_make(&m->guest, 1);
	m->vcpu = m->guest.vm.vcpu;
	allow_sse(m->vcpu);
	if (aborts)
		NEED(vdevfw_guest_set(m->guest.fd, option, sizeof(option), &error) == 0);
	for (i = 0; i < VDEVS && *vdevs; i++, vdevs += 2)
		m->vdev[i] = guest_add_ok(&m->guest, vdevs[0], vdevs[1]);
	guest_configure_ok(&m->guest);
	guest_start_ok(&m->guest);
}

#define MAKE(m, ...)		make(m, false, (const char *const[]){ __VA_ARGS__, NULL })
#define MAKE_STRICT(m, ...)	make(m, true, (const char *const[]){ __VA_ARGS__, NULL })

static void end(struct machine *m)
{
	guest_end(&m->guest);
}

static void add_text(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	if (used)
		text[used++] = ' ';
	va_start(args, format);
	NEED(vsnprintf(text + used, TEXT - used, format, args) < (int)(TEXT - used));
	va_end(args);
}

static void answer_memory(struct machine *m)
{
	struct kvm_run *run = m->vcpu->run;
	uint64_t value = 0;

	if (run->mmio.is_write)
		memcpy(&value, run->mmio.data, run->mmio.len);
	else
		memset(run->mmio.data, 0xee, sizeof(run->mmio.data));
	if (run->mmio.is_write)
		add_text(m->exits, "w%u@%llx=%llx", run->mmio.len, run->mmio.phys_addr,
			 (unsigned long long)value);
	else
		add_text(m->exits, "r%u@%llx", run->mmio.len, run->mmio.phys_addr);
}

static void answer_port(struct machine *m)
{
	struct kvm_run *run = m->vcpu->run;
	bool out = run->io.direction == KVM_EXIT_IO_OUT;

	if (!out)
		memset((char *)run + run->io.data_offset, 0xee, run->io.size * run->io.count);
	add_text(m->exits, "%c%u@%x*%u", out ? 'w' : 'r', run->io.size, run->io.port,
		 run->io.count);
}

/*
 * Runs to the end of a snippet: 0. Otherwise the exit reason or the negative errno that came instead. An exit that
 * user space could answer ends it too if a vdev has ended the machine before: a VMM looks for that at each exit.
 */
static int run_on(struct machine *m)
{
	for (;;) {
		int reason = vcpu_run(m->vcpu);

		m->regs = vcpu_regs(m->vcpu);
		if (reason == KVM_EXIT_MMIO)
			answer_memory(m);
		else if (reason == KVM_EXIT_IO && !vcpu_done(m->vcpu))
			answer_port(m);
		else
			return reason == KVM_EXIT_IO ? 0 : reason;
		if (guest_info(m->guest.fd).out_terminated)
			return reason;
	}
}

static int run_code(struct machine *m, const uint8_t *code, size_t size, struct kvm_regs regs)
{
	/* The last snippet's end is answered. */
	m->vcpu->run->immediate_exit = 1;
	vcpu_run(m->vcpu);
	m->vcpu->run->immediate_exit = 0;
	m->exits[0] = 0;
	vcpu_load_code(m->vcpu, code, size, regs);
	return run_on(m);
}

#define TRY(m, name, ...) \
	run_code(m, code_##name, code_##name##_end - code_##name, (struct kvm_regs){ __VA_ARGS__ })
#define RUN(m, name, ...)	CHECK_EQ(TRY(m, name, __VA_ARGS__), 0)

/* The record of a vdev as one line: a blank between accesses. */
static void record_of(struct machine *m, uint64_t vdev, char *record)
{
	char text[2 * TEXT], *line, *rest;
	struct vdevfw_error error;
	uint32_t len;

	NEED(vdevfw_guest_status(m->guest.fd, vdev, text, sizeof(text), &len, &error) == 0);
	NEED(len <= sizeof(text));
	record[0] = 0;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, "  r", 3) || !strncmp(line, "  w", 3))
			add_text(record, "%s", line + 2);
}

static void check_text(const char *file, int line, const char *what, const char *got,
		       const char *want)
{
	if (strcmp(got, want))
		test_fail_at(file, line, "%s \"%s\", not \"%s\"", what, got, want);
}

static void check_record(const char *file, int line, struct machine *m, unsigned int index,
			 const char *want)
{
	char record[TEXT];

	record_of(m, m->vdev[index], record);
	check_text(file, line, "the vdev sees", record, want);
}

/* That vdev number @index has seen exactly this since it was made. */
#define SEES(m, index, want)	check_record(__FILE__, __LINE__, m, index, want)

/* That this came to user space in the last run. */
#define LEAVES(m, want)		check_text(__FILE__, __LINE__, "user space gets", (m)->exits, want)

static void check_ram(const char *file, int line, struct machine *m, unsigned int len,
		      const uint8_t *want)
{
	const uint8_t *got = m->guest.vm.ram + RAM;
	unsigned int i;

	for (i = 0; i < len; i++)
		if (got[i] != want[i])
			test_fail_at(file, line, "byte %u is 0x%02x, not 0x%02x", i, got[i], want[i]);
}

/* That the guest's memory at RAM has these bytes. */
#define HAS(m, ...) do {							\
	static const uint8_t want_[] = { __VA_ARGS__ };				\
	check_ram(__FILE__, __LINE__, m, sizeof(want_), want_);			\
} while (0)

static void put(struct machine *m, unsigned int len, uint8_t first)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		m->guest.vm.ram[RAM + i] = first + i;
}

/* That what comes next is the inc behind the access, of ecx or ebp, or the access still, with its rep. */
static bool is_next(const struct machine *m)
{
	uint8_t next = m->guest.vm.ram[m->regs.rip];

	return next == 0x41 || next == 0x45 || next == 0xf3;
}

/* The event of the machine's end, which is there when KVM_RUN has returned. */
static struct vdevfw_event end_of(struct machine *m)
{
	struct vdevfw_event event = { .type = ~0u };
	struct pollfd p = { .fd = m->guest.fd, .events = POLLIN };

	while (poll(&p, 1, 0) == 1 && event.type != VDEVFW_EVENT_TERMINATE &&
	       vdevfw_event_read(m->guest.fd, &event) == 1)
		;
	CHECK_EQ(event.type, VDEVFW_EVENT_TERMINATE);
	return event;
}

/* ---- one access ---- */

TEST(whole, "an access of 1, 2, 4 or 8 bytes within a page comes whole, aligned or not")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, read1, .rbx = MEM + 5);
	CHECK_EQ(m.regs.rax & 0xff, 5);
	RUN(&m, read2, .rbx = MEM + 5);
	CHECK_EQ(m.regs.rax & 0xffff, 0x0605);
	RUN(&m, read4, .rbx = MEM + 1);
	CHECK_EQ(m.regs.rax, 0x04030201);
	RUN(&m, read8, .rbx = MEM + 3);
	CHECK_EQ(m.regs.rdx << 32 | m.regs.rax, 0x0a09080706050403);
	RUN(&m, write2, .rbx = MEM + 0xffe, .rax = 0x1234);
	RUN(&m, write8, .rbx = MEM + 0xff7, .rax = 0x55667788, .rdx = 0x11223344);
	SEES(&m, 0, "r1@fb000005=5 r2@fb000005=605 r4@fb000001=4030201 r8@fb000003=a09080706050403 "
	     "w2@fb000ffe=1234 w8@fb000ff7=1122334455667788");
	end(&m);
}

TEST(ports_whole, "an access of 1, 2 or 4 bytes to ports comes whole, aligned or not, also over a multiple of 4 KiB")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000 length=0x2000");
	RUN(&m, in1, .rdx = PORT + 3);
	RUN(&m, in2, .rdx = PORT + 3);
	RUN(&m, in4, .rdx = PORT + 0xffd);
	CHECK_EQ(m.regs.rax, 0x00fffefd);
	RUN(&m, out4, .rdx = PORT + 0xffe, .rax = 0x11223344);
	SEES(&m, 0, "r1@5003=3 r2@5003=403 r4@5ffd=fffefd w4@5ffe=11223344");
	end(&m);
}

TEST(size_not_served, "a size that is not in acc_sizes: nobody sees it, a read gives all ones")
{
	struct machine m;

	MAKE(&m, "record-4", "loc=mem:0xfb000000", "record-4", "loc=io:0x5000");
	RUN(&m, read1, .rbx = MEM);
	CHECK_EQ(m.regs.rax, 0xff);
	RUN(&m, read8, .rbx = MEM);
	CHECK_EQ(m.regs.rdx << 32 | m.regs.rax, -1ll);
	RUN(&m, write2, .rbx = MEM, .rax = 0x1234);
	RUN(&m, in2, .rdx = PORT);
	CHECK_EQ(m.regs.rax, 0xffff);
	RUN(&m, out1, .rdx = PORT);
	SEES(&m, 0, "");
	SEES(&m, 1, "");
	LEAVES(&m, "");
	end(&m);
}

TEST(no_handler, "no vread() or vwrite(): as a size that is not served")
{
	struct machine m;

	MAKE(&m, "record-rd", "loc=mem:0xfb000000", "record-wr", "loc=mem:0xfc000000",
	     "record-wr", "loc=io:0x5000");
	RUN(&m, write4, .rbx = MEM, .rax = 1);
	RUN(&m, read4, .rbx = MEM + 4);
	CHECK_EQ(m.regs.rax, 0x07060504);
	RUN(&m, read4, .rbx = 0xfc000000);
	CHECK_EQ(m.regs.rax, ONES);
	RUN(&m, in4, .rdx = PORT);
	CHECK_EQ(m.regs.rax, ONES);
	SEES(&m, 0, "r4@fb000004=7060504");
	SEES(&m, 1, "");
	SEES(&m, 2, "");
	LEAVES(&m, "");
	end(&m);
}

/* ---- page ends ---- */

TEST(page_end_served, "KVM splits an access at a page's end: each piece is an access of its own")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x2000");
	RUN(&m, read2, .rbx = MEM + 0xfff);
	CHECK_EQ(m.regs.rax & 0xffff, 0x00ff);
	RUN(&m, read4, .rbx = MEM + 0xffe);
	CHECK_EQ(m.regs.rax, 0x0100fffe);
	RUN(&m, write8, .rbx = MEM + 0xffc, .rax = 0x55667788, .rdx = 0x11223344);
	SEES(&m, 0, "r1@fb000fff=ff r1@fb001000=0 r2@fb000ffe=fffe r2@fb001000=100 "
	     "w4@fb000ffc=55667788 w4@fb001000=11223344");
	end(&m);
}

TEST(page_end_odd, "a piece of 3, 5, 6 or 7 bytes is not served, the other piece is")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x2000");
	RUN(&m, read4, .rbx = MEM + 0xffd);
	CHECK_EQ(m.regs.rax, 0x00ffffff);
	RUN(&m, read4, .rbx = MEM + 0xfff);
	CHECK_EQ(m.regs.rax, 0xffffffff);
	RUN(&m, write4, .rbx = MEM + 0xffd, .rax = 0x11223344);
	RUN(&m, write8, .rbx = MEM + 0xff9, .rax = 0x55667788, .rdx = 0x11223344);
	RUN(&m, write8, .rbx = MEM + 0xffa, .rax = 0x55667788, .rdx = 0x11223344);
	RUN(&m, write8, .rbx = MEM + 0xffb, .rax = 0x55667788, .rdx = 0x11223344);
	SEES(&m, 0, "r1@fb001000=0 r1@fb000fff=ff w1@fb001000=11 w1@fb001000=11 w2@fb001000=1122");
	LEAVES(&m, "");
	end(&m);
}

/* ---- 16 bytes ---- */

TEST(sse_pieces, "an access of 16 bytes comes as two of 8, the lower one first")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	put(&m, 16, 0x50);
	RUN(&m, movdqu_to, .rsi = RAM, .rbx = MEM + 0x21);
	SEES(&m, 0, "w8@fb000021=5756555453525150 w8@fb000029=5f5e5d5c5b5a5958");
	RUN(&m, movdqu_from, .rdi = RAM, .rbx = MEM + 0x21);
	HAS(&m, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30);
	LEAVES(&m, "");
	end(&m);
}

TEST(sse_page_end, "16 bytes over a page's end: each side by itself, in pieces of 8 and a rest")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x2000");
	put(&m, 16, 0x50);
	RUN(&m, movdqu_to, .rsi = RAM, .rbx = MEM + 0xff4);
	SEES(&m, 0, "w8@fb000ff4=5756555453525150 w4@fb000ffc=5b5a5958 w4@fb001000=5f5e5d5c");
	RUN(&m, movdqu_from, .rdi = RAM, .rbx = MEM + 0xff3);	/* 8, 5 and 3 */
	HAS(&m, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	end(&m);
}

TEST(sse_window_end, "16 bytes of which a window has the first 8: the others go to user space")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x100");
	put(&m, 16, 0x50);
	RUN(&m, movdqu_to, .rsi = RAM, .rbx = MEM + 0xf8);
	LEAVES(&m, "w8@fb000100=5f5e5d5c5b5a5958");
	RUN(&m, movdqu_from, .rdi = RAM, .rbx = MEM + 0xf8);
	LEAVES(&m, "r8@fb000100");
	HAS(&m, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee);
	SEES(&m, 0, "w8@fb0000f8=5756555453525150 r8@fb0000f8=fffefdfcfbfaf9f8");
	end(&m);
}

TEST(sse_window_start, "16 bytes of which a window has only the last 8: all go to user space")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000100 length=0x100");
	put(&m, 16, 0x50);
	RUN(&m, movdqu_to, .rsi = RAM, .rbx = MEM + 0xf8);
	LEAVES(&m, "w8@fb0000f8=5756555453525150 w8@fb000100=5f5e5d5c5b5a5958");
	RUN(&m, movdqu_from, .rdi = RAM, .rbx = MEM + 0xf8);
	LEAVES(&m, "r8@fb0000f8 r8@fb000100");
	SEES(&m, 0, "");
	end(&m);
}

/* ---- ends of a region ---- */

TEST(two_regions, "an access that is not all in one of two regions that touch: neither sees it")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x100", "record", "loc=mem:0xfb000100 length=0x100",
	     "record", "loc=io:0x5000 length=8", "record", "loc=io:0x5008 length=8");
	RUN(&m, read4, .rbx = MEM + 0xfe);
	CHECK_EQ(m.regs.rax, ONES);
	RUN(&m, write8, .rbx = MEM + 0xf9);
	RUN(&m, in4, .rdx = PORT + 5);
	CHECK_EQ(m.regs.rax, ONES);
	RUN(&m, out2, .rdx = PORT + 7);
	SEES(&m, 0, "");
	SEES(&m, 1, "");
	SEES(&m, 2, "");
	SEES(&m, 3, "");
	LEAVES(&m, "");
	end(&m);
}

TEST(two_regions_by_pieces, "an access that KVM splits where two regions touch reaches both")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x1000", "record", "loc=mem:0xfb001000 length=0x108",
	     "record", "loc=mem:0xfb001108");
	put(&m, 16, 0x50);
	RUN(&m, write4, .rbx = MEM + 0xffe, .rax = 0x11223344);
	RUN(&m, movdqu_to, .rsi = RAM, .rbx = MEM + 0x1100);
	SEES(&m, 0, "w2@fb000ffe=3344");
	SEES(&m, 1, "w2@fb001000=1122 w8@fb001100=5756555453525150");
	SEES(&m, 2, "w8@fb001108=5f5e5d5c5b5a5958");
	end(&m);
}

TEST(window_end, "an access that is not all in a window goes to user space as a whole")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000100 length=0x100", "record", "loc=io:0x5000 length=8");
	RUN(&m, read4, .rbx = MEM + 0x1fe);
	CHECK_EQ(m.regs.rax, 0xeeeeeeee);
	LEAVES(&m, "r4@fb0001fe");
	RUN(&m, write4, .rbx = MEM + 0xfe, .rax = 0x11223344);
	LEAVES(&m, "w4@fb0000fe=11223344");
	RUN(&m, in4, .rdx = PORT + 6);
	LEAVES(&m, "r4@5006*1");
	RUN(&m, out2, .rdx = PORT + 7);
	LEAVES(&m, "w2@5007*1");
	RUN(&m, out2, .rdx = PORT - 1);
	LEAVES(&m, "w2@4fff*1");
	SEES(&m, 0, "");
	SEES(&m, 1, "");
	end(&m);
}

TEST(window_page_end, "an access over a page's end that is a window's end: half of it goes to user space, last")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x1000");
	RUN(&m, read4, .rbx = MEM + 0xffe);
	CHECK_EQ(m.regs.rax, 0xeeeefffe);
	LEAVES(&m, "r2@fb001000");
	RUN(&m, read4, .rbx = MEM - 2);
	CHECK_EQ(m.regs.rax, 0x0100eeee);
	LEAVES(&m, "r2@fafffffe");
	RUN(&m, write4, .rbx = MEM - 2, .rax = 0x11223344);
	LEAVES(&m, "w2@fafffffe=3344");
	SEES(&m, 0, "r2@fb000ffe=fffe r2@fb000000=100 w2@fb000000=1122");
	end(&m);
}

/* ---- instructions that read and write ---- */

TEST(read_modify_write, "add, not and bts with memory: a read, then a write, of the same size and place")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, add_to, .rbx = MEM, .rax = 0x1000);
	RUN(&m, not_it, .rbx = MEM + 4);
	RUN(&m, bts_it, .rbx = MEM, .rax = 8 * 8 + 3);
	SEES(&m, 0, "r4@fb000000=3020100 w4@fb000000=3021100 r4@fb000004=7060504 w4@fb000004=f8f9fafb "
	     "r4@fb000008=b0a0908 w4@fb000008=b0a0908");
	end(&m);
}

TEST(compare, "cmp and test with memory only read")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, cmp_it, .rbx = MEM, .rax = 0x03020100);
	RUN(&m, test_it, .rbx = MEM, .rax = 1);
	SEES(&m, 0, "r4@fb000000=3020100 r4@fb000000=3020100");
	end(&m);
}

TEST(stack, "push and pop of memory: one read, one write")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, push_pop, .rbx = MEM);
	SEES(&m, 0, "r4@fb000000=3020100 w4@fb000010=3020100");
	end(&m);
}

TEST(read_modify_write_not_served, "a read and a write that nobody serves: each by itself, the read gives all ones")
{
	struct machine m;

	MAKE(&m, "record-wr", "loc=mem:0xfb000000");
	RUN(&m, add_to, .rbx = MEM, .rax = 2);
	SEES(&m, 0, "w4@fb000000=1");
	end(&m);
}

/* ---- locked instructions ---- */

TEST(locked, "a locked instruction is a read and a write: nothing keeps another vCPU out in between")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, lock_add, .rbx = MEM, .rax = 0x1000);
	RUN(&m, xchg, .rbx = MEM + 4, .rax = 0x1234);
	CHECK_EQ(m.regs.rax, 0x07060504);
	RUN(&m, lock_xadd, .rbx = MEM + 8, .rax = 1);
	CHECK_EQ(m.regs.rax, 0x0b0a0908);
	SEES(&m, 0, "r4@fb000000=3020100 w4@fb000000=3021100 r4@fb000004=7060504 w4@fb000004=1234 "
	     "r4@fb000008=b0a0908 w4@fb000008=b0a0909");
	end(&m);
}

TEST(compare_and_exchange, "lock cmpxchg always writes: the new value, or what it has read")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, lock_cmpxchg, .rbx = MEM, .rax = 0x03020100, .rcx = 0x1234);
	CHECK_EQ(m.regs.rax, 0x03020100);
	RUN(&m, lock_cmpxchg, .rbx = MEM, .rax = 0x99, .rcx = 0x1234);
	CHECK_EQ(m.regs.rax, 0x03020100);
	SEES(&m, 0, "r4@fb000000=3020100 w4@fb000000=1234 r4@fb000000=3020100 w4@fb000000=3020100");
	end(&m);
}

TEST(compare_and_exchange_8, "lock cmpxchg8b: the same with 8 bytes")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, lock_cmpxchg8b, .rdi = MEM, .rax = 0x03020100, .rdx = 0x07060504, .rsi = 0x11, .rcx = 0x22);
	RUN(&m, lock_cmpxchg8b, .rdi = MEM, .rax = 0x99, .rsi = 0x11, .rcx = 0x22);
	CHECK_EQ(m.regs.rdx << 32 | m.regs.rax, 0x0706050403020100);
	SEES(&m, 0, "r8@fb000000=706050403020100 w8@fb000000=2200000011 r8@fb000000=706050403020100 "
	     "w8@fb000000=706050403020100");
	end(&m);
}

TEST(locked_page_end, "a locked instruction over a page's end: both the read and the write come in pieces")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x2000");
	RUN(&m, lock_add, .rbx = MEM + 0xffe, .rax = 1);
	SEES(&m, 0, "r2@fb000ffe=fffe r2@fb001000=100 w2@fb000ffe=ffff w2@fb001000=100");
	end(&m);
}

/* ---- string instructions, memory ---- */

TEST(movs_from, "rep movs from a region: a read for each element")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, rep_movsl, .rsi = MEM + 4, .rdi = RAM, .rcx = 2);
	HAS(&m, 4, 5, 6, 7, 8, 9, 10, 11, 0);
	CHECK_EQ(m.regs.rcx, 0);
	CHECK_EQ(m.regs.rsi, MEM + 12);
	RUN(&m, rep_movsb, .rsi = MEM + 0x20, .rdi = RAM, .rcx = 3);
	SEES(&m, 0, "r4@fb000004=7060504 r4@fb000008=b0a0908 r1@fb000020=20 r1@fb000021=21 r1@fb000022=22");
	end(&m);
}

TEST(movs_to, "rep movs and rep stos to a region: a write for each element")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	put(&m, 8, 0x50);
	RUN(&m, rep_movsw, .rsi = RAM, .rdi = MEM + 1, .rcx = 2);
	RUN(&m, rep_stosl, .rdi = MEM + 8, .rax = 0x1234, .rcx = 2);
	SEES(&m, 0, "w2@fb000001=5150 w2@fb000003=5352 w4@fb000008=1234 w4@fb00000c=1234");
	end(&m);
}

TEST(movs_both, "rep movs from region to region: read and write in turn")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, rep_movsl, .rsi = MEM, .rdi = MEM + 0x40, .rcx = 2);
	SEES(&m, 0, "r4@fb000000=3020100 w4@fb000040=3020100 r4@fb000004=7060504 w4@fb000044=7060504");
	end(&m);
}

TEST(movs_backwards, "with the direction flag, from the last element to the first")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	RUN(&m, back_movsl, .rsi = MEM + 4, .rdi = RAM + 4, .rcx = 2);
	HAS(&m, 0, 1, 2, 3, 4, 5, 6, 7);
	SEES(&m, 0, "r4@fb000004=7060504 r4@fb000000=3020100");
	end(&m);
}

TEST(movs_none, "rep with a count of 0 accesses nothing")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000", "record", "loc=io:0x5000");
	RUN(&m, rep_movsl, .rsi = MEM, .rdi = RAM);
	RUN(&m, rep_insb, .rdi = RAM, .rdx = PORT);
	SEES(&m, 0, "");
	SEES(&m, 1, "");
	end(&m);
}

TEST(string_search, "lods, scas and cmps read element by element, as far as they look")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	put(&m, 4, 0x10);
	RUN(&m, rep_lodsl, .rsi = MEM, .rcx = 2);
	RUN(&m, repne_scasb, .rdi = MEM + 0x20, .rax = 0x21, .rcx = 9);
	RUN(&m, repe_cmpsb, .rsi = MEM + 0x10, .rdi = RAM, .rcx = 2);
	SEES(&m, 0, "r4@fb000000=3020100 r4@fb000004=7060504 r1@fb000020=20 r1@fb000021=21 r1@fb000010=10 "
	     "r1@fb000011=11");
	end(&m);
}

TEST(movs_page_end, "rep movs over a page's end: only an element that crosses it comes in pieces")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x2000");
	RUN(&m, rep_stosl, .rdi = MEM + 0xffa, .rax = 0x11223344, .rcx = 3);
	SEES(&m, 0, "w4@fb000ffa=11223344 w2@fb000ffe=3344 w2@fb001000=1122 w4@fb001002=11223344");
	end(&m);
}

TEST(movs_window_end, "rep movs over a window's end: from there on, each element goes to user space")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 length=0x100");
	RUN(&m, rep_stosl, .rdi = MEM + 0xfa, .rax = 0x11223344, .rcx = 3);
	LEAVES(&m, "w4@fb0000fe=11223344 w4@fb000102=11223344");
	RUN(&m, rep_movsl, .rsi = MEM + 0xf8, .rdi = RAM, .rcx = 3);
	LEAVES(&m, "r4@fb000100");
	HAS(&m, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0xee, 0xee, 0xee, 0xee);
	CHECK_EQ(m.regs.rcx, 0);
	SEES(&m, 0, "w4@fb0000fa=11223344 r4@fb0000f8=fbfaf9f8 r4@fb0000fc=fffefdfc");
	end(&m);
}

/* ---- string instructions, ports ---- */

TEST(ins, "rep ins: a read of the same port for each element")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000");
	RUN(&m, rep_insw, .rdx = PORT + 1, .rdi = RAM, .rcx = 3);
	HAS(&m, 1, 2, 1, 2, 1, 2, 0);
	CHECK_EQ(m.regs.rcx, 0);
	CHECK_EQ(m.regs.rdi, RAM + 6);
	RUN(&m, back_insb, .rdx = PORT + 7, .rdi = RAM + 1, .rcx = 2);
	HAS(&m, 7, 7);
	SEES(&m, 0, "r2@5001=201 r2@5001=201 r2@5001=201 r1@5007=7 r1@5007=7");
	end(&m);
}

TEST(outs, "rep outs: a write of the same port for each element")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000");
	put(&m, 8, 0x50);
	RUN(&m, rep_outsl, .rdx = PORT, .rsi = RAM, .rcx = 2);
	RUN(&m, rep_outsb, .rdx = PORT + 4, .rsi = RAM, .rcx = 2);
	SEES(&m, 0, "w4@5000=53525150 w4@5000=57565554 w1@5004=50 w1@5004=51");
	end(&m);
}

TEST(ins_page_end, "rep ins to memory over a page's end: the vdev sees the same")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000");
	RUN(&m, rep_insl, .rdx = PORT, .rdi = RAM + 0xffa, .rcx = 3);
	CHECK_EQ(m.guest.vm.ram[RAM + 0x1005], 3);
	SEES(&m, 0, "r4@5000=3020100 r4@5000=3020100 r4@5000=3020100");
	end(&m);
}

TEST(ins_odd, "rep ins and rep outs of a size that is not served: all ones, and dropped, element by element")
{
	struct machine m;

	MAKE(&m, "record-4", "loc=io:0x5000");
	RUN(&m, rep_insb, .rdx = PORT, .rdi = RAM, .rcx = 3);
	HAS(&m, 0xff, 0xff, 0xff, 0);
	RUN(&m, rep_outsb, .rdx = PORT, .rsi = RAM, .rcx = 3);
	SEES(&m, 0, "");
	LEAVES(&m, "");
	end(&m);
}

TEST(ins_outside, "rep ins and rep outs over a window's end: to user space, ins in one exit, outs one by one")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000 length=8");
	RUN(&m, rep_insl, .rdx = PORT + 6, .rdi = RAM, .rcx = 3);
	LEAVES(&m, "r4@5006*3");
	RUN(&m, rep_outsl, .rdx = PORT + 6, .rsi = RAM, .rcx = 2);
	LEAVES(&m, "w4@5006*1 w4@5006*1");
	SEES(&m, 0, "");
	end(&m);
}

TEST(ins_to_region, "rep ins from a port to a region: it is written in pieces of 8, whatever the element's size")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000", "record", "loc=mem:0xfb000000");
	RUN(&m, rep_insb, .rdx = PORT + 1, .rdi = MEM, .rcx = 10);
	SEES(&m, 1, "w8@fb000000=101010101010101 w2@fb000008=101");
	end(&m);
}

TEST(ins_long, "rep ins of more than a page: all elements arrive")
{
	struct machine m;

	MAKE(&m, "test", "loc=io:0x5000 count");
	RUN(&m, out4, .rdx = PORT, .rax = 0x44332211);
	RUN(&m, rep_insl, .rdx = PORT, .rdi = RAM, .rcx = 0x1800 / 4);
	CHECK_EQ(m.regs.rcx, 0);
	CHECK_EQ(m.guest.vm.ram[RAM + 0x17ff], 0x44);
	CHECK_EQ(m.guest.vm.ram[RAM + 0x1800], 0);
	end(&m);
}

/* ---- what cannot be emulated ---- */

static void on_alarm(int number)
{
	(void)number;
}

static void check_gives_up(struct machine *m, int reason, unsigned int rip)
{
	CHECK_EQ(reason, KVM_EXIT_INTERNAL_ERROR);
	CHECK_EQ(m->vcpu->run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	CHECK_EQ(m->regs.rip, rip);
	SEES(m, 0, "");
}

TEST(fetch, "instructions in a region: KVM gives up before the vdev sees anything")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	check_gives_up(&m, TRY(&m, execute, .rbx = MEM), MEM);
	end(&m);
}

TEST(not_emulated, "an instruction that KVM cannot emulate: KVM gives up before the vdev sees anything")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	check_gives_up(&m, TRY(&m, paddd, .rbx = MEM), 0x1000);
	end(&m);
}

TEST(page_tables, "page tables in a region: the vdev sees nothing, the guest stands still, a signal ends KVM_RUN")
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct kvm_sregs sregs;
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000");
	NEED(ioctl(m.vcpu->fd, KVM_GET_SREGS, &sregs) == 0);
	sregs.cr3 = MEM;
	sregs.cr0 |= 1u << 31;
	NEED(ioctl(m.vcpu->fd, KVM_SET_SREGS, &sregs) == 0);
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	CHECK_EQ(TRY(&m, read4, .rbx = RAM), -EINTR);
	CHECK_EQ(m.regs.rip, 0x1000);
	SEES(&m, 0, "");
	end(&m);
}

/* ---- unsupported=reference abort ---- */

static void check_aborts(struct machine *m, int reason, const char *says)
{
	struct vdevfw_event event = end_of(m);

	CHECK_EQ(reason, ENDED);
	CHECK_EQ(event.value, VDEVFW_EXIT_UNSUPPORTED);
	CHECK_TEXT((char *)event.text, says);
	CHECK(is_next(m));
	end(m);
}

TEST(abort_size, "abort: a size that is not served")
{
	struct machine m;

	MAKE_STRICT(&m, "record-4", "loc=mem:0xfb000000");
	check_aborts(&m, TRY(&m, read2, .rbx = MEM),
		     "vdev record-4 mem:0xfb000000 does not support a read of 2 bytes at 0xfb000000");
	MAKE_STRICT(&m, "record-4", "loc=mem:0xfb000000");
	check_aborts(&m, TRY(&m, write8, .rbx = MEM), "a write of 8 bytes at 0xfb000000");
	MAKE_STRICT(&m, "record-4", "loc=io:0x5000");
	check_aborts(&m, TRY(&m, in1, .rdx = PORT), "a read of 1 bytes at 0x5000");
}

TEST(abort_no_handler, "abort: no handler")
{
	struct machine m;

	MAKE_STRICT(&m, "record-rd", "loc=mem:0xfb000000");
	check_aborts(&m, TRY(&m, write4, .rbx = MEM), "a write of 4 bytes at 0xfb000000");
	MAKE_STRICT(&m, "record-wr", "loc=io:0x5000");
	check_aborts(&m, TRY(&m, in4, .rdx = PORT), "a read of 4 bytes at 0x5000");
}

TEST(abort_two_regions, "abort: over the end of a region; the vdev at the first byte is named")
{
	struct machine m;

	MAKE_STRICT(&m, "record", "loc=mem:0xfb000000 length=8", "record", "loc=mem:0xfb000008");
	check_aborts(&m, TRY(&m, write4, .rbx = MEM + 6),
		     "record mem:0xfb000000 does not support a write of 4 bytes at 0xfb000006");
	MAKE_STRICT(&m, "record", "loc=io:0x5000 length=8", "record", "loc=io:0x5008");
	check_aborts(&m, TRY(&m, in2, .rdx = PORT + 7), "a read of 2 bytes at 0x5007");
}

TEST(abort_string, "abort: an element of a string instruction; of rep ins and rep outs, too")
{
	struct machine m;

	MAKE_STRICT(&m, "record-4", "loc=io:0x5000");
	check_aborts(&m, TRY(&m, rep_insb, .rdx = PORT, .rdi = RAM, .rcx = 3), "a read of 1 bytes at 0x5000");
	MAKE_STRICT(&m, "record-4", "loc=mem:0xfb000000");
	check_aborts(&m, TRY(&m, rep_movsb, .rsi = MEM, .rdi = RAM, .rcx = 1), "a read of 1 bytes at 0xfb000000");
}

TEST(abort_window_end, "abort: what is not all in a window is user space's matter")
{
	struct machine m;

	MAKE_STRICT(&m, "record", "loc=mem:0xfb000000 length=8");
	RUN(&m, read4, .rbx = MEM + 6);
	LEAVES(&m, "r4@fb000006");
	end(&m);
}

TEST(abort_piece, "abort: a piece of 3 bytes; the other one is of no vdev any more")
{
	struct vdevfw_event event;
	struct machine m;

	MAKE_STRICT(&m, "record", "loc=mem:0xfb000000 length=0x2000");
	CHECK_EQ(TRY(&m, write4, .rbx = MEM + 0xffd, .rax = 0x11223344), ENDED);
	LEAVES(&m, "");
	SEES(&m, 0, "");
	event = end_of(&m);
	CHECK_TEXT((char *)event.text, "a write of 3 bytes at 0xfb000ffd");
	CHECK(is_next(&m));
	end(&m);
}

/* ---- how an access ends ---- */

static const char *with(unsigned int status, const char *more)
{
	static char options[128];

	snprintf(options, sizeof(options), "%s status=%u", more, status);
	return options;
}

static void check_answers(unsigned int status, uint32_t memory, uint32_t port)
{
	struct machine m;
	char here[128];

	strcpy(here, with(status, "loc=mem:0xfb000000"));
	MAKE(&m, "record", here, "record", with(status, "loc=io:0x5000"));
	RUN(&m, read4, .rbx = MEM + 4);
	CHECK_EQ(m.regs.rax, memory);
	RUN(&m, write4, .rbx = MEM + 4, .rax = 0x1234);
	RUN(&m, in4, .rdx = PORT + 4);
	CHECK_EQ(m.regs.rax, port);
	RUN(&m, out4, .rdx = PORT + 4, .rax = 0x1234);
	SEES(&m, 0, "r4@fb000004=7060504 w4@fb000004=1234");
	SEES(&m, 1, "r4@5004=7060504 w4@5004=1234");
	LEAVES(&m, "");
	CHECK_EQ(guest_info(m.guest.fd).out_terminated, 0);
	end(&m);
}

TEST(vrs_normal, "VRS_NORMAL (0): the guest gets what vread() gave, and goes on")
{
	check_answers(0, 0x07060504, 0x07060504);
}

TEST(vrs_no_advance, "VRS_NO_ADVANCE (1): as VRS_NORMAL, the next instruction comes")
{
	check_answers(1, 0x07060504, 0x07060504);
}

TEST(vrs_abort, "VRS_ABORT (2): all ones, whatever vread() gave, and the guest goes on")
{
	check_answers(2, ONES, ONES);
}

TEST(vrs_bus_error, "VRS_BUS_ERROR (3): as VRS_ABORT, the guest gets no exception")
{
	check_answers(3, ONES, ONES);
}

TEST(vrs_continue, "VRS_CONTINUE (4): as VRS_ABORT")
{
	check_answers(4, ONES, ONES);
}

TEST(vrs_unsupported, "VRS_UNSUPPORTED (128): as what the vdev does not serve: all ones, unless the machine ends")
{
	check_answers(128, ONES, ONES);
}

TEST(vrs_unknown, "a status that does not exist: as VRS_ABORT")
{
	check_answers(6, ONES, ONES);
	check_answers(255, ONES, ONES);
}

static void check_ends(struct machine *m, const char *says)
{
	struct vdevfw_event event = end_of(m);

	CHECK_EQ(event.value, VDEVFW_EXIT_VDEV);
	CHECK_TEXT((char *)event.text, says);
}

static void check_is_last(struct machine *m, int reason, const char *says)
{
	CHECK_EQ(reason, ENDED);
	CHECK(is_next(m));
	check_ends(m, says);
	end(m);
}

static void check_status_ends(unsigned int status, const char *says)
{
	struct machine m;

	MAKE(&m, "record", with(status, "loc=mem:0xfb000000"));
	check_is_last(&m, TRY(&m, read4, .rbx = MEM), says);
	CHECK_EQ(m.regs.rax, ONES);
	MAKE(&m, "record", with(status, "loc=mem:0xfb000000"));
	check_is_last(&m, TRY(&m, write4, .rbx = MEM), says);
	MAKE(&m, "record", with(status, "loc=io:0x5000"));
	check_is_last(&m, TRY(&m, in4, .rdx = PORT), says);
	CHECK_EQ(m.regs.rax, ONES);
	MAKE(&m, "record", with(status, "loc=io:0x5000"));
	check_is_last(&m, TRY(&m, out4, .rdx = PORT), says);
}

TEST(vrs_terminate, "VRS_TERMINATE (5): the instruction is done, a read gives all ones, and no other is executed")
{
	check_status_ends(5, "ends the machine");
}

TEST(vrs_errno, "VRS_ERRNO + e: the same, and the message has e")
{
	check_status_ends(256 + 5, "failed with error 5");
	check_status_ends(256, "failed with error 0");
}

/* ---- the end in the middle of an instruction ---- */

#define FIRST	"status=5 when=0"
#define SECOND	"status=5 when=1"

TEST(end_sse, "the end in the first piece: the next one is of no vdev any more")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 " FIRST);
	put(&m, 16, 0x50);
	CHECK_EQ(TRY(&m, movdqu_to, .rsi = RAM, .rbx = MEM), ENDED);
	LEAVES(&m, "");
	SEES(&m, 0, "w8@fb000000=5756555453525150");
	CHECK(is_next(&m));
	check_ends(&m, "ends the machine");
	end(&m);
}

TEST(end_read_modify_write, "the end in the read: the write is of no vdev any more")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 " FIRST);
	CHECK_EQ(TRY(&m, add_to, .rbx = MEM, .rax = 2), ENDED);
	LEAVES(&m, "");
	SEES(&m, 0, "r4@fb000000=3020100");
	CHECK(is_next(&m));
	check_ends(&m, "ends the machine");
	end(&m);
}

TEST(end_movs, "the end in an element of rep stos: the next ones are of no vdev any more")
{
	struct machine m;

	MAKE(&m, "record", "loc=mem:0xfb000000 " SECOND);
	CHECK_EQ(TRY(&m, rep_stosl, .rdi = MEM, .rax = 1, .rcx = 9), ENDED);
	LEAVES(&m, "");
	SEES(&m, 0, "w4@fb000000=1 w4@fb000004=1");
	CHECK_EQ(m.regs.rcx, 0);
	CHECK(is_next(&m));
	check_ends(&m, "ends the machine");
	end(&m);
}

TEST(end_ins, "the end in an element of rep ins: all ones for what is left of its batch")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000 " SECOND);
	put(&m, 5, 0x50);
	CHECK_EQ(TRY(&m, rep_insb, .rdx = PORT + 1, .rdi = RAM, .rcx = 4), ENDED);
	LEAVES(&m, "");
	SEES(&m, 0, "r1@5001=1 r1@5001=1");
	HAS(&m, 1, 0xff, 0xff, 0xff, 0x54);
	CHECK_EQ(m.regs.rcx, 0);
	check_ends(&m, "ends the machine");
	end(&m);
}

TEST(end_outs, "the end in an element of rep outs: the next ones are of no vdev any more")
{
	struct machine m;

	MAKE(&m, "record", "loc=io:0x5000 " SECOND);
	CHECK_EQ(TRY(&m, rep_outsb, .rdx = PORT, .rsi = RAM, .rcx = 9), ENDED);
	LEAVES(&m, "");
	SEES(&m, 0, "w1@5000=0 w1@5000=0");
	CHECK_EQ(m.regs.rcx, 0);
	CHECK(is_next(&m));
	check_ends(&m, "ends the machine");
	end(&m);
}

TEST_MAIN
