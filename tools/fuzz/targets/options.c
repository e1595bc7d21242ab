// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes how the kernel makes a vdev of its options: message.c, service/log.c and all of vdev/.
 *
 * An input begins with a struct plan, which says what the factory looks like and
 * how its vdev behaves; the rest is the options as VDEVFW_VDEV_ADD takes them. The
 * vdev itself, probe_control(), is half of the oracle: it checks each call that it
 * gets against a copy of the options that the framework cannot change.
 */
#include <stdlib.h>

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include <vdevfw/log.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#include "../../../vdevfw/message.h"
#include "../../../vdevfw/vdev/factory.h"
#include "../../../vdevfw/vdev/options.h"
#include "../../../vdevfw/vdev/vdev.h"
#include "oracle.h"
#include "shim.h"

/* How an input begins. Whatever its bytes are, it means something. */
struct plan {
	u8 factory_flags[2];	/* little-endian, as at struct vdev_factory; so is acc_sizes */
	u8 acc_sizes[2];
	u8 preset_type;		/* mod 3: none, memory, port */
	u8 preset_location;	/* in units of 256 */
	u8 fail_at;		/* which control() fails: see fails_here() */
	u8 fail_how;		/* even: by its answer; odd: by vdev_refuse() */
	u8 fail_allocation;	/* the nth; 0: none */
	u8 extra_space;		/* in units of 16 */
	u8 safety;		/* mod 6: enum vdevfw_safety_policy, and 3 if the vdev is for safety */
	u8 irq_lines;		/* 0: there is no interrupt controller */
};

enum probe_option {
	PROBE_NUMBER,
	PROBE_FLAG,
	PROBE_TEXT,
	PROBE_HUGE,
	PROBE_CARELESS,
	PROBE_REFUSED,
	PROBE_SIZE,
	PROBE_BOOL,
	PROBE_STRING,
	PROBE_CHOICE,
	PROBE_PLACE,
	PROBE_LINE,
	PROBE_CHATTER,
	PROBE_OPTIONS,
};

static const char *const probe_options[] = {
	[PROBE_NUMBER] = "number",
	[PROBE_FLAG] = QVM_OPTION_NO_ARG_PREFIX "flag",
	[PROBE_TEXT] = "text",
	[PROBE_HUGE] = "huge",
	[PROBE_CARELESS] = "careless",	/* overlooks errors of qvm_parse_num() */
	[PROBE_REFUSED] = "refused",	/* quotes its argument, twice */
	[PROBE_SIZE] = "size",
	[PROBE_BOOL] = "bool",
	[PROBE_STRING] = "string",
	[PROBE_CHOICE] = "choice",
	[PROBE_PLACE] = "place",
	[PROBE_LINE] = "line",
	[PROBE_CHATTER] = QVM_OPTION_NO_ARG_PREFIX "chatter",	/* has something to say */
	[PROBE_OPTIONS] = NULL,
};

/* One vdev's life, as the vdev sees it. */
static struct {
	struct plan plan;
	const char *cursor;	/* in the copy of the options: the next one to come */
	const char *end;
	u32 count;		/* options before cursor */
	bool started, complete, ended;
	int error;		/* what the vdev has failed with, as user space must see it */
	bool failed_in_option;
	bool out_of_memory;	/* as planned, while it was made */
} life;

