"""The router as an OpenAI-compatible endpoint on loopback, for scripts, notebooks and other assistants."""
