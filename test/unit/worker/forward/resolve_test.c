/* resolve_test.c - names that a worker asks its master for, with the test as the master. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/check.h"
#include "test/lib/clock.h"
#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/forward/resolve.h"

/* Somebody who wants to know. */
struct seeker {
	struct resolver_wait wait;
	unsigned told;
};

static void on_answer(struct resolver_wait *wait)
{
	container_of(wait, struct seeker, wait)->told++;
}

#define SEEKER                                                                                     \
	{                                                                                          \
		.wait.answered = on_answer                                                         \
	}

static int stage_open(void **state)
{
	static struct worker_fixture fixture;

	worker_fixture_open(&fixture, (struct list){ NULL, 0 });
	*state = &fixture;
	return 0;
}

static int stage_close(void **state)
{
	worker_fixture_close(*state);
	return 0;
}

static const struct addresses *find(
	struct worker_fixture *fixture, struct seeker *seeker, struct slice name)
{
	static struct addresses literal;

	return resolver_find(fixture->worker.resolver, name, 443, &literal, &seeker->wait);
}

/* The next question of the worker; 0 when it asks nothing. */
static uint32_t hear(struct worker_fixture *fixture, struct slice name)
{
	static char buffer[LIMIT_CONTROL_BYTES];
	struct control_message m;
	struct note why;
	uint32_t question;
	int err = control_receive(
		fixture->master, control_from_worker, CONTROL_SERVING, buffer, &m, &why);

	if (err == -EAGAIN) {
		return 0;
	}
	assert_int_equal(err, 0);
	assert_int_equal(m.type, CONTROL_RESOLVE);
	question = wire_get_u32(&m.payload, UINT32_MAX);
	expect_slice(wire_get_slice(&m.payload, CONTROL_HOST_BYTES), name);
	assert_int_equal(wire_get_u32(&m.payload, UINT16_MAX), 443);
	assert_true(wire_finished(&m.payload));
	assert_int_not_equal(question, 0);
	return question;
}

/* 192.0.2.`last`, as the master would tell it. */
static struct sockaddr_in address_of(unsigned last)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(443),
		.sin_addr.s_addr = htonl(0xc0000200u + last) };
}

/* Tells these addresses, over the channel. */
static void tell(
	struct worker_fixture *fixture, uint32_t question, const unsigned *lasts, size_t count)
{
	struct wire_writer w = { 0 };

	wire_put_u32(&w, question);
	wire_put_u32(&w, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		struct sockaddr_in address = address_of(lasts[i]);

		wire_put_slice(&w, (struct slice){ (const char *)&address, sizeof(address) });
	}
	assert_int_equal(control_send(fixture->master, CONTROL_ADDRESSES, wire_written(&w), -1), 0);
	wire_writer_fini(&w);
	worker_fixture_turn(fixture);
}

static void expect_address(const struct addresses *found, size_t index, unsigned last)
{
	struct sockaddr_in wanted = address_of(last);

	assert_true(index < found->count);
	assert_memory_equal(&found->at[index].four, &wanted, sizeof(wanted));
}

static void an_address_is_its_own_answer(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker seeker = SEEKER;
	const struct addresses *found = find(fixture, &seeker, SLICE("192.0.2.7"));
	struct in6_addr six;

	assert_int_equal(found->count, 1);
	expect_address(found, 0, 7);
	found = find(fixture, &seeker, SLICE("2001:db8::1"));
	assert_int_equal(found->count, 1);
	assert_int_equal(found->at[0].six.sin6_family, AF_INET6);
	assert_int_equal(found->at[0].six.sin6_port, htons(443));
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &six), 1);
	assert_memory_equal(&found->at[0].six.sin6_addr, &six, sizeof(six));
	assert_int_equal(hear(fixture, SLICE("")), 0);
}

static void all_who_wait_for_a_name_share_one_question(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker first = SEEKER, second = SEEKER, third = SEEKER;
	const struct addresses *found;
	uint32_t question;

	assert_null(find(fixture, &first, SLICE("api.example")));
	assert_null(find(fixture, &second, SLICE("api.example")));
	assert_null(find(fixture, &third, SLICE("API.Example")));
	question = hear(fixture, SLICE("api.example"));
	assert_int_not_equal(question, 0);
	assert_int_equal(hear(fixture, SLICE("")), 0);
	tell(fixture, question, (unsigned[]){ 1, 2 }, 2);
	assert_int_equal(first.told, 1);
	assert_int_equal(second.told, 1);
	assert_int_equal(third.told, 1);
	found = find(fixture, &first, SLICE("api.example"));
	assert_non_null(found);
	assert_int_equal(found->count, 2);
	expect_address(found, 0, 1);
	expect_address(found, 1, 2);
}

