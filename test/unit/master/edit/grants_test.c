/* grants_test.c - capabilities are given and taken; rules stay, and nothing is opened by it. */

#include "master/edit/grants.h"
#include "master/load/untyped.h"
#include "test/lib/expect.h"

static struct value value_of(struct arena *arena, const char *text)
{
	const struct yaml *yaml;
	struct value value;

	assert_int_equal(yaml_read(slice_of(text), "test", arena, &yaml, NULL), 0);
	untyped_read(yaml, arena, &value);
	return value;
}

static struct grant grant_of(const char *integration, const char *caller, const char *capability)
{
	return (struct grant){ slice_of(integration), slice_of(caller), slice_of(capability),
		{ .kind = VALUE_NULL } };
}

static void a_grant_is_added(void **state)
{
	static const struct {
		const char *before, *integration, *caller, *capability, *after;
	} rows[] = {
		{ "", "Foo", "u1", "c1",
			"[{integration: foo, callers: [{id: u1, capabilities: [{name: c1, params: }]}]}]" },
		{ "[{integration: Foo}]", "foo", "u1", "c1",
			"[{integration: Foo, callers: [{id: u1, capabilities: [{name: c1, params: }]}]}]" },
		{ "[{integration: a, callers: [{id: u1, rules: [1]}]}]", "A", "u1", "c1",
			"[{integration: a, callers: [{id: u1, rules: [1], "
			"capabilities: [{name: c1, params: }]}]}]" },
		{ "[{integration: a, callers: [{rules: [1]}]}]", "a", "*", "c1",
			"[{integration: a, callers: [{rules: [1], "
			"capabilities: [{name: c1, params: }]}]}]" },
		{ "[{integration: a, callers: [{id: U1, capabilities: [{name: c1}]}]}]", "a", "u1",
			"c1",
			"[{integration: a, callers: [{id: U1, capabilities: [{name: c1}]}, "
			"{id: u1, capabilities: [{name: c1, params: }]}]}]" },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: b}, "
		  "{name: c1, params: {x: 1}}]}]}]",
			"a", "u", "c1",
			"[{integration: a, callers: [{id: u, capabilities: [{name: b}, "
			"{name: c1, params: }]}]}]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new("test", 4096);
		struct value before = value_of(arena, rows[i].before);
		struct value wanted = value_of(arena, rows[i].after);
		struct grant grant =
			grant_of(rows[i].integration, rows[i].caller, rows[i].capability);
		struct value after = grants_add(&before, &grant, arena);

		if (!value_equal(&after, &wanted)) {
			fail_msg("%s", rows[i].before);
		}
		arena_free(&arena);
	}
}

static void a_grant_is_removed(void **state)
{
	static const struct {
		const char *before, *integration, *caller, *capability;
		enum grants_outcome outcome;
		const char *after;
	} rows[] = {
		{ "[{integration: Foo, callers: [{id: u1, capabilities: [{name: a}, {name: b}]}]}]",
			"FOO", "u1", "a", GRANTS_REMOVED,
			"[{integration: Foo, callers: [{id: u1, capabilities: [{name: b}]}]}]" },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: k}, {name: b}, "
		  "{name: k}]}]}]",
			"a", "u", "k", GRANTS_REMOVED,
			"[{integration: a, callers: [{id: u, capabilities: [{name: b}]}]}]" },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: k}], rules: [1]}]}]",
			"a", "u", "k", GRANTS_REMOVED,
			"[{integration: a, callers: [{id: u, rules: [1]}]}]" },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: k}]}, "
		  "{id: v, rules: [1]}]}]",
			"a", "u", "k", GRANTS_LAST,
			"[{integration: a, callers: [{id: v, rules: [1]}]}]" },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: k}]}, null]}]", "a",
			"u", "k", GRANTS_WOULD_OPEN, NULL },
		{ "[{integration: a, callers: [{id: u, rules: [1]}]}]", "a", "u", "k", GRANTS_SAME,
			NULL },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: k}]}]}]", "b", "u",
			"k", GRANTS_SAME, NULL },
		{ "[{integration: a, callers: [{id: u, capabilities: [{name: k}]}]}]", "a", "U",
			"k", GRANTS_SAME, NULL },
		{ "", "a", "u", "k", GRANTS_SAME, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new("test", 4096);
		struct value before = value_of(arena, rows[i].before), after;
		struct grant grant =
			grant_of(rows[i].integration, rows[i].caller, rows[i].capability);

		assert_int_equal(grants_remove(&before, &grant, arena, &after), rows[i].outcome);
		if (rows[i].after != NULL) {
			struct value wanted = value_of(arena, rows[i].after);

			assert_true(value_equal(&after, &wanted));
		}
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_grant_is_added),
		cmocka_unit_test(a_grant_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
