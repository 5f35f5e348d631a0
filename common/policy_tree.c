/* policy_tree.c - compiles rules, and searches them by walking over a request's path once.
 *
 * Every segment and every method that a rule names is a word and has a number. The paths of one
 * caller are a tree of nodes: from a node on lead words, '*' (one segment, whichever) and '**' (any
 * number of them); where a path ends hang its methods, and on each of these its rules. A walk has a
 * set of nodes that the path may have come to, and takes the whole set along by one segment after
 * the other. So '**' costs no second try. */

#include "common/policy_tree.h"
#include "common/dictionary.h"
#include "common/path.h"

/* Nodes have numbers from 1 on; 0 is none. */
enum { ROOT = 1 };

struct node {
	uint32_t one;   /* behind '*' */
	uint32_t any;   /* behind '**', which may have been no segment at all */
	bool is_any;    /* it is behind '**' itself: other segments do not lead away from it */
	bool has_words; /* edges lead to other nodes ... */
	bool has_rules; /* ... and, for methods, to rules */
};

/* By the word, from this node to another one; or by the method, to the first rule. */
struct edge {
	uint32_t from, word, to; /* from: 0 when it is free */
};

/* In `edge.word`: it is a method. */
#define METHOD ((uint32_t)1 << 31)

/* The rules of one caller, numbered from 1 on. */
struct paths {
	const struct policy_rule *rules;
	struct node *nodes;
	uint32_t node_count;
	uint32_t edge_mask;
	struct edge *edges; /* open addressing, at most half full */
	uint32_t *next;     /* of each rule: the next one with this path and method, or 0 */
};

/* Each of these has room for all nodes of the largest tree, and holds none twice. */
struct walk {
	uint32_t *now;  /* where the walk is ... */
	uint32_t *any;  /* ... and where it stays: behind '**' */
	uint32_t *then; /* where the segment at hand leads */
	uint32_t now_count, any_count, then_count;
};

struct policy_tree {
	struct dictionary *words, *callers;
	struct paths *paths; /* of each caller */
	struct walk walk;
	uint32_t *found; /* rules; behind each follow those of `next` */
	struct slice *segments;
	uint32_t segment_room; /* while compiling: of the path at hand */
};

/* How often a walk may find rules at one node: for two methods, at two ends of the path. */
enum { FOUND_AT_NODE = 4 };

static struct edge *edge_of(const struct paths *paths, uint32_t from, uint32_t word)
{
	uint64_t hash = ((uint64_t)from << 32 | word) * 0x9e3779b97f4a7c15u;

	for (uint32_t at = (uint32_t)(hash >> 32);; at++) {
		struct edge *edge = &paths->edges[at & paths->edge_mask];

		if (edge->from == 0 || (edge->from == from && edge->word == word)) {
			return edge;
		}
	}
}

static uint32_t new_node(struct paths *paths)
{
	return ++paths->node_count;
}

static uint32_t add_any(struct paths *paths, uint32_t from)
{
	struct node *node = &paths->nodes[from];

	if (node->is_any) { /* twice in a row is once */
		return from;
	}
	if (node->any == 0) {
		node->any = new_node(paths);
		paths->nodes[node->any].is_any = true;
	}
	return node->any;
}

static uint32_t add_segment(
	struct paths *paths, uint32_t from, struct slice segment, struct dictionary *words)
{
	struct node *node = &paths->nodes[from];
	struct edge *edge;

	if (slice_equal(segment, SLICE("**"))) {
		return add_any(paths, from);
	}
	if (slice_equal(segment, SLICE("*"))) {
		node->one = node->one == 0 ? new_node(paths) : node->one;
		return node->one;
	}
	node->has_words = true;
	edge = edge_of(paths, from, dictionary_add(words, segment));
	if (edge->from == 0) {
		*edge = (struct edge){ from, dictionary_add(words, segment), new_node(paths) };
	}
	return edge->to;
}

/* Rules are added from the last to the first, so that each goes in front. */
static void add_rule(struct policy_tree *tree, struct paths *paths, uint32_t number)
{
	const struct policy_rule *rule = &paths->rules[number - 1];
	size_t count = path_segments(rule->path, tree->segments, tree->segment_room);
	uint32_t node = ROOT, method = METHOD | dictionary_add(tree->words, rule->method);
	struct edge *edge;

	for (size_t i = 0; i < count; i++) {
		node = add_segment(paths, node, tree->segments[i], tree->words);
	}
	paths->nodes[node].has_rules = true;
	edge = edge_of(paths, node, method);
	paths->next[number] = edge->from == 0 ? 0 : edge->to;
	*edge = (struct edge){ node, method, number };
}

