"""The contest's rules as pure functions of plain values: no database, no clock, no framework, no words for screens."""
