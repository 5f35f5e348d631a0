/* talk.c - sets up what each test of a conversation begins with. */

#include "test/lib/talk.h"

struct conversation talk;

int talk_open(void **state)
{
	(void)state;
	conversation_open(&talk);
	conversation_call(&talk);
	return 0;
}

int talk_close(void **state)
{
	(void)state;
	conversation_close(&talk);
	return 0;
}
