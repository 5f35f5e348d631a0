/* chain.h - a list whose links lie in what it lists, so that joining and leaving it take neither
 * memory nor a search. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A place in one chain. Embed it, zeroed; container_of leads back. */
struct chain_link {
	struct chain_link *next;
	struct chain_link **back; /* what points to this one; NULL: it is in no chain */
};

/* Newest first. Zeroed it is empty; one that is not stays where it is in memory. */
struct chain {
	struct chain_link *first;
};

static inline bool chain_holds(const struct chain_link *link)
{
	return link->back != NULL;
}

static inline void chain_add(struct chain *chain, struct chain_link *link)
{
	link->next = chain->first;
	link->back = &chain->first;
	if (link->next != NULL) {
		link->next->back = &link->next;
	}
	chain->first = link;
}

/* Twice is once. */
static inline void chain_remove(struct chain_link *link)
{
	if (link->back == NULL) {
		return;
	}
	*link->back = link->next;
	if (link->next != NULL) {
		link->next->back = link->back;
	}
	link->back = NULL;
}

/* All that was in `chain`; it is empty afterwards. */
static inline void chain_move(struct chain *chain, struct chain *to)
{
	*to = *chain;
	chain->first = NULL;
	if (to->first != NULL) {
		to->first->back = &to->first;
	}
}
