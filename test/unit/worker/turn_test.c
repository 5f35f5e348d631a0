/* turn_test.c - what runs at the end of a loop turn, and in which order. */

#include "test/lib/clock.h"
#include "test/lib/expect.h"
#include "worker/turn.h"

static struct turn *turn;
static char said[64]; /* by whom and in which order */

/* Somebody who says one letter when its turn has come. */
struct speaker {
	struct turn_entry entry;
	char letter;
	struct turn_entry *adds, *removes;
};

static void say(char letter)
{
	size_t len = strlen(said);

	assert_true(len + 1 < sizeof(said));
	said[len] = letter;
}

static void speak(struct turn_entry *entry)
{
	struct speaker *speaker = (struct speaker *)entry;

	say(speaker->letter);
	if (speaker->adds != NULL) {
		turn_add(turn, speaker->adds);
	}
	if (speaker->removes != NULL) {
		turn_remove(turn, speaker->removes);
	}
}

#define SPEAKER(name)                                                                              \
	{                                                                                          \
		.entry.run = speak, .letter = (name)                                               \
	}

static void say_end(void *arg)
{
	say(*(const char *)arg);
}

static int open_turn(void **state)
{
	uv_loop_t *loop = uv_default_loop();
	static uv_async_t keeper; /* or the loop would have nothing to turn for */

	memset(said, 0, sizeof(said));
	assert_int_equal(uv_async_init(loop, &keeper, NULL), 0);
	turn = turn_new(loop);
	*state = &keeper;
	return 0;
}

static int close_turn(void **state)
{
	turn_close(turn);
	uv_close(*state, NULL);
	assert_int_equal(uv_run(uv_default_loop(), UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(uv_default_loop()), 0);
	return 0;
}

static void run_turn(void)
{
	(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

static void they_run_once_in_the_order_in_which_they_came(void **state)
{
	struct speaker a = SPEAKER('a'), b = SPEAKER('b'), c = SPEAKER('c');

	(void)state;
	turn_add(turn, &b.entry);
	turn_add(turn, &a.entry);
	turn_add(turn, &b.entry);
	turn_add(turn, &c.entry);
	assert_false(turn_is_empty(turn));
	run_turn();
	assert_string_equal(said, "bac");
	assert_true(turn_is_empty(turn));
	run_turn();
	assert_string_equal(said, "bac");
	turn_add(turn, &b.entry);
	run_turn();
	assert_string_equal(said, "bacb");
}

static void what_is_added_while_they_run_runs_in_the_same_turn(void **state)
{
	struct speaker a = SPEAKER('a'), b = SPEAKER('b'), c = SPEAKER('c');

	(void)state;
	a.adds = &c.entry;
	c.adds = &b.entry; /* which is waiting already */
	turn_add(turn, &a.entry);
	turn_add(turn, &b.entry);
	turn_at_end(turn, say_end, ".");
	run_turn();
	/* Once before the loop polls and once after it. */
	assert_string_equal(said, "abcb..");
}

static void what_runs_may_queue_itself_again(void **state)
{
	struct speaker a = SPEAKER('a'), b = SPEAKER('b');

	(void)state;
	b.adds = &a.entry;
	turn_add(turn, &a.entry);
	turn_add(turn, &b.entry);
	run_turn();
	assert_string_equal(said, "aba");
}

static void what_is_removed_does_not_run(void **state)
{
	struct speaker a = SPEAKER('a'), b = SPEAKER('b'), c = SPEAKER('c'), d = SPEAKER('d');

	(void)state;
	turn_remove(turn, &a.entry); /* never queued */
	turn_add(turn, &a.entry);
	turn_add(turn, &b.entry);
	turn_add(turn, &c.entry);
	turn_remove(turn, &b.entry);
	turn_remove(turn, &b.entry);
	turn_remove(turn, &c.entry);
	turn_add(turn, &d.entry); /* behind the one that is the last now */
	turn_remove(turn, &a.entry);
	turn_add(turn, &a.entry);
	run_turn();
	assert_string_equal(said, "da");
}

static void what_runs_may_remove_another(void **state)
{
	struct speaker a = SPEAKER('a'), b = SPEAKER('b'), c = SPEAKER('c');

	(void)state;
	a.removes = &c.entry;
	b.adds = &a.entry;
	turn_add(turn, &a.entry);
	turn_add(turn, &b.entry);
	turn_add(turn, &c.entry);
	run_turn();
	assert_string_equal(said, "aba");
}

static void on_timer(uv_timer_t *timer)
{
	say('t');
	turn_add(turn, timer->data);
}

/* What a timer made ready must not wait for the next byte from a socket. */
static void what_a_timer_adds_runs_before_the_loop_waits(void **state)
{
	struct speaker a = SPEAKER('a');
	uv_timer_t timer;

	(void)state;
	assert_int_equal(uv_timer_init(uv_default_loop(), &timer), 0);
	timer.data = &a.entry;
	assert_int_equal(uv_timer_start(&timer, on_timer, 10, 0), 0);
	run_turn();
	assert_string_equal(said, "");
	clock_move(10);
	run_turn();
	run_turn(); /* newer versions of libuv look at timers last in a turn */
	assert_string_equal(said, "ta");
	uv_close((uv_handle_t *)&timer, NULL);
	run_turn();
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_turn, close_turn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(they_run_once_in_the_order_in_which_they_came),
		STORY(what_is_added_while_they_run_runs_in_the_same_turn),
		STORY(what_runs_may_queue_itself_again),
		STORY(what_is_removed_does_not_run),
		STORY(what_runs_may_remove_another),
		STORY(what_a_timer_adds_runs_before_the_loop_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