static bool is_documented(int error)
{
	/* From the contract itself: see documented.h in the Makefile. */
	static const int documented[] = {
#include "documented.h"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(documented); i++)
		if (error == -documented[i])
			return true;
	return false;
}

static bool option_has_name(const char *option, const char *name)
{
	size_t len = strcspn(option, "=");

	return strlen(name) == len && !strncmp(option, name, len);
}

/* Whether @option is @listed, an entry of an option_list, which may begin with a prefix. */
static bool option_is_listed(const char *option, const char *listed)
{
	return option_has_name(option, listed) ||
	       (isdigit(listed[0]) && option_has_name(option, listed + 1));
}

static bool option_is_common(const char *option)
{
	size_t i;

	for (i = 0; i < PROBE_OPTIONS; i++)
		if (option_is_listed(option, probe_options[i]))
			return false;
	return true;
}

static const char *next_option(const char *option)
{
	return option + strlen(option) + 1;
}

static void skip_common_options(void)
{
	while (life.cursor < life.end && option_is_common(life.cursor)) {
		life.cursor = next_option(life.cursor);
		life.count++;
	}
}

static bool takes_no_argument(unsigned int i)
{
	return strstarts(probe_options[i], QVM_OPTION_NO_ARG_PREFIX);
}

/* The framework gives the vdev option @i with @arg: is it the next in the configuration? */
static void expect_next_option(unsigned int i, const char *arg)
{
	const char *equals;

	expect(i < PROBE_OPTIONS, "option %u of %u", i, PROBE_OPTIONS);
	skip_common_options();
	expect(life.cursor < life.end, "an option that was not given");
	expect(option_is_listed(life.cursor, probe_options[i]), "\"%s\" came as %s", life.cursor,
	       probe_options[i]);
	equals = strchr(life.cursor, '=');
	if (takes_no_argument(i))
		expect(!arg, "a flag has argument \"%s\"", arg);
	else
		expect(arg && *arg, "%s has no argument", probe_options[i]);
	if (!takes_no_argument(i))
		expect(equals && !strcmp(equals + 1, arg), "\"%s\" came with \"%s\"", life.cursor,
		       arg);
	life.cursor = next_option(life.cursor);
	life.count++;
}

static int parse_number(vdev_t *vdp, const char *arg, u64 max)
{
	const u64 untouched = 0x5a5a5a5a5a5a5a5a;
	u64 value = untouched;
	int err = qvm_parse_num(vdp, arg, max, &value);

	if (err) {
		expect(err == -EINVAL || err == -ERANGE, "qvm_parse_num() gives %d", err);
		expect(value == untouched, "a number that is wrong is written nevertheless");
		return err;
	}
	expect(isdigit(arg[0]) && !arg[strspn(arg, "0123456789abcdefABCDEFxX")],
	       "\"%s\" is a number", arg);
	expect(value <= max, "%llu is more than %llu", value, max);
	return 0;
}

static int parse_size(vdev_t *vdp, const char *arg)
{
	u64 value = 0;
	int err = qvm_parse_size(vdp, arg, 1 << 30, &value);

	expect(value <= 1 << 30 && (!err || !value), "size %llu, error %d", value, err);
	return err;
}

static int parse_string(vdev_t *vdp, const char *arg)
{
	char *text = kmalloc(16, GFP_KERNEL);
	int err;

	if (!text)
		return vdev_refuse(vdp, -ENOMEM, "no memory");
	text[0] = 0;
	err = qvm_parse_string(vdp, arg, text, 16);
	expect(!strcmp(text, err ? "" : arg) && is_printable(text), "\"%s\" became \"%s\"", arg,
	       text);
	kfree(text);
	return err;
}

static int parse_word(vdev_t *vdp, unsigned int i, const char *arg)
{
	static const char *const words[] = { "one", "two", "three", NULL };
	unsigned int word = 3;
	bool yes = false;
	int err;

	if (i == PROBE_BOOL)
		return qvm_parse_bool(vdp, arg, &yes);
	err = qvm_parse_choice(vdp, arg, words, &word);
	expect(err ? word == 3 : !strcmp(words[word], arg), "\"%s\" is word %u", arg, word);
	return err;
}

static int parse_place(vdev_t *vdp, const char *arg)
{
	struct qvm_state_block block = { .location = 1, .length = 2, .type = QST_NO_TYPE };
	int err = qvm_parse_block(vdp, arg, &block);

	expect(block.length == 2 && !block.flags, "more than type and location is written");
	if (err)
		expect(block.location == 1 && block.type == QST_NO_TYPE, "written in spite of %d",
		       err);
	else
		expect(block.type == QST_MEMORY ||
		       (block.type == QST_X86_IO && block.location <= U16_MAX),
		       "type %u at 0x%llx", block.type, block.location);
	return err;
}

static int parse_line(vdev_t *vdp, const char *arg)
{
	struct guest_intr intr = {};
	int err = qvm_parse_intr(vdp, arg, &intr);

	expect(!err == !!intr.pic, "error %d, but a controller: %d", err, !!intr.pic);
	expect(err || intr.param < life.plan.irq_lines, "line %u of %u", intr.param,
	       life.plan.irq_lines);
	return err;
}

/* Applies one option. @refusal is what the framework must answer whatever this returns. */
static int apply_option(vdev_t *vdp, unsigned int i, const char *arg, int *refusal)
{
	int err;

	switch (i) {
	case PROBE_NUMBER:
		err = parse_number(vdp, arg, U16_MAX);
		break;
	case PROBE_HUGE:
		err = parse_number(vdp, arg, U64_MAX);
		break;
	case PROBE_CARELESS:
		*refusal = parse_number(vdp, arg, 9);
		return 0;
	case PROBE_REFUSED:
		*refusal = vdev_refuse(vdp, -EXDEV, "\"%s\", says the vdev", arg);
		return vdev_refuse(vdp, -EMLINK, "a second reason");
	case PROBE_SIZE:
		err = parse_size(vdp, arg);
		break;
	case PROBE_BOOL:
	case PROBE_CHOICE:
		err = parse_word(vdp, i, arg);
		break;
	case PROBE_STRING:
		err = parse_string(vdp, arg);
		break;
	case PROBE_PLACE:
		err = parse_place(vdp, arg);
		break;
	case PROBE_LINE:
		err = parse_line(vdp, arg);
		break;
	case PROBE_CHATTER:
		vdev_logf(QL_WARN, vdp, "no\ttext");
		qvm_logf(vdp, QVM_OUTAL_INTERNAL, "%300d", 1);
		return 0;
	default:
		return 0;
	}
	*refusal = err;
	return err;
}

static bool fails_here(unsigned int ctrl)
{
	static const unsigned int ctrls[] = {
		VDEV_CTRL_OPTIONS_START, VDEV_CTRL_OPTIONS_END, VDEV_CTRL_ASSIGN,
		VDEV_CTRL_GUEST_CONFIGURED, VDEV_CTRL_GUEST_STARTING, VDEV_CTRL_TERMINATE,
		VDEV_CTRL_FIRST_OPTIDX + PROBE_FLAG, VDEV_CTRL_FIRST_OPTIDX + PROBE_TEXT,
	};

	return life.plan.fail_at && ctrls[(life.plan.fail_at - 1) % ARRAY_SIZE(ctrls)] == ctrl;
}

/* As the contract says at enum vdev_ctrl and vdev_refuse(). */
static int error_of_answer(int answer)
{
	int err = answer > 0 ? -answer : answer;

	return err <= -ERESTARTSYS ? -EIO : err;
}

static int fail_as_planned(vdev_t *vdp, int *refusal)
{
	static const int answers[] = {
		-ENOLINK, ENOLINK, -ERESTARTSYS, -EHWPOISON, INT_MIN, INT_MAX,
	};
	int answer = answers[life.plan.fail_how / 2 % ARRAY_SIZE(answers)];

	if (life.plan.fail_how % 2 == 0)
		return answer;
	*refusal = vdev_refuse(vdp, answer, "as planned: %d", answer);
	expect(*refusal == error_of_answer(answer), "vdev_refuse() gives %d for %d", *refusal,
	       answer);
	return 0;
}

static void expect_order(unsigned int ctrl)
{
	expect(!life.ended, "control 0x%x after TERMINATE", ctrl);
	expect(life.started == (ctrl != VDEV_CTRL_OPTIONS_START), "control 0x%x", ctrl);
	expect(!life.error || ctrl == VDEV_CTRL_TERMINATE, "control 0x%x after an error", ctrl);
	if (ctrl >= VDEV_CTRL_FIRST_OPTIDX || ctrl == VDEV_CTRL_OPTIONS_END)
		expect(!life.complete, "control 0x%x after OPTIONS_END", ctrl);
}

static int probe_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	int answer = 0, refusal = 0;

	expect_order(ctrl);
	if (ctrl >= VDEV_CTRL_FIRST_OPTIDX)
		expect_next_option(ctrl - VDEV_CTRL_FIRST_OPTIDX, arg);
	else
		expect(!arg, "control 0x%x has an argument", ctrl);

	if (ctrl == VDEV_CTRL_OPTIONS_START && life.plan.preset_type % 3) {
		vdp->v_block.type = life.plan.preset_type % 3 == 1 ? QST_MEMORY : QST_X86_IO;
		vdp->v_block.location = life.plan.preset_location << 8;
	}
	if (fails_here(ctrl))
		answer = fail_as_planned(vdp, &refusal);
	else if (ctrl >= VDEV_CTRL_FIRST_OPTIDX)
		answer = apply_option(vdp, ctrl - VDEV_CTRL_FIRST_OPTIDX, arg, &refusal);

	if (ctrl == VDEV_CTRL_TERMINATE) {
		life.ended = true;
		return answer;
	}
	life.error = refusal ? refusal : error_of_answer(answer);
	life.failed_in_option = life.error && ctrl >= VDEV_CTRL_FIRST_OPTIDX;
	/* After a failure of OPTIONS_START, and only then, TERMINATE does not come. */
	life.started |= !life.error;
	life.complete |= ctrl == VDEV_CTRL_OPTIONS_END;
	return answer;
}

