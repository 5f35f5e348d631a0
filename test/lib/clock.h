/* clock.h - time that stands still until the test moves it: what a loop that is linked with this
 * takes for the time since boot. The clock on the wall goes on. */

#pragma once

#include <stdint.h>

void clock_move(uint64_t ms);
void clock_reset(void); /* to where it began; for a new loop */
