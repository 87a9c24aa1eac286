"""The process tree: starts, watches, logs and stops everything else."""
