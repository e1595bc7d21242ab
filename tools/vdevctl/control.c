// SPDX-License-Identifier: GPL-2.0-only
/*
 * How another process reaches a launcher itself, rather than its guest in the kernel.
 */
#include <errno.h>
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

/* Anybody can connect to the name, or take it. */
static bool is_trusted(int connection)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (!peer.uid || !geteuid() || peer.uid == geteuid());
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
		.msg_controllen = sizeof(message->control),
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

int control_fd(const struct control *control)
{
	return control->caller >= 0 ? control->caller : control->listener;
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
static bool is_on_disk(int file)
{
	struct stat status;

	return file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

static bool hear(struct control *control)
{
	struct message message;
	struct msghdr *header = message_init(&message);
	ssize_t size = recvmsg(control->caller, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int file = size < 0 ? -1 : file_in(header);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (size == 1 && message.byte == SAVE && control->file < 0 && is_on_disk(file)) {
		control->file = file;
		return true;
	}
	/* He has gone, or speaks another language. */
	close_file(&file);
	hang_up(control);
	return false;
}

bool control_handle(struct control *control)
{
	if (control->caller >= 0)
		return hear(control);
	control->caller = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (control->caller >= 0 && !is_trusted(control->caller))
		hang_up(control);
	return false;
}

void control_answer(struct control *control, const char *wrong)
{
	char answer[1 + CONTROL_ANSWER_MAX];
	int size = snprintf(answer, sizeof(answer), "%c%s", wrong ? FAILED : DONE, wrong ?: "");

	if (size >= (int)sizeof(answer))
		size = sizeof(answer) - 1;
	send(control->caller, answer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	hang_up(control);
}

/* ---- the other side ---- */

int control_connect(uint64_t guest)
{
	struct sockaddr_un name;
	socklen_t size = name_of(&name, guest);
	int err, connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (connection < 0)
		return -errno;
	err = connect(connection, (struct sockaddr *)&name, size) < 0 ? -errno : 0;
	if (!err && !is_trusted(connection))
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
