"""Many pages in, many pages out: shards, workers, what is done already, failures, a report."""

from cleaner.batch.engine import Engine
from cleaner.batch.options import Options
from cleaner.batch.report import Failure, Report
from cleaner.batch.run import run

__all__ = ["Engine", "Failure", "Options", "Report", "run"]
