"""What each port of services.ports promises, tried on everything that implements it (conftest.PLACES)."""
