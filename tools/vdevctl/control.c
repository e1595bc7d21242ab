// SPDX-License-Identifier: GPL-2.0-only
/*
 * How another process reaches a launcher itself, rather than its guest in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

#define CALLERS 4 /* that wait */
#define SAVE	's'
#define DONE	'+'
#define FAILED	'-'

/* The name is gone with the socket, however the launcher ends. */
static socklen_t name_of(struct sockaddr_un *name, uint64_t guest)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "vdevctl/guest/%" PRIu64, guest);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name->sun_path + 1);
}

static bool get_peer(int connection, struct ucred *peer)
{
	socklen_t size = sizeof(*peer);

	return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, peer, &size) == 0;
}

static void close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* One message, and room for a file that comes with it. */
struct message {
	struct msghdr header;
	struct iovec data;
	char byte;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control;
};

static struct msghdr *message_init(struct message *message)
{
	message->data = (struct iovec){ &message->byte, 1 };
	message->header = (struct msghdr){
		.msg_iov = &message->data,
		.msg_iovlen = 1,
		.msg_control = &message->control,
		.msg_controllen = CMSG_LEN(sizeof(int)), /* and not one byte more: a second file */
	};
	return &message->header;
}

/* ---- the launcher's side ---- */

int control_open(struct control *control, uint64_t guest)
{
	struct sockaddr_un name;
	socklen_t size = name_of(&name, guest);
	int err;

	control->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener >= 0 &&
	    bind(control->listener, (struct sockaddr *)&name, size) == 0 &&
	    listen(control->listener, CALLERS) == 0)
		return 0;
	err = -errno;
	close_file(&control->listener);
	return err;
}

static void hang_up(struct control *control)
{
	close_file(&control->file);
	close_file(&control->caller);
}

void control_close(struct control *control)
{
	hang_up(control);
	close_file(&control->listener);
}

static int file_in(struct msghdr *header)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(header);
	int file;

	if (!part || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
	    part->cmsg_len != CMSG_LEN(sizeof(file)))
		return -1;
	memcpy(&file, CMSG_DATA(part), sizeof(file));
	return file;
}

/* Only a file on a disk takes what is written without waiting for somebody to read. */
static bool is_fit(int file)
{
	struct stat status;

	return file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
	       (fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY;
}

bool control_hear(struct control *control)
{
	struct message message;
	struct msghdr *header = message_init(&message);
	ssize_t size = recvmsg(control->caller, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int file = size < 0 ? -1 : file_in(header);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (size == 1 && message.byte == SAVE && control->file < 0 && is_fit(file)) {
		control->file = file;
		return true;
	}
	/* He has gone, or speaks another language. */
	close_file(&file);
	hang_up(control);
	return false;
}

/* Anybody can connect to the name. */
static bool is_allowed(int caller)
{
	struct ucred peer;

	return get_peer(caller, &peer) && (!peer.uid || peer.uid == geteuid());
}

static void send_answer(int caller, const char *wrong)
{
	char answer[1 + CONTROL_ANSWER_MAX];
	int size = snprintf(answer, sizeof(answer), "%c%s", wrong ? FAILED : DONE, wrong ?: "");

	if (size >= (int)sizeof(answer))
		size = sizeof(answer) - 1;
	send(caller, answer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* One who does not say what he wants makes room for the next one. */
void control_accept(struct control *control)
{
	int caller = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (caller < 0) {
		/* It would stay readable. */
		if (errno == EMFILE || errno == ENFILE)
			close_file(&control->listener);
		return;
	}
	if (!is_allowed(caller)) {
		close(caller);
		return;
	}
	if (control->file >= 0) {
		send_answer(caller, "vdevctl: the machine is being saved for somebody else");
		close(caller);
		return;
	}
	hang_up(control);
	control->caller = caller;
}

void control_answer(struct control *control, const char *wrong)
{
	send_answer(control->caller, wrong);
	hang_up(control);
}

/* ---- the other side ---- */

/* Anybody can take the name. */
static bool is_launcher(int connection, pid_t process)
{
	struct ucred peer;

	return get_peer(connection, &peer) && process && peer.pid == process;
}

int control_connect(uint64_t guest, pid_t process)
{
	struct sockaddr_un name;
	socklen_t size = name_of(&name, guest);
	int err, connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (connection < 0)
		return -errno;
	err = connect(connection, (struct sockaddr *)&name, size) < 0 ? -errno : 0;
	if (!err && !is_launcher(connection, process))
		err = -EACCES;
	if (!err)
		return connection;
	close(connection);
	return err;
}

static int send_file(int connection, int file)
{
	struct message message = { .byte = SAVE };
	struct msghdr *header = message_init(&message);
	struct cmsghdr *part = CMSG_FIRSTHDR(header);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(file));
	memcpy(CMSG_DATA(part), &file, sizeof(file));
	return sendmsg(connection, header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int control_ask(int connection, int file, char answer[CONTROL_ANSWER_MAX])
{
	char heard[1 + CONTROL_ANSWER_MAX];
	int err = send_file(connection, file);
	ssize_t size;

	if (err)
		return err == -EPIPE ? -ECONNRESET : err;
	size = recv(connection, heard, sizeof(heard) - 1, 0);
	if (size < 0)
		return -errno;
	if (!size)
		return -ECONNRESET;
	heard[size] = 0;
	memcpy(answer, heard + 1, size);
	return heard[0] == DONE ? 0 : 1;
}
