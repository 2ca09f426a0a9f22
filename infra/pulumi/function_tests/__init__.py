"""The handler as Lambda runs it, against the embedded cloud. `check --function` builds what it needs and runs it."""
