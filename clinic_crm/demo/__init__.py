"""The demo clinics: the simulator's worlds, taken in through the services everybody uses."""
