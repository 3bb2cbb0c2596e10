"""The question bank: authored items, study modules and source documents, as files and as plain values.

A library without a framework: it knows nothing of accounts, contests or databases. Whoever publishes a set reads it
here, has it checked here, and keeps the hash that `identity` gives.
"""
