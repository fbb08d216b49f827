"""Proof that a night of outages leaves no hole: a booking system's events, duplicated, shuffled,
lost and polled later, must end in the very state the booking system itself is in.

    history   what happened in the booking system, and how it stands at the end (pure)
    traffic   what the network made of it (pure)
    run       through the door, the queue and the poll; a worker may be killed on the way
    compare   our books against the booking system's
"""
