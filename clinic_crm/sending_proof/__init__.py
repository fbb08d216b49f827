"""Proof by faults that no message is lost or doubled, whatever dies in between.

world     clinics with a campaign each, one a provider class
workers   forked workers that launch, send, sweep and ask; killed at random and at named points
run       the night itself: workers, kills, cut connections, clock steps, reports coming back
verdict   our books against the provider's
naive     a sender as one writes it on a Friday, which the harness must catch
"""
