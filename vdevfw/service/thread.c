// SPDX-License-Identifier: GPL-2.0-only
/* Threads of vdevs. */
#include <linux/capability.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include <vdevfw/log.h>

#include "../vdev/vdev.h"
#include "thread.h"

/* Nobody else accounts for kernel threads, or limits them but for the whole machine. */
static unsigned int max_threads = 4096;
module_param(max_threads, uint, 0644);
MODULE_PARM_DESC(max_threads, "how many threads all vdevs together may have");
static atomic_t threads;

/**
 * struct vdev_thread - A thread of a vdev
 * @node: In the vdev's list. Protected by the guest's mutex.
 * @vdev: Whose it is
 * @task: The thread, with a reference: it may end before it is joined
 * @start: What it runs
 * @arg: For @start
 */
struct vdev_thread {
	struct list_head node;
	struct vdevfw_vdev *vdev;
	struct task_struct *task;
	vdev_thread_create_func_t start;
	void *arg;
};

static int thread_main(void *data)
{
	struct vdev_thread *thread = data;

	/* Memory that another process is to bring is waited for until join() says no more. */
	allow_kernel_signal(SIGKILL);
	thread->start(thread->arg);
	return 0;
}

/* The thread that runs this, if it is a vdev's. */
static struct vdev_thread *own_thread(void)
{
	if (!(current->flags & PF_KTHREAD) || kthread_func(current) != thread_main)
		return NULL;
	return kthread_data(current);
}

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
	if (atomic_inc_return(&threads) <= READ_ONCE(max_threads))
		return true;
	atomic_dec(&threads);
	return false;
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
			  READ_ONCE(max_threads));
		return -EAGAIN;
	}
	err = -ENOMEM;
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		goto err_count;
	new->vdev = vdev;
	new->start = start;
	new->arg = arg;
	new->task = kthread_create(thread_main, new, "%s/%s", vdp->v_factory->name, name);
	if (IS_ERR(new->task)) {
		err = PTR_ERR(new->task);
		goto err_free;
	}
	get_task_struct(new->task);
	vdevfw_set_priority(new->task, vdp->v_sched.priority);
	list_add_tail(&new->node, &vdev->threads);
	*thread = new;
	wake_up_process(new->task);
	return 0;

err_free:
	kfree(new);
err_count:
	atomic_dec(&threads);
	return err;
}
EXPORT_SYMBOL_GPL(vdev_thread_create);

static void join(struct vdev_thread *thread)
{
	send_sig(SIGKILL, thread->task, 1);
	kthread_stop(thread->task);
	put_task_struct(thread->task);
	list_del(&thread->node);
	kfree(thread);
	atomic_dec(&threads);
}

void vdev_thread_join(struct vdev_thread *thread)
{
	if (!thread || vdevfw_check_in_control(&thread->vdev->pub, FUNCTION_vdev_thread_join))
		return;
	join(thread);
}
EXPORT_SYMBOL_GPL(vdev_thread_join);

int vdevfw_check_own_thread(enum vdevfw_function function)
{
	struct vdev_thread *thread = own_thread();

	if (!thread)
		return vdevfw_phase_violated(NULL, function);
	return vdevfw_check(&thread->vdev->pub, function);
}

bool vdev_thread_cancelled(void)
{
	if (vdevfw_check_own_thread(FUNCTION_vdev_thread_cancelled))
		return true;
	return kthread_should_stop();
}
EXPORT_SYMBOL_GPL(vdev_thread_cancelled);

bool vdev_thread_sleep(unsigned int ms)
{
	unsigned long left = msecs_to_jiffies(ms);

	if (vdevfw_check_own_thread(FUNCTION_vdev_thread_sleep))
		return false;
	while (left) {
		/* Set before the check, so that kthread_stop() in between wakes us. */
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		left = schedule_timeout(left);
	}
	__set_current_state(TASK_RUNNING);
	return !kthread_should_stop();
}
EXPORT_SYMBOL_GPL(vdev_thread_sleep);

void vdevfw_threads_join(struct vdevfw_vdev *vdev)
{
	while (!list_empty(&vdev->threads))
		join(list_first_entry(&vdev->threads, struct vdev_thread, node));
}
