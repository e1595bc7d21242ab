// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads of vdevs: they end when their vdev does, or are abandoned.
 *
 * Nothing can make a kernel thread end that does not want to. One that is still there when its
 * time is over keeps its vdev, and so all that it may use, but not the VM; and it keeps nobody
 * waiting. When it does end, it has itself buried: by a workqueue, because the last who lets go
 * of the code that it has run must not be the thread itself.
 */
#include <linux/capability.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <vdevfw/log.h>

#include "../vdev/vdev.h"
#include "thread.h"

/* Nobody else accounts for kernel threads, or limits them but for the whole machine. */
unsigned int vdevfw_max_threads = 4096;
module_param_named(max_threads, vdevfw_max_threads, uint, 0644);
MODULE_PARM_DESC(max_threads, "how many threads all vdevs together may have");
static atomic_t threads;

unsigned int vdevfw_thread_timeout = 10;
module_param_named(thread_timeout, vdevfw_thread_timeout, uint, 0644);
MODULE_PARM_DESC(thread_timeout, "how many seconds a vdev's thread may take to end");

atomic_t vdevfw_abandoned_threads;

/**
 * enum thread_state - What a thread may do
 * @THREAD_RUNS: It runs code of its vdev's
 * @THREAD_INSIDE: It uses the guest's VM, between vdevfw_thread_enter() and vdevfw_thread_leave()
 * @THREAD_ABANDONED: Nobody waits for it; it may not use the VM any more
 * @THREAD_ENDED: Its function has returned, and it had not been abandoned
 */
enum thread_state {
	THREAD_RUNS,
	THREAD_INSIDE,
	THREAD_ABANDONED,
	THREAD_ENDED,
};

/**
 * struct vdev_thread - A thread of a vdev
 * @node: In the vdev's list, until it is joined or abandoned. Protected by the guest's mutex.
 * @vdev: Whose it is; held, if it is abandoned
 * @task: The thread, with a reference: it may end before it is joined
 * @start: What it runs
 * @arg: For @start
 * @cancelled: It is to end
 * @since: From then on, in jiffies
 * @leaving: It is being abandoned: it enters nothing any more
 * @reported: The user knows that it does not. Protected by the guest's mutex.
 * @state: &enum thread_state
 * @changed: Whoever waits for a change of @state
 * @burial: What becomes of it once it has been abandoned, and has ended
 */
struct vdev_thread {
	struct list_head node;
	struct vdevfw_vdev *vdev;
	struct task_struct *task;
	vdev_thread_create_func_t start;
	void *arg;
	bool cancelled;
	unsigned long since;
	bool leaving;
	bool reported;
	atomic_t state;
	wait_queue_head_t changed;
	struct work_struct burial;
};

static int thread_main(void *data)
{
	struct vdev_thread *thread = data;

	/* Memory that another process is to bring is waited for until join() says no more. */
	allow_kernel_signal(SIGKILL);
	/* That may have been said before a signal was allowed. */
	if (READ_ONCE(thread->cancelled))
		send_sig(SIGKILL, current, 1);
	thread->start(thread->arg);
	/* What @thread is waits for the task to be gone. */
	if (atomic_xchg(&thread->state, THREAD_ENDED) == THREAD_ABANDONED)
		queue_work(thread->vdev->machine->undertaker, &thread->burial);
	else
		wake_up(&thread->changed);
	return 0;
}

/* The thread that runs this, if it is a vdev's. */
static struct vdev_thread *own_thread(void)
{
	if (!(current->flags & PF_KTHREAD) || kthread_func(current) != thread_main)
		return NULL;
	return kthread_data(current);
}

/*
 * Making them
 */

bool vdevfw_may_use_priority(unsigned int priority)
{
	return priority == QVM_SCHED_NORMAL || capable(CAP_SYS_NICE);
}

void vdevfw_set_priority(struct task_struct *task, int priority)
{
	if (priority == QVM_SCHED_FIFO)
		sched_set_fifo(task);
	else if (priority == QVM_SCHED_FIFO_LOW)
		sched_set_fifo_low(task);
}

