// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces against a model that is too simple to be wrong: for each cell, whose it
 * is. Random operations, from fixed seeds, must do to both the same.
 */
#include <linux/prandom.h>

#include <vdevfw/gasp.h>

#include "../space/spaces.h"
#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define IO	VDEVFW_BUS_IO

/* All take some seconds where nothing looks over the kernel's shoulder. */
#define LESS	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_PROVE_LOCKING) ? 16 : 1)

#define VDEVS		3
#define CELLS_MAX	1024
#define NOBODY		0
#define MEMORY		0xff	/* the guest's, where no region can be */

/**
 * struct model - Who has what
 * @n: How many cells there are
 * @unit: Bytes of one
 * @base: Where the first one begins
 * @owner: NOBODY, 1 to VDEVS, or MEMORY
 * @first: Whether a region begins there
 * @cookie: Of its region
 */
struct model {
	unsigned int n;
	unsigned int unit;
	u64 base;
	u8 owner[CELLS_MAX];
	bool first[CELLS_MAX];
	u32 cookie[CELLS_MAX];
};

static u64 address(const struct model *model, unsigned int cell)
{
	return model->base + (u64)cell * model->unit;
}

static bool is_region(const struct model *model, unsigned int cell)
{
	return model->owner[cell] != NOBODY && model->owner[cell] != MEMORY;
}

/* The first and the last cell of the region that has @cell. */
static unsigned int first_of(const struct model *model, unsigned int cell)
{
	while (!model->first[cell])
		cell--;
	return cell;
}

static unsigned int last_of(const struct model *model, unsigned int cell)
{
	while (cell + 1 < model->n && model->owner[cell + 1] == model->owner[cell] &&
	       !model->first[cell + 1])
		cell++;
	return cell;
}

/* What a change leads to, before it is made. *@holder is the cell that is in the way. */
static int model_check(const struct model *model, unsigned int owner, unsigned int cell,
		       unsigned int length, bool keep, unsigned int *holder)
{
	unsigned int last = cell + length - 1;

	for (; cell <= last && !is_region(model, cell); cell++)
		;
	if (cell > last)
		return keep ? 0 : -ENOENT;
	*holder = first_of(model, cell);
	if (model->owner[cell] != owner)
		return -EADDRINUSE;
	if (*holder > last - length + 1 || last_of(model, cell) < last)
		return -EXDEV;
	return 0;
}

static void model_change(struct model *model, unsigned int owner, unsigned int cell,
			 unsigned int length, bool keep, u32 cookie)
{
	unsigned int behind = cell + length, i;

	if (behind < model->n && is_region(model, behind) && !model->first[behind])
		model->first[behind] = true;
	for (i = cell; i < behind; i++) {
		model->owner[i] = keep ? owner : NOBODY;
		model->cookie[i] = cookie;
		model->first[i] = keep && i == cell;
	}
}

/**
 * struct operation - One change, by chance
 * @owner: Whose
 * @cell: From here on
 * @length: Cells
 * @keep: A region is to be there
 */
struct operation {
	unsigned int owner;
	unsigned int cell;
	unsigned int length;
	bool keep;
};

static u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

/* Often within a region of the vdev's, so that it is split; among the first @n cells. */
static struct operation random_operation(const struct model *model, unsigned int n,
					 struct rnd_state *rnd)
{
	struct operation op = {
		.owner = 1 + below(rnd, VDEVS),
		.cell = below(rnd, n),
		.length = 1 + below(rnd, below(rnd, 4) ? 24 : 96),
		.keep = below(rnd, 3),
	};

	if (is_region(model, op.cell) && below(rnd, 2)) {
		unsigned int first = first_of(model, op.cell);
		unsigned int last = last_of(model, op.cell);

		op.owner = model->owner[op.cell];
		if (below(rnd, 2))
			op.cell = first;
		op.length = 1 + below(rnd, last - op.cell + 1);
		if (below(rnd, 4) == 0)
			op.length = last - op.cell + 1;
	}
	op.length = min(op.length, n - op.cell);
	return op;
}

/*
 * gasp.c alone, at both ends of the addresses
 */

#define GASP_CELLS	256
#define GASP_STEPS	(16384 / LESS)
#define ALL_SIZES	(BIT(1) | BIT(2) | BIT(4) | BIT(8))
#define HOST		0x1000000

static vdev_t vdevs[VDEVS];

