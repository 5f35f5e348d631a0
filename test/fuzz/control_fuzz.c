/* control_fuzz.c - control_receive against messages from a hostile other side, with both tables of
 * rules, in every phase: it never passes on what it should not, and keeps no descriptor. */

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The input, as one message with `fds` copies of standard input. */
static void send_raw(int socket, const uint8_t *bytes, size_t len, unsigned fds)
{
	struct iovec part = { (void *)bytes, len };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} room = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fds > 0) {
		message.msg_control = &room;
		message.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		room.header.cmsg_level = SOL_SOCKET;
		room.header.cmsg_type = SCM_RIGHTS;
		room.header.cmsg_len = CMSG_LEN(fds * sizeof(int));
	}
	(void)sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The first byte chooses side, phase and number of descriptors; each message follows as its length
 * in two bytes and its bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static char buffer[LIMIT_CONTROL_BYTES];
	const struct control_rule *rules;
	struct control_message message;
	struct note why;
	int ends[2], next;
	uint8_t choice;

	if (len == 0) {
		return 0;
	}
	choice = bytes[0];
	rules = choice & 1 ? control_from_master : control_from_worker;
	next = dup(0);
	close(next);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	for (size_t at = 1; at + 2 <= len;) {
		size_t size = (size_t)bytes[at] | (size_t)bytes[at + 1] << 8;
		enum control_phase phase = (enum control_phase)((choice >> 1 & 7) % CONTROL_PHASES);

		at += 2;
		size = size > len - at ? len - at : size;
		send_raw(ends[0], bytes + at, size, choice >> 4 & 7);
		at += size;
		if (control_receive(ends[1], rules, phase, buffer, &message, &why) == 0) {
			check(rules[message.type].phases & CONTROL_IN(phase));
			check((message.fd >= 0) == (rules[message.type].fds == 1));
			if (message.fd >= 0) {
				close(message.fd);
			}
		}
	}
	close(ends[0]);
	close(ends[1]);
	check(dup(0) == next && close(next) == 0);
	return 0;
}