static bool take_thread(void)
{
	if (atomic_inc_return(&threads) <= READ_ONCE(vdevfw_max_threads))
		return true;
	atomic_dec(&threads);
	return false;
}

/* The task is gone afterwards, and @thread. */
static void destroy(struct vdev_thread *thread)
{
	kthread_stop(thread->task);
	put_task_struct(thread->task);
	kfree(thread);
	atomic_dec(&threads);
}

/* It has been abandoned, and has ended nevertheless. */
static void bury(struct work_struct *work)
{
	struct vdev_thread *thread = container_of(work, struct vdev_thread, burial);
	struct vdevfw_vdev *vdev = thread->vdev;

	vdev_logf(QL_INTERNAL, &vdev->pub, "its thread %s has ended at last", thread->task->comm);
	destroy(thread);
	vdevfw_vdev_put(vdev);
	atomic_dec(&vdevfw_abandoned_threads);
}

static struct vdev_thread *make(struct vdevfw_vdev *vdev, const char *name,
				vdev_thread_create_func_t start, void *arg)
{
	struct vdev_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);
	struct task_struct *task;

	if (!thread)
		return ERR_PTR(-ENOMEM);
	thread->vdev = vdev;
	thread->start = start;
	thread->arg = arg;
	init_waitqueue_head(&thread->changed);
	INIT_WORK(&thread->burial, bury);
	task = kthread_create(thread_main, thread, "%s/%s", vdev->pub.v_factory->name, name);
	if (IS_ERR(task)) {
		kfree(thread);
		return ERR_CAST(task);
	}
	thread->task = get_task_struct(task);
	return thread;
}

int vdev_thread_create(vdev_t *vdp, const char *name, struct vdev_thread **thread,
		       vdev_thread_create_func_t start, void *arg)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct vdev_thread *new;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_vdev_thread_create);
	if (err)
		return err;
	if (!take_thread()) {
		vdev_logf(QL_ERROR, vdp,
			  "all vdevs together have %u threads; allowed: module parameter max_threads",
			  READ_ONCE(vdevfw_max_threads));
		return -EAGAIN;
	}
	new = make(vdev, name, start, arg);
	if (IS_ERR(new)) {
		atomic_dec(&threads);
		return PTR_ERR(new);
	}
	err = vdevfw_guest_charge(vdp->v_gsp, new->task);
	if (err) {
		destroy(new);
		return err;
	}
	vdevfw_set_priority(new->task, vdp->v_sched.priority);
	list_add_tail(&new->node, &vdev->threads);
	*thread = new;
	wake_up_process(new->task);
	return 0;
}
EXPORT_SYMBOL_GPL(vdev_thread_create);

/*
 * Ending them
 */

static void cancel(struct vdev_thread *thread)
{
	if (thread->cancelled)
		return;
	thread->since = jiffies;
	WRITE_ONCE(thread->cancelled, true);
	send_sig(SIGKILL, thread->task, 1);
	wake_up_process(thread->task);
}

static bool has_ended(const struct vdev_thread *thread)
{
	return atomic_read_acquire(&thread->state) == THREAD_ENDED;
}

/* Its time has begun when it was cancelled, whoever waits. */
static bool wait_ended(struct vdev_thread *thread)
{
	unsigned long most = READ_ONCE(vdevfw_thread_timeout) * (unsigned long)HZ;
	unsigned long passed = jiffies - thread->since;

	wait_event_idle_timeout(thread->changed, has_ended(thread),
				passed < most ? most - passed : 0);
	if (has_ended(thread))
		return true;
	if (!thread->reported)
		vdev_logf(QL_INTERNAL, &thread->vdev->pub,
			  "its thread %s has not ended within %lu s: what it may use stays, and so does the module",
			  thread->task->comm, most / HZ);
	thread->reported = true;
	return false;
}

