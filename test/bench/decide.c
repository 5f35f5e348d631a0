/* decide.c - times decisions of the policy, with few rules and callers and with many; and what a
 * worker does with 10,000 rules before it is ready. It serves test/bench/run.
 *
 * Callers and rules are asked for all over the place, so with many of them the processor's caches
 * miss as they would in service. */

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "common/check.h"
#include "common/policy.h"

enum {
	REQUESTS = 4096, /* different ones, in an order without rhyme */
	DECISIONS = 1000 * 1000,
	ROUNDS = 5,
};

/* `callers` of them, each with `rules` rules of its own; and as many rules again deny. */
struct size {
	unsigned callers, rules;
};

struct request {
	struct slice caller;
	struct message message;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static unsigned choose(unsigned *seed, unsigned count)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (unsigned)((uint64_t)*seed * count >> 32);
}

/* Half of the rules end in '*', the others in '**'. */
static struct list make_rules(struct arena *arena, const char *folder, unsigned count)
{
	struct policy_rule *rules = arena_alloc(arena, count, sizeof(*rules));

	for (unsigned i = 0; i < count; i++) {
		rules[i].path = arena_printf(
			arena, "/%s/v1/item-%u/%s", folder, i, i % 2 == 0 ? "*" : "parts/**");
		rules[i].method = i % 3 == 0 ? SLICE("POST") : SLICE("GET");
	}
	return (struct list){ rules, count };
}

static struct slice caller_name(struct arena *arena, unsigned i)
{
	return arena_printf(arena, "spiffe://example.org/bot-%u", i);
}

static struct integration make_integration(struct arena *arena, struct size size)
{
	struct policy_caller *allow = arena_alloc(arena, size.callers, sizeof(*allow));
	struct policy_caller *deny = arena_make(arena, struct policy_caller);

	for (unsigned i = 0; i < size.callers; i++) {
		allow[i].id = caller_name(arena, i);
		allow[i].rules = make_rules(arena, "api", size.rules);
	}
	deny->id = SLICE("*");
	deny->rules = make_rules(arena, "admin", size.rules);
	return (struct integration){
		.name = SLICE("bench"),
		.allow_listed = true,
		.allow = { allow, size.callers },
		.deny = { deny, 1 },
	};
}

/* Seven of eight are allowed. */
static struct request *make_requests(struct arena *arena, struct size size)
{
	struct request *requests = arena_alloc(arena, REQUESTS, sizeof(*requests));
	unsigned seed = 1;

	for (unsigned i = 0; i < REQUESTS; i++) {
		unsigned rule = choose(&seed, size.rules);
		struct message *m = &requests[i].message;

		requests[i].caller = caller_name(arena, choose(&seed, size.callers));
		m->arena = arena;
		m->method = rule % 3 == 0 ? SLICE("POST") : SLICE("GET");
		m->decoded_path = arena_printf(arena, "/%s/v1/item-%u/%s",
			i % 8 == 7 ? "other" : "api", rule, rule % 2 == 0 ? "7" : "parts/7/name");
	}
	return requests;
}

static double time_decisions(struct policy *policy, const struct request *requests)
{
	uint64_t begin = now_ns();

	for (unsigned i = 0; i < DECISIONS; i++) {
		const struct request *request = &requests[i % REQUESTS];
		struct reading reading = { .message = &request->message };
		const struct policy_question question = {
			.caller = request->caller,
			.reading = &reading,
		};
		struct policy_decision decision;

		policy_decide(policy, &question, &decision);
		check((decision.verdict == POLICY_ALLOWED) == (i % REQUESTS % 8 != 7));
	}
	return (double)(now_ns() - begin) / DECISIONS;
}

static void bench_decisions(struct size size)
{
	struct arena *arena = arena_new("bench", 1024 * 1024);
	struct integration integration = make_integration(arena, size);
	struct request *requests = make_requests(arena, size);
	struct policy *policy;
	double best = 1e9;

	check(policy_new(&integration, arena, &policy, NULL) == 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double ns = time_decisions(policy, requests);

		best = ns < best ? ns : best;
	}
	printf("%8u %8u %8.0f\n", size.callers, size.rules, best);
	(void)fflush(stdout);
	arena_free(&arena);
}

/* From the sealed bytes to a policy that can be asked. */
static void bench_start(unsigned rules)
{
	struct arena *arena = arena_new("bench", 1024 * 1024);
	struct integration integration = make_integration(arena, (struct size){ 1, rules });
	const struct snapshot snapshot = { .integrations = { &integration, 1 } };
	struct wire_writer w = { 0 };
	double decoded = 1e9, compiled = 1e9;

	integration.deny.count = 0;
	snapshot_encode(&snapshot, &w);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct arena *own = arena_new("worker", 64 * 1024);
		struct snapshot *got;
		struct policy *policy;
		uint64_t begin = now_ns(), middle;
		double first, second;

		check(snapshot_decode(wire_written(&w), own, &got, NULL) == 0);
		middle = now_ns();
		check(policy_new(LIST_AT(got->integrations, struct integration, 0), own, &policy,
			      NULL) == 0);
		first = (double)(middle - begin) / 1e6;
		second = (double)(now_ns() - middle) / 1e6;
		decoded = first < decoded ? first : decoded;
		compiled = second < compiled ? second : compiled;
		arena_free(&own);
	}
	printf("\nstart with %u rules: %.2f ms to decode, %.2f ms to compile\n", rules, decoded,
		compiled);
	wire_writer_fini(&w);
	arena_free(&arena);
}

int main(void)
{
	static const struct size sizes[] = {
		{ 10, 10 },
		{ 10, 100 },
		{ 10, 10 * 1000 },
		{ 10, 4 },
		{ 100 * 1000, 4 },
	};

	printf(" callers    rules  ns/decision\n");
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		bench_decisions(sizes[i]);
	}
	bench_start(10 * 1000);
	return 0;
}
