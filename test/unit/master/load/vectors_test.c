/* vectors_test.c - the three documents, 386 times: we take what the reference takes, and refuse
 * what it refuses in its words, but for what this version does not have yet and what differs on
 * purpose. */

#include "master/load/catalogue.h"
#include "master/load/plan.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

/* The integrations that the rows with lists are about, but for one whose name can't be one. */
static const char config[] = "integrations:\n"
			     "- &any {name: a, destination: http://a}\n"
			     "- {<<: *any, name: t}\n"
			     "- {<<: *any, name: zzz}\n"
			     "- {<<: *any, name: slack}\n"
			     "- {<<: *any, name: slack2}\n"
			     "- {<<: *any, name: github}\n"
			     "- {<<: *any, name: gitlab}\n"
			     "- {<<: *any, name: monday}\n"
			     "- {<<: *any, name: sendgrid}\n";

/* Why we may refuse what the reference takes, or in other words than it does. */
struct reason {
	const char *text;     /* in our note */
	const char *needs[3]; /* one of them stands in the row */
	unsigned seen, expected;
};

typedef int plan_fn(struct plan *plan, struct document *document, struct note *why);

static int try_one(
	struct plan *plan, plan_fn *add, struct slice text, const char *name, struct note *why)
{
	struct document document;
	int err = document_open(&document, text, name, plan->arena, plan->slots, why);

	return err < 0 ? err : add(plan, &document, why);
}

static int try_row(const struct vectors *rows, const struct catalogue *catalogue, struct note *why)
{
	struct slice file = vectors_text(rows, "file"), text = vectors_text(rows, "text");
	struct arena *arena = arena_new("test", 64 * 1024);
	struct plan plan;
	int err;

	plan_init(&plan, arena);
	plan.catalogue = catalogue;
	if (slice_equal(file, SLICE("config.yaml"))) {
		err = try_one(&plan, plan_config, text, file.at, why);
	} else {
		assert_int_equal(try_one(&plan, plan_config, SLICE(config), "config.yaml", why), 0);
		err = try_one(&plan,
			slice_equal(file, SLICE("allowlist.yaml")) ? plan_allowlist : plan_denylist,
			text, file.at, why);
	}
	arena_free(&arena);
	return err;
}

static bool is_excused(struct reason *reasons, const char *row, const char *note)
{
	for (struct reason *r = reasons; r->text != NULL; r++) {
		for (size_t i = 0; strstr(note, r->text) != NULL && i < 3; i++) {
			if (r->needs[i] != NULL && strstr(row, r->needs[i]) != NULL) {
				r->seen++;
				return true;
			}
		}
	}
	return false;
}

/* Does our note have the reference's text? Line ends are escaped in ours; what its YAML and JSON
 * libraries say in their own words we say in ours. */
static bool has_words(const struct vectors *rows, const char *note)
{
	struct slice error = vectors_text(rows, "error");
	char words[512];
	size_t len = 0;

	for (size_t i = 0; i < error.len && len < sizeof(words) - 2; i++) {
		struct slice rest = slice_sub(error, i, error.len);

		if (slice_starts_with(rest, SLICE("json:")) ||
			slice_starts_with(rest, SLICE("yaml:"))) {
			break;
		}
		if (error.at[i] == '\n') {
			words[len++] = '\\';
		}
		words[len++] = (char)(error.at[i] == '\n' ? 'n' : error.at[i]);
	}
	words[len] = '\0';
	return strstr(note, words) != NULL;
}

static void documents_are_judged_as_by_the_reference(void **state)
{
	struct reason reasons[] = {
		{ "(this version has basic, passthrough, token)",
			{ "incoming_auth", "outgoing_auth" }, 0, 35 },
		{ "is not in the configuration", { "bad name!" }, 0, 2 },
		/* A rule that can never hold is nobody's wish; -compat lets it be. */
		{ "a value in its body that no JSON can be", { "yaml types" }, 0, 2 },
		/* It would allow more than it seems to. */
		{ "which is for -compat only", { "cap github trav" }, 0, 1 },
		{ 0 },
	};
	struct arena *arena = arena_new("test", 64 * 1024);
	struct catalogue catalogue;
	struct note none = { "" };
	struct vectors rows;

	assert_int_equal(catalogue_read(NULL, arena, &catalogue, &none), 0);

	vectors_open(&rows, *state, "config_validation");
	while (vectors_next(&rows)) {
		bool wanted = slice_equal(vectors_text(&rows, "outcome"), SLICE("accept"));
		struct note why = { "" };
		bool got = try_row(&rows, &catalogue, &why) == 0;

		vectors_expect(&rows, wanted || !got);
		if (!got && (wanted || !has_words(&rows, why.text)) &&
			!is_excused(reasons, rows.line, why.text)) {
			print_error("%s\n", why.text);
			vectors_failed(
				&rows, "taken, or refused in these words", __FILE__, __LINE__);
		}
	}
	assert_int_equal(rows.count, 386);
	for (struct reason *r = reasons; r->text != NULL; r++) {
		assert_int_equal(r->seen, r->expected);
	}
	arena_free(&arena);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(documents_are_judged_as_by_the_reference, argv[argc - 1]),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