/* Whatever was split, each region is like one that was made for its place. */
static bool is_as_made(const struct model *model, const struct vdevfw_region *region,
		       unsigned int cell)
{
	struct vdevfw_region made = { .length = region->length, .read_sizes = ALL_SIZES };

	gasp_limit_sizes(&made);
	return region->start == address(model, first_of(model, cell)) &&
	       vdevfw_region_last(region) == address(model, last_of(model, cell)) &&
	       region->vdev == &vdevs[model->owner[cell] - 1] &&
	       region->cookie == model->cookie[cell] &&
	       region->host == HOST + (region->start - model->base) &&
	       region->read_sizes == made.read_sizes;
}

static bool gasp_agrees_at(const struct gasp *space, const struct model *model, unsigned int cell)
{
	struct vdevfw_region *region = gasp_from(space, address(model, cell));

	if (is_region(model, cell))
		return region && is_as_made(model, region, cell);
	return !region || region->start > address(model, cell);
}

/* The walk meets each region once, in their order, and no other. */
static bool gasp_agrees(const struct gasp *space, const struct model *model)
{
	struct vdevfw_region *region = NULL;
	unsigned int cell, n = 0;

	for (cell = 0; cell < model->n; cell++) {
		if (!model->first[cell])
			continue;
		region = gasp_next(space, region);
		if (!region || !is_as_made(model, region, cell))
			return false;
		n++;
	}
	return n == space->n && !gasp_next(space, region);
}

static struct vdevfw_region *make_region(struct kunit *test, const struct model *model,
					 const struct operation *op, u32 cookie)
{
	struct vdevfw_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, region);
	region->start = address(model, op->cell);
	region->length = op->length;
	region->vdev = &vdevs[op->owner - 1];
	region->cookie = cookie;
	region->read_sizes = ALL_SIZES;
	region->host = HOST + op->cell;
	gasp_limit_sizes(region);
	return region;
}

/* Made, or made and undone. */
static int gasp_step(struct kunit *test, struct gasp *space, const struct model *model,
		     const struct operation *op, u32 cookie, bool undo,
		     const struct vdevfw_region **holder)
{
	struct vdevfw_region *region = make_region(test, model, op, cookie);
	struct gasp_change change;
	int err;

	err = gasp_prepare(space, region, op->keep, GFP_KERNEL, &change, holder);
	if (!err)
		gasp_commit(space, &change);
	if (!err && undo) {
		gasp_revert(space, &change);
		gasp_abandon(&change, region);
	} else if (!err) {
		kfree(change.old);
	}
	if (err || undo || !op->keep)
		kfree(region);
	return err;
}

static void compare_gasp(struct kunit *test, u64 base, u32 seed)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	const struct vdevfw_region *holder;
	struct rnd_state rnd;
	struct gasp space;
	u32 step;

	KUNIT_ASSERT_NOT_NULL(test, model);
	*model = (struct model) { .n = GASP_CELLS, .unit = 1, .base = base };
	gasp_init(&space);
	prandom_seed_state(&rnd, seed);
	for (step = 1; step <= GASP_STEPS; step++) {
		struct operation op = random_operation(model, GASP_CELLS, &rnd);
		bool undo = !below(&rnd, 8), agrees;
		unsigned int at = 0;
		int expected = model_check(model, op.owner, op.cell, op.length, op.keep, &at);
		int err = gasp_step(test, &space, model, &op, step, undo, &holder);

		if (!err && !undo)
			model_change(model, op.owner, op.cell, op.length, op.keep, step);
		agrees = err == expected && gasp_agrees_at(&space, model, below(&rnd, GASP_CELLS));
		if (err == -EADDRINUSE || err == -EXDEV)
			agrees = agrees && holder->start == address(model, at);
		if (step % 64 == 0 || step == GASP_STEPS)
			agrees = agrees && gasp_agrees(&space, model);
		if (!agrees) {
			KUNIT_FAIL(test, "base 0x%llx, seed %u, step %u: %s %u+%u of vdev %u: %d instead of %d, or another space",
				   base, seed, step, op.keep ? "set" : "delete", op.cell,
				   op.length, op.owner, err, expected);
			break;
		}
	}
	gasp_destroy(&space);
}

static void changes_of_a_space_are_as_in_a_model(struct kunit *test)
{
	static const u64 bases[] = { 0, 0xff80, 0xffffff80, U64_MAX - GASP_CELLS + 1 };
	unsigned int i;
	u32 seed;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (seed = 1; seed <= 4; seed++)
			compare_gasp(test, bases[i], seed);
}

