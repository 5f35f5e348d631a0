/* log.h - one event, one line, on standard output: text or JSON, as spec/observability.md says.
 *
 *     log_info(log, "worker ready", LOG_INT("generation", n), LOG_TEXT("host", host));
 *
 * The message is a constant, so it can be searched and counted; what varies is in the pairs. Never
 * give it a secret. Lines gather in memory until log_flush, which writes what the descriptor takes
 * without waiting; what a slow reader leaves behind is kept up to LIMIT_LOG_BYTES, then dropped,
 * and a line says how many were. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_pair {
	const char *key;
	struct slice text; /* quoted where it has to be */
	int64_t number;
	bool is_number; /* else it is text, which may be empty and without an address */
};

#define LOG_TEXT(key, slice) ((struct log_pair){ (key), (slice), 0, false })
#define LOG_STR(key, string) ((struct log_pair){ (key), slice_of(string), 0, false })
#define LOG_INT(key, value)  ((struct log_pair){ (key), { NULL, 0 }, (value), true })

struct log;

/* The descriptor stays the caller's, who keeps it open for as long as the log lives and ignores
 * SIGPIPE. A worker calls this before it is confined. */
struct log *log_new(int fd, enum log_level least, bool json);
void log_free(struct log **log); /* flushes what can be flushed; NULL inside is fine */

/* Changes what is written from now on. */
void log_set(struct log *log, enum log_level least, bool json);

/* "DEBUG", "info", "Warning" ...; anything else is LOG_INFO, as in the reference. */
enum log_level log_level_of(struct slice name);

bool log_wants(const struct log *log, enum log_level level);
void log_write(struct log *log, enum log_level level, const char *message,
	const struct log_pair *pairs, unsigned count);
void log_flush(struct log *log);
bool log_pending(const struct log *log); /* lines wait for log_flush */

#define LOG_PAIRS(...)                                                                             \
	((const struct log_pair[]){ { 0 }, ##__VA_ARGS__ }) + 1,                                   \
		sizeof((const struct log_pair[]){ { 0 }, ##__VA_ARGS__ }) /                        \
				sizeof(struct log_pair) -                                          \
			1
#define log_debug(log, message, ...) log_write((log), LOG_DEBUG, (message), LOG_PAIRS(__VA_ARGS__))
#define log_info(log, message, ...)  log_write((log), LOG_INFO, (message), LOG_PAIRS(__VA_ARGS__))
#define log_warn(log, message, ...)  log_write((log), LOG_WARN, (message), LOG_PAIRS(__VA_ARGS__))
#define log_error(log, message, ...) log_write((log), LOG_ERROR, (message), LOG_PAIRS(__VA_ARGS__))

/* A line made by hand into `to` (at most `room` bytes; returns the length it has, cut if need be):
 * for unit tests, and for a process that has no log yet. `wall_ns` is Unix time. */
size_t log_format(char *to, size_t room, bool json, int64_t wall_ns, enum log_level level,
	const char *message, const struct log_pair *pairs, unsigned count);
