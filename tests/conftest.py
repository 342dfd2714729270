import signal

from hypothesis import settings

# The same examples at each run: what a run finds, another does too.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

# Processes in the background of a shell are deaf to Ctrl-C, and so are those they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