/*
 * A guest, before and after it is configured. Its spaces end where the guest can address no
 * more:
 *
 *	memory	2 pages with a window, 1 page of nothing, 1 page of RAM; 16 bytes a cell
 *	ports	a window, the last of them a cell each
 */

#define WINDOW_CELLS	(2 * PAGE_SIZE / 16)
#define RAM_CELL	(3 * PAGE_SIZE / 16)
#define MEMORY_CELLS	(4 * PAGE_SIZE / 16)
#define PORT_CELLS	256
#define GUEST_STEPS	(65536 / LESS)

/**
 * struct world - A guest and its model
 * @gsp: The guest
 * @probe: Its vdevs
 * @model: Its spaces
 * @cells: How many of each can have regions
 * @rnd: Chance
 * @step: How many steps there were; the cookie of what comes
 * @running: It is
 */
struct world {
	struct guest_system *gsp;
	struct probe *probe[VDEVS];
	struct model model[VDEVFW_BUSES];
	unsigned int cells[VDEVFW_BUSES];
	struct rnd_state rnd;
	u32 step;
	bool running;
};

static u16 type_of(enum vdevfw_bus bus)
{
	return bus == IO ? QST_X86_IO : QST_MEMORY;
}

static struct world *new_world(struct kunit *test, u32 seed)
{
	struct world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);
	struct model *mem = &world->model[MEM], *io = &world->model[IO];
	static const char *const names[VDEVS] = { "a", "b", "c" };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, world);
	mem->n = MEMORY_CELLS;
	mem->unit = 16;
	mem->base = BIT_ULL(40) - MEMORY_CELLS * 16;
	world->cells[MEM] = WINDOW_CELLS;
	memset(mem->owner + RAM_CELL, MEMORY, MEMORY_CELLS - RAM_CELL);
	io->n = PORT_CELLS;
	io->unit = 1;
	io->base = 0x10000 - PORT_CELLS;
	world->cells[IO] = PORT_CELLS;
	prandom_seed_state(&world->rnd, seed);
	world->gsp = testbed_guest(test, 0);
	fake_kvm_add_memory(0, address(mem, RAM_CELL), PAGE_SIZE, false);
	KUNIT_ASSERT_EQ(test, testbed_set(test, world->gsp,
					  OPTIONS("window=mem:0xffffffc000,0x2000\0"
						  "window=io:0xff00,0x100"), NULL), 0);
	for (i = 0; i < VDEVS; i++) {
		world->probe[i] = probe_add_manual(test, names[i]);
		testbed_must_add(test, world->gsp, names[i], NO_OPTIONS);
	}
	return world;
}

/*
 * Each of these does something to both, and returns whether they agree about it.
 */

static struct gasp_region wanted(const struct world *world, enum vdevfw_bus bus,
				 const struct operation *op)
{
	const struct model *model = &world->model[bus];

	return (struct gasp_region) {
		.flags = op->keep ? GRF_VIRT_RD | GRF_VIRT_WR : GRF_NONE,
		.cookie = world->step,
		.vdev = world->probe[op->owner - 1]->vdp,
		.guest = {
			.location = address(model, op->cell),
			.length = op->length * model->unit,
			.type = type_of(bus),
		},
	};
}

static int change_model(struct world *world, enum vdevfw_bus bus, const struct operation *op)
{
	struct model *model = &world->model[bus];
	unsigned int holder;
	int err;

	err = model_check(model, op->owner, op->cell, op->length, op->keep, &holder);
	if (!err)
		model_change(model, op->owner, op->cell, op->length, op->keep, world->step);
	return err;
}

static bool set_one(struct world *world, enum vdevfw_bus bus)
{
	struct operation op = random_operation(&world->model[bus], world->cells[bus], &world->rnd);
	struct gasp_region region = wanted(world, bus, &op);

	return gasp_region_set(world->gsp, 1, &region) == change_model(world, bus, &op);
}

#define SET_AT_ONCE	3

static bool set_several(struct world *world, enum vdevfw_bus bus)
{
	struct gasp_region regions[SET_AT_ONCE];
	struct operation ops[SET_AT_ONCE];
	unsigned int i, done;
	int err, expected = 0;

	for (i = 0; i < SET_AT_ONCE; i++) {
		ops[i] = random_operation(&world->model[bus], world->cells[bus], &world->rnd);
		regions[i] = wanted(world, bus, &ops[i]);
	}
	gasp_lock(world->gsp, type_of(bus));
	done = gasp_region_set_soft(world->gsp, SET_AT_ONCE, regions, &err);
	gasp_unlock(world->gsp, type_of(bus));
	for (i = 0; i < SET_AT_ONCE && !expected; i++)
		expected = change_model(world, bus, &ops[i]);
	return err == expected && done == (expected ? i - 1 : SET_AT_ONCE);
}

