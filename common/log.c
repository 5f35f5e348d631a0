/* log.c - keeps lines until their reader takes them, without ever waiting for it. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/line.h"
#include "common/log.h"

enum { LOG_FIRST_ROOM = 16 * 1024 };

static const char *const level_names[] = {
	[LOG_DEBUG] = "DEBUG",
	[LOG_INFO] = "INFO",
	[LOG_WARN] = "WARN",
	[LOG_ERROR] = "ERROR",
};

/* What a line tells. */
struct event {
	int64_t wall_ns;
	enum log_level level;
	const char *message;
	const struct log_pair *pairs;
	unsigned count;
};

/* A second as text; the next line is probably of the same one. */
struct second {
	int64_t unix_s;
	char date[32]; /* 2026-11-23T18:59:13; empty until it is first filled */
	char zone[16]; /* Z, +02:00 */
};

struct log {
	int fd;
	int own_fd; /* -1, or an open description of fd's pipe that is ours and does not block */
	bool ask;   /* poll before writing: the descriptor could block */
	size_t max_write; /* bytes */
	enum log_level least;
	bool json;
	struct second second;
	char *bytes;
	size_t from, to, room; /* lines wait in bytes[from, to) */
	uint64_t dropped;      /* lines since the last one that said how many */
};

/* A pipe can be full in spite of what poll said when other processes write into it, and O_NONBLOCK
 * on the descriptor that we were given would change it for them and for whoever started us. So a
 * pipe is opened once more. Where that is not allowed, polling has to do. */
static int reopen_pipe(int fd)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

struct log *log_new(int fd, enum log_level least, bool json)
{
	struct log *log = calloc(1, sizeof(*log));
	struct stat stat = { 0 };

	check(log != NULL);
	*log = (struct log){ .fd = fd, .own_fd = -1, .ask = true, .max_write = PIPE_BUF };
	(void)fstat(fd, &stat);
	if (S_ISFIFO(stat.st_mode)) {
		log->own_fd = reopen_pipe(fd);
		log->ask = log->own_fd < 0;
	} else if (S_ISREG(stat.st_mode)) {
		log->ask = false;
		log->max_write = LIMIT_LOG_BYTES;
	}
	log->room = LOG_FIRST_ROOM;
	log->bytes = malloc(log->room);
	check(log->bytes != NULL);
	log_set(log, least, json);
	tzset(); /* reads a file, which a worker may not do later */
	return log;
}

void log_free(struct log **log)
{
	if (*log == NULL) {
		return;
	}
	log_flush(*log);
	if ((*log)->own_fd >= 0) {
		(void)close((*log)->own_fd);
	}
	free((*log)->bytes);
	free(*log);
	*log = NULL;
}

void log_set(struct log *log, enum log_level least, bool json)
{
	log->least = least;
	log->json = json;
}

enum log_level log_level_of(struct slice name)
{
	if (slice_equal_nocase(name, SLICE("WARNING"))) {
		return LOG_WARN;
	}
	for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
		if (slice_equal_nocase(name, slice_of(level_names[level]))) {
			return level;
		}
	}
	return LOG_INFO;
}

bool log_wants(const struct log *log, enum log_level level)
{
	return level >= log->least;
}

bool log_pending(const struct log *log)
{
	return log->from < log->to;
}

