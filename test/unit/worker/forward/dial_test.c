/* dial_test.c - an upstream's name, its addresses, and which of them are tried. */

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "test/lib/expect.h"
#include "test/lib/talk.h"

/* The worker asks its master for the name; the question's number. */
static uint32_t ask(void)
{
	static char buffer[LIMIT_CONTROL_BYTES];
	struct control_message m;
	struct note why;

	conversation_say(&talk, talk.caller, "GET / HTTP/1.1\r\nHost: named\r\n\r\n");
	assert_int_equal(control_receive(talk.fixture.master, control_from_worker, CONTROL_SERVING,
				 buffer, &m, &why),
		0);
	assert_int_equal(m.type, CONTROL_RESOLVE);
	return wire_get_u32(&m.payload, UINT32_MAX);
}

/* 127.0.0.`last`, and the port where the upstream listens on the first of these. */
static struct sockaddr_in address_of(char last)
{
	const char *port = strrchr(talk.destinations[0], ':') + 1;

	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(0x7f000000u + (uint32_t)(last - '0')) };
}

static void tell(uint32_t question, const char *lasts)
{
	struct wire_writer w = { 0 };

	wire_put_u32(&w, question);
	wire_put_u32(&w, (uint32_t)strlen(lasts));
	for (; *lasts != '\0'; lasts++) {
		struct sockaddr_in address = address_of(*lasts);

		wire_put_slice(&w, (struct slice){ (const char *)&address, sizeof(address) });
	}
	assert_int_equal(
		control_send(talk.fixture.master, CONTROL_ADDRESSES, wire_written(&w), -1), 0);
	wire_writer_fini(&w);
}

static void expect_upstream(void)
{
	conversation_answer(&talk);
	(void)conversation_hear(&talk, talk.upstream, "GET / HTTP/1.1\r\n");
}

static void expect_refusal(const char *text)
{
	(void)conversation_hear(&talk, talk.caller, text);
	assert_int_equal(talk.fixture.worker.spare_count, 1);
	worker_fixture_until(&talk.fixture, talk.fixture.worker.upstream_count == 0);
}

static void the_address_is_dialled(void **state)
{
	(void)state;
	tell(ask(), "1");
	expect_upstream();
}

static void where_nobody_is_the_next_is_dialled(void **state)
{
	(void)state;
	tell(ask(), "231");
	expect_upstream();
}

static void no_more_than_the_bound_are_tried(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_DIALS, 3);
	tell(ask(), "2341");
	expect_refusal("Bad Gateway: upstream not reachable\n");
}

static void each_is_tried_once(void **state)
{
	(void)state;
	tell(ask(), "23");
	expect_refusal("Bad Gateway: upstream not reachable\n");
}

static int listen_on(char last)
{
	struct sockaddr_in address = address_of(last);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Though by then there is somebody where nobody was. */
static void where_somebody_was_is_tried_first(void **state)
{
	int other;

	(void)state;
	tell(ask(), "231");
	expect_upstream();
	conversation_reset(&talk.upstream);
	(void)conversation_hear(&talk, talk.caller, "Bad Gateway: upstream failed\n");
	other = listen_on('2');
	conversation_say(&talk, talk.caller, "GET / HTTP/1.1\r\nHost: named\r\n\r\n");
	expect_upstream();
	(void)close(other);
}

static void a_name_that_nobody_knows_is_refused(void **state)
{
	(void)state;
	tell(ask(), "");
	expect_refusal("Bad Gateway: upstream name not resolved\n");
}

static void a_name_that_nobody_tells_is_too_late(void **state)
{
	(void)state;
	(void)ask();
	conversation_wait(&talk, LIMIT_DIAL_MS - 1000);
	assert_int_equal(talk.fixture.worker.spare_count, 0);
	conversation_wait(&talk, 1000);
	expect_refusal("Gateway Timeout: no connection to upstream\n");
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, talk_open, talk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(the_address_is_dialled),
		STORY(where_nobody_is_the_next_is_dialled),
		STORY(no_more_than_the_bound_are_tried),
		STORY(each_is_tried_once),
		STORY(where_somebody_was_is_tried_first),
		STORY(a_name_that_nobody_knows_is_refused),
		STORY(a_name_that_nobody_tells_is_too_late),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
