/* body.c - reads Content-Type and Content-Encoding, and believes little. */

#include "common/body.h"
#include "common/text.h"

static const struct {
	struct slice name;
	enum body_syntax syntax;
} media_types[] = {
	{ { "application/json", 16 }, BODY_JSON },
	{ { "application/x-www-form-urlencoded", 33 }, BODY_FORM },
};

enum { MEDIA_TYPES = sizeof(media_types) / sizeof(media_types[0]) };

static bool contains_nocase(struct slice s, struct slice part)
{
	for (size_t at = 0; at + part.len <= s.len; at++) {
		if (slice_starts_with_nocase(slice_sub(s, at, s.len), part)) {
			return true;
		}
	}
	return false;
}

static enum body_syntax loose_syntax(struct slice type)
{
	for (size_t i = 0; i < MEDIA_TYPES; i++) {
		if (contains_nocase(type, media_types[i].name)) {
			return media_types[i].syntax;
		}
	}
	return BODY_OPAQUE;
}

static struct slice take_token(struct slice *rest)
{
	size_t len = 0;
	struct slice token;

	while (len < rest->len && text_is_token((struct slice){ rest->at + len, 1 })) {
		len++;
	}
	token = slice_sub(*rest, 0, len);
	*rest = slice_sub(*rest, len, rest->len);
	return token;
}

/* A token, or what stands between quotes; empty when it is neither, or when something is escaped in
 * it, which no parameter of ours needs. */
static struct slice take_parameter_value(struct slice *rest)
{
	size_t end = slice_find(*rest, '"', 1);
	struct slice value = slice_sub(*rest, 1, end);

	if (!slice_starts_with(*rest, SLICE("\""))) {
		return take_token(rest);
	}
	if (end == rest->len || slice_find(value, '\\', 0) < value.len) {
		return SLICE("");
	}
	*rest = slice_sub(*rest, end + 1, rest->len);
	return value;
}

/* Does it leave the bytes what they are? "charset*" is charset to who knows RFC 2231. */
static bool is_fine_parameter(struct slice name, struct slice value)
{
	bool charset = slice_starts_with_nocase(name, SLICE("charset"));

	return name.len > 0 && value.len > 0 &&
	       (!charset || slice_equal_nocase(value, SLICE("utf-8")));
}

/* RFC 9110 section 5.6.6. */
static bool has_fine_parameters(struct slice rest)
{
	while ((rest = slice_trim(rest)).len > 0) {
		struct slice name, value;

		if (rest.at[0] != ';') {
			return false;
		}
		rest = slice_trim(slice_sub(rest, 1, rest.len));
		if (rest.len == 0 || rest.at[0] == ';') {
			continue;
		}
		name = take_token(&rest);
		if (!slice_starts_with(rest, SLICE("="))) {
			return false;
		}
		rest = slice_sub(rest, 1, rest.len);
		value = take_parameter_value(&rest);
		if (!is_fine_parameter(name, value)) {
			return false;
		}
	}
	return true;
}

static enum body_syntax strict_syntax(struct slice type)
{
	for (size_t i = 0; i < MEDIA_TYPES; i++) {
		struct slice name = media_types[i].name;
		struct slice rest = slice_sub(type, name.len, type.len);

		if (slice_starts_with_nocase(type, name) && has_fine_parameters(rest)) {
			return media_types[i].syntax;
		}
	}
	return BODY_OPAQUE;
}

/* How many headers some server takes for this one. */
static size_t count_alike(const struct message *m, struct slice name)
{
	size_t count = 0;

	for (size_t i = 0; i < m->header_count; i++) {
		count += message_same_name(m->headers[i].name, name);
	}
	return count;
}

static bool is_encoded(const struct message *m)
{
	for (size_t i = 0; i < m->header_count; i++) {
		if (message_same_name(m->headers[i].name, SLICE("Content-Encoding")) &&
			!slice_equal_nocase(m->headers[i].value, SLICE("identity"))) {
			return true;
		}
	}
	return false;
}

enum judgement body_syntax_of(
	const struct message *message, bool loose, enum body_syntax *out, struct note *why)
{
	const struct slice type_name = SLICE("Content-Type");
	struct slice type = message_header(message, type_name);
	enum body_syntax syntax = loose ? loose_syntax(type) : strict_syntax(type);

	if (loose && syntax == BODY_OPAQUE) {
		*out = syntax;
		return JUDGEMENT_HOLDS;
	}
	if (is_encoded(message)) {
		return judge(why, JUDGEMENT_ENCODED, "encoded body");
	}
	if (count_alike(message, type_name) >
		(loose ? message_count_header(message, type_name) : 1)) {
		return judge(why, JUDGEMENT_DOUBTFUL, "more than one content type");
	}
	if (slice_starts_with_nocase(type, SLICE("application/grpc"))) {
		return judge(why, JUDGEMENT_DOUBTFUL, "rule asks for the body of a gRPC call");
	}
	if (syntax == BODY_OPAQUE) {
		return judge(why, JUDGEMENT_DOUBTFUL,
			type.len == 0 ? "missing content type" : "unsupported content type");
	}
	*out = syntax;
	return JUDGEMENT_HOLDS;
}
