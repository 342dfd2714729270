"""One small adapter for each engine that people already run; see docs/integrations.md."""
