/* amqp-tun: requests of the process that speaks to the broker, against a keeper that is late. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../bin/amqp-tun/requests.h"

TestSuite(tun, .timeout = 60);

static int child_end, keeper_end;

static void open_line(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	child_end = ends[0];
	keeper_end = ends[1];
}

static void answer(uint32_t number, const char *why, int fd)
{
	struct keeper_reply reply = {.outcome = *why ? -1 : 0, .number = number};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {&reply, sizeof reply};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	why_set(&reply.why, "%s", why);
	if (fd >= 0) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof control.space;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
	}
	cr_assert_eq(sendmsg(keeper_end, &message, 0), (ssize_t)sizeof reply);
}

static struct keeper_request next_request(void)
{
	struct keeper_request r;

	cr_assert_eq(recv(keeper_end, &r, sizeof r, 0), (ssize_t)sizeof r);
	return r;
}

static bool is_asked(void)
{
	struct pollfd fd = {keeper_end, POLLIN, 0};

	return poll(&fd, 1, 0) == 1;
}

Test(tun, a_late_answer_is_nobodys)
{
	struct why why;
	int pipe_ends[2];
	char octet;

	open_line();
	cr_assert_eq(pipe(pipe_ends), 0);
	answer(1000, "of another request", -1);
	cr_expect_eq(request_device(child_end, &why), -1);
	cr_expect_str_eq(why.text, "the privileged process does not answer");
	uint32_t number = next_request().number;
	/* Its own answer has not come: the next one is not sent. */
	answer(number + 1, "", -1);
	cr_expect_eq(request_file(child_end, 5, &why), -1);
	cr_expect(!is_asked());
	/* It comes, and what is with it is closed. */
	answer(number, "too late", pipe_ends[1]);
	close(pipe_ends[1]);
	answer(number + 1, "in time", -1);
	cr_expect_eq(request_file(child_end, 5, &why), -1);
	cr_expect_str_eq(why.text, "in time");
	cr_expect_eq(read(pipe_ends[0], &octet, 1), 0, "the descriptor is open");
	struct keeper_request r = next_request();
	cr_expect_eq(r.number, number + 1);
	cr_expect_eq(r.file, 5);
	cr_expect_eq(r.operation, KEEPER_FILE);
}

enum { THREADS = 4, TIMES = 500 };

static void *ask_often(void *context)
{
	struct why why;
	unsigned own = *(unsigned *)context;

	for (unsigned i = 0; i < TIMES; i++) {
		int fd = request_file(child_end, own, &why);
		cr_assert_geq(fd, 0, "%s", why.text);
		unsigned found;
		cr_assert_eq(read(fd, &found, sizeof found), (ssize_t)sizeof found);
		cr_expect_eq(found, own);
		close(fd);
	}
	return NULL;
}

/* Each gets what it asked for, and the keeper has one request at a time. */
Test(tun, all_threads_may_ask)
{
	pthread_t threads[THREADS];
	unsigned own[THREADS];

	open_line();
	for (unsigned i = 0; i < THREADS; i++) {
		own[i] = i;
		cr_assert_eq(pthread_create(&threads[i], NULL, ask_often, &own[i]), 0);
	}
	for (unsigned i = 0; i < THREADS * TIMES; i++) {
		struct keeper_request r = next_request();
		int ends[2];
		cr_expect(!is_asked());
		cr_assert_eq(pipe(ends), 0);
		cr_assert_eq(write(ends[1], &r.file, sizeof r.file), (ssize_t)sizeof r.file);
		answer(r.number, "", ends[0]);
		close(ends[0]);
		close(ends[1]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}
