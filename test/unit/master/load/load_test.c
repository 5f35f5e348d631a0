/* load_test.c - from files to a snapshot with its secrets, or to a note and nothing else. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/limits.h"
#include "master/load/load.h"
#include "test/lib/expect.h"

static const char good_config[] =
	"integrations:\n"
	"- name: Slack\n"
	"  destination: https://slack.com/api\n"
	"  in_rate_limit: 5\n"
	"  incoming_auth: [{type: token, params: {header: X-Token, secrets: ['env:AT_TEST_A']}}]\n"
	"  outgoing_auth: [{type: token, params: {header: Authorization, prefix: 'Bearer ', secrets: "
	"['file:secrets:B', 'dangerousLiteral:hunter2', 'env:AT_TEST_A']}}]\n"
	"- {name: open, destination: http://a}\n";
static const char good_allowlist[] =
	"- {integration: slack, callers: [{id: a, rules: [{path: /x, methods: {GET: }}]}]}\n";
static const char good_denylist[] = "- {integration: slack, callers: [{id: b}]}\n";

/* The folder that a test works in, and what it loads from there. */
struct place {
	char folder[64];
	int log_fd;
	struct load_request request;
	char logged[4096];
};

static void write_file(const char *name, const char *content)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int open_place(void **state)
{
	static struct place place;

	place = (struct place){ .folder = "/tmp/load_test.XXXXXX" };
	assert_non_null(mkdtemp(place.folder));
	assert_int_equal(chdir(place.folder), 0);
	place.log_fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600);
	place.request = (struct load_request){
		.config = { "config.yaml", true },
		.allowlist = { "allowlist.yaml", false },
		.denylist = { "denylist.yaml", false },
		.settings = { .workers = 3, .x_at_int_host = SLICE("at.local") },
		.generation = 7,
		.log = log_new(place.log_fd, LOG_INFO, false),
	};
	write_file("config.yaml", good_config);
	write_file("allowlist.yaml", good_allowlist);
	write_file("denylist.yaml", good_denylist);
	write_file("secrets", "A=1\nB=upstream\n");
	assert_int_equal(setenv("AT_TEST_A", "caller", 1), 0);
	*state = &place;
	return 0;
}

static int close_place(void **state)
{
	static const char *const files[] = { "log", "config.yaml", "allowlist.yaml",
		"denylist.yaml", "secrets" };
	struct place *place = *state;

	log_free(&place->request.log);
	(void)close(place->log_fd);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		(void)unlink(files[i]);
	}
	assert_int_equal(chdir("/"), 0);
	return rmdir(place->folder);
}

static const char *logged(struct place *place)
{
	ssize_t len;

	log_flush(place->request.log);
	len = pread(place->log_fd, place->logged, sizeof(place->logged) - 1, 0);
	assert_true(len >= 0);
	place->logged[len] = '\0';
	return place->logged;
}

static struct loaded *expect_loaded(struct place *place)
{
	struct loaded *loaded = NULL;
	struct note why = { "" };

	if (load(&place->request, &loaded, &why) != 0) {
		fail_msg("%s", why.text);
	}
	return loaded;
}

static unsigned open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL) {
		count++;
	}
	(void)closedir(folder);
	return count;
}

/* A load that fails leaves nothing behind. */
static void expect_failure(struct place *place, const char *wanted)
{
	struct loaded *loaded = NULL;
	struct note why = { "" };
	unsigned before = open_descriptors();

	assert_true(load(&place->request, &loaded, &why) < 0);
	assert_null(loaded);
	assert_string_equal(why.text, wanted);
	assert_int_equal(open_descriptors(), before);
}

