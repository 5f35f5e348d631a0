/* talk.h - the conversation of a test program that has one at a time: each test gets a new one, in
 * which a caller has come. */

#pragma once

#include "test/lib/conversation.h"

extern struct conversation talk;

/* For cmocka_unit_test_setup_teardown. */
int talk_open(void **state);
int talk_close(void **state);
