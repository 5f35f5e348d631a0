/* clock.h - time that stands still until the test moves it. Linked into a test, it is what the loop
 * sees as the time of day and as the time since boot. */

#pragma once

#include <stdint.h>

void clock_move(uint64_t ms);
