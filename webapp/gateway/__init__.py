"""The one place where pages ask the engine."""
