/* confine.h - what the master gives up before it learns any secret, and what it takes. */

#pragma once

/* No core dumps, no reading of our memory by other processes of our user; all three standard
 * descriptors, and as many others as the system lets us have, which the workers inherit. */
void confine(void);
