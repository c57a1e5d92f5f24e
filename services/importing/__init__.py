"""Importing: customers and orders from a CSV or XLSX file, in one pass, going on after a kill."""