static void second_fill(struct second *second, int64_t unix_s)
{
	time_t time = (time_t)unix_s;
	struct tm tm;
	long minutes;

	if (second->unix_s == unix_s && second->date[0] != '\0') {
		return;
	}
	check(localtime_r(&time, &tm) != NULL);
	check(strftime(second->date, sizeof(second->date), "%Y-%m-%dT%H:%M:%S", &tm) > 0);
	minutes = labs(tm.tm_gmtoff) / 60;
	if (minutes == 0) {
		(void)snprintf(second->zone, sizeof(second->zone), "Z");
	} else {
		(void)snprintf(second->zone, sizeof(second->zone), "%c%02ld:%02ld",
			tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
	}
	second->unix_s = unix_s;
}

/* Milliseconds in text; in JSON nanoseconds without the zeros at the end. */
static void put_time(struct line *line, struct second *second, int64_t wall_ns, bool json)
{
	int64_t ns = wall_ns % 1000000000;
	int64_t unix_s = wall_ns / 1000000000;
	char fraction[] = ".123456789";
	size_t len = sizeof(".123") - 1;

	if (ns < 0) {
		ns += 1000000000;
		unix_s--;
	}
	second_fill(second, unix_s);
	for (size_t i = 9; i > 0; i--) {
		fraction[i] = (char)('0' + ns % 10);
		ns /= 10;
	}
	if (json) {
		len = sizeof(".123456789") - 1;
		while (len > 0 && (fraction[len - 1] == '0' || fraction[len - 1] == '.')) {
			len--;
		}
	}
	line_put(line, slice_of(second->date));
	line_put(line, (struct slice){ fraction, len });
	line_put(line, slice_of(second->zone));
}

static void put_text_event(struct line *line, struct second *second, const struct event *event)
{
	line_put(line, SLICE("time="));
	put_time(line, second, event->wall_ns, false);
	line_put(line, SLICE(" level="));
	line_put(line, slice_of(level_names[event->level]));
	line_put(line, SLICE(" msg="));
	line_put_text(line, slice_of(event->message));
	for (unsigned i = 0; i < event->count; i++) {
		const struct log_pair *pair = &event->pairs[i];

		line_put(line, SLICE(" "));
		line_put(line, slice_of(pair->key));
		line_put(line, SLICE("="));
		if (pair->is_number) {
			line_put_number(line, pair->number);
		} else {
			line_put_text(line, pair->text);
		}
	}
	line_put(line, SLICE("\n"));
}

static void put_json_event(struct line *line, struct second *second, const struct event *event)
{
	line_put(line, SLICE("{\"time\":\""));
	put_time(line, second, event->wall_ns, true);
	line_put(line, SLICE("\",\"level\":\""));
	line_put(line, slice_of(level_names[event->level]));
	line_put(line, SLICE("\",\"msg\":"));
	line_put_json(line, slice_of(event->message));
	for (unsigned i = 0; i < event->count; i++) {
		const struct log_pair *pair = &event->pairs[i];

		line_put(line, SLICE(","));
		line_put_json(line, slice_of(pair->key));
		line_put(line, SLICE(":"));
		if (pair->is_number) {
			line_put_number(line, pair->number);
		} else {
			line_put_json(line, pair->text);
		}
	}
	line_put(line, SLICE("}\n"));
}

/* Writes into to[0, room) and returns the length of the whole line, also when it does not fit. */
static size_t put_event(
	char *to, size_t room, bool json, struct second *second, const struct event *event)
{
	struct line line = { .to = to, .room = room };

	if (json) {
		put_json_event(&line, second, event);
	} else {
		put_text_event(&line, second, event);
	}
	return line.len;
}

size_t log_format(char *to, size_t room, bool json, int64_t wall_ns, enum log_level level,
	const char *message, const struct log_pair *pairs, unsigned count)
{
	const struct event event = { wall_ns, level, message, pairs, count };
	struct second second = { 0 };
	size_t len = put_event(to, room, json, &second, &event);

	if (len > room && room > 0) {
		to[room - 1] = '\n'; /* cut, but a line */
	}
	return len < room ? len : room;
}

/* Slides the waiting lines to the front where that frees at least half, else grows; so each byte is
 * moved a few times at most, however slow the reader is. */
static bool make_room(struct log *log, size_t len)
{
	while (log->room - log->to < len) {
		if (log->from > log->room / 2) {
			memmove(log->bytes, log->bytes + log->from, log->to - log->from);
			log->to -= log->from;
			log->from = 0;
		} else if (log->room < LIMIT_LOG_BYTES) {
			char *bytes = realloc(log->bytes, 2 * log->room);

			check(bytes != NULL);
			log->bytes = bytes;
			log->room *= 2;
		} else {
			return false;
		}
	}
	return true;
}

static bool append(struct log *log, const struct event *event)
{
	size_t room = log->room - log->to;
	size_t len = put_event(log->bytes + log->to, room, log->json, &log->second, event);

	if (len > room) {
		if (!make_room(log, len)) {
			return false;
		}
		(void)put_event(log->bytes + log->to, len, log->json, &log->second, event);
	}
	log->to += len;
	return true;
}

static int64_t wall_ns(void)
{
	struct timespec now;

	check(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* After a gap the first line tells of it. It waits until half of the room is free, or a reader who
 * takes line by line would be told of a gap after each. */
static bool close_gap(struct log *log)
{
	const struct log_pair count = LOG_INT("count", (int64_t)log->dropped);
	const struct event event = { wall_ns(), LOG_WARN, "log lines dropped", &count, 1 };

	if (log->to - log->from > LIMIT_LOG_BYTES / 2 || !append(log, &event)) {
		return false;
	}
	log->dropped = 0;
	return true;
}

void log_write(struct log *log, enum log_level level, const char *message,
	const struct log_pair *pairs, unsigned count)
{
	struct event event = { 0, level, message, pairs, count };

	if (!log_wants(log, level)) {
		return;
	}
	event.wall_ns = wall_ns();
	if ((log->dropped > 0 && !close_gap(log)) || !append(log, &event)) {
		log->dropped++;
	}
}

/* As many whole lines as one write takes, or a piece of one that is longer. */
static size_t next_piece(const struct log *log)
{
	size_t len = log->to - log->from;
	const char *end;

	if (len <= log->max_write) {
		return len;
	}
	end = memrchr(log->bytes + log->from, '\n', log->max_write);
	return end == NULL ? log->max_write : (size_t)(end + 1 - (log->bytes + log->from));
}

/* How many bytes the reader took. None, too, when it can't be written to at all: a full disk may
 * have room again, and until then lines are kept and dropped as for a slow reader. */
static size_t write_piece(const struct log *log)
{
	struct pollfd writable = { .fd = log->fd, .events = POLLOUT };
	ssize_t written;

	if (log->ask && poll(&writable, 1, 0) <= 0) {
		return 0;
	}
	written = write(
		log->own_fd >= 0 ? log->own_fd : log->fd, log->bytes + log->from, next_piece(log));
	return written < 0 ? 0 : (size_t)written;
}

void log_flush(struct log *log)
{
	size_t written;

	do {
		if (log->dropped > 0) {
			(void)close_gap(log);
		}
		written = log_pending(log) ? write_piece(log) : 0;
		log->from += written;
		if (!log_pending(log)) {
			log->from = log->to = 0;
		}
	} while (written > 0);
}