/* Whether [@cell, @cell + @length) is free, and does not lie across a window's edge. */
static bool model_is_free(const struct world *world, enum vdevfw_bus bus, unsigned int cell,
			  unsigned int length)
{
	unsigned int edge = world->cells[bus], i;

	for (i = cell; i < cell + length; i++)
		if (world->model[bus].owner[i] != NOBODY)
			return false;
	return cell >= edge || cell + length <= edge;
}

static u64 model_find_free(const struct world *world, enum vdevfw_bus bus, unsigned int length,
			   u64 align, u64 min_addr, u64 max_addr)
{
	const struct model *model = &world->model[bus];
	unsigned int cell;

	for (cell = 0; cell + length <= model->n; cell++) {
		u64 at = address(model, cell);

		if (at >= min_addr && IS_ALIGNED(at, align) &&
		    at + length * model->unit - 1 <= max_addr &&
		    model_is_free(world, bus, cell, length))
			return at;
	}
	return QSL_NO_LOCATION;
}

static bool find_free(struct world *world, enum vdevfw_bus bus)
{
	const struct model *model = &world->model[bus];
	unsigned int length = 1 + below(&world->rnd, 32);
	u64 align = (u64)model->unit << below(&world->rnd, 6);
	u64 min_addr = address(model, below(&world->rnd, model->n));
	u64 max_addr = address(model, below(&world->rnd, model->n)) + below(&world->rnd, 16);
	u64 found;

	/* As a rule there is room. */
	if (below(&world->rnd, 4))
		max_addr = U64_MAX;
	gasp_lock(world->gsp, type_of(bus));
	found = gasp_find_free_range(world->gsp, type_of(bus), length * model->unit, align,
				     min_addr, max_addr);
	gasp_unlock(world->gsp, type_of(bus));
	return found == model_find_free(world, bus, length, align, min_addr, max_addr);
}

static unsigned int count_reads(const struct world *world)
{
	return world->probe[0]->reads + world->probe[1]->reads + world->probe[2]->reads;
}

static bool access_is_right(struct world *world, enum vdevfw_bus bus, unsigned int cell)
{
	const struct model *model = &world->model[bus];
	u64 addr = address(model, cell) + below(&world->rnd, model->unit);
	unsigned int before = count_reads(world);
	struct probe *probe;
	u8 value = 0;
	int err;

	err = fake_kvm_read(0, bus, addr, 1, &value);
	if (!world->running || cell >= world->cells[bus])
		return err == -EOPNOTSUPP;
	if (!is_region(model, cell))
		return !err && value == 0xff && count_reads(world) == before;
	probe = world->probe[model->owner[cell] - 1];
	return !err && count_reads(world) == before + 1 && probe->vopnd.location == addr &&
	       probe->cookie == model->cookie[cell];
}

static bool access(struct world *world, enum vdevfw_bus bus)
{
	return access_is_right(world, bus, below(&world->rnd, world->model[bus].n));
}

/* What is from @cell on: a region's rest, the memory, or a gap, of which *@next is the end. */
static struct gasp_region model_describe(const struct world *world, enum vdevfw_bus bus,
					 unsigned int cell, unsigned int *next)
{
	const struct model *model = &world->model[bus];
	struct gasp_region region = { .guest.location = address(model, cell) };
	unsigned int owner = model->owner[cell];

	for (*next = cell + 1; *next < model->n; ++*next)
		if (model->owner[*next] != owner || model->first[*next])
			break;
	region.guest.length = (*next - cell) * model->unit;
	if (owner == MEMORY) {
		region.flags = GRF_MEMORY | GRF_ACTIVE | GRF_PASS_ANY;
	} else if (owner != NOBODY) {
		region.flags = GRF_VIRT_RD | GRF_VIRT_WR | (world->running ? GRF_ACTIVE : 0);
		region.vdev = world->probe[owner - 1]->vdp;
		region.cookie = model->cookie[cell];
	}
	return region;
}

static bool is_same(const struct gasp_region *a, const struct gasp_region *b)
{
	return a->flags == b->flags && a->cookie == b->cookie && a->vdev == b->vdev &&
	       a->guest.location == b->guest.location && a->guest.length == b->guest.length;
}