static void who_has_left_is_not_told(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker first = SEEKER, second = SEEKER, third = SEEKER;

	assert_null(find(fixture, &first, SLICE("api.example")));
	assert_null(find(fixture, &second, SLICE("api.example")));
	assert_null(find(fixture, &third, SLICE("api.example")));
	resolver_forget(&second.wait);
	resolver_forget(&third.wait);
	resolver_forget(&third.wait);
	tell(fixture, hear(fixture, SLICE("api.example")), (unsigned[]){ 1 }, 1);
	assert_int_equal(first.told, 1);
	assert_int_equal(second.told + third.told, 0);
}

static void a_stale_answer_serves_while_a_fresh_one_is_on_its_way(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker seeker = SEEKER;
	uint32_t question;

	assert_null(find(fixture, &seeker, SLICE("api.example")));
	tell(fixture, hear(fixture, SLICE("api.example")), (unsigned[]){ 1 }, 1);
	clock_move(LIMIT_NAME_FRESH_MS - 1);
	worker_fixture_turn(fixture);
	assert_non_null(find(fixture, &seeker, SLICE("api.example")));
	assert_int_equal(hear(fixture, SLICE("")), 0);

	clock_move(1);
	worker_fixture_turn(fixture);
	expect_address(find(fixture, &seeker, SLICE("api.example")), 0, 1);
	expect_address(find(fixture, &seeker, SLICE("api.example")), 0, 1);
	question = hear(fixture, SLICE("api.example"));
	assert_int_not_equal(question, 0);
	assert_int_equal(hear(fixture, SLICE("")), 0);
	tell(fixture, question, (unsigned[]){ 2 }, 1);
	expect_address(find(fixture, &seeker, SLICE("api.example")), 0, 2);
	assert_int_equal(seeker.told, 1);
}

/* A resolver that fails for a moment does not undo what is known. */
static void a_failed_refresh_keeps_the_old_answer(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker seeker = SEEKER;

	assert_null(find(fixture, &seeker, SLICE("api.example")));
	tell(fixture, hear(fixture, SLICE("api.example")), (unsigned[]){ 1 }, 1);
	clock_move(LIMIT_NAME_FRESH_MS);
	worker_fixture_turn(fixture);
	(void)find(fixture, &seeker, SLICE("api.example"));
	tell(fixture, hear(fixture, SLICE("api.example")), NULL, 0);
	expect_address(find(fixture, &seeker, SLICE("api.example")), 0, 1);
	assert_int_equal(hear(fixture, SLICE("")), 0);
}

/* What pool.c does: it asks again from inside the report. */
struct pool_seeker {
	struct resolver_wait wait;
	struct worker_fixture *fixture;
	const struct addresses *found;
};

static void ask_again(struct resolver_wait *wait)
{
	struct pool_seeker *seeker = container_of(wait, struct pool_seeker, wait);
	static struct addresses literal;

	seeker->found = resolver_find(seeker->fixture->worker.resolver, SLICE("no.example"), 443,
		&literal, &seeker->wait);
}

static void that_there_is_no_such_name_is_told_and_not_kept(void **state)
{
	struct worker_fixture *fixture = *state;
	struct pool_seeker seeker = { .wait.answered = ask_again, .fixture = fixture };
	uint32_t question;

	ask_again(&seeker.wait);
	assert_null(seeker.found);
	question = hear(fixture, SLICE("no.example"));
	tell(fixture, question, NULL, 0);
	assert_non_null(seeker.found);
	assert_int_equal(seeker.found->count, 0);
	assert_int_equal(hear(fixture, SLICE("")), 0); /* that was no new question */

	ask_again(&seeker.wait);
	assert_null(seeker.found);
	tell(fixture, hear(fixture, SLICE("no.example")), (unsigned[]){ 1 }, 1);
	expect_address(seeker.found, 0, 1);
}

static void a_question_that_nobody_answers_is_asked_again(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker first = SEEKER, second = SEEKER, third = SEEKER;
	uint32_t lost, question;

	assert_null(find(fixture, &first, SLICE("api.example")));
	lost = hear(fixture, SLICE("api.example"));
	clock_move(LIMIT_NAME_WAIT_MS - 1);
	worker_fixture_turn(fixture);
	assert_null(find(fixture, &second, SLICE("api.example")));
	assert_int_equal(hear(fixture, SLICE("")), 0);
	clock_move(1);
	worker_fixture_turn(fixture);
	assert_null(find(fixture, &third, SLICE("api.example")));
	question = hear(fixture, SLICE("api.example"));
	assert_int_not_equal(question, 0);
	assert_int_not_equal(question, lost);
	tell(fixture, lost, (unsigned[]){ 9 }, 1);
	assert_int_equal(first.told + second.told + third.told, 0);
	tell(fixture, question, (unsigned[]){ 1 }, 1);
	assert_int_equal(first.told + second.told + third.told, 3);
	expect_address(find(fixture, &first, SLICE("api.example")), 0, 1);
}

