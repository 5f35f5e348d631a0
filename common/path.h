/* path.h - the path of a request: its one reading, and its segments. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/slice.h"

/* Splits what a request line carried into path and query at the first '?'. `query.at` is NULL when
 * there is no '?'. */
void path_split_target(struct slice target, struct slice *path, struct slice *query);

/* The one reading of a request's path. Refuses (false; `reason` is a fixed string) what a checker
 * and an upstream could read differently (security.md F8):
 *   - segments that are "." or "..", encoded or not, also when decoded twice or with ";parameters"
 *   - empty segments, "/;x/" too; one trailing slash is fine and is kept
 *   - an encoded slash, a backslash, and control bytes, encoded or not; a blank that is not encoded
 *   - invalid escapes, overlong UTF-8, a path that does not begin with '/'
 * What passes comes out in two forms that say the same:
 *   sent     escaped, odd bytes escaped (request.md section 8.1), what goes upstream
 *   decoded  what rules are held against
 * Both alias `raw` where nothing had to change, nearly always, and else live in `arena`. */
bool path_canonical(struct slice raw, struct arena *arena, struct slice *sent,
	struct slice *decoded, const char **reason);

/* Is a segment of this decoded path "." or "..", also with ";parameters"? */
bool path_has_dot_segment(struct slice path);

/* Escapes for sending as request.md section 8.1 says, only the odd bytes (oddities P7). No checks:
 * it is for a destination's own path. */
struct slice path_escape(struct slice raw, struct arena *arena);

/* Base path of a destination and path of a request (request.md section 8.2). */
struct slice path_join(struct slice base, struct slice path, struct arena *arena);
struct slice query_join(struct slice base, struct slice query, struct arena *arena);

/* The segments of a path that is to be matched or that is a rule: lexically cleaned, trimmed of
 * '/', split (request.md section 6.1). Not decoded. Writes at most `room` segments and returns how
 * many there are. */
size_t path_segments(struct slice path, struct slice *segments, size_t room);
