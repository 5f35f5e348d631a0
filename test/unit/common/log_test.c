/* log_test.c - one event, one line, whatever it is made of and however slowly it is read. */

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/log.h"
#include "test/lib/expect.h"

static const int64_t moment_ns = INT64_C(1795460353600000000); /* 2026-11-23T18:59:13.6Z */

static void in_time_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static int in_utc(void **state)
{
	(void)state;
	in_time_zone("UTC");
	return 0;
}

static void expect_line(bool json, int64_t wall_ns, struct log_pair pair, const char *wanted)
{
	char line[1024];
	size_t len = log_format(
		line, sizeof(line), json, wall_ns, LOG_INFO, "incoming request", &pair, 1);

	expect_slice(((struct slice){ line, len }), slice_of(wanted));
}

static void a_text_line_is_as_the_reference_writes_it(void **state)
{
	char line[1024];
	size_t len = log_format(
		line, sizeof(line), false, moment_ns, LOG_WARN, "shutting down", NULL, 0);

	(void)state;
	expect_slice(((struct slice){ line, len }),
		SLICE("time=2026-11-23T18:59:13.600Z level=WARN msg=\"shutting down\"\n"));
	expect_line(false, moment_ns, LOG_INT("status", -200),
		"time=2026-11-23T18:59:13.600Z level=INFO msg=\"incoming request\" status=-200\n");
	expect_line(false, -1, LOG_INT("least", INT64_MIN),
		"time=1969-12-31T23:59:59.999Z level=INFO msg=\"incoming request\" "
		"least=-9223372036854775808\n");
}

static void a_json_line_is_as_the_reference_writes_it(void **state)
{
	(void)state;
	expect_line(true, moment_ns + 1, LOG_TEXT("path", SLICE("/a<b>&c")),
		"{\"time\":\"2026-11-23T18:59:13.600000001Z\",\"level\":\"INFO\","
		"\"msg\":\"incoming request\",\"path\":\"/a<b>&c\"}\n");
	expect_line(true, moment_ns, LOG_INT("status", 200),
		"{\"time\":\"2026-11-23T18:59:13.6Z\",\"level\":\"INFO\","
		"\"msg\":\"incoming request\",\"status\":200}\n");
	expect_line(true, moment_ns - 600000000, LOG_STR("host", NULL),
		"{\"time\":\"2026-11-23T18:59:13Z\",\"level\":\"INFO\","
		"\"msg\":\"incoming request\",\"host\":\"\"}\n");
}

static void the_time_is_local_and_says_its_offset(void **state)
{
	(void)state;
	in_time_zone("IST-5:30");
	expect_line(false, moment_ns, LOG_INT("n", 1),
		"time=2026-11-24T00:29:13.600+05:30 level=INFO msg=\"incoming request\" n=1\n");
	in_time_zone("NST3:30");
	expect_line(true, moment_ns, LOG_INT("n", 1),
		"{\"time\":\"2026-11-23T15:29:13.6-03:30\",\"level\":\"INFO\","
		"\"msg\":\"incoming request\",\"n\":1}\n");
	in_time_zone("UTC");
}

