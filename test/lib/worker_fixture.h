/* worker_fixture.h - a struct worker as main.c makes it, for tests of what lives in one: around a
 * loop of its own, with the test at the master's end of its control channel. */

#pragma once

#include <stdbool.h>

#include "worker/worker.h"

struct worker_fixture {
	struct worker worker;
	struct snapshot snapshot; /* the worker's; a test may change its settings at any time */
	int master;               /* the other end of the control channel */
	int null;                 /* where the log goes */
};

/* An array as a list: LIST_OF(rules). */
#define LIST_OF(array) ((struct list){ (array), sizeof(array) / sizeof((array)[0]) })

/* Has been spawned, and told nothing yet. */
void worker_fixture_start(struct worker_fixture *fixture);

/* Serves these integrations, for one worker, with the defaults of the command line. */
void worker_fixture_open(struct worker_fixture *fixture, struct list integrations);

/* The master leaves: the worker drains, and has to be gone when the time for that is over. */
void worker_fixture_close(struct worker_fixture *fixture);

/* One turn of the loop, without waiting. Time stands still (clock.h). */
void worker_fixture_turn(struct worker_fixture *fixture);

/* Lets time pass, and whatever is late be so. */
void worker_fixture_pass(struct worker_fixture *fixture, uint64_t ms);

/* Turns until the condition holds; when it does not come to, the process ends. */
#define worker_fixture_until(fixture, condition)                                                   \
	do {                                                                                       \
		for (unsigned turns = 0; !(condition); turns++) {                                  \
			worker_fixture_patience((turns), #condition, __FILE__, __LINE__);          \
			worker_fixture_turn(fixture);                                              \
		}                                                                                  \
	} while (0)

void worker_fixture_patience(unsigned turns, const char *condition, const char *file, int line);
