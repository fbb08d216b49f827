"""Proof that points are kept like money: many clients on few accounts, workers killed, the database
crashed, and afterwards every balance, lot and hold is what its entries say, once a key.

    world     a clinic of its own with one family of accounts, and what each client will try
    clients   the trying: over and over until it is answered, with the same keys
    run       worker processes that are killed, a server that crashes
    report    what is to be seen afterwards
"""
