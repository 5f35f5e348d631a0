/* pool_test.c - upstream connections are dialled, kept within their bounds, and let go. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "test/lib/clock.h"
#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/forward/pool.h"

enum { MOST_VISITS = 16 };

/* Somebody who wants a connection. */
struct guest {
	struct pool_wait wait;
	unsigned told;
	int err;
};

static void on_dialled(struct pool_wait *wait, int err)
{
	struct guest *guest = container_of(wait, struct guest, wait);

	guest->told++;
	guest->err = err;
}

#define GUEST                                                                                      \
	{                                                                                          \
		.wait.dialled = on_dialled                                                         \
	}

/* A worker, and an upstream that takes every connection and says nothing. */
struct stage {
	struct worker_fixture fixture;
	struct integration integration; /* as the configuration has it by default */
	struct pool *pool;
	int listener;
	uint16_t port;
	int visits[MOST_VISITS];
	unsigned visit_count;
	struct guest guest; /* for whoever does not care */
};

/* Nobody here begins a session, so nothing of it is ever called. */
static const struct upstream_protocol unspoken;

/* On every loopback address, so that it can be known by more than one. */
static void listen_somewhere(struct stage *stage)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	stage->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(stage->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(stage->listener, MOST_VISITS), 0);
	assert_int_equal(getsockname(stage->listener, (struct sockaddr *)&address, &len), 0);
	stage->port = ntohs(address.sin_port);
}

static int stage_open(void **state)
{
	static struct stage stage;

	stage = (struct stage){
		.integration = { .idle_conn_timeout_ns = 90 * 1000000000ll,
			.max_idle_conns = 100,
			.max_idle_conns_per_host = 2 },
	};
	worker_fixture_open(&stage.fixture, (struct list){ NULL, 0 });
	stage.pool = pool_new(&stage.fixture.worker, &stage.integration);
	listen_somewhere(&stage);
	*state = &stage;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *stage = *state;

	pool_close(stage->pool);
	worker_fixture_close(&stage->fixture);
	for (unsigned i = 0; i < stage->visit_count; i++) {
		(void)close(stage->visits[i]);
	}
	(void)close(stage->listener);
	return 0;
}

/* A pool with other bounds; the one before it goes. */
static void new_pool(struct stage *stage, int64_t workers)
{
	pool_close(stage->pool);
	stage->fixture.snapshot.settings.workers = workers;
	stage->pool = pool_new(&stage->fixture.worker, &stage->integration);
}

static struct upstream *begin_dial(struct stage *stage, struct guest *guest, struct slice host)
{
	return pool_dial(stage->pool, host, stage->port, &unspoken, &guest->wait);
}

/* Takes one more connection to `host`. */
static struct upstream *dial_as(struct stage *stage, struct guest *guest, struct slice host)
{
	struct upstream *up = begin_dial(stage, guest, host);
	int *visit = &stage->visits[stage->visit_count++];