static const struct {
	struct slice value;
	const char *text, *json;
} values[] = {
	{ { "plain/path_1.2~é", 17 }, "plain/path_1.2~é", "\"plain/path_1.2~é\"" },
	{ { "", 0 }, "\"\"", "\"\"" },
	{ { NULL, 0 }, "\"\"", "\"\"" },
	{ { "a b", 3 }, "\"a b\"", "\"a b\"" },
	{ { "a=b", 3 }, "\"a=b\"", "\"a=b\"" },
	{ { "\"", 1 }, "\"\\\"\"", "\"\\\"\"" },
	{ { "a\\b", 3 }, "a\\b", "\"a\\\\b\"" },
	{ { "a\\ b", 4 }, "\"a\\\\ b\"", "\"a\\\\ b\"" },
	{ { "\a\b\t\n\v\f\r", 7 }, "\"\\a\\b\\t\\n\\v\\f\\r\"",
		"\"\\u0007\\b\\t\\n\\u000b\\f\\r\"" },
	{ { "\0\x1b[31m", 6 }, "\"\\x00\\x1b[31m\"", "\"\\u0000\\u001b[31m\"" },
	{ { "\x7f", 1 }, "\"\\x7f\"", "\"\x7f\"" },
	{ { "\x80z\xff", 3 }, "\"\\x80z\\xff\"", "\"\\ufffdz\\ufffd\"" },
	{ { "\xc3", 1 }, "\"\\xc3\"", "\"\\ufffd\"" },
	{ { "\xc0\xaf", 2 }, "\"\\xc0\\xaf\"", "\"\\ufffd\\ufffd\"" },
	{ { "\xed\xa0\x80", 3 }, "\"\\xed\\xa0\\x80\"", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ { "\xf4\x90\x80\x80", 4 }, "\"\\xf4\\x90\\x80\\x80\"",
		"\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	{ { "\xc2\xa0", 2 }, "\"\\u00a0\"", "\"\xc2\xa0\"" },
	{ { "\xe2\x80\xae", 3 }, "\"\\u202e\"", "\"\xe2\x80\xae\"" }, /* turns the text around */
	{ { "\xe2\x80\xa8", 3 }, "\"\\u2028\"", "\"\\u2028\"" },
	{ { "\xf3\xa0\x81\x81", 4 }, "\"\\U000e0041\"", "\"\xf3\xa0\x81\x81\"" },
	{ { "\xf0\x9f\x98\x80", 4 }, "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
};

static void foreign_text_stays_inside_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct log_pair pair = LOG_TEXT("v", values[i].value);
		char wanted[256];

		(void)snprintf(wanted, sizeof(wanted),
			"time=1970-01-01T00:00:00.000Z level=INFO msg=\"incoming request\" v=%s\n",
			values[i].text);
		expect_line(false, 0, pair, wanted);
		(void)snprintf(wanted, sizeof(wanted),
			"{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"INFO\","
			"\"msg\":\"incoming request\",\"v\":%s}\n",
			values[i].json);
		expect_line(true, 0, pair, wanted);
	}
}

static void a_line_that_does_not_fit_is_cut_but_ends(void **state)
{
	const struct log_pair pair = LOG_STR("key", "value");
	char whole[256], cut[256];
	size_t len = log_format(whole, sizeof(whole), false, 0, LOG_INFO, "m", &pair, 1);

	(void)state;
	for (size_t room = 0; room <= len; room++) {
		memset(cut, '#', sizeof(cut));
		assert_int_equal(log_format(cut, room, false, 0, LOG_INFO, "m", &pair, 1), room);
		if (room > 0) {
			assert_memory_equal(cut, whole, room - 1);
			assert_int_equal(cut[room - 1], '\n');
		}
		assert_int_equal(cut[room], '#');
	}
}

static void levels_have_names_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(log_level_of(SLICE("debug")), LOG_DEBUG);
	assert_int_equal(log_level_of(SLICE("Info")), LOG_INFO);
	assert_int_equal(log_level_of(SLICE("WARN")), LOG_WARN);
	assert_int_equal(log_level_of(SLICE("warning")), LOG_WARN);
	assert_int_equal(log_level_of(SLICE("ERROR")), LOG_ERROR);
	assert_int_equal(log_level_of(SLICE("")), LOG_INFO);
	assert_int_equal(log_level_of(SLICE("err")), LOG_INFO);
}

/* The far end of a pipe or a socket, which reads when it likes. */
struct slow_reader {
	int ends[2];
	char *read; /* all that was read so far */
	size_t len, room;
};