static void expect_message(const struct vdevfw_message *msg, int err)
{
	size_t len = strnlen(msg->text, sizeof(msg->text));

	expect(len < VDEVFW_MSG_MAX, "a message without its NUL");
	expect(is_printable(msg->text), "a message with a control character: \"%s\"", msg->text);
	/* For this one error, the dispatcher has the sentence. */
	if (err == -ENOMEM && life.out_of_memory)
		return;
	expect(!len == !err, "error %d has message \"%s\"", err, msg->text);
}

static void expect_failure(int err, u32 at_option, u32 options)
{
	expect(err < 0 && err >= -MAX_ERRNO, "error %d", err);
	if (life.error)
		expect(err == life.error, "the vdev failed with %d, the framework with %d",
		       life.error, err);
	else if (err == -ENOMEM)
		expect(life.out_of_memory, "out of memory without reason");
	else
		expect(is_documented(err), "error %d is not in the contract", err);
	if (life.failed_in_option)
		expect(at_option == life.count - 1, "option %u failed, not %u", life.count - 1,
		       at_option);
	else
		expect(at_option == VDEVFW_NO_OPTION || at_option < options, "option %u of %u",
		       at_option, options);
	expect(life.ended == life.started, "TERMINATE: %d", life.ended);
}

static void expect_place(const struct vdevfw_vdev *vdev, const struct vdev_factory *factory)
{
	const struct qvm_state_block *block = &vdev->pub.v_block;
	bool is_preset = life.plan.preset_type % 3 &&
			 block->location == (u64)life.plan.preset_location << 8;
	unsigned int flag;

	if (is_preset || block->location == QSL_NO_LOCATION)
		return;
	expect(block->type == QST_MEMORY || block->type == QST_X86_IO, "a place of type %u",
	       block->type);
	flag = block->type == QST_MEMORY ? VFF_VDEV_MEM : VFF_VDEV_X86_IO;
	expect(factory->factory_flags & flag,
	       "a place of a type that the factory does not have");
	expect(block->type == QST_MEMORY || block->location <= U16_MAX, "port 0x%llx",
	       block->location);
	/* The highest bit of acc_sizes is the largest access, and that the alignment. */
	expect(!factory->acc_sizes || !(block->location & (fls(factory->acc_sizes) - 2)),
	       "0x%llx is not aligned", block->location);
}

