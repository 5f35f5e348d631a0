/* listen_test.c - addresses are read as Go reads them, and one socket for each worker is bound. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "master/listen.h"
#include "test/lib/expect.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	check(getsockopt(fd, level, name, &value, &len) == 0);
	return value;
}

static unsigned port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	check(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	return ntohs(address.sin_port);
}

static void every_worker_gets_a_socket_of_the_same_port(void **state)
{
	struct listener listener;
	struct note why;
	char name[64];

	(void)state;
	assert_int_equal(listener_open("127.0.0.1:0", 3, &listener, &why), 0);
	assert_int_equal(listener.count, 3);
	(void)snprintf(name, sizeof(name), "127.0.0.1:%u", port_of(listener.sockets[0]));
	assert_string_equal(listener.name, name);
	for (unsigned i = 0; i < 3; i++) {
		int fd = listener.sockets[i];

		assert_true(port_of(fd) > 0);
		assert_int_equal(port_of(fd), port_of(listener.sockets[0]));
		assert_int_equal(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
		assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEPORT), 1);
		assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	}
	listener_close(&listener);
	assert_int_equal(listener.count, 0);
}

/* All sockets take part, and what they accept has no delay without being asked. */
static void callers_are_spread_and_inherit(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct listener listener;
	unsigned accepted[2] = { 0, 0 };
	struct note why;

	(void)state;
	assert_int_equal(listener_open("127.0.0.1:0", 2, &listener, &why), 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port_of(listener.sockets[0]));
	for (int i = 0; i < 64; i++) {
		int caller = socket(AF_INET, SOCK_STREAM, 0);

		assert_int_equal(connect(caller, (struct sockaddr *)&address, sizeof(address)), 0);
		for (int slot = 0; slot < 2; slot++) {
			int fd = accept(listener.sockets[slot], NULL, NULL);

			if (fd >= 0) {
				assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
				accepted[slot]++;
				close(fd);
			}
		}
		close(caller);
	}
	assert_int_equal(accepted[0] + accepted[1], 64);
	assert_true(accepted[0] > 0 && accepted[1] > 0);
	listener_close(&listener);
}

static void an_empty_host_is_both_families(void **state)
{
	struct listener listener;
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct note why;
	int caller = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(listener_open(":0", 1, &listener, &why), 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port_of(listener.sockets[0]));
	assert_int_equal(connect(caller, (struct sockaddr *)&address, sizeof(address)), 0);
	close(caller);
	listener_close(&listener);
}

/* Shared sockets must not make two servers share an address by mistake. */
static void an_address_in_use_is_told(void **state)
{
	struct listener first, second;
	struct note why;
	char wanted[160];

	(void)state;
	assert_int_equal(listener_open("127.0.0.1:0", 2, &first, &why), 0);
	assert_int_equal(listener_open(first.name, 2, &second, &why), -EADDRINUSE);
	(void)snprintf(wanted, sizeof(wanted),
		"listen: listen tcp %s: bind: address already in use", first.name);
	assert_string_equal(why.text, wanted);
	listener_close(&first);
	assert_int_equal(listener_open(first.name, 2, &second, &why), 0);
	listener_close(&second);
}

static void expect_refused(const char *addr, const char *text)
{
	struct listener listener = { .count = 77 };
	struct note why = { "" };

	assert_true(listener_open(addr, 1, &listener, &why) < 0);
	assert_string_equal(why.text, text);
	assert_int_equal(listener.count, 77);
}

static void what_is_no_address_is_refused(void **state)
{
	(void)state;
	expect_refused("8080", "listen: listen tcp: address 8080: missing port in address");
	expect_refused("", "listen: listen tcp: address : missing port in address");
	expect_refused("[::1]", "listen: listen tcp: address [::1]: missing port in address");
	expect_refused("::1:80", "listen: listen tcp: address ::1:80: too many colons in address");
	expect_refused(":65536", "listen: listen tcp: address :65536: invalid port");
	expect_refused(":99999999999999999999999",
		"listen: listen tcp: address :99999999999999999999999: "
		"invalid port");
	expect_refused(":no-such-service", "listen: listen tcp: address :no-such-service: invalid "
					   "port");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_worker_gets_a_socket_of_the_same_port),
		cmocka_unit_test(callers_are_spread_and_inherit),
		cmocka_unit_test(an_empty_host_is_both_families),
		cmocka_unit_test(an_address_in_use_is_told),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