static void reader_init(struct slow_reader *reader, bool socket)
{
	const int room = 4096;

	*reader = (struct slow_reader){ .room = 8 * LIMIT_LOG_BYTES };
	reader->read = malloc(reader->room);
	assert_non_null(reader->read);
	if (socket) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, reader->ends), 0);
		assert_int_equal(
			setsockopt(reader->ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	} else {
		assert_int_equal(pipe(reader->ends), 0);
		assert_true(fcntl(reader->ends[1], F_SETPIPE_SZ, room) >= room);
	}
	assert_int_equal(fcntl(reader->ends[0], F_SETFL, O_NONBLOCK), 0);
	alarm(60); /* a log that waits would wait for ever */
}

static void reader_fini(struct slow_reader *reader)
{
	alarm(0);
	(void)close(reader->ends[0]);
	(void)close(reader->ends[1]);
	free(reader->read);
}

static size_t reader_take(struct slow_reader *reader, size_t most)
{
	ssize_t got;

	assert_true(reader->len + most <= reader->room);
	got = read(reader->ends[0], reader->read + reader->len, most);
	if (got <= 0) {
		return 0;
	}
	reader->len += (size_t)got;
	return (size_t)got;
}

static void reader_take_all(struct slow_reader *reader, struct log *log)
{
	do {
		log_flush(log);
	} while (reader_take(reader, 65536) > 0);
}

/* Numbered lines, some of them longer than a pipe takes at once. */
static void write_numbered(struct log *log, unsigned from, unsigned to, bool long_ones)
{
	static char filling[PIPE_BUF + 100];

	memset(filling, 'x', sizeof(filling));
	for (unsigned i = from; i < to; i++) {
		size_t len = long_ones && i % 10 == 9 ? sizeof(filling) : i % 97;

		log_info(log, "numbered", LOG_INT("number", i),
			LOG_TEXT("filling", ((struct slice){ filling, len })));
	}
}

/* Walks over what was read; every line must be whole, and the numbers in order and without a hole
 * that is not told of. */
static unsigned expect_numbered(const struct slow_reader *reader, unsigned *told)
{
	struct slice rest = { reader->read, reader->len }, line;
	unsigned next = 0, notices = 0;

	*told = 0;
	assert_true(slice_ends_with(rest, SLICE("\n")));
	rest.len--;
	while (slice_next(&rest, '\n', &line)) {
		json_error_t error;
		json_t *event = json_loadb(line.at, line.len, 0, &error);
		const char *message = json_string_value(json_object_get(event, "msg"));

		assert_non_null(message);
		if (strcmp(message, "log lines dropped") == 0) {
			unsigned count =
				(unsigned)json_integer_value(json_object_get(event, "count"));

			next += count;
			*told += count;
			notices++;
		} else {
			assert_int_equal(
				json_integer_value(json_object_get(event, "number")), next);
			next++;
		}
		json_decref(event);
	}
	print_message("%u lines, %u dropped, %u notices\n", next, *told, notices);
	return next;
}

static void expect_all_whole(bool socket)
{
	struct slow_reader reader;
	struct log *log;
	unsigned told;

	reader_init(&reader, socket);
	log = log_new(reader.ends[1], LOG_INFO, true);
	for (unsigned i = 0; i < 1000; i += 10) {
		write_numbered(log, i, i + 10, true);
		log_flush(log);
		(void)reader_take(&reader, 777);
	}
	assert_true(log_pending(log));
	reader_take_all(&reader, log);
	assert_false(log_pending(log));
	assert_int_equal(expect_numbered(&reader, &told), 1000);
	assert_int_equal(told, 0);
	log_free(&log);
	assert_null(log);
	reader_fini(&reader);
}

static void a_slow_reader_of_a_pipe_gets_every_line_whole(void **state)
{
	(void)state;
	expect_all_whole(false);
}

static void a_slow_reader_of_a_socket_gets_every_line_whole(void **state)
{
	(void)state;
	expect_all_whole(true);
}

/* Lines of several processes share a pipe: one that fits into PIPE_BUF is never torn. */
static void each_write_ends_with_a_line(void **state)
{
	struct slow_reader reader;
	struct log *log;

	(void)state;
	reader_init(&reader, false);
	log = log_new(reader.ends[1], LOG_INFO, true);
	write_numbered(log, 0, 1000, false);
	while (log_pending(log)) {
		log_flush(log);
		assert_true(reader_take(&reader, 65536) > 0);
		assert_int_equal(reader.read[reader.len - 1], '\n');
	}
	log_free(&log);
	reader_fini(&reader);
}

