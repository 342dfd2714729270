"""Where pages come from and where cleaned text goes: files, folders, JSONL and streams."""
