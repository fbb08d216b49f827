"""Webhooks in: stored as they came, read by a mapping, the newest of an object wins.

receiving   is it genuine, and is it stored          reading     an event to our records
processing  batches, each with its effect            applying    the newest of an object wins
settling    done, waiting or parked                  replaying   second chances
sources     opened, closed, secrets                  trying      a sample, and nothing is kept
"""