static void the_same_name_with_another_port_is_another_question(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker first = SEEKER, second = SEEKER;
	struct addresses literal;

	assert_null(find(fixture, &first, SLICE("api.example")));
	tell(fixture, hear(fixture, SLICE("api.example")), (unsigned[]){ 1 }, 1);
	assert_null(resolver_find(
		fixture->worker.resolver, SLICE("api.example"), 80, &literal, &second.wait));
	resolver_forget(&second.wait);
}

static void what_is_no_address_is_left_out(void **state)
{
	static struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct worker_fixture *fixture = *state;
	struct seeker seeker = SEEKER;
	struct sockaddr_in good = address_of(3), local = { .sin_family = AF_UNIX };
	const struct slice told[] = {
		{ (const char *)&good, sizeof(good) - 1 },
		{ (const char *)&local, sizeof(local) },
		{ NULL, 0 },
		{ (const char *)&six, sizeof(good) },
		{ (const char *)&good, sizeof(good) },
		{ (const char *)&six, sizeof(six) },
	};
	const struct addresses *found;

	assert_null(find(fixture, &seeker, SLICE("api.example")));
	resolver_answer(fixture->worker.resolver, hear(fixture, SLICE("api.example")), told,
		sizeof(told) / sizeof(*told));
	found = find(fixture, &seeker, SLICE("api.example"));
	assert_int_equal(found->count, 2);
	expect_address(found, 0, 3);
	assert_int_equal(found->at[1].any.sa_family, AF_INET6);
}

/* Where a destination is a wildcard, callers choose names: one that the master would not hear must
 * not be asked for. */
static void a_name_that_is_too_long_is_none(void **state)
{
	static char text[CONTROL_HOST_BYTES + 1];
	struct worker_fixture *fixture = *state;
	struct seeker longest = SEEKER, longer = SEEKER;
	const struct addresses *found;

	memset(text, 'n', sizeof(text));
	found = find(fixture, &longer, (struct slice){ text, CONTROL_HOST_BYTES + 1 });
	assert_non_null(found);
	assert_int_equal(found->count, 0);
	assert_null(find(fixture, &longest, (struct slice){ text, CONTROL_HOST_BYTES }));
	assert_int_not_equal(hear(fixture, (struct slice){ text, CONTROL_HOST_BYTES }), 0);
	resolver_forget(&longest.wait);
}

/* ... and they could choose too many. */
static void beyond_the_bound_names_that_nobody_waits_for_make_room(void **state)
{
	struct worker_fixture *fixture = *state;
	struct seeker patient = SEEKER, seeker = SEEKER;
	char name[32];
	uint32_t first;

	assert_null(find(fixture, &patient, SLICE("patient.example")));
	first = hear(fixture, SLICE("patient.example"));
	for (unsigned i = 0; i <= LIMIT_NAMES; i++) {
		struct slice text = { name,
			(size_t)snprintf(name, sizeof(name), "n%u.example", i) };

		assert_null(find(fixture, &seeker, text));
		tell(fixture, hear(fixture, text), (unsigned[]){ 1 }, 1);
	}
	assert_int_equal(seeker.told, LIMIT_NAMES + 1);
	tell(fixture, first, (unsigned[]){ 2 }, 1);
	assert_int_equal(patient.told, 1);
	expect_address(find(fixture, &patient, SLICE("patient.example")), 0, 2);
}

/* When somebody waits for each of them, one more is not looked for at all. */
static void beyond_the_bound_there_is_no_such_name(void **state)
{
	static struct seeker seekers[LIMIT_NAMES];
	struct worker_fixture *fixture = *state;
	struct seeker late = SEEKER;
	const struct addresses *found;
	char name[32];

	for (unsigned i = 0; i < LIMIT_NAMES; i++) {
		struct slice text = { name,
			(size_t)snprintf(name, sizeof(name), "n%u.example", i) };

		seekers[i] = (struct seeker)SEEKER;
		assert_null(find(fixture, &seekers[i], text));
		(void)hear(fixture, text);
	}
	found = find(fixture, &late, SLICE("late.example"));
	assert_non_null(found);
	assert_int_equal(found->count, 0);
	for (unsigned i = 0; i < LIMIT_NAMES; i++) {
		resolver_forget(&seekers[i].wait);
	}
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(an_address_is_its_own_answer),
		STORY(all_who_wait_for_a_name_share_one_question),
		STORY(who_has_left_is_not_told),
		STORY(a_stale_answer_serves_while_a_fresh_one_is_on_its_way),
		STORY(a_failed_refresh_keeps_the_old_answer),
		STORY(that_there_is_no_such_name_is_told_and_not_kept),
		STORY(a_question_that_nobody_answers_is_asked_again),
		STORY(the_same_name_with_another_port_is_another_question),
		STORY(what_is_no_address_is_left_out),
		STORY(a_name_that_is_too_long_is_none),
		STORY(beyond_the_bound_names_that_nobody_waits_for_make_room),
		STORY(beyond_the_bound_there_is_no_such_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
