/* policy_tree.h - the rules of a list, compiled: the callers in a hash table, the paths of each in
 * a tree. What a search costs depends on the path and on what fits it, not on how many rules or
 * callers there are. */

#pragma once

#include <stdbool.h>

#include "common/snapshot.h"

struct paths;
struct policy_tree;

/* Compiles a list of struct policy_caller, which has to live as long as the tree. NULL when a
 * caller stands in it twice. */
struct policy_tree *policy_tree_new(const struct list *callers, struct arena *arena);

/* What a request asks for. */
struct policy_wish {
	struct slice path;      /* decoded, without dot segments */
	struct slice method;    /* as rules have it: in upper case ... */
	bool head_is_get;       /* ... but what is said of GET is said of HEAD too */
	bool leaves_parameters; /* "/a;x/b;y" is "/a/b" too, in each of its segments */
};

/* The caller's rules that fit, while they are handed out. */
struct policy_search {
	struct policy_tree *tree;
	const struct paths *paths; /* the caller's */
	size_t found;
};

/* Does the list name this caller? A search that has begun ends when the tree's next one begins:
 * they share memory, so that none has to be allocated. */
bool policy_tree_search(struct policy_tree *tree, struct slice caller,
	const struct policy_wish *wish, struct policy_search *out);

/* In the order of the file; NULL when there is no other. */
const struct policy_rule *policy_tree_next(struct policy_search *search);
