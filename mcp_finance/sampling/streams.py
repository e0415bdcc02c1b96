"""Random numbers by name: each element of each uncertain input has a stream of its own in every block of draws.

A stream is named by the seed, the input, the element and the number of the block; a block is 1,024 draws, which is part
of the format. Nothing else enters. So a draw is the same for any number of workers and any length of chunk, a line more
or other terms of a share leave every other draw alone, and two offers can be compared in the same futures.

One number on its way: `Streams(2018, "growth", "lines.community.growth", 0, 8192)` names eight blocks; each name is
hashed to the state of a generator of its own; `normal(out)` fills the 8,192 draws of a year block by block. Years are
drawn in order. A block that the draws only begin is drawn whole and cut, so that its later years are the same as well.

The generator is SFC64 (numpy's fastest that passes PractRand); its state is the hash itself, which spares numpy's own
spreading of small seeds: 3 µs a stream in place of 20.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from mcp_finance.sampling.special import Array, normal_quantile

BLOCK = 1024
FORMAT = "mcp-finance streams 1"
STATE_BYTES = 24


class _Hashed(ISeedSequence):
    """A seed that is the state itself."""

    def __init__(self, state: NDArray[np.uint64]) -> None:
        self._state = state

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[np.uint64]:
        """The three words that SFC64 asks for."""
        if n_words != self._state.size or np.dtype(dtype) != self._state.dtype:
            raise ValueError(f"a stream seeds SFC64 alone, which asks for {self._state.size} words of 64 bits")
        return self._state


def stream(seed: int, name: str, element: str, block: int) -> Generator:
    """The generator of one element of one input in one block."""
    key = "\0".join((FORMAT, str(seed), name, element, str(block)))
    state = hashlib.blake2b(key.encode(), digest_size=STATE_BYTES).digest()
    seed_sequence = cast(SeedSequence, _Hashed(np.frombuffer(state, dtype="<u8")))  # numpy takes any ISeedSequence
    return Generator(SFC64(seed_sequence))


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of one element over the draws first..last-1; `first` is the first draw of a block."""

    draws: int
    generators: tuple[Generator, ...]

    @classmethod
    def open(cls, seed: int, name: str, element: str, first: int, last: int) -> Streams:
        """Streams of every block that the draws touch.

        Raises:
            ValueError: `first` is not the first draw of a block.
        """
        if first % BLOCK:
            raise ValueError(f"draw {first} does not begin a block of {BLOCK}")
        blocks = range(first // BLOCK, -(-last // BLOCK))
        return cls(last - first, tuple(stream(seed, name, element, block) for block in blocks))

    def normal(self, out: Array) -> None:
        """Standard normal numbers of the next year, `(draws,)`."""
        for k, generator in enumerate(self.generators):
            part = out[k * BLOCK : (k + 1) * BLOCK]
            if part.size == BLOCK and part.flags.c_contiguous:
                generator.standard_normal(out=part)
            else:
                part[...] = generator.standard_normal(BLOCK)[: part.size]

    def each(self, make: Callable[[Generator, int], Array], out: Array) -> None:
        """Numbers of the next year by any method that draws a whole block."""
        for k, generator in enumerate(self.generators):
            part = out[k * BLOCK : (k + 1) * BLOCK]
            part[...] = make(generator, BLOCK)[: part.size]


def net(seed: int, dimensions: int, first: int, last: int) -> Array:
    """Quasi-random normal numbers, `(dimensions, draws)`: a Sobol' net of its own scrambling in every block.

    Within a block the 1,024 points cover all dimensions evenly (Owen's scrambling of Sobol' points); blocks are
    independent of each other, so that the spread of their means gives an honest standard error.
    """
    qmc = import_module("scipy.stats").qmc  # loaded where it is used: it takes 2 s
    out = np.empty((dimensions, last - first))
    for k, block in enumerate(range(first // BLOCK, -(-last // BLOCK))):
        scrambling = int(stream(seed, "quasi-random", "", block).integers(2**63))
        points = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(scrambling)).random(BLOCK)
        part = out[:, k * BLOCK : (k + 1) * BLOCK]
        part[...] = normal_quantile(np.clip(points.T, 2**-54, 1 - 2**-53))[:, : part.shape[1]]
    return out
