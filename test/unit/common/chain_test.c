/* chain_test.c - joining a list, leaving it from anywhere, and moving all of it. */

#include "common/chain.h"
#include "common/check.h"
#include "test/lib/expect.h"

/* Something that can be in one list. */
struct bead {
	char letter;
	struct chain_link place;
};

static struct bead beads[] = { { .letter = 'a' }, { .letter = 'b' }, { .letter = 'c' },
	{ .letter = 'd' } };

enum { BEADS = sizeof(beads) / sizeof(*beads) };

static struct slice letters(const struct chain *chain)
{
	static char text[BEADS];
	size_t len = 0;

	for (const struct chain_link *at = chain->first; at != NULL; at = at->next) {
		text[len++] = container_of(at, const struct bead, place)->letter;
	}
	return (struct slice){ text, len };
}

static void add_all(struct chain *chain)
{
	for (size_t i = 0; i < BEADS; i++) {
		chain_add(chain, &beads[i].place);
	}
}

static void remove_all(struct chain *chain)
{
	while (chain->first != NULL) {
		chain_remove(chain->first);
	}
}

static void the_newest_is_the_first(void **state)
{
	struct chain chain = { NULL };

	(void)state;
	expect_text(letters(&chain), "");
	for (size_t i = 0; i < BEADS; i++) {
		assert_false(chain_holds(&beads[i].place));
		chain_add(&chain, &beads[i].place);
		assert_true(chain_holds(&beads[i].place));
	}
	expect_text(letters(&chain), "dcba");
	for (size_t i = 0; i < BEADS; i++) {
		chain_remove(&beads[i].place);
	}
	expect_text(letters(&chain), "");
}

/* In every order. */
static void each_can_leave_on_its_own(void **state)
{
	(void)state;
	for (size_t first = 0; first < BEADS; first++) {
		for (size_t second = 0; second < BEADS; second++) {
			struct chain chain = { NULL };
			size_t left = first == second ? BEADS - 1 : BEADS - 2;

			add_all(&chain);
			chain_remove(&beads[first].place);
			chain_remove(
				&beads[second].place); /* which may be the same: twice is once */
			assert_int_equal(letters(&chain).len, left);
			assert_false(chain_holds(&beads[first].place));
			assert_false(chain_holds(&beads[second].place));
			remove_all(&chain);
		}
	}
}

static void who_left_may_join_again(void **state)
{
	struct chain one = { NULL }, other = { NULL };

	(void)state;
	chain_add(&one, &beads[0].place);
	chain_add(&one, &beads[1].place);
	chain_remove(&beads[0].place);
	chain_add(&other, &beads[0].place);
	expect_text(letters(&one), "b");
	expect_text(letters(&other), "a");
	chain_remove(&beads[0].place);
	chain_remove(&beads[1].place);
}

static void all_of_it_moves_and_can_be_left_there(void **state)
{
	struct chain from = { NULL }, to;

	(void)state;
	chain_move(&from, &to);
	expect_text(letters(&to), "");
	add_all(&from);
	chain_move(&from, &to);
	expect_text(letters(&from), "");
	expect_text(letters(&to), "dcba");
	chain_remove(&beads[BEADS - 1].place);
	expect_text(letters(&to), "cba");
	remove_all(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_the_first),
		cmocka_unit_test(each_can_leave_on_its_own),
		cmocka_unit_test(who_left_may_join_again),
		cmocka_unit_test(all_of_it_moves_and_can_be_left_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