/* What compiling needs room for. */
struct size {
	uint32_t nodes, edges; /* of one caller, at most */
	uint32_t segments;     /* of one path, at most */
};

static struct size size_of(const struct policy_caller *caller)
{
	struct size size = { .nodes = ROOT, .edges = 4 };
	uint32_t steps = (uint32_t)caller->rules.count;

	for (size_t i = 0; i < caller->rules.count; i++) {
		struct slice path = LIST_AT(caller->rules, const struct policy_rule, i)->path;
		uint32_t segments = (uint32_t)path_segments(path, NULL, 0);

		steps += segments;
		size.nodes += segments;
		size.segments = segments > size.segments ? segments : size.segments;
	}
	while (size.edges < 2 * steps) {
		size.edges *= 2;
	}
	return size;
}

static void open_paths(struct policy_tree *tree, struct paths *paths,
	const struct policy_caller *caller, struct arena *arena)
{
	struct size size = size_of(caller);
	uint32_t rules = (uint32_t)caller->rules.count;

	if (size.segments > tree->segment_room) {
		tree->segment_room = size.segments;
		tree->segments = arena_room(arena, size.segments, sizeof(*tree->segments));
	}
	paths->rules = caller->rules.items;
	paths->nodes = arena_alloc(arena, size.nodes + 1, sizeof(*paths->nodes));
	paths->edges = arena_alloc(arena, size.edges, sizeof(*paths->edges));
	paths->next = arena_alloc(arena, rules + 1, sizeof(*paths->next));
	paths->edge_mask = size.edges - 1;
	paths->node_count = ROOT;
	for (uint32_t number = rules; number > 0; number--) {
		add_rule(tree, paths, number);
	}
}

struct policy_tree *policy_tree_new(const struct list *callers, struct arena *arena)
{
	struct policy_tree *tree = arena_make(arena, struct policy_tree);
	uint32_t most = 0;

	tree->words = dictionary_new(arena);
	tree->callers = dictionary_new(arena);
	tree->paths = arena_alloc(arena, callers->count, sizeof(*tree->paths));
	for (size_t i = 0; i < callers->count; i++) {
		const struct policy_caller *caller =
			LIST_AT(*callers, const struct policy_caller, i);
		struct paths *paths = &tree->paths[i];

		if (dictionary_add(tree->callers, caller->id) != i + 1) {
			return NULL;
		}
		open_paths(tree, paths, caller, arena);
		most = paths->node_count > most ? paths->node_count : most;
	}
	tree->walk.now = arena_room(arena, most, sizeof(uint32_t));
	tree->walk.then = arena_room(arena, most, sizeof(uint32_t));
	tree->walk.any = arena_room(arena, most, sizeof(uint32_t));
	tree->found = arena_room(arena, (size_t)FOUND_AT_NODE * most, sizeof(uint32_t));
	return tree;
}

static bool has_node(const uint32_t *nodes, uint32_t count, uint32_t node)
{
	for (uint32_t i = 0; i < count; i++) {
		if (nodes[i] == node) {
			return true;
		}
	}
	return false;
}

static uint32_t place(const struct walk *walk, uint32_t i)
{
	return i < walk->now_count ? walk->now[i] : walk->any[i - walk->now_count];
}

/* The walk comes to a node, and so to what is behind a '**' there. */
static void enter(struct walk *walk, const struct paths *paths, uint32_t node)
{
	uint32_t any = paths->nodes[node].any;

	walk->then[walk->then_count++] = node;
	if (any != 0 && !has_node(walk->any, walk->any_count, any)) {
		walk->any[walk->any_count++] = any;
	}
}

/* All that could be reached is reached. */
static void land(struct walk *walk)
{
	uint32_t *left = walk->now;

	walk->now = walk->then;
	walk->now_count = walk->then_count;
	walk->then = left;
	walk->then_count = 0;
}

/* Where the word leads; where '*' leads, if it is none. */
static uint32_t behind(const struct paths *paths, uint32_t node, uint32_t word)
{
	const struct node *from = &paths->nodes[node];

	if (word == 0) {
		return from->one;
	}
	return from->has_words ? edge_of(paths, node, word)->to : 0;
}

