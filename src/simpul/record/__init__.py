"""What happened, for ever: log, outbox, evidence, credentials, tokens, jobs."""