static void expect_description(const struct vdevfw_vdev *vdev)
{
	char text[16];
	int len = vdev_string(text, sizeof(text), &vdev->pub);

	expect(len > 0 && strnlen(text, sizeof(text)) == min_t(size_t, len, sizeof(text) - 1),
	       "vdev_string() says %d", len);
}

/* The rest of a vdev's life: as guest.c does it, but with nobody around. */
static void live_on(struct vdevfw_vdev *vdev)
{
	static const unsigned int ctrls[] = {
		VDEV_CTRL_ASSIGN, VDEV_CTRL_GUEST_CONFIGURED, VDEV_CTRL_GUEST_STARTING,
	};
	struct vdevfw_message msg;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(ctrls) && !life.error; i++) {
		msg.text[0] = 0;
		err = vdevfw_vdev_control(vdev, ctrls[i], NULL, &msg);
		expect(err == life.error, "the vdev says %d, the framework %d", life.error, err);
		expect_message(&msg, err);
		if (ctrls[i] == VDEV_CTRL_GUEST_CONFIGURED)
			expect_description(vdev);
	}
	vdevfw_vdev_destroy(vdev);
	expect(life.ended, "destroyed without TERMINATE");
}

static void expect_names(const struct vdev_factory *factory)
{
	size_t needed = vdevfw_options_names(factory, NULL, 0);
	char *names = malloc(needed / 2);

	expect(vdevfw_options_names(factory, names, needed / 2) == needed,
	       "the names' size depends on the room for them");
	free(names);
	names = malloc(needed);
	vdevfw_options_names(factory, names, needed);
	expect(!names[needed - 1], "the last name has no NUL");
	free(names);
}