	assert_true(stage->visit_count <= MOST_VISITS);
	worker_fixture_until(&stage->fixture, guest->told > 0);
	assert_int_equal(guest->told, 1);
	assert_int_equal(guest->err, 0);
	assert_int_equal(up->state, UPSTREAM_OPEN);
	assert_false(up->reused);
	*visit = accept4(stage->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(*visit >= 0);
	return up;
}

static struct upstream *dial(struct stage *stage, struct slice host)
{
	stage->guest = (struct guest)GUEST;
	return dial_as(stage, &stage->guest, host);
}

/* The connections that are left when all that was begun has happened. */
static unsigned alive(struct stage *stage)
{
	for (int i = 0; i < 10; i++) {
		worker_fixture_turn(&stage->fixture);
	}
	return stage->fixture.worker.upstream_count;
}

#define HERE SLICE("127.0.0.1")

/* How many of `count` connections to one host, given back, are kept. */
static unsigned kept_of(struct stage *stage, unsigned count)
{
	struct upstream *ups[MOST_VISITS];

	for (unsigned i = 0; i < count; i++) {
		ups[i] = dial(stage, HERE);
	}
	for (unsigned i = 0; i < count; i++) {
		pool_give_back(ups[i], true);
	}
	return alive(stage);
}

static struct upstream *take(struct stage *stage, struct slice host)
{
	return pool_take(stage->pool, host, stage->port);
}

static void what_is_given_back_is_taken_again_the_newest_first(void **state)
{
	struct stage *stage = *state;
	struct upstream *first = dial(stage, HERE), *second = dial(stage, HERE);

	assert_null(take(stage, HERE));
	pool_give_back(first, true);
	pool_give_back(second, true);
	assert_ptr_equal(take(stage, HERE), second);
	assert_true(second->reused);
	assert_int_equal(second->state, UPSTREAM_OPEN);
	assert_ptr_equal(take(stage, HERE), first);
	assert_null(take(stage, HERE));
	pool_give_back(first, true);
	pool_give_back(second, true);
	assert_int_equal(alive(stage), 2);
}

static void only_the_same_host_and_port_are_the_same(void **state)
{
	struct stage *stage = *state;
	struct upstream *up = dial(stage, HERE);

	pool_give_back(up, true);
	assert_null(take(stage, SLICE("127.0.0.2")));
	assert_null(take(stage, SLICE("127.0.0.10")));
	assert_null(pool_take(stage->pool, HERE, (uint16_t)(stage->port ^ 1)));
	assert_ptr_equal(take(stage, HERE), up);
	pool_give_back(up, true);
}

static void what_is_not_usable_is_closed(void **state)
{
	struct stage *stage = *state;
	struct upstream *spoiled = dial(stage, HERE), *sound = dial(stage, HERE);
	char byte;

	pool_give_back(spoiled, false);
	pool_give_back(sound, true);
	assert_int_equal(alive(stage), 1);
	assert_int_equal(recv(stage->visits[0], &byte, 1, 0), 0);
}

static void no_more_idle_to_one_host_than_its_bound(void **state)
{
	struct stage *stage = *state;
	struct upstream *other = dial(stage, SLICE("127.0.0.2"));

	pool_give_back(other, true); /* which does not count for the first */
	assert_int_equal(kept_of(stage, 5), 2 + 1);
}

static void no_more_idle_in_all_than_the_bound(void **state)
{
	static const struct slice hosts[] = { SLICE("127.0.0.1"), SLICE("127.0.0.2"),
		SLICE("127.0.0.3"), SLICE("127.0.0.4") };
	struct stage *stage = *state;

	stage->integration.max_idle_conns = 3;
	new_pool(stage, 1);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		pool_give_back(dial(stage, hosts[i]), true);
	}
	assert_int_equal(alive(stage), 3);
}

static void workers_share_the_bounds(void **state)
{
	static const struct {
		int64_t bound, workers;
		unsigned kept;
	} rows[] = { { 3, 1, 3 }, { 4, 2, 2 }, { 5, 2, 3 }, { 2, 8, 1 } };
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		stage->integration.max_idle_conns_per_host = rows[i].bound;
		new_pool(stage, rows[i].workers);
		assert_int_equal(alive(stage), 0);
		assert_int_equal(kept_of(stage, 4), rows[i].kept);
	}
}

/* spec/config.md section 4.1: 0 means the default, as when nothing is said. */
static void a_bound_of_zero_is_the_default(void **state)
{
	struct stage *stage = *state;

	stage->integration.max_idle_conns = 0;
	stage->integration.max_idle_conns_per_host = 0;
	new_pool(stage, 1);
	assert_int_equal(kept_of(stage, 4), 2);
}

static void without_keep_alives_none_is_kept(void **state)
{
	struct stage *stage = *state;

	stage->integration.disable_keep_alives = true;
	assert_int_equal(kept_of(stage, 2), 0);
}

static void an_idle_one_is_closed_in_time(void **state)
{
	struct stage *stage = *state;
	struct upstream *old = dial(stage, HERE), *young = dial(stage, HERE);

	pool_give_back(old, true);
	pool_give_back(young, true);
	clock_move(80 * 1000);
	assert_int_equal(alive(stage), 2);
	assert_ptr_equal(take(stage, HERE), young); /* in use it has no such deadline */
	clock_move(11 * 1000);
	assert_int_equal(alive(stage), 1);
	pool_give_back(young, true);
	clock_move(89 * 1000);
	assert_int_equal(alive(stage), 1);
	clock_move(2 * 1000);
	assert_int_equal(alive(stage), 0);
	assert_null(take(stage, HERE));
}

static void with_no_timeout_it_idles_for_ever(void **state)
{
	struct stage *stage = *state;

	stage->integration.idle_conn_timeout_ns = 0;
	new_pool(stage, 1);
	assert_int_equal(kept_of(stage, 1), 1);
	clock_move(24 * 3600 * 1000);
	assert_int_equal(alive(stage), 1);
}

static void an_idle_one_that_its_upstream_ends_is_gone(void **state)
{
	struct stage *stage = *state;

	pool_give_back(dial(stage, HERE), true);
	assert_int_equal(shutdown(stage->visits[0], SHUT_RDWR), 0);
	worker_fixture_until(&stage->fixture, stage->fixture.worker.upstream_count == 0);
	assert_null(take(stage, HERE));
}

