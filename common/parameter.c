/* parameter.c - counts who goes by a name, and compares what they say. */

#include "common/parameter.h"

const struct parameter_words parameter_of_query = { "query param", "missing ", "" };
const struct parameter_words parameter_of_form = { "form field", "", " not found" };

static bool is_given(const struct query *query, struct slice name, struct slice value)
{
	for (size_t i = 0; i < query->count; i++) {
		if (slice_equal(query->pairs[i].name, name) &&
			slice_equal(query->pairs[i].value, value)) {
			return true;
		}
	}
	return false;
}

/* What the query has for a name. */
struct census {
	size_t named;     /* go by it */
	size_t unlisted;  /* of these, have a value that is not wanted */
	size_t resembled; /* go by another name that some server takes for it */
};

static struct census take_census(
	const struct query *query, struct slice name, const struct list *values)
{
	struct census census = { 0, 0, 0 };

	for (size_t i = 0; i < query->count; i++) {
		const struct query_pair *pair = &query->pairs[i];

		if (slice_equal(pair->name, name)) {
			census.named++;
			census.unlisted +=
				values->count > 0 &&
				!slice_is_among(pair->value, values->items, values->count);
		} else if (query_name_resembles(pair->name, name)) {
			census.resembled++;
		}
	}
	return census;
}

enum judgement parameter_judge(const struct query *query, struct slice name,
	const struct list *values, const struct parameter_words *words, bool loose,
	struct note *why)
{
	struct census census = take_census(query, name, values);

	if (census.resembled > 0 && !loose) {
		return judge(why, JUDGEMENT_DOUBTFUL, "ambiguous %s " SLICE_FMT, words->called,
			SLICE_ARG(name));
	}
	if (census.named == 0) {
		return judge(why, JUDGEMENT_FAILS, "missing %s " SLICE_FMT, words->called,
			SLICE_ARG(name));
	}
	for (size_t i = 0; i < values->count; i++) {
		struct slice value = *LIST_AT(*values, const struct slice, i);

		if (!is_given(query, name, value)) {
			return judge(why, JUDGEMENT_FAILS, "%s%s " SLICE_FMT "=" SLICE_FMT "%s",
				words->before, words->called, SLICE_ARG(name), SLICE_ARG(value),
				words->after);
		}
	}
	if (census.unlisted > 0 && !loose) {
		return judge(why, JUDGEMENT_DOUBTFUL, "%s " SLICE_FMT " has other values, too",
			words->called, SLICE_ARG(name));
	}
	return JUDGEMENT_HOLDS;
}