static void what_nobody_reads_is_dropped_and_told(void **state)
{
	struct slow_reader reader;
	struct log *log;
	unsigned told, lines = 40000;

	(void)state;
	reader_init(&reader, false);
	log = log_new(reader.ends[1], LOG_INFO, true);
	write_numbered(log, 0, lines / 2, false); /* more than LIMIT_LOG_BYTES */
	log_flush(log);
	(void)reader_take(&reader, 65536);
	log_flush(log);
	write_numbered(log, lines / 2, lines / 2 + 100, false); /* still no room: the same gap */
	reader_take_all(&reader, log);
	write_numbered(log, lines / 2 + 100, lines, false); /* and a second one */
	reader_take_all(&reader, log);
	assert_int_equal(expect_numbered(&reader, &told), lines);
	assert_in_range(told, 10000, lines - 5000);
	log_free(&log);
	reader_fini(&reader);
}

static void a_reader_that_left_does_no_harm(void **state)
{
	struct slow_reader reader;
	struct log *log;

	(void)state;
	reader_init(&reader, false);
	(void)signal(SIGPIPE, SIG_IGN);
	log = log_new(reader.ends[1], LOG_INFO, true);
	(void)close(reader.ends[0]);
	write_numbered(log, 0, 40000, false);
	log_flush(log);
	log_free(&log);
	reader_fini(&reader);
}

static void only_levels_that_are_wanted_are_written(void **state)
{
	struct slow_reader reader;
	struct log *log;

	(void)state;
	reader_init(&reader, false);
	log = log_new(reader.ends[1], LOG_WARN, false);
	log_info(log, "no");
	log_warn(log, "one");
	log_set(log, LOG_DEBUG, true);
	log_debug(log, "two", LOG_STR("key", "value"));
	reader_take_all(&reader, log);
	reader.read[reader.len] = '\0';
	assert_null(strstr(reader.read, "no"));
	assert_non_null(strstr(reader.read, " level=WARN msg=one\n"));
	assert_non_null(
		strstr(reader.read, "\"level\":\"DEBUG\",\"msg\":\"two\",\"key\":\"value\"}\n"));
	log_free(&log);
	reader_fini(&reader);
}

static void a_file_takes_everything(void **state)
{
	char path[] = "/tmp/log_test_XXXXXX";
	int fd = mkstemp(path);
	struct log *log = log_new(fd, LOG_INFO, false);
	off_t size;

	(void)state;
	assert_int_equal(unlink(path), 0);
	write_numbered(log, 0, 5000, false);
	assert_true(log_pending(log));
	log_free(&log); /* flushes */
	size = lseek(fd, 0, SEEK_END);
	assert_true(size > 5000 * 80);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_is_as_the_reference_writes_it),
		cmocka_unit_test(a_json_line_is_as_the_reference_writes_it),
		cmocka_unit_test(the_time_is_local_and_says_its_offset),
		cmocka_unit_test(foreign_text_stays_inside_its_value),
		cmocka_unit_test(a_line_that_does_not_fit_is_cut_but_ends),
		cmocka_unit_test(levels_have_names_in_any_case),
		cmocka_unit_test(a_slow_reader_of_a_pipe_gets_every_line_whole),
		cmocka_unit_test(a_slow_reader_of_a_socket_gets_every_line_whole),
		cmocka_unit_test(each_write_ends_with_a_line),
		cmocka_unit_test(what_nobody_reads_is_dropped_and_told),
		cmocka_unit_test(a_reader_that_left_does_no_harm),
		cmocka_unit_test(only_levels_that_are_wanted_are_written),
		cmocka_unit_test(a_file_takes_everything),
	};

	return cmocka_run_group_tests(tests, in_utc, NULL);
}
