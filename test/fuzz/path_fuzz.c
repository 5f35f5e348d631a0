/* path_fuzz.c - any path: what passes has one reading, and reading it again changes nothing. */

#include <stdint.h>

#include "common/check.h"
#include "common/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_decoded(struct slice decoded)
{
	struct slice rest = decoded, segment;
	size_t count = 0;

	while (slice_next(&rest, '/', &segment)) {
		check(!slice_equal(segment, SLICE(".")) && !slice_equal(segment, SLICE("..")));
		check(segment.len > 0 || count == 0 || rest.at == NULL);
		count++;
	}
}

static void check_sent(struct slice sent)
{
	check(slice_starts_with(sent, SLICE("/")));
	for (size_t i = 0; i < sent.len; i++) {
		check((unsigned char)sent.at[i] > ' ' && (unsigned char)sent.at[i] < 0x7f);
		check(sent.at[i] != '?' && sent.at[i] != '#' && sent.at[i] != '\\');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice raw = { (const char *)bytes, len }, sent, decoded, sent_again, decoded_again;
	struct arena *arena = arena_new("fuzz", 4096);
	const char *reason = NULL;
	struct slice segments[8];

	(void)path_segments(raw, segments, sizeof(segments) / sizeof(segments[0]));
	if (path_canonical(raw, arena, &sent, &decoded, &reason)) {
		check_sent(sent);
		check_decoded(decoded);
		check(path_canonical(sent, arena, &sent_again, &decoded_again, &reason));
		check(slice_equal(sent, sent_again));
		check(slice_equal(decoded, decoded_again));
	} else {
		check(reason != NULL);
	}
	arena_free(&arena);
	return 0;
}
