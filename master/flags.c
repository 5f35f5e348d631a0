/* flags.c - reads words as Go's flag package does, with its texts. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/duration.h"
#include "common/slice.h"
#include "common/text.h"
#include "master/flags.h"
#include "master/load/load.h"

static const struct flag *find(const struct flag *flags, struct slice name)
{
	for (; flags->name != NULL; flags++) {
		if (slice_equal(slice_of(flags->name), name)) {
			return flags;
		}
	}
	return NULL;
}

static bool read_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

/* Takes "0x", "0o", "0b" or the "0" of an octal number off; returns the base. */
static int take_base(const char **text)
{
	static const struct {
		char letter;
		int base;
	} prefixes[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };

	if ((*text)[0] != '0' || (*text)[1] == '\0') {
		return 10;
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (((*text)[1] | 0x20) == prefixes[i].letter) {
			*text += 2;
			return prefixes[i].base;
		}
	}
	*text += 1;
	return 8;
}

/* The complaint, or NULL. Underscores may stand between digits and behind the prefix. */
static const char *read_number(const char *text, int64_t *out)
{
	bool negative = text[0] == '-', digit_before;
	uint64_t limit = (uint64_t)INT64_MAX + negative, sum = 0;
	bool too_large = false;
	int base;

	text += text[0] == '-' || text[0] == '+';
	base = take_base(&text);
	digit_before = base != 10;
	if (*text == '\0') {
		return "parse error";
	}
	for (; *text != '\0'; text++) {
		int value = text_digit(*text);

		if (*text == '_' && digit_before && text_digit(text[1]) < base) {
			digit_before = false;
			continue;
		}
		if (value >= base) {
			return "parse error";
		}
		too_large |= sum > (limit - (uint64_t)value) / (uint64_t)base;
		sum = too_large ? 0 : sum * (uint64_t)base + (uint64_t)value;
		digit_before = true;
	}
	if (too_large) {
		return "value out of range";
	}
	*out = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return NULL;
}

/* Writes `text` into its member; the complaint, or NULL. */
static const char *set(const struct flag *flag, const char *text, bool given, void *object)
{
	void *member = (char *)object + flag->offset;

	switch (flag->kind) {
	case FLAG_TEXT:
		*(const char **)member = text;
		return NULL;
	case FLAG_BOOL:
		return read_bool(text, member) ? NULL : "parse error";
	case FLAG_NUMBER:
		return read_number(text, member);
	case FLAG_DURATION:
		return duration_parse(slice_of(text), member) ? NULL : "parse error";
	case FLAG_SOURCE:
		*(struct load_source *)member = (struct load_source){ text, given };
		return NULL;
	}
	check(!"a row of a flag table has no kind");
	return NULL;
}

static void set_defaults(const struct flag *flags, void *object)
{
	static const char *const empty[] = {
		[FLAG_TEXT] = "",
		[FLAG_BOOL] = "false",
		[FLAG_NUMBER] = "0",
		[FLAG_DURATION] = "0s",
		[FLAG_SOURCE] = "",
	};

	for (; flags->name != NULL; flags++) {
		const char *text = flags->fallback != NULL ? flags->fallback : empty[flags->kind];

		check(set(flags, text, false, object) == NULL);
	}
}

/* Quoted as Go's %q does it, but for non-ASCII text, which stays as it is. */
static void write_quoted(FILE *out, const char *text)
{
	static const char named[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";

	fputc('"', out);
	for (; *text != '\0'; text++) {
		const char *found = strchr(named, *text);

		if (found != NULL) {
			fprintf(out, "\\%c", letters[found - named]);
		} else if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			fprintf(out, "\\x%02x", (unsigned char)*text);
		} else {
			fputc(*text, out);
		}
	}
	fputc('"', out);
}

void flags_usage(const struct flag *flags, const char *usage, FILE *out)
{
	static const char *const kinds[] = {
		[FLAG_TEXT] = " string",
		[FLAG_BOOL] = "",
		[FLAG_NUMBER] = " int",
		[FLAG_DURATION] = " duration",
		[FLAG_SOURCE] = " string",
	};

	fprintf(out, "%s\n\nOptions:\n", usage);
	for (; flags->name != NULL; flags++) {
		bool text = flags->kind == FLAG_TEXT || flags->kind == FLAG_SOURCE;

		fprintf(out, "  -%s%s\n    \t%s", flags->name, kinds[flags->kind], flags->help);
		if (flags->fallback != NULL) {
			fputs(" (default ", out);
			if (text) {
				write_quoted(out, flags->fallback);
			} else {
				fputs(flags->fallback, out);
			}
			fputc(')', out);
		}
		fputc('\n', out);
	}
}

/* One word taken apart: "-name", "--name", each perhaps with "=value". */
struct word {
	struct slice name;
	const char *value; /* NULL: none */
};

static bool take_apart(const char *text, struct word *word)
{
	const char *name = text + (text[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");

	if (name[0] == '\0' || name[0] == '-' || name[0] == '=') {
		return false;
	}
	word->name = (struct slice){ name, len };
	word->value = name[len] == '=' ? name + len + 1 : NULL;
	return true;
}

/* Reads the flag at **argv and steps over what it took. */
static enum flags_outcome read_flag(
	const struct flag *flags, char ***argv, void *object, FILE *errors)
{
	const char *text = *(*argv)++;
	const struct flag *flag;
	const char *complaint;
	struct word word;

	if (!take_apart(text, &word)) {
		fprintf(errors, "bad flag syntax: %s\n", text);
		return FLAGS_WRONG;
	}
	flag = find(flags, word.name);
	if (flag == NULL) {
		if (slice_equal(word.name, SLICE("h")) || slice_equal(word.name, SLICE("help"))) {
			return FLAGS_HELP;
		}
		fprintf(errors, "flag provided but not defined: -" SLICE_FMT "\n",
			SLICE_ARG(word.name));
		return FLAGS_WRONG;
	}
	if (word.value == NULL && flag->kind == FLAG_BOOL) {
		word.value = "true";
	} else if (word.value == NULL) {
		if (**argv == NULL) {
			fprintf(errors, "flag needs an argument: -%s\n", flag->name);
			return FLAGS_WRONG;
		}
		word.value = *(*argv)++;
	}
	complaint = set(flag, word.value, true, object);
	if (complaint != NULL) {
		fprintf(errors, "invalid %svalue ", flag->kind == FLAG_BOOL ? "boolean " : "");
		write_quoted(errors, word.value);
		fprintf(errors, " for %s-%s: %s\n", flag->kind == FLAG_BOOL ? "" : "flag ",
			flag->name, complaint);
		return FLAGS_WRONG;
	}
	return FLAGS_GO;
}

enum flags_outcome flags_parse(const struct flag *flags, const char *usage, char **argv,
	void *object, FILE *errors, char ***rest)
{
	set_defaults(flags, object);
	while (*argv != NULL && (*argv)[0] == '-' && (*argv)[1] != '\0') {
		enum flags_outcome outcome;

		if (strcmp(*argv, "--") == 0) {
			argv++;
			break;
		}
		outcome = read_flag(flags, &argv, object, errors);
		if (outcome != FLAGS_GO) {
			flags_usage(flags, usage, errors);
			return outcome;
		}
	}
	*rest = argv;
	return FLAGS_GO;
}
