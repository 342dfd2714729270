from hypothesis import settings

# The same examples at each run: what a run finds, another does too.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")