/* It would be taken for the answer to the next request. */
static void an_idle_one_that_speaks_out_of_turn_is_closed(void **state)
{
	struct stage *stage = *state;

	pool_give_back(dial(stage, HERE), true);
	assert_int_equal(send(stage->visits[0], "HTTP/1.1 200 OK\r\n\r\n", 19, 0), 19);
	worker_fixture_until(&stage->fixture, stage->fixture.worker.upstream_count == 0);
	assert_null(take(stage, HERE));
}

/* While a request held it, reading may have been stopped. */
static void one_that_was_held_notices_its_end_when_idle(void **state)
{
	struct stage *stage = *state;
	struct upstream *up = dial(stage, HERE);

	stream_hold(&up->stream, true);
	assert_int_equal(shutdown(stage->visits[0], SHUT_RDWR), 0);
	assert_int_equal(alive(stage), 1);
	pool_give_back(up, true);
	worker_fixture_until(&stage->fixture, stage->fixture.worker.upstream_count == 0);
}

/* Before anybody has begun to listen. */
static void one_that_ends_as_soon_as_it_is_open_came_to_nothing(void **state)
{
	struct stage *stage = *state;
	struct guest guest = GUEST;
	struct upstream *up = dial_as(stage, &guest, HERE);

	assert_int_equal(shutdown(stage->visits[0], SHUT_RDWR), 0);
	worker_fixture_until(&stage->fixture, guest.told > 1);
	assert_int_equal(guest.err, UV_EOF);
	pool_give_back(up, false);
	assert_int_equal(alive(stage), 0);
}

static void one_that_speaks_as_soon_as_it_is_open_came_to_nothing(void **state)
{
	struct stage *stage = *state;
	struct guest guest = GUEST;
	struct upstream *up = dial_as(stage, &guest, HERE);

	assert_int_equal(send(stage->visits[0], "HTTP/1.1 200 OK\r\n\r\n", 19, 0), 19);
	worker_fixture_until(&stage->fixture, guest.told > 1);
	assert_int_equal(guest.err, UV_EPROTO);
	pool_give_back(up, false);
	assert_int_equal(alive(stage), 0);
}

static void a_refused_connection_is_told_to_who_waits(void **state)
{
	struct stage *stage = *state;
	struct guest guest = GUEST;
	struct upstream *up;

	assert_int_equal(shutdown(stage->listener, SHUT_RDWR), 0);
	up = begin_dial(stage, &guest, HERE);
	worker_fixture_until(&stage->fixture, guest.told > 0);
	assert_int_equal(guest.err, UV_ECONNREFUSED);
	pool_give_back(up, false);
	assert_int_equal(alive(stage), 0);
}

static void one_that_is_given_up_while_dialling_is_closed(void **state)
{
	struct stage *stage = *state;
	struct guest guest = GUEST;
	struct upstream *connecting = begin_dial(stage, &guest, HERE);
	struct upstream *resolving = begin_dial(stage, &guest, SLICE("name.example"));

	assert_int_equal(connecting->state, UPSTREAM_CONNECTING);
	assert_int_equal(resolving->state, UPSTREAM_RESOLVING);
	pool_give_back(connecting, false);
	pool_give_back(resolving, false);
	assert_int_equal(alive(stage), 0);
	assert_int_equal(guest.told, 0);
}

/* The worker leaves: what idles goes now, what is in use when it is given back. */
static void a_closed_pool_keeps_none(void **state)
{
	struct stage *stage = *state;
	struct upstream *used = dial(stage, HERE), *idle = dial(stage, HERE);

	pool_give_back(idle, true);
	pool_close(stage->pool);
	assert_int_equal(alive(stage), 1);
	pool_give_back(used, true);
	assert_int_equal(alive(stage), 0);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_is_given_back_is_taken_again_the_newest_first),
		STORY(only_the_same_host_and_port_are_the_same),
		STORY(what_is_not_usable_is_closed),
		STORY(no_more_idle_to_one_host_than_its_bound),
		STORY(no_more_idle_in_all_than_the_bound),
		STORY(workers_share_the_bounds),
		STORY(a_bound_of_zero_is_the_default),
		STORY(without_keep_alives_none_is_kept),
		STORY(an_idle_one_is_closed_in_time),
		STORY(with_no_timeout_it_idles_for_ever),
		STORY(an_idle_one_that_its_upstream_ends_is_gone),
		STORY(an_idle_one_that_speaks_out_of_turn_is_closed),
		STORY(one_that_was_held_notices_its_end_when_idle),
		STORY(one_that_ends_as_soon_as_it_is_open_came_to_nothing),
		STORY(one_that_speaks_as_soon_as_it_is_open_came_to_nothing),
		STORY(a_refused_connection_is_told_to_who_waits),
		STORY(one_that_is_given_up_while_dialling_is_closed),
		STORY(a_closed_pool_keeps_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