static void three_documents_become_a_snapshot(void **state)
{
	struct place *place = *state;
	const struct integration *slack;
	const struct snapshot *snapshot;
	struct loaded *loaded;

	unsigned before = open_descriptors();

	loaded = expect_loaded(place);
	snapshot = loaded->snapshot;
	assert_int_equal(snapshot->generation, 7);
	assert_int_equal(snapshot->settings.workers, 3);
	assert_true(snapshot->settings.loaded_at_s > 1700000000);
	expect_text(snapshot->settings.x_at_int_host, "at.local");
	assert_int_equal(snapshot->integrations.count, 2);
	assert_true(loaded->has_allowlist && loaded->has_denylist);
	slack = LIST_AT(snapshot->integrations, struct integration, 0);
	expect_text(slack->name, "slack");
	assert_true(slack->allow_listed);
	assert_int_equal(slack->allow.count, 1);
	assert_int_equal(slack->deny.count, 1);

	assert_int_equal(loaded->secret_count, 3);
	expect_text(secret_reveal(loaded->secrets[0]), "caller");
	expect_text(secret_reveal(loaded->secrets[1]), "upstream");
	expect_text(secret_reveal(loaded->secrets[2]), "hunter2");
	expect_text(*LIST_AT(snapshot->secrets, struct slice, 0), "env:AT_TEST_A");
	expect_text(*LIST_AT(snapshot->secrets, struct slice, 1), "file:secrets:B");
	expect_text(*LIST_AT(snapshot->secrets, struct slice, 2), "dangerousLiteral:***");
	loaded_free(&loaded);
	assert_null(loaded);
	assert_int_equal(open_descriptors(), before);
}

static void a_missing_list_is_told_once_unless_somebody_named_it(void **state)
{
	struct place *place = *state;
	struct loaded *loaded;

	assert_int_equal(unlink("allowlist.yaml"), 0);
	assert_int_equal(unlink("denylist.yaml"), 0);
	loaded = expect_loaded(place);
	assert_false(LIST_AT(loaded->snapshot->integrations, struct integration, 0)->allow_listed);
	assert_false(loaded->has_allowlist || loaded->has_denylist);
	loaded_free(&loaded);
	assert_non_null(strstr(logged(place), "\"allowlist file missing\" file=allowlist.yaml"));
	assert_non_null(strstr(logged(place), "\"denylist file missing\" file=denylist.yaml"));
	place->request.denylist.named = true;
	expect_failure(place, "open denylist.yaml: no such file or directory");
	place->request.allowlist.named = true;
	expect_failure(place, "open allowlist.yaml: no such file or directory");
}

static void what_can_not_be_read_fails_the_load(void **state)
{
	struct place *place = *state;

	write_file("denylist.yaml", "{");
	expect_failure(place, "denylist.yaml:2:1: did not find expected node content");
	write_file("allowlist.yaml", "- {integration: slack, callers: [{id: a}]}");
	expect_failure(place,
		"allowlist.yaml:1:39: integration slack: caller \"a\" has no rules or "
		"capabilities");
	write_file("config.yaml", "integrations: 5");
	expect_failure(place, "config.yaml:1:15: integrations is a number, a list of mappings is "
			      "wanted");
	assert_int_equal(unlink("config.yaml"), 0);
	expect_failure(place, "open config.yaml: no such file or directory");
	place->request.config.where = ".";
	expect_failure(place, "read .: is a directory");
	place->request.config.where = "s3://u:p@example.com/c?token=abc";
	expect_failure(place, "fetch s3://REDACTED:REDACTED@example.com/c?REDACTED: request "
			      "failed: unsupported protocol scheme");
}

static void a_file_url_is_a_path(void **state)
{
	struct place *place = *state;
	struct loaded *loaded;

	place->request.config.where = "file://config.yaml";
	loaded = expect_loaded(place);
	loaded_free(&loaded);
	write_file("config.yaml", "[");
	expect_failure(place, "config.yaml:2:1: flow sequence without a closing bracket");
}

#define WITH_SECRET(reference)                                                                     \
	"integrations:\n- {name: A, destination: http://a, outgoing_auth: [{type: basic, params: " \
	"{secrets: [" reference "]}}]}\n"
#define FAILED "config.yaml:2:85: failed to load integration a: invalid params for auth basic: "

