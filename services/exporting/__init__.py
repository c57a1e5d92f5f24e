"""Exporting: customers into a CSV, XLSX or JSONL file, page by page, in constant memory."""