/* From wherever the walk is, by this word. Of the nodes behind '**' there are `any_count` that it
 * was at before this segment. */
static void follow(struct walk *walk, const struct paths *paths, uint32_t word, uint32_t any_count)
{
	for (uint32_t i = 0; i < walk->now_count + any_count; i++) {
		uint32_t at = place(walk, i);
		uint32_t to = behind(paths, at, word);

		if (to != 0) {
			enter(walk, paths, to);
		}
	}
}

static void follow_text(
	struct policy_tree *tree, const struct paths *paths, struct slice text, uint32_t any_count)
{
	uint32_t word = dictionary_find(tree->words, text);

	if (word != 0) {
		follow(&tree->walk, paths, word, any_count);
	}
}

/* Goes one segment further. */
static void advance(struct policy_tree *tree, const struct paths *paths, struct slice segment,
	bool leave_parameters)
{
	struct walk *walk = &tree->walk;
	uint32_t any_count = walk->any_count;
	size_t mark = leave_parameters ? slice_find(segment, ';', 0) : segment.len;

	follow(walk, paths, 0, any_count);
	follow_text(tree, paths, segment, any_count);
	for (; mark < segment.len; mark = slice_find(segment, ';', mark + 1)) {
		follow_text(tree, paths, slice_sub(segment, 0, mark), any_count);
	}
	land(walk);
}

/* Takes down the rules of the nodes where the walk is. */
static void collect(struct policy_tree *tree, const struct paths *paths, uint32_t method,
	struct policy_search *search)
{
	const struct walk *walk = &tree->walk;

	for (uint32_t i = 0; method != 0 && i < walk->now_count + walk->any_count; i++) {
		uint32_t at = place(walk, i);
		uint32_t rule = 0;

		if (paths->nodes[at].has_rules) {
			rule = edge_of(paths, at, METHOD | method)->to;
		}
		if (rule != 0) {
			tree->found[search->found++] = rule;
		}
	}
}

static void walk_path(struct policy_tree *tree, const struct paths *paths,
	const struct policy_wish *wish, struct policy_search *search)
{
	uint32_t method = dictionary_find(tree->words, wish->method);
	uint32_t get = 0;
	struct slice rest = wish->path, segment;

	if (wish->head_is_get && slice_equal(wish->method, SLICE("HEAD"))) {
		get = dictionary_find(tree->words, SLICE("GET"));
	}
	tree->walk.any_count = tree->walk.then_count = 0;
	enter(&tree->walk, paths, ROOT);
	land(&tree->walk);
	while (tree->walk.now_count + tree->walk.any_count > 0 &&
		slice_next(&rest, '/', &segment)) {
		/* "/a/;x" is "/a/", too. Such a segment is the last: path_canonical refuses
		 * others. */
		if (wish->leaves_parameters && rest.len == 0 &&
			slice_starts_with(segment, SLICE(";"))) {
			collect(tree, paths, method, search);
			collect(tree, paths, get, search);
		}
		if (segment.len > 0) {
			advance(tree, paths, segment, wish->leaves_parameters);
		}
	}
	collect(tree, paths, method, search);
	collect(tree, paths, get, search);
}

bool policy_tree_search(struct policy_tree *tree, struct slice caller,
	const struct policy_wish *wish, struct policy_search *out)
{
	uint32_t number = dictionary_find(tree->callers, caller);

	if (number == 0) {
		return false;
	}
	*out = (struct policy_search){ .tree = tree, .paths = &tree->paths[number - 1] };
	walk_path(tree, out->paths, wish, out);
	return true;
}

/* The same rule may have been found twice. */
const struct policy_rule *policy_tree_next(struct policy_search *search)
{
	const struct paths *paths = search->paths;
	uint32_t *found = search->tree->found, first = UINT32_MAX;

	for (size_t i = 0; i < search->found; i++) {
		first = found[i] < first ? found[i] : first;
	}
	for (size_t i = search->found; i > 0; i--) {
		if (found[i - 1] == first) {
			found[i - 1] = paths->next[first];
		}
		if (found[i - 1] == 0) {
			found[i - 1] = found[--search->found];
		}
	}
	return first == UINT32_MAX ? NULL : &paths->rules[first - 1];
}