static bool look(struct world *world, enum vdevfw_bus bus)
{
	const struct model *model = &world->model[bus];
	unsigned int cell = below(&world->rnd, model->n), next;
	struct gasp_region expected = model_describe(world, bus, cell, &next), region;
	struct qvm_state_block block = {
		.location = address(model, cell),
		.length = (1 + below(&world->rnd, model->n - cell)) * model->unit,
		.type = type_of(bus),
	};

	expected.guest.length = min(expected.guest.length, block.length);
	return !gasp_region_info(world->gsp, &block, &region) && is_same(&region, &expected);
}

/* The walk meets all that there is. */
static bool walk(struct world *world, enum vdevfw_bus bus)
{
	const struct model *model = &world->model[bus];
	unsigned int cell = 0, next, n = 0;
	struct gasp_region region;
	struct gasp_walk walk;

	gasp_walk_init(world->gsp, type_of(bus), &walk);
	for (; cell < model->n; cell = next) {
		struct gasp_region expected = model_describe(world, bus, cell, &next);

		if (!expected.flags)
			continue;
		if (!gasp_walk_next(&walk, &region) || !is_same(&region, &expected))
			return false;
		n++;
	}
	return !gasp_walk_next(&walk, &region) && gasp_walk_count(world->gsp, type_of(bus)) == n;
}

static bool access_each(struct world *world, enum vdevfw_bus bus)
{
	unsigned int cell;

	for (cell = 0; cell < world->model[bus].n; cell++)
		if (!access_is_right(world, bus, cell))
			return false;
	return true;
}

static const struct {
	const char *name;
	bool (*act)(struct world *world, enum vdevfw_bus bus);
	unsigned int weight;
} actions[] = {
	{ "set", set_one, 40 },
	{ "set several", set_several, 10 },
	{ "find free", find_free, 10 },
	{ "access", access, 25 },
	{ "look", look, 14 },
	{ "walk", walk, 1 },
};

static unsigned int random_action(struct rnd_state *rnd)
{
	unsigned int chance = below(rnd, 100), i;

	for (i = 0; chance >= actions[i].weight; i++)
		chance -= actions[i].weight;
	return i;
}

static bool all_agrees(struct world *world)
{
	return walk(world, MEM) && walk(world, IO) && access_each(world, MEM) &&
	       access_each(world, IO);
}

/* Whether they still agree after @steps more. */
static bool compare_steps(struct kunit *test, struct world *world, u32 steps, u32 seed)
{
	u32 end = world->step + steps;

	while (world->step < end) {
		enum vdevfw_bus bus = below(&world->rnd, 2) ? MEM : IO;
		unsigned int i = random_action(&world->rnd);
		bool agrees;

		world->step++;
		agrees = actions[i].act(world, bus) && look(world, bus) && access(world, bus);
		if (world->step % 512 == 0) {
			agrees = agrees && all_agrees(world);
			/* What has left the space is freed. */
			vdevfw_vm_drain(world->gsp->vm);
		}
		if (!agrees) {
			KUNIT_FAIL(test, "seed %u, step %u: \"%s\" on bus %u differs from the model",
				   seed, world->step, actions[i].name, bus);
			return false;
		}
		cond_resched();
	}
	return true;
}

static void compare_guest(struct kunit *test, u32 seed)
{
	struct world *world = new_world(test, seed);

	if (!compare_steps(test, world, GUEST_STEPS / 8, seed))
		return;
	testbed_must_configure(test, world->gsp);
	testbed_must_start(test, world->gsp);
	world->running = true;
	KUNIT_ASSERT_TRUE_MSG(test, all_agrees(world), "seed %u: after start", seed);
	if (compare_steps(test, world, GUEST_STEPS - GUEST_STEPS / 8, seed))
		KUNIT_EXPECT_TRUE_MSG(test, all_agrees(world), "seed %u: in the end", seed);
}

static const u32 seeds[] = { 1, 2, 3, 4 };

static void describe_seed(const u32 *seed, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %u", *seed);
}
KUNIT_ARRAY_PARAM(seed, seeds, describe_seed);

static void the_spaces_of_a_guest_are_as_in_a_model(struct kunit *test)
{
	compare_guest(test, *(const u32 *)test->param_value);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(changes_of_a_space_are_as_in_a_model),
	KUNIT_CASE_PARAM(the_spaces_of_a_guest_are_as_in_a_model, seed_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-property",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
