from hypothesis import settings

# A shared or slow machine must not fail a property by its speed.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