static void add_vdev(struct vdevfw_machine *machine, char *options, size_t len)
{
	struct vdevfw_message msg = {};
	const struct vdev_factory *factory = vdevfw_factory_get("probe", &msg);
	u32 at_option = 0xdead, count = 0;
	struct vdevfw_vdev *vdev;
	size_t i;
	int err;

	expect(!IS_ERR(factory), "the factory is not there: %s", msg.text);
	for (i = 0; i < len; i++)
		count += !options[i];
	shim_fail_allocation(life.plan.fail_allocation);
	vdev = vdevfw_vdev_create(NULL, machine, 1, factory, options, len, &at_option, &msg);
	err = PTR_ERR_OR_ZERO(vdev);
	life.out_of_memory = shim_out_of_memory;
	shim_fail_allocation(0);
	expect_message(&msg, err);
	if (err) {
		expect_failure(err, at_option, count);
		vdevfw_factory_put(factory);
		return;
	}
	skip_common_options();
	expect(life.cursor == life.end, "\"%s\" was not applied", life.cursor);
	expect(at_option == VDEVFW_NO_OPTION, "success, but option %u", at_option);
	expect(!life.error, "the vdev failed with %d, and is there", life.error);
	expect_place(vdev, factory);
	live_on(vdev);
}

/* A machine with an interrupt controller, as outside.c has it, and a vdev called taken. */
static void try_machine(const struct vdev_factory *factory, char *options, size_t len)
{
	struct vdevfw_machine machine = {
		.guest = 7,
		.name = "fuzz",
		.safety = life.plan.safety % 3,
		.irq_lines = life.plan.irq_lines,
		.vdevs = LIST_HEAD_INIT(machine.vdevs),
	};
	struct vdevfw_vdev *other;

	vdevfw_routes_init(&machine.routes);
	other = vdevfw_vdev_alloc(NULL, &machine, 2, factory);
	other->name = kstrdup("taken", GFP_KERNEL);
	list_add_tail(&other->node, &machine.vdevs);
	add_vdev(&machine, options, len);
	vdevfw_vdev_free(other);
}

static void try_options(const uint8_t *data, size_t size)
{
	struct vdev_factory factory = {
		.control = probe_control,
		.option_list = probe_options,
		.factory_flags = life.plan.factory_flags[0] | life.plan.factory_flags[1] << 8,
		.acc_sizes = life.plan.acc_sizes[0] | life.plan.acc_sizes[1] << 8,
		.extra_space = life.plan.extra_space * 16,
		.safety = life.plan.safety / 3 % 2 ? VDEV_SAFETY_YES : VDEV_SAFETY_NO,
	};
	char *options, *copy;
	int err;

	err = vdev_register_factory(&factory, QVM_VDEV_ABI);
	if (err) {
		expect(err == -EINVAL && (factory.factory_flags || factory.acc_sizes),
		       "registration gives %d", err);
		return;
	}
	expect_names(&factory);
	options = exact_copy(data, size);
	copy = exact_copy(data, size);
	life.cursor = copy;
	life.end = copy + size;
	try_machine(&factory, options, size);
	free(copy);
	free(options);
	vdev_unregister_factory(&factory);
}

void try_input(const uint8_t *data, size_t size)
{
	if (size < sizeof(life.plan) || size - sizeof(life.plan) > VDEVFW_OPTIONS_MAX)
		return;
	memset(&life, 0, sizeof(life));
	memcpy(&life.plan, data, sizeof(life.plan));
	try_options(data + sizeof(life.plan), size - sizeof(life.plan));

	expect(!shim_allocations, "%zu allocations are left", shim_allocations);
	expect(!module_refcount(THIS_MODULE), "the module is still pinned");
}
