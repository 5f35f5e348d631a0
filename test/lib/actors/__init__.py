"""The actors of a story: a caller, the proxy, an upstream. Standard library only."""
