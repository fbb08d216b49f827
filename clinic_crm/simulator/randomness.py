"""Named random streams: what one part draws never shifts what another part draws."""

import zlib

import numpy as np


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """A generator that depends on the seed and the name only (not on Python's string hash)."""
    words = [zlib.crc32(str(part).encode()) for part in name]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def pick(draws: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Indices drawn by weight. draws: uniforms in [0, 1); weights: one per choice, any scale."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    found = np.searchsorted(edges / edges[-1], draws, side="right")
    return np.minimum(found, len(edges) - 1)