/* False: it has ended just now. */
static bool abandon(struct vdev_thread *thread)
{
	int state;

	vdevfw_vdev_get(thread->vdev);
	atomic_inc(&vdevfw_abandoned_threads);
	WRITE_ONCE(thread->leaving, true);
	/* Pairs with vdevfw_thread_enter(): who enters now sees it, or is waited for. */
	smp_mb();
	/* Who is inside comes out: a signal that it cannot ignore is pending. */
	wait_event_idle(thread->changed,
			(state = atomic_cmpxchg(&thread->state, THREAD_RUNS, THREAD_ABANDONED)) !=
			THREAD_INSIDE);
	if (state == THREAD_RUNS)
		return true;
	atomic_dec(&vdevfw_abandoned_threads);
	vdevfw_vdev_put(thread->vdev);
	return false;
}

int vdev_thread_join(struct vdev_thread *thread)
{
	int err;

	if (!thread)
		return 0;
	err = vdevfw_check_in_control(&thread->vdev->pub, FUNCTION_vdev_thread_join);
	if (err)
		return err;
	cancel(thread);
	if (!wait_ended(thread))
		return -ETIMEDOUT;
	list_del(&thread->node);
	destroy(thread);
	return 0;
}
EXPORT_SYMBOL_GPL(vdev_thread_join);

void vdevfw_threads_cancel(struct vdevfw_vdev *vdev)
{
	struct vdev_thread *thread;

	list_for_each_entry(thread, &vdev->threads, node)
		cancel(thread);
}

bool vdevfw_threads_end(struct vdevfw_vdev *vdev)
{
	struct vdev_thread *thread, *next;
	bool abandoned = false;

	/* All at once, so that they have one time together. */
	vdevfw_threads_cancel(vdev);
	list_for_each_entry_safe(thread, next, &vdev->threads, node) {
		list_del(&thread->node);
		if (!wait_ended(thread) && abandon(thread))
			abandoned = true;
		else
			destroy(thread);
	}
	return abandoned;
}

/*
 * What they call
 */

int vdevfw_check_own_thread(enum vdevfw_function function)
{
	struct vdev_thread *thread = own_thread();

	if (!thread)
		return vdevfw_phase_violated(NULL, function);
	return vdevfw_check(&thread->vdev->pub, function);
}

int vdevfw_thread_enter(void)
{
	struct vdev_thread *thread = own_thread();

	if (!thread)
		return 0;
	if (atomic_cmpxchg(&thread->state, THREAD_RUNS, THREAD_INSIDE) != THREAD_RUNS)
		return -EPERM;
	if (!READ_ONCE(thread->leaving))
		return 0;
	vdevfw_thread_leave();
	return -EPERM;
}

void vdevfw_thread_leave(void)
{
	struct vdev_thread *thread = own_thread();

	if (!thread)
		return;
	atomic_set_release(&thread->state, THREAD_RUNS);
	if (wq_has_sleeper(&thread->changed))
		wake_up(&thread->changed);
}

bool vdev_thread_cancelled(void)
{
	if (vdevfw_check_own_thread(FUNCTION_vdev_thread_cancelled))
		return true;
	return READ_ONCE(own_thread()->cancelled);
}
EXPORT_SYMBOL_GPL(vdev_thread_cancelled);

bool vdev_thread_sleep(unsigned int ms)
{
	unsigned long left = msecs_to_jiffies(ms);
	struct vdev_thread *thread;

	if (vdevfw_check_own_thread(FUNCTION_vdev_thread_sleep))
		return false;
	thread = own_thread();
	while (left) {
		/* Set before the check, so that cancel() in between wakes us. */
		set_current_state(TASK_IDLE);
		if (READ_ONCE(thread->cancelled))
			break;
		left = schedule_timeout(left);
	}
	__set_current_state(TASK_RUNNING);
	/* One that goes on nevertheless leaves the CPU to others. */
	cond_resched();
	return !READ_ONCE(thread->cancelled);
}
EXPORT_SYMBOL_GPL(vdev_thread_sleep);
