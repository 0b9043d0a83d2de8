"""How long an example takes on a busy machine is no failure of it."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
