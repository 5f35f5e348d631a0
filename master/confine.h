/* confine.h - what the master gives up before it learns any secret, and what it takes. */

#pragma once

/* No core dumps, no reading of our memory by other processes of our user, and as many descriptors
 * as the system lets us have; the workers inherit the last. */
void confine(void);
