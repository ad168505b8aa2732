"""Models of the numeric instructions, and the scripts that tabulate them (tools/make-wast-tables)."""
