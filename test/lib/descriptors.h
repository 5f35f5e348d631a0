/* descriptors.h - how many descriptors this process has open: for tests that none stays behind. */

#pragma once

int descriptors_count(void);