static void a_secret_that_can_not_be_had_fails_the_load(void **state)
{
	struct place *place = *state;

	assert_int_equal(unlink("allowlist.yaml"), 0);
	assert_int_equal(unlink("denylist.yaml"), 0);
	assert_int_equal(setenv("AT_TEST_EMPTY", "", 1), 0);
	assert_int_equal(setenv("AT_TEST_BLANK", " \n", 1), 0);
	write_file("config.yaml", WITH_SECRET("'env:AT_TEST_UNSET'"));
	expect_failure(place, FAILED "secret env:AT_TEST_UNSET: AT_TEST_UNSET not set");
	write_file("config.yaml", WITH_SECRET("'env:AT_TEST_EMPTY'"));
	expect_failure(place, FAILED "secret env:AT_TEST_EMPTY: is empty");
	write_file("config.yaml", WITH_SECRET("'env:AT_TEST_BLANK'"));
	expect_failure(place, FAILED "secret env:AT_TEST_BLANK: is empty");
	write_file("config.yaml", WITH_SECRET("'dangerousLiteral:'"));
	expect_failure(place, FAILED "secret dangerousLiteral:: is empty");
	write_file("config.yaml", WITH_SECRET("'file:nowhere:A'"));
	expect_failure(
		place, FAILED "secret file:nowhere:A: open nowhere: no such file or directory");
	write_file("config.yaml", WITH_SECRET("'file:secrets:C'"));
	expect_failure(place, FAILED "secret file:secrets:C: secret \"C\" not found in secrets");
	write_file("config.yaml", WITH_SECRET("'vault:secret/data/x'"));
	expect_failure(
		place, FAILED "secret vault:secret/data/x: this version can't fetch from there");
	write_file("config.yaml", WITH_SECRET("'hashicorp:x'"));
	expect_failure(place, FAILED "unknown secret source: hashicorp");
}

static void a_secret_has_a_largest_length(void **state)
{
	static char value[LIMIT_SECRET_BYTES + 2];
	struct place *place = *state;
	struct loaded *loaded;

	memset(value, 'x', sizeof(value) - 1);
	assert_int_equal(setenv("AT_TEST_A", value, 1), 0);
	expect_failure(place,
		"config.yaml:5:69: failed to load integration slack: invalid params for auth token: "
		"secret env:AT_TEST_A: is too long");
	value[LIMIT_SECRET_BYTES] = '\0';
	assert_int_equal(setenv("AT_TEST_A", value, 1), 0);
	loaded = expect_loaded(place);
	loaded_free(&loaded);
}

static void an_operator_is_told_what_is_open_and_what_is_not_done(void **state)
{
	struct place *place = *state;
	struct loaded *loaded = expect_loaded(place);
	const char *log = logged(place);

	assert_non_null(strstr(log, "\"integrations without an allowlist entry are open to every "
				    "caller\" integrations=open\n"));
	assert_non_null(strstr(log, "\"rate limits are not enforced by this version\" "
				    "integrations=slack\n"));
	assert_non_null(strstr(log, "\"upstreams with TLS are not served by this version; requests "
				    "get 502\" integrations=slack\n"));
	loaded_free(&loaded);
	place->request.settings.default_deny = true;
	assert_int_equal(ftruncate(place->log_fd, 0), 0);
	loaded = expect_loaded(place);
	assert_null(strstr(logged(place), "are open to every caller"));
	loaded_free(&loaded);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)
	const struct CMUnitTest tests[] = {
		TEST(three_documents_become_a_snapshot),
		TEST(a_missing_list_is_told_once_unless_somebody_named_it),
		TEST(what_can_not_be_read_fails_the_load),
		TEST(a_file_url_is_a_path),
		TEST(a_secret_that_can_not_be_had_fails_the_load),
		TEST(a_secret_has_a_largest_length),
		TEST(an_operator_is_told_what_is_open_and_what_is_not_done),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
